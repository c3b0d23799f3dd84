"""Put a mechanism into any network by the names of its modules, and take it out again.

The network keeps its modules, its weights and their names. A mechanism that stands after or before
a module becomes a child of it, called `inserted`, and a hook applies it; one that takes over from a
convolution takes its place. The hooks are plain objects without state, so they follow copies and
pickles, and torch.compile and torch.export see through them.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from saccade.attention import MECHANISMS
from saccade.attention.anatomy import beside, branch_end_of, channels_of, end_of, has_shortcut
from saccade.attention.create import ROLES, create_attention, in_place_of_conv
from saccade.errors import ConfigError, ShapeError, UnknownName

CHILD = "inserted"
Where = Literal["auto", "after", "before", "branch", "replace"]
_PLACES: Mapping[str, Where] = {"conv": "replace", "before": "before"}


class After:
    """A hook that sends what a module gives through its child `inserted`."""

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        """Apply the child to the output."""
        return _ordered(module.get_submodule(CHILD)(_one(output)), output)


class Before:
    """A hook that sends what a module takes through its child `inserted`."""

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Apply the child to the first input."""
        first = _one(inputs[0] if inputs else None)
        return (_ordered(module.get_submodule(CHILD)(first), first), *inputs[1:])


def insert(
    model: nn.Module,
    pattern: str,
    name: str,
    *,
    place: Where = "auto",
    channels: int | None = None,
    **options: object,
) -> list[str]:
    """Put a mechanism at every module whose name matches; all of them or, on an error, none.

    Args:
        model: is changed; its weights, and their names in the state dict, stay as they are. Those
            of a convolution that is replaced go with it.
        pattern: shell pattern of dotted names. "layer3.*" matches layer3.0 and layer3.1, not what
            is inside of them: a star does not cross a dot.
        name: of the mechanism, as in `create_attention`.
        place: "after" or "before" the module; on the "branch" of a residual block, which is after
            its last convolution or norm; or "replace" for convolutions, and of a module that is no
            convolution those inside that are larger than 1x1, shortcuts aside. "auto" replaces
            where the mechanism is one that stands for a convolution (local_self, local_relation,
            augmented_conv, vector, windowed, reduced, multi_head, additive), puts
            spatial_transformer before, squeeze_excitation on the branch of modules that have an
            attribute `downsample`, `shortcut` or `skip`, and everything else after the module.
        channels: of the maps; read off the module's last (or first) layer when None.
        **options: of the mechanism.

    Returns:
        The names of the modules that were given a mechanism, or replaced by one: for a sequence
        the last (or first) of its modules, for a branch its last layer.

    Raises:
        UnknownName: nothing matches the pattern; the nearest names are offered.
        ConfigError: the number of channels cannot be found, the module has a mechanism already or
            stands in several places, the network is compiled, or the mechanism cannot stand there.

    Example:
        >>> import torch, saccade
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU())
        >>> saccade.insert(net, "1", "non_local", channels=16)
        ['1']
    """
    MECHANISMS[name]  # raises, with the nearest names
    if place not in get_args(Where):
        raise ConfigError(
            "place auto, after, before, branch or replace", repr(place), "place='auto'"
        )
    _check_eager(model)
    found = _found(model, pattern)
    role = ROLES.get(name, "after")
    if place == "replace" or (place == "auto" and role == "conv"):
        return _replace(model, found, name, options)
    ready: dict[str, tuple[nn.Module, nn.Module, Where]] = {}
    for key, module in found.items():
        where = _where(module, role) if place == "auto" else place
        size = channels_of(module, key, first=where == "before") if channels is None else channels
        inner, end = _end(model, key, module, where)
        ready[inner] = (end, _fitting(create_attention(name, size, **options), module), where)
    for module, mechanism, where in ready.values():
        module.add_module(CHILD, mechanism)
        if where == "before":
            module.register_forward_pre_hook(Before())
        else:
            module.register_forward_hook(After())
    return list(ready)


def eject(model: nn.Module) -> list[str]:
    """Take out everything that `insert` put before or after modules of a network.

    Returns:
        The names of the modules that lost their mechanism. Convolutions that were replaced are
        gone and do not come back.
    """
    freed = []
    for key, module in model.named_modules():
        for hooks in (module._forward_hooks, module._forward_pre_hooks):
            for number in [n for n, hook in hooks.items() if isinstance(hook, After | Before)]:
                del hooks[number]
                freed.append(key)
    for key in freed:
        delattr(model.get_submodule(key), CHILD)
    return freed


def _found(model: nn.Module, pattern: str) -> dict[str, nn.Module]:
    """The modules whose names match a pattern."""
    modules = {key: module for key, module in model.named_modules() if key}
    found = {key: module for key, module in modules.items() if _fits(key, pattern)}
    if not found:
        names = list(modules)
        near = get_close_matches(pattern, names, n=3) or names[:3]
        raise UnknownName(f"a module that matches {pattern!r}", "none", " or ".join(near))
    return found


def _fits(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _one(x: object) -> Tensor:
    if not isinstance(x, Tensor):
        raise ShapeError(
            "a module that takes and gives one feature map", type(x).__name__, "another module"
        )
    return x


def _ordered(answer: Tensor, like: Tensor) -> Tensor:
    """Lay a map in memory as another, so that sums over it are rounded as they were before."""
    last = like.dim() == 4 and like.is_contiguous(memory_format=torch.channels_last)
    if last and not like.is_contiguous():
        return answer.contiguous(memory_format=torch.channels_last)
    return answer.contiguous()


def _fitting(mechanism: nn.Module, module: nn.Module) -> nn.Module:
    """Bring a mechanism to the device, the type and the mode of a module."""
    like = next(module.parameters(), None)
    if like is not None:
        mechanism.to(like.device, like.dtype if like.is_floating_point() else None)
    return mechanism.train(module.training)


def _check_eager(model: nn.Module) -> None:
    compiled = hasattr(model, "_orig_mod") or any(
        part._compiled_call_impl is not None for part in model.modules()
    )
    if compiled:  # what is compiled already would not notice
        raise ConfigError("a network that is not compiled", "a compiled one", "torch.compile after")


def _where(module: nn.Module, role: str) -> Where:
    if role == "branch":
        return "branch" if has_shortcut(module) else "after"
    return _PLACES.get(role, "after")


def _end(model: nn.Module, key: str, module: nn.Module, where: Where) -> tuple[str, nn.Module]:
    """Find the module that gets the mechanism as a child."""
    if where == "branch":
        key, module = branch_end_of(key, module)
    else:
        key, module = end_of(key, module, first=where == "before")
    if hasattr(module, CHILD):
        raise ConfigError("a module without an inserted mechanism", key, "eject(model) before")
    homes = [name for name, part in model.named_modules(remove_duplicate=False) if part is module]
    if len(homes) > 1:
        raise ConfigError(
            "a module that stands in one place", " and ".join(homes), "a module around it"
        )
    return key, module


def _replace(
    model: nn.Module,
    found: Mapping[str, nn.Module],
    name: str,
    options: Mapping[str, object],
) -> list[str]:
    if ROLES.get(name) != "conv":
        able = ", ".join(known for known, role in ROLES.items() if role == "conv")
        raise ConfigError(
            "a mechanism that can replace a convolution", repr(name), f"one of {able}"
        )
    convolutions = {
        f"{key}.{inner}" if inner else key: part
        for key, module in found.items()
        for inner, part in module.named_modules()
        if isinstance(part, nn.Conv2d)
        and (not inner or (max(part.kernel_size) > 1 and not beside(inner)))
    }
    if not convolutions:
        raise ConfigError(
            "convolutions larger than 1x1 to replace",
            f"none in {next(iter(found))}",
            "another module",
        )
    layers = {key: _instead(conv, key, name, options) for key, conv in convolutions.items()}
    for key, layer in layers.items():
        parent, _, child = key.rpartition(".")
        setattr(model.get_submodule(parent), child, layer)
    return list(layers)


def _instead(conv: nn.Conv2d, key: str, name: str, options: Mapping[str, object]) -> nn.Module:
    """Make what stands for a convolution; it must give maps of the same size."""
    half = tuple(d * (k - 1) // 2 for d, k in zip(conv.dilation, conv.kernel_size, strict=True))
    odd = all(k % 2 for k in conv.kernel_size)
    if conv.stride[0] != conv.stride[1] or not odd or conv.padding not in (half, "same"):
        raise ConfigError(
            "convolutions with odd kernels, padding of half a kernel and one stride",
            f"{key} with kernel {conv.kernel_size}, padding {conv.padding}, stride {conv.stride}",
            "place='after'",
        )
    layer = in_place_of_conv(
        name, conv.in_channels, conv.out_channels, stride=conv.stride[0], **dict(options)
    )
    return _fitting(layer, conv)
