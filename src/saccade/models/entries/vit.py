"""Vision transformers of the catalogue.

Names are timm's where timm has the model; `vit_nano` and smaller are ours, for small pictures and
two cores.
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

VIT_PAPER = "arXiv:2010.11929 table 1"
VIT_CODE = "arXiv:2010.11929, sizes of github.com/google-research/vision_transformer"
VIT_SMALL = "arXiv:2012.12877 table 1"
VIT_SCALED = "arXiv:2106.04560 table 2"
OURS = "saccade: for training from scratch on small pictures"

_AUGREG = {"crop_pct": 0.9, "interpolation": "bicubic", "mean": (0.5,) * 3, "std": (0.5,) * 3}
_SIZES: Mapping[str, Mapping[str, object]] = {
    "pico": {"embed_dim": 64, "depth": 3, "num_heads": 4, "mlp_ratio": 2.0},
    "nano": {"embed_dim": 128, "depth": 6, "num_heads": 4, "mlp_ratio": 2.0},
    "tiny": {"embed_dim": 192, "depth": 12, "num_heads": 3},
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "medium": {"embed_dim": 512, "depth": 12, "num_heads": 8},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "huge": {"embed_dim": 1280, "depth": 32, "num_heads": 16},
    "giant": {"embed_dim": 1408, "depth": 40, "num_heads": 16, "mlp_ratio": 48 / 11},
    "gigantic": {"embed_dim": 1664, "depth": 48, "num_heads": 16, "mlp_ratio": 64 / 13},
}


def _vit(
    size: str, patch: int, side: int, parameters: int, source: str, **changes: object
) -> Entry:
    sizes = {**_SIZES[size], "patch_size": patch, "img_size": side, **changes}
    pixels = {**_AUGREG, "img_size": (side, side)}
    if side == 384 or source == OURS:
        pixels["crop_pct"] = 1.0
    return Entry("saccade.models.vit:ViT", "ViTConfig", sizes, parameters, source, pixels)


ENTRIES: Mapping[str, Entry] = {
    "vit_pico_patch2_8": _vit("pico", 2, 8, 167_528, OURS),
    "vit_nano_patch4_28": _vit("nano", 4, 28, 936_936, OURS),
    "vit_tiny_patch16_224": _vit("tiny", 16, 224, 5_717_416, VIT_SMALL),
    "vit_tiny_patch16_384": _vit("tiny", 16, 384, 5_790_376, VIT_SMALL),
    "vit_small_patch32_224": _vit("small", 32, 224, 22_878_952, VIT_SMALL),
    "vit_small_patch32_384": _vit("small", 32, 384, 22_915_432, VIT_SMALL),
    "vit_small_patch16_224": _vit("small", 16, 224, 22_050_664, VIT_SMALL),
    "vit_small_patch16_384": _vit("small", 16, 384, 22_196_584, VIT_SMALL),
    "vit_small_patch32_gap_224": _vit("small", 32, 224, 22_878_184, VIT_CODE, global_pool="avg"),
    "vit_small_patch16_gap_224": _vit("small", 16, 224, 22_049_896, VIT_CODE, global_pool="avg"),
    "vit_base_patch32_224": _vit("base", 32, 224, 88_224_232, VIT_PAPER),
    "vit_base_patch32_384": _vit("base", 32, 384, 88_297_192, VIT_PAPER),
    "vit_base_patch16_224": _vit("base", 16, 224, 86_567_656, VIT_PAPER),
    "vit_base_patch16_384": _vit("base", 16, 384, 86_859_496, VIT_PAPER),
    "vit_base_patch8_224": _vit("base", 8, 224, 86_576_872, VIT_CODE),
    "vit_base_patch32_gap_224": _vit("base", 32, 224, 88_222_696, VIT_CODE, global_pool="avg"),
    # 16 heads, as in timm; the authors' B/16-gap has 12, and the same number of parameters.
    "vit_base_patch16_gap_224": _vit(
        "base", 16, 224, 86_566_120, VIT_CODE, global_pool="avg", num_heads=16
    ),
    "vit_large_patch32_224": _vit("large", 32, 224, 306_535_400, VIT_PAPER),
    "vit_large_patch32_384": _vit("large", 32, 384, 306_632_680, VIT_PAPER),
    "vit_large_patch16_224": _vit("large", 16, 224, 304_326_632, VIT_PAPER),
    "vit_large_patch16_384": _vit("large", 16, 384, 304_715_752, VIT_PAPER),
    "vit_large_patch14_224": _vit("large", 14, 224, 304_203_752, VIT_PAPER),
    "vit_huge_patch14_224": _vit("huge", 14, 224, 632_045_800, VIT_PAPER),
    "vit_giant_patch14_224": _vit("giant", 14, 224, 1_012_611_432, VIT_SCALED),
    "vit_gigantic_patch14_224": _vit("gigantic", 14, 224, 1_844_440_680, VIT_SCALED),
}
