"""A network of timm, where timm is installed, as an encoder that gives a map.

Axes: b batch, c channels, h height, w width, n tokens, d features.
"""

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from saccade.errors import ConfigError, MissingExtra
from saccade.layers.tokens import TokenLayout

TIMM = "timm:"
_CROPS = {"center": "center", "squash": "squash", "border": "pad"}


class TimmGrid(nn.Module):
    """What timm's `forward_features` gives, with the size of the images and of the grid.

    Args:
        network: any network of timm without its pooling and head.

    Attributes:
        img_size: (height, width) in pixels; what the network was made for.
        in_chans: channels of the images.
        layout: of its tokens; None where it gives a map.
        ends: names of the modules that end each stage.
        preprocessing: what its published weights expect.
    """

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - timm has no types
        super().__init__()
        self.network: nn.Module = network
        told: Mapping[str, Any] = getattr(network, "pretrained_cfg", None) or {}
        patches = getattr(network, "patch_embed", None)
        size = getattr(patches, "img_size", None) or told.get("input_size", (3, 224, 224))[1:]
        self.img_size: tuple[int, int] = (int(size[0]), int(size[1]))
        first = next(p for p in network.parameters() if p.dim() == 4)
        self.in_chans = int(getattr(network, "in_chans", None) or first.shape[1])
        self.ends = [f"network.{stage['module']}" for stage in _stages(network)]
        self.last_channels = getattr(network, "output_fmt", "NCHW") == "NHWC"
        self.layout = _layout(network, self.img_size)
        self.preprocessing = _pixels(told)

    @classmethod
    def create(cls, name: str, options: Mapping[str, Any]) -> "TimmGrid":
        """Make a network of timm with fresh weights.

        Args:
            name: that it has there.
            options: keywords of `timm.create_model`; `pretrained=True` asks timm for weights, and
                `img_size` of a convolutional network is the size of the images it will be given.

        Raises:
            MissingExtra: timm cannot be imported.
            ConfigError: timm has no such network, or it does not take these options.
        """
        plain = {"num_classes": 0, "global_pool": "", **options}
        size = plain.pop("img_size", None)
        if size is None:
            return cls(_create(name, plain))
        try:
            made = _create(name, {**plain, "img_size": size})
        except ConfigError:  # a convolutional network takes any size, and no keyword for it
            made = _create(name, plain)
        grid = cls(made)
        grid.img_size = (size, size) if isinstance(size, int) else (size[0], size[1])
        return grid

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the last map (b d h w), or into tokens (b n d)."""
        features: Any = self.network.forward_features
        x: Tensor = features(images)
        return x.permute(0, 3, 1, 2) if x.dim() == 4 and self.last_channels else x


def _create(name: str, options: Mapping[str, Any]) -> Any:  # noqa: ANN401
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other libraries
            timm = import_module("timm")
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        why = str(error).split("\n", maxsplit=1)[0]
        raise MissingExtra("the library timm", why, "pip install timm") from error
    try:
        return timm.create_model(name, **options)
    except (TypeError, RuntimeError, ValueError) as error:
        raise ConfigError("a network of timm", str(error)[:200], "timm:resnet50") from error


def _stages(network: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    info = getattr(network, "feature_info", None) or []
    return list(getattr(info, "info", info))


def _layout(network: Any, img_size: tuple[int, int]) -> TokenLayout | None:  # noqa: ANN401
    grid = getattr(getattr(network, "patch_embed", None), "grid_size", None)
    if grid is None:
        return None
    prefix = tuple(f"special {n}" for n in range(getattr(network, "num_prefix_tokens", 0)))
    rows, columns = int(grid[0]), int(grid[1])
    return TokenLayout(prefix, (rows, columns), (img_size[0] // rows, img_size[1] // columns))


def _pixels(told: Mapping[str, Any]) -> dict[str, Any]:
    """Turn timm's `pretrained_cfg` into our preprocessing."""
    found: dict[str, Any] = {name: tuple(told[name]) for name in ("mean", "std") if told.get(name)}
    found |= {name: told[name] for name in ("crop_pct", "interpolation") if told.get(name)}
    if found.get("interpolation") == "random":
        del found["interpolation"]
    if told.get("crop_mode") in _CROPS:
        found["crop_mode"] = _CROPS[told["crop_mode"]]
    return found
