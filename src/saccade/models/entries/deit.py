"""DeiT, with and without a distillation token, and DeiT III. Names are timm's."""

from collections.abc import Mapping

from saccade.models.entry import Entry

DEIT = "arXiv:2012.12877 table 1"
DISTILLED = "arXiv:2012.12877 section 4, sizes of table 1"
DEIT3 = "arXiv:2204.07118 table 1"

_IMAGENET = {
    "interpolation": "bicubic",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_SIZES: Mapping[str, Mapping[str, object]] = {
    "tiny": {"embed_dim": 192, "depth": 12, "num_heads": 3},
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "medium": {"embed_dim": 512, "depth": 12, "num_heads": 8},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "huge": {"embed_dim": 1280, "depth": 32, "num_heads": 16, "patch_size": 14},
}


def _deit(size: str, side: int, parameters: int, source: str = DEIT, **changes: object) -> Entry:
    path, config = "saccade.models.vit:ViT", "ViTConfig"
    if source == DISTILLED:
        path, config = "saccade.models.deit:DistilledDeiT", "DistilledDeiTConfig"
    sizes = {"patch_size": 16, **_SIZES[size], "img_size": side, **changes}
    crop = 1.0 if side == 384 else 0.9
    pixels = {**_IMAGENET, "img_size": (side, side), "crop_pct": crop}
    return Entry(path, config, sizes, parameters, source, pixels)


def _deit3(size: str, side: int, parameters: int) -> Entry:
    return _deit(size, side, parameters, DEIT3, no_embed_class=True, init_values=1e-6)


ENTRIES: Mapping[str, Entry] = {
    "deit_tiny_patch16_224": _deit("tiny", 224, 5_717_416),
    "deit_small_patch16_224": _deit("small", 224, 22_050_664),
    "deit_base_patch16_224": _deit("base", 224, 86_567_656),
    "deit_base_patch16_384": _deit("base", 384, 86_859_496),
    "deit_tiny_distilled_patch16_224": _deit("tiny", 224, 5_910_800, DISTILLED),
    "deit_small_distilled_patch16_224": _deit("small", 224, 22_436_432, DISTILLED),
    "deit_base_distilled_patch16_224": _deit("base", 224, 87_338_192, DISTILLED),
    "deit_base_distilled_patch16_384": _deit("base", 384, 87_630_032, DISTILLED),
    "deit3_small_patch16_224": _deit3("small", 224, 22_059_496),
    "deit3_small_patch16_384": _deit3("small", 384, 22_205_416),
    "deit3_medium_patch16_224": _deit3("medium", 224, 38_849_512),
    "deit3_base_patch16_224": _deit3("base", 224, 86_585_320),
    "deit3_base_patch16_384": _deit3("base", 384, 86_877_160),
    "deit3_large_patch16_224": _deit3("large", 224, 304_374_760),
    "deit3_large_patch16_384": _deit3("large", 384, 304_763_880),
    "deit3_huge_patch14_224": _deit3("huge", 224, 632_126_440),
}
