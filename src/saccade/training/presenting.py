"""From a batch that was read to what a lesson is given, on the model's device."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from saccade.data.batches import Batch
from saccade.data.transforms import Preprocessing
from saccade.training.objectives.outcome import Examples


class Present(Protocol):
    """What turns batches into examples; of batches of words too, which have other parts."""

    def __call__(self, batch: Any, device: torch.device, chance: str) -> Any:  # noqa: ANN401
        """Turn a batch into examples.

        Args:
            batch: as it was read; one without examples gives a stand-in that weighs nothing.
            device: of the model.
            chance: what random draws depend on besides the picture: the same in every process.
        """


@dataclass(frozen=True, slots=True)
class Pictures:
    """Normalises pictures, and changes a batch as a whole.

    Args:
        preprocessing: of the model.
        change: such as mixing; given the position of the batch too.
    """

    preprocessing: Preprocessing
    change: Callable[[Examples, int], Examples] | None = None

    def __call__(self, batch: Batch, device: torch.device, chance: str) -> Examples:
        """Bring a batch to the device as the model sees it."""
        if not len(batch):
            batch = _stand_in(batch)
        views = tuple(self.preprocessing.normalize(view.to(device)) for view in batch.views)
        examples = Examples(
            self.preprocessing.normalize(batch.images.to(device)),
            batch.labels.to(device),
            indices=batch.indices,
            views=views,
            chance=chance,
            copies=batch.copies,
        )
        return examples if self.change is None else self.change(examples, batch.position)


def _stand_in(batch: Batch) -> Batch:
    """Give a batch of one black picture for one without pictures."""
    images = batch.images.new_zeros(1, *batch.images.shape[1:])
    views = tuple(view.new_zeros(1, *view.shape[1:]) for view in batch.views)
    labels = batch.labels.new_zeros(1, *batch.labels.shape[1:])
    return Batch(images, labels, (-1,), ("",), (), (), batch.position, views)
