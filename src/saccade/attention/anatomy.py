"""What a module that others wrote tells of itself: its channels, its ends, its shortcut."""

from collections.abc import Iterator

from torch import nn

from saccade.errors import ConfigError

SHORTCUTS = ("downsample", "shortcut", "skip")  # they stand beside what a block computes


def has_shortcut(module: nn.Module) -> bool:
    """Whether a module says that it is a residual block, by an attribute for its shortcut."""
    return any(hasattr(module, name) for name in SHORTCUTS)


def beside(name: str) -> bool:
    """Whether a dotted name is that of a layer on a shortcut."""
    return any(word in name for word in SHORTCUTS)


def channels_of(module: nn.Module, key: str, *, first: bool) -> int:
    """Read the channels of a module's map off its convolutions and norms, shortcuts aside.

    Args:
        module: that takes and gives a map.
        key: its name, for messages.
        first: the channels that come in, not those that go out.

    Raises:
        ConfigError: there are no such layers.
    """
    own: list[tuple[int, int]] = []
    others: list[tuple[int, int]] = []
    for name, part in module.named_modules():
        (others if beside(name) else own).extend(_sizes(part))
    sizes = own or others
    if not sizes:
        raise ConfigError(
            f"layers in {key} that tell its number of channels", "none", "channels=64"
        )
    return sizes[0][0] if first else sizes[-1][1]


def end_of(key: str, module: nn.Module, *, first: bool) -> tuple[str, nn.Module]:
    """Find the module itself, or the first or last of a sequence, with its name.

    Raises:
        ConfigError: it is an empty sequence, or a list of modules that nobody calls.
    """
    while isinstance(module, nn.Sequential):
        parts = list(module.named_children())
        if not parts:
            raise ConfigError("a sequence that is not empty", key, "another pattern")
        inner, module = parts[0 if first else -1]
        key = f"{key}.{inner}"
    if isinstance(module, nn.ModuleList | nn.ModuleDict):
        got = f"{key}, a {type(module).__name__}"
        raise ConfigError("a module that is called as a whole", got, repr(f"{key}.*"))
    return key, module


def branch_end_of(key: str, module: nn.Module) -> tuple[str, nn.Module]:
    """Find the last convolution or norm of a residual block, where its branch meets the shortcut.

    Layers inside of other parts than sequences do not count, such as those of gates.

    Raises:
        ConfigError: there is none.
    """
    layers = list(_line(module))
    if isinstance(module, nn.Sequential) or not layers:
        raise ConfigError("a residual block with convolutions or norms", key, "place='after'")
    inner, layer = layers[-1]
    return f"{key}.{inner}", layer


def _line(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, part in module.named_children():
        if beside(name):
            continue
        if _sizes(part):
            yield name, part
        elif isinstance(part, nn.Sequential):
            for inner, layer in _line(part):
                yield f"{name}.{inner}", layer


def _sizes(part: nn.Module) -> list[tuple[int, int]]:
    """Give the channels that a layer takes and gives, if it tells."""
    if isinstance(part, nn.modules.conv._ConvNd):
        return [(part.in_channels, part.out_channels)]
    if isinstance(part, nn.modules.batchnorm._BatchNorm):
        return [(part.num_features, part.num_features)]
    if isinstance(part, nn.GroupNorm):
        return [(part.num_channels, part.num_channels)]
    return []
