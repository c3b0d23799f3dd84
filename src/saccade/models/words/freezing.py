"""Which part of a network learns: its last steps, and the rest at rest.

What is frozen stays in evaluation mode whatever mode is asked for, so that its batch norms keep the
statistics that its weights were trained with, and what it says of an image never changes.
Axes: b batch, c channels, h height, w width.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from saccade.errors import ConfigError
from saccade.models.classifier import Classifier

UNUSED = -1  # the step of a parameter that no step uses, such as the head's


@torch.no_grad()
def steps_of(network: Classifier, images: Tensor, last: int | None = None) -> dict[str, int]:
    """Tell for each parameter which step of `walk` uses it first; the last norm counts as the last.

    Args:
        network: in evaluation mode, so that looking changes nothing.
        images: any that it takes (b c h w).
        last: the step to stop after; the end of the network when None.
    """
    called: dict[str, int] = {}
    now, end = 0, images
    with _told(network, lambda name: called.setdefault(name, now)):
        for index, x in enumerate(network.walk(images)):
            end, now = x, index
            if index == last:
                break
            now = index + 1
        now = index
        network.finish(end)
    return {name: _step(name, called) for name, _ in network.named_parameters()}


def steps_by_order(network: nn.Module, ends: Sequence[str]) -> dict[str, int]:
    """Tell the step of each parameter of a network that registers them in the order of their use.

    Args:
        network: of another library.
        ends: names of the modules that end each step, in order; what follows belongs to the last.
    """
    names = [name for name, _ in network.named_parameters()]
    reached = [
        max((place for place, name in enumerate(names) if name.startswith(end + ".")), default=-1)
        for end in ends
    ]
    last = len(ends) - 1
    return {
        name: next((step for step, end in enumerate(reached) if place <= end), last)
        for place, name in enumerate(names)
    }


def freeze(
    network: nn.Module, steps: Mapping[str, int], tuned: int, *, norms: bool = False
) -> None:
    """Let the last steps of a network learn, and nothing else.

    Args:
        network: the network.
        steps: the step of each parameter, `UNUSED` where none uses it.
        tuned: how many of the last steps learn; -1 for all.
        norms: freeze every batch norm, also in the steps that learn.

    Raises:
        ConfigError: there are not so many steps.
    """
    count = 1 + max(steps.values(), default=-1)
    if not -1 <= tuned <= count:
        raise ConfigError(f"0 to {count} steps that learn, or -1 for all", str(tuned), "tuned=0")
    first = 0 if tuned == -1 else count - tuned
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(steps[name] != UNUSED and steps[name] >= first)
    if norms:
        for module in network.modules():
            if isinstance(module, _BatchNorm):
                module.requires_grad_(False)


def rest(network: nn.Module, *, norms: bool = False) -> None:
    """Put into evaluation mode each part whose parameters are all frozen, with all that is in it.

    Args:
        network: whose parts were frozen by `freeze`, in any mode.
        norms: every batch norm rests, also one without parameters.
    """
    parameters = list(network.parameters())
    still = parameters and not any(parameter.requires_grad for parameter in parameters)
    if still or (norms and isinstance(network, _BatchNorm)):
        network.eval()
        return
    for part in network.children():
        rest(part, norms=norms)


@contextmanager
def _told(network: nn.Module, listen: Callable[[str], object]) -> Iterator[None]:
    """Tell a listener the name of each part that is called."""

    def hear(name: str) -> Callable[..., None]:
        def heard(*_: object) -> None:
            listen(name)

        return heard

    parts = [(name, module) for name, module in network.named_modules() if name]
    hooks = [module.register_forward_pre_hook(hear(name)) for name, module in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _step(parameter: str, called: Mapping[str, int]) -> int:
    """Find the step of the innermost part around a parameter that was called."""
    name = parameter
    while "." in name:
        name = name.rpartition(".")[0]
        if name in called:
            return called[name]
    return UNUSED if "." in parameter else 0  # what the network itself holds: positions, tokens
