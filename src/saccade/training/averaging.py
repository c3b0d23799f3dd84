"""The moving average of the weights, which is steadier than the last step's.

Source: Polyak, Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; here as
an exponential average, whose decay rises from 0.1 so that short runs profit too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """An exponential moving average of a model's parameters; buffers are copied.

    Args:
        model: whose weights to follow.
        decay: share of the old average that each update keeps, 0 to below 1.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = model
        self.decay = decay
        self.weights = {name: value.clone() for name, value in model.state_dict().items()}
        self._parameters = {name for name, _ in model.named_parameters()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step.

        Args:
            step: number of the step, counted from 1.
        """
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in self.model.state_dict().items():
            if name in self._parameters:
                self.weights[name].lerp_(value, 1 - decay)
            else:
                self.weights[name].copy_(value)

    @torch.no_grad()
    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take over a saved average."""
        for name, value in self.weights.items():
            value.copy_(weights[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model use the average; afterwards it has its own weights again."""
        own = {name: value.clone() for name, value in self.model.state_dict().items()}
        try:
            self._fill(self.weights)
            yield
        finally:
            self._fill(own)

    @torch.no_grad()
    def _fill(self, weights: Mapping[str, Tensor]) -> None:
        for name, value in self.model.state_dict().items():
            value.copy_(weights[name])
