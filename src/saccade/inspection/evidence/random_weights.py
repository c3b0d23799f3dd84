"""The random-weights control: a map that stays the same without the weights tells of no model.

Source: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292, section 3
(cascading and full randomisation).
Axes: b images, c channels, h rows, w columns, r draws.
Differs: each tensor is drawn from a normal distribution with its own mean and standard deviation,
so that any model can be drawn again and activations keep their size. Statistics of batch norm stay.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.inspection.evidence.similarity import rank_correlation

Explain = Callable[[nn.Module, Tensor], Tensor]


@contextmanager
def redrawn(
    model: nn.Module, *, part: str = "", generator: torch.Generator | None = None
) -> Iterator[nn.Module]:
    """Give a copy of the model whose weights are drawn again; the model itself stays as it is.

    Args:
        model: any module; of a compiled one the original twin is copied.
        part: name of a submodule, to draw only its weights; everything when empty.
        generator: of the weights.

    Raises:
        ConfigError: there is no such part, or it has no weights.
    """
    twin = _copy(model)
    _draw(_part(twin, part), generator)
    yield twin


def parts(model: nn.Module) -> list[str]:
    """Name the parts that a cascade draws again, the last first.

    A part is a child of the model; a list or sequence of children counts as its entries.
    """
    names: list[str] = []
    for name, child in _original(model).named_children():
        listed = isinstance(child, nn.ModuleList | nn.Sequential)
        inner = [f"{name}.{key}" for key, _ in child.named_children()] if listed else [name]
        names += inner
    known = dict(_original(model).named_modules())
    return [name for name in reversed(names) if any(True for _ in known[name].parameters())]


def cascade(
    model: nn.Module, *, generator: torch.Generator | None = None
) -> Iterator[tuple[str, nn.Module]]:
    """Give one copy again and again, with one more part drawn each time, the last part first.

    Args:
        model: any module.
        generator: of the weights.

    Yields:
        The name of the part that has just been drawn, and the copy, which the next step changes.
    """
    twin = _copy(model)
    for name in parts(model):
        _draw(_part(twin, name), generator)
        yield name, twin


def random_weights_control(
    model: nn.Module,
    images: Tensor,
    explain: Explain,
    *,
    draws: int = 3,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Correlate a model's maps with those of copies that know nothing: (r b), Spearman's.

    Near 0 the map depends on what was learned; near 1 it shows the image or the architecture.

    Args:
        model: any module.
        images: as the model wants them (b c h w).
        explain: makes maps (b h w) of a model and images.
        draws: how many copies.
        generator: of the weights.

    Raises:
        ConfigError: draws is not positive.
    """
    if draws < 1:
        raise ConfigError("draws of 1 or more", str(draws), "3")
    own = explain(model, images).detach()
    found = []
    for _ in range(draws):
        with redrawn(model, generator=generator) as twin:
            found.append(rank_correlation(own, explain(twin, images).detach()))
    return torch.stack(found)


def cascade_control(
    model: nn.Module,
    images: Tensor,
    explain: Explain,
    *,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """Correlate a model's maps with those of a cascade: name of the part to (b), Spearman's.

    Args:
        model: any module.
        images: as the model wants them (b c h w).
        explain: makes maps (b h w) of a model and images.
        generator: of the weights.
    """
    own = explain(model, images).detach()
    return {
        name: rank_correlation(own, explain(twin, images).detach())
        for name, twin in cascade(model, generator=generator)
    }


def _original(model: nn.Module) -> nn.Module:
    original = getattr(model, "_orig_mod", model)
    return original if isinstance(original, nn.Module) else model


def _copy(model: nn.Module) -> nn.Module:
    twin = copy.deepcopy(_original(model))
    return twin.train(model.training)


def _part(model: nn.Module, name: str) -> nn.Module:
    known = dict(model.named_modules())
    if name not in known or not any(True for _ in known[name].parameters()):
        raise ConfigError("the name of a part with weights", repr(name), parts(model)[0])
    return known[name]


def _draw(module: nn.Module, generator: torch.Generator | None) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            values = parameter.detach().double()
            if values.numel() < 2 or not parameter.is_floating_point():
                continue
            device = parameter.device if generator is None else generator.device
            noise = torch.randn(values.shape, generator=generator, device=device)
            drawn = values.mean() + values.std() * noise.to(values)
            parameter.copy_(drawn.to(parameter.dtype))
