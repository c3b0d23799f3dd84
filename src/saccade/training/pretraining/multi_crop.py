"""Multi-crop: two large and several small crops of each picture, and a model that takes both sizes.

Sources: Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster
Assignments", NeurIPS 2020, arXiv:2006.09882, section 3.3; Caron et al., "Emerging Properties in
Self-Supervised Vision Transformers", ICCV 2021, arXiv:2104.14294, section 3.1 and its code; colours
after Grill et al., arXiv:2006.07733, appendix B.
Axes: b batch, c channels, h height, w width, n tokens, d features.
Differs: crops of less than 64 pixels are not blurred, as a Gaussian of 2 pixels would leave little
of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from saccade.data.augment.colours import Colours
from saccade.data.augmentation import Augmentation
from saccade.data.batches import View
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.layers import positions as tables
from saccade.layers.positions import GridPositions
from saccade.models.bit import BiT
from saccade.models.classifier import Classifier, resized
from saccade.models.resnet import ResNet
from saccade.models.vit import ViT
from saccade.training.config import TrainConfig

LOCAL_CROPS = 8
LARGEST_LOCAL = 0.4  # of the picture's area; large crops begin there
SMALLEST_LOCAL = 0.05
_SHARE = 96 / 224  # side of a small crop by that of a large one
_BLURRED = 64  # least side in pixels
_STEP = 16  # pixels, where a model has no patches


def first_view(config: TrainConfig, preprocessing: Preprocessing) -> View:
    """Give the first large crop, which takes the place of the usual training picture.

    Args:
        config: of the run, with nothing left open.
        preprocessing: of the model.
    """
    return View(preprocessing, _changes(config, preprocessing, large=True, blur=1.0))


def views_of(config: TrainConfig, preprocessing: Preprocessing) -> tuple[View, ...]:
    """Give the views beside the first: the second large crop, then the small ones.

    Large crops have from `config.crop` of the picture's area (0.4 where there is no crop) to all
    of it, small ones from 0.05 to as much.

    Args:
        config: of the run, with nothing left open.
        preprocessing: of the model.

    Raises:
        ConfigError: `pretrain.local_crops` is below 0, or `pretrain.local_size` does not fit.
    """
    crops = config.pretrain.local_crops
    crops = LOCAL_CROPS if crops is None else crops
    if crops < 0:
        raise ConfigError("0 or more pretrain.local_crops", str(crops), "pretrain.local_crops=8")
    second = View(
        preprocessing, _changes(config, preprocessing, large=True, blur=0.1, solarize=0.2)
    )
    small = replace(preprocessing, img_size=local_size(config, preprocessing))
    return (second, *[View(small, _changes(config, small, large=False, blur=0.5))] * crops)


def local_size(config: TrainConfig, preprocessing: Preprocessing) -> tuple[int, int]:
    """Choose (height, width) of a small crop in pixels: 96 of 224, in whole patches.

    Raises:
        ConfigError: `pretrain.local_size` is larger than the image, or no multiple of the patch.
    """
    step, wanted = config.patch_size or _STEP, config.pretrain.local_size
    if wanted is not None:
        if wanted > min(preprocessing.img_size) or (config.patch_size and wanted % step):
            most = min(preprocessing.img_size)
            raise ConfigError(
                f"pretrain.local_size up to {most}, a multiple of the patch {step}",
                str(wanted),
                f"pretrain.local_size={max(round(_SHARE * most / step), 1) * step}",
            )
        return wanted, wanted
    height, width = (
        min(side, step * max(round(_SHARE * side / step), 1)) for side in preprocessing.img_size
    )
    return height, width


def features_at(model: Classifier, images: Tensor) -> Tensor:
    """Turn images (b c h w) of any size into one vector each (b d).

    The model is not changed: its positions are resized for these images alone, and their gradient
    flows back through the resize.

    Raises:
        ConfigError: positions of this model cannot be resized so.
    """
    size = (images.shape[2], images.shape[3])
    if size == tuple(model.config.image):
        return model.features(images)
    with _sized(model, size) as positions:
        return functional_call(_Features(model), positions, (images,))


class _Features(nn.Module):
    """A model whose answer is its features."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model.features(images)


@contextmanager
def _sized(model: Classifier, size: tuple[int, int]) -> Iterator[dict[str, Tensor]]:
    """Let a model take images of another size inside; give its positions for them, by name."""
    if not isinstance(model, ViT | ResNet | BiT):
        side = max(model.config.img_size)
        raise ConfigError(
            "a vision transformer or a ResNet, which take small crops too",
            model.name or type(model).__name__,
            f"pretrain.local_size={side}",
        )
    old, source = model.config, model.layout.grid
    model.config = resized(old, size, None)
    try:
        yield _positions(model, source) if isinstance(model, ViT) else {}
    finally:
        model.config = old


def _positions(model: ViT, source: tuple[int, int]) -> dict[str, Tensor]:
    target, table = model.layout.grid, model.pos_embed
    if isinstance(table, GridPositions):
        sides = (("x", table.x, target[1]), ("y", table.y, target[0]))
        return {f"model.pos_embed.{name}": _stretched(own, side) for name, own, side in sides}
    if table is None:
        return {}
    config = model.config
    if config.pos_embed == "sincos2d":  # fixed: computed anew, as `set_input_size` does
        layout = replace(model.layout, prefix=()) if config.no_embed_class else model.layout
        fresh = tables.start_positions("sincos2d", layout, config.embed_dim, rule=config.sincos)
        return {"model.pos_embed": fresh.to(table)} if isinstance(fresh, Tensor) else {}
    return {"model.pos_embed": tables.resize_positions(table, source, target, rule="dino")}


def _stretched(table: Tensor, side: int) -> Tensor:
    """Resize a table of one axis (n d), its ends aligned."""
    line = F.interpolate(table.T[None], size=side, mode="linear", align_corners=True)
    return line[0].T


def _changes(
    config: TrainConfig,
    preprocessing: Preprocessing,
    *,
    large: bool,
    blur: float,
    solarize: float = 0.0,
) -> Augmentation:
    border = config.crop or LARGEST_LOCAL
    in_colour = preprocessing.in_chans == 3
    return Augmentation(
        crop_scale=(border, 1.0) if large else (min(SMALLEST_LOCAL, border), border),
        flip=bool(config.flip),
        colours=Colours(
            brightness=0.4,
            contrast=0.4,
            saturation=0.2 if in_colour else 0.0,
            hue=0.1 if in_colour else 0.0,
            jitter_prob=0.8,
            grey_prob=0.2 if in_colour else 0.0,
            blur_prob=blur if min(preprocessing.img_size) >= _BLURRED else 0.0,
            solarize_prob=solarize,
        ),
    )
