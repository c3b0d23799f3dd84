"""LAMB: Adam whose step of each tensor is as long as the tensor, so that large batches work.

Source: You, Li, Reddi et al., "Large Batch Optimization for Deep Learning: Training BERT in 76
minutes", ICLR 2020, arXiv:1904.00962, algorithm 2.
Differs: as in timm and NVIDIA's code, phi is the identity, and parameters without weight decay
take Adam's step as it is.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class Lamb(torch.optim.Optimizer):
    """Adam with a trust ratio for each tensor.

    Args:
        params: parameters, or groups of them with options of their own.
        lr: learning rate.
        betas: share of the old mean, and of the old mean square, that a step keeps.
        eps: added to the root of the mean square.
        weight_decay: of parameters whose group says nothing else.
    """

    def __init__(
        self,
        params: Iterable[dict[str, Any]] | Iterable[Tensor],
        *,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.01,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take a step; parameters without a gradient stay.

        Args:
            closure: computes the loss again and returns it.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)
        return loss

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        update = self._direction(parameter, group)
        decay = group["weight_decay"]
        rate = group["lr"]
        if decay:
            update = update.add_(parameter, alpha=decay)
            update = update.mul_(trust_ratio(parameter, update))
        parameter.sub_(update, alpha=rate)

    def _direction(self, parameter: Tensor, group: dict[str, Any]) -> Tensor:
        """Give Adam's step of length one: the mean gradient over the root of the mean square."""
        state, gradient = self.state[parameter], parameter.grad
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        state["step"] += 1
        first, second = group["betas"]
        mean = state["exp_avg"].lerp_(gradient, 1 - first)
        square = state["exp_avg_sq"].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        done = state["step"].item()
        root = (square / (1 - second**done)).sqrt_().add_(group["eps"])
        direction: Tensor = (mean / (1 - first**done)).div_(root)
        return direction


def trust_ratio(parameter: Tensor, update: Tensor) -> Tensor:
    """Give the length of a tensor over that of its update; 1 where one of them is zero."""
    length, step = torch.linalg.vector_norm(parameter), torch.linalg.vector_norm(update)
    return torch.where((length > 0) & (step > 0), length / step, torch.ones_like(length))
