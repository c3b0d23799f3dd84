"""Swin transformers of the catalogue, under timm's names."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:2103.14030 table 7; counts of github.com/microsoft/Swin-Transformer"
# Features and blocks of the stages, and the stochastic depth of the authors' configs.
_SIZES: Mapping[str, tuple[int, tuple[int, ...], float]] = {
    "tiny": (96, (2, 2, 6, 2), 0.2),
    "small": (96, (2, 2, 18, 2), 0.3),
    "base": (128, (2, 2, 18, 2), 0.5),
    "large": (192, (2, 2, 18, 2), 0.2),
}


def _swin(size: str, side: int, parameters: int) -> Entry:
    width, depths, drop_path = _SIZES[size]
    changes = {
        "img_size": side,
        "embed_dim": width,
        "depths": depths,
        "num_heads": tuple(width // 32 * 2**stage for stage in range(4)),
        "window_size": side // 32,
        "drop_path_rate": drop_path,
    }
    pixels = {
        "img_size": (side, side),
        "crop_pct": 0.9 if side == 224 else 1.0,
        "interpolation": "bicubic",
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
    }
    return Entry("saccade.models.swin:Swin", "SwinConfig", changes, parameters, _PAPER, pixels)


ENTRIES: Mapping[str, Entry] = {
    "swin_tiny_patch4_window7_224": _swin("tiny", 224, 28_288_354),
    "swin_small_patch4_window7_224": _swin("small", 224, 49_606_258),
    "swin_base_patch4_window7_224": _swin("base", 224, 87_768_224),
    "swin_base_patch4_window12_384": _swin("base", 384, 87_903_584),
    "swin_large_patch4_window7_224": _swin("large", 224, 196_532_476),
    "swin_large_patch4_window12_384": _swin("large", 384, 196_735_516),
}
