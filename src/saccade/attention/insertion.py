"""Put a mechanism into any network by the names of its modules, and take it out again.

The network keeps its modules, its weights and their names. A mechanism that stands after, before or
on the branch of a module becomes a child of it, called `attention`, and a hook applies it; one that
takes over from a convolution takes its place.
"""

from fnmatch import fnmatchcase
from typing import Literal

import torch
from torch import Tensor, nn

from saccade.attention.create import ROLES, create_attention, in_place_of_conv
from saccade.errors import ConfigError, UnknownName

CHILD = "attention"


class After:
    """A hook that sends what a module gives through its child `attention`."""

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        """Apply the child to the output."""
        return module.get_submodule(CHILD)(output)


class Before:
    """A hook that sends what a module takes through its child `attention`."""

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Apply the child to the first input."""
        return (module.get_submodule(CHILD)(inputs[0]), *inputs[1:])


class Appended:
    """A mark on a sequence whose last part was put there by `insert`; it changes nothing."""

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        """Leave the output as it is."""


def insert(
    model: nn.Module,
    pattern: str,
    name: str,
    *,
    place: Literal["auto", "after", "before", "replace"] = "auto",
    channels: int | None = None,
    **options: object,
) -> list[str]:
    """Put a mechanism at every module whose name matches.

    Args:
        model: is changed; its weights, and their names in the state dict, stay as they are.
        pattern: shell pattern of dotted names. "layer3.*" matches layer3.0 and layer3.1, not what
            is inside of them: a star does not cross a dot.
        name: of the mechanism, as in `create_attention`.
        place: "after" or "before" the module, or "replace" for convolutions; a module that is no
            convolution has those of its convolutions replaced that are larger than 1x1. "auto"
            replaces where the mechanism is one that stands for a convolution (local_self,
            local_relation, augmented_conv, vector, windowed, reduced, multi_head, additive), puts
            spatial_transformer before, and everything else after the module.
        channels: of the maps; read off the module's last (or first) layer when None.
        **options: of the mechanism.

    Returns:
        The names of the modules that were given a mechanism, or replaced by one.

    Raises:
        UnknownName: nothing matches the pattern; the nearest names are offered.
        ConfigError: the number of channels cannot be found, the module has a mechanism already, or
            the mechanism cannot stand there.

    Example:
        >>> import torch, saccade
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU())
        >>> saccade.insert(net, "1", "non_local", channels=16)
        ['1']
    """
    found = {key: module for key, module in model.named_modules() if key and _fits(key, pattern)}
    if not found:
        names = [key for key, _ in model.named_modules() if key]
        raise UnknownName(f"a module that matches {pattern!r}", "none", " or ".join(names[:4]))
    if place == "auto":
        role = ROLES.get(name, "after")
        place = {"conv": "replace", "before": "before"}.get(role, "after")  # type: ignore[assignment]
    touched: list[str] = []
    for key, module in found.items():
        if place == "replace":
            touched += _replace(model, key, module, name, options)
        else:
            size = _channels(module, key, first=place == "before") if channels is None else channels
            _attach(module, key, create_attention(name, size, **options), place)
            touched.append(key)
    return touched


def eject(model: nn.Module) -> list[str]:
    """Take out everything that `insert` put before or after modules of a network.

    Returns:
        The names of the modules that lost their mechanism. Convolutions that were replaced are
        gone and do not come back.
    """
    freed = []
    for key, module in model.named_modules():
        for hooks in (module._forward_hooks, module._forward_pre_hooks):
            ours = [n for n, hook in hooks.items() if isinstance(hook, After | Before | Appended)]
            for number in ours:
                del hooks[number]
                freed.append(key)
    for key in freed:
        delattr(model.get_submodule(key), CHILD)
    return freed


def _fits(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _attach(module: nn.Module, key: str, mechanism: nn.Module, place: str) -> None:
    if hasattr(module, CHILD):
        raise ConfigError(
            f"a module without an {CHILD!r} of its own", key, "another pattern, or eject(model)"
        )
    like = next(module.parameters(), None)
    if like is not None:
        mechanism.to(like.device, like.dtype if like.is_floating_point() else None)
    if isinstance(module, nn.Sequential):  # whose children all run, one after the other
        _attach_to_sequence(module, mechanism.train(module.training), place)
        return
    module.add_module(CHILD, mechanism.train(module.training))
    if place == "before":
        module.register_forward_pre_hook(Before())
    else:
        module.register_forward_hook(After())


def _attach_to_sequence(module: nn.Sequential, mechanism: nn.Module, place: str) -> None:
    if place == "before":
        name, first = next(iter(module.named_children()))
        _attach(first, name, mechanism, place)
        return
    module.add_module(CHILD, mechanism)
    module.register_forward_hook(Appended())


def _replace(
    model: nn.Module, key: str, module: nn.Module, name: str, options: dict[str, object]
) -> list[str]:
    if ROLES.get(name) != "conv":
        able = ", ".join(known for known, role in ROLES.items() if role == "conv")
        raise ConfigError(
            "a mechanism that can replace a convolution", repr(name), f"one of {able}"
        )
    inside = {f"{key}.{inner}" if inner else key: part for inner, part in module.named_modules()}
    spatial = {
        inner: part
        for inner, part in inside.items()
        if isinstance(part, nn.Conv2d) and max(part.kernel_size) > 1
    }
    if isinstance(module, nn.Conv2d):
        spatial = {key: module}
    if not spatial:
        raise ConfigError(
            "convolutions larger than 1x1 to replace", f"none in {key}", "place='after'"
        )
    for inner, conv in spatial.items():
        stride = conv.stride[0]
        layer = in_place_of_conv(
            name, conv.in_channels, conv.out_channels, stride=int(stride), **dict(options)
        )
        layer.to(conv.weight.device, conv.weight.dtype).train(conv.training)
        parent, _, child = inner.rpartition(".")
        setattr(model.get_submodule(parent), child, layer)
    return list(spatial)


def _channels(module: nn.Module, key: str, *, first: bool) -> int:
    """Read the channels of a module's map off its convolutions and norms."""
    sizes: list[int] = []
    for part in module.modules():
        if isinstance(part, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            sizes.append(part.in_channels if first else part.out_channels)
        elif isinstance(part, nn.modules.batchnorm._BatchNorm | nn.GroupNorm):
            sizes.append(_norm_size(part))
    branches = getattr(module, "downsample", None)
    if sizes and not first and isinstance(branches, nn.Module):
        rest = [p for n, p in module.named_modules() if not n.startswith("downsample")]
        own = [p.out_channels for p in rest if isinstance(p, nn.Conv2d)]
        sizes = own or sizes
    if not sizes:
        raise ConfigError(
            f"layers in {key} that tell its number of channels", "none", "channels=64"
        )
    return sizes[0] if first else sizes[-1]


def _norm_size(norm: torch.nn.Module) -> int:
    size = norm.num_channels if isinstance(norm, nn.GroupNorm) else norm.num_features
    return int(size)  # type: ignore[arg-type]
