"""Hybrid vision transformers of the catalogue: a convolutional stem below, patches of its map.

Names are timm's, or in its grammar where timm has no such model: "r26" and "r50" tell the depth of
the stem, "s16" by how much it shrinks, "p8" the patches of its map. The stem of
`vit_tiny_r_s16_p8_224` is its root alone, which shrinks by 4, so a token covers 32 pixels in spite
of its name.
"""

from collections.abc import Mapping

from saccade.models.entries.vit import VIT_PAPER
from saccade.models.entry import Entry

_AUGREG = "arXiv:2106.10270, sizes of github.com/google-research/vision_transformer"
_STEMS: Mapping[str, tuple[int, ...]] = {
    "r_s16_p8": (),
    "r26_s32": (2, 2, 2, 2),
    "r50_s16": (3, 4, 9),
    "r50_s32": (3, 4, 6, 3),
}
_SIZES: Mapping[str, Mapping[str, object]] = {
    "tiny": {"embed_dim": 192, "depth": 12, "num_heads": 3},
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
}


def _hybrid(size: str, stem: str, side: int, parameters: int, source: str = _AUGREG) -> Entry:
    patch = 8 if stem.endswith("p8") else 1
    fields = {**_SIZES[size], "stem": _STEMS[stem], "patch_size": patch, "img_size": side}
    pixels = {
        "img_size": (side, side),
        "crop_pct": 1.0 if side == 384 else 0.9,
        "interpolation": "bicubic",
        "mean": (0.5,) * 3,
        "std": (0.5,) * 3,
    }
    return Entry("saccade.models.hybrid:Hybrid", "HybridConfig", fields, parameters, source, pixels)


ENTRIES: Mapping[str, Entry] = {
    "vit_tiny_r_s16_p8_224": _hybrid("tiny", "r_s16_p8", 224, 6_337_704),
    "vit_tiny_r_s16_p8_384": _hybrid("tiny", "r_s16_p8", 384, 6_355_944),
    "vit_small_r26_s32_224": _hybrid("small", "r26_s32", 224, 36_431_912),
    "vit_small_r26_s32_384": _hybrid("small", "r26_s32", 384, 36_468_392),
    "vit_base_r26_s32_224": _hybrid("base", "r26_s32", 224, 101_383_976),
    "vit_base_r50_s32_224": _hybrid("base", "r50_s32", 224, 110_945_832),
    "vit_base_r50_s16_224": _hybrid("base", "r50_s16", 224, 98_659_112, VIT_PAPER),
    "vit_base_r50_s16_384": _hybrid("base", "r50_s16", 384, 98_950_952, VIT_PAPER),
    "vit_large_r50_s32_224": _hybrid("large", "r50_s32", 224, 328_994_856),
    "vit_large_r50_s32_384": _hybrid("large", "r50_s32", 384, 329_092_136),
    "vit_large_r50_s16_224": _hybrid("large", "r50_s16", 224, 316_483_624, VIT_PAPER),
}
