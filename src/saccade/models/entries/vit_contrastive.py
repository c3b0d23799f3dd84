"""More vision transformers that learned from pictures and texts: CLIP and SigLIP; timm's names.

CLIP's have as many classes as the vectors of pictures and texts have features, unless they were
fine-tuned; SigLIP's have no head (`num_classes` 0).
"""

from collections.abc import Mapping

from saccade.models.entries.vit_pretrained import CLIP, HALF, OPENAI, SIGLIP, SIZES
from saccade.models.entry import Entry


def _entry(
    size: str,
    patch: int,
    side: int,
    parameters: int,
    source: str,
    changes: Mapping[str, object],
    pixels: Mapping[str, object],
) -> Entry:
    sizes = {**SIZES[size], "patch_size": patch, "img_size": side, **changes}
    usual = {"interpolation": "bicubic", "img_size": (side, side), **pixels}
    return Entry("saccade.models.vit:ViT", "ViTConfig", sizes, parameters, source, usual)


def _clip(
    size: str,
    patch: int,
    side: int,
    parameters: int,
    classes: int,
    *,
    crop: float = 1.0,
    quick: bool = False,
    squash: bool = False,
) -> Entry:
    changes: dict[str, object] = {"pre_norm": True, "norm_eps": 1e-5, "num_classes": classes}
    if quick:
        changes["act"] = "quick_gelu"
    pixels = {**OPENAI, "crop_pct": crop, **({"crop_mode": "squash"} if squash else {})}
    return _entry(size, patch, side, parameters, CLIP, changes, pixels)


def _siglip(
    size: str,
    patch: int,
    side: int,
    parameters: int,
    *,
    gap: bool = False,
    tanh: bool = False,
    crop: float = 0.9,
) -> Entry:
    changes = {"global_pool": "avg" if gap else "map", "num_classes": 0}
    if tanh:
        changes["act"] = "gelu_tanh"
    return _entry(size, patch, side, parameters, SIGLIP, changes, {**HALF, "crop_pct": crop})


ENTRIES: Mapping[str, Entry] = {
    "vit_base_patch16_clip_384": _clip("base", 16, 384, 86_860_264, 1000, squash=True),
    "vit_base_patch16_clip_quickgelu_224": _clip("base", 16, 224, 86_193_152, 512, quick=True),
    "vit_base_patch16_plus_clip_240": _clip("plus", 16, 240, 117_214_464, 640),
    "vit_base_patch32_clip_256": _clip("base", 32, 256, 87_861_248, 512),
    "vit_base_patch32_clip_384": _clip("base", 32, 384, 88_297_960, 1000),
    "vit_base_patch32_clip_448": _clip("base", 32, 448, 88_337_896, 1000),
    "vit_base_patch32_clip_quickgelu_224": _clip(
        "base", 32, 224, 87_849_728, 512, crop=0.9, quick=True
    ),
    "vit_betwixt_patch32_clip_224": _clip("betwixt", 32, 224, 61_411_712, 512, crop=0.9),
    "vit_giant_patch14_clip_224": _clip("giant", 14, 224, 1_012_646_656, 1024),
    "vit_gigantic_patch14_clip_224": _clip("gigantic", 14, 224, 1_844_908_544, 1280),
    "vit_gigantic_patch14_clip_378": _clip("gigantic", 14, 378, 1_845_695_616, 1280, squash=True),
    "vit_gigantic_patch14_clip_quickgelu_224": _clip(
        "gigantic", 14, 224, 1_844_908_544, 1280, quick=True
    ),
    "vit_huge_patch14_clip_336": _clip("huge", 14, 336, 632_456_680, 1000, squash=True),
    "vit_huge_patch14_clip_378": _clip("huge", 14, 378, 632_683_264, 1024),
    "vit_huge_patch14_clip_quickgelu_224": _clip("huge", 14, 224, 632_077_824, 1024, quick=True),
    "vit_huge_patch14_clip_quickgelu_378": _clip("huge", 14, 378, 632_683_264, 1024, quick=True),
    "vit_large_patch14_clip_quickgelu_224": _clip("large", 14, 224, 303_966_976, 768, quick=True),
    "vit_large_patch14_clip_quickgelu_336": _clip("large", 14, 336, 304_294_656, 768, quick=True),
    "vit_medium_patch16_clip_224": _clip("medium", 16, 224, 38_587_904, 512, crop=0.9),
    "vit_medium_patch32_clip_224": _clip("medium", 32, 224, 39_692_288, 512, crop=0.9),
    "vit_xsmall_patch16_clip_224": _clip("xsmall", 16, 224, 8_277_504, 512, crop=0.9),
    "vit_base_patch16_siglip_gap_256": _siglip("base", 16, 256, 85_843_200, gap=True),
    "vit_base_patch16_siglip_gap_384": _siglip("base", 16, 384, 86_088_960, gap=True),
    "vit_base_patch16_siglip_gap_512": _siglip("base", 16, 512, 86_433_024, gap=True),
    "vit_base_patch32_siglip_gap_256": _siglip("base", 32, 256, 87_465_216, gap=True, tanh=True),
    "vit_giantopt_patch16_siglip_256": _siglip("giantopt", 16, 256, 1_163_168_256, tanh=True),
    "vit_giantopt_patch16_siglip_384": _siglip("giantopt", 16, 384, 1_163_659_776, tanh=True),
    "vit_giantopt_patch16_siglip_gap_256": _siglip(
        "giantopt", 16, 256, 1_134_838_272, gap=True, tanh=True
    ),
    "vit_giantopt_patch16_siglip_gap_384": _siglip(
        "giantopt", 16, 384, 1_135_329_792, gap=True, tanh=True
    ),
    "vit_large_patch16_siglip_512": _siglip("large", 16, 512, 316_742_656, tanh=True),
    "vit_large_patch16_siglip_gap_256": _siglip("large", 16, 256, 303_361_024, gap=True),
    "vit_large_patch16_siglip_gap_384": _siglip("large", 16, 384, 303_688_704, gap=True),
    "vit_large_patch16_siglip_gap_512": _siglip("large", 16, 512, 304_147_456, gap=True, tanh=True),
    "vit_so400m_patch14_siglip_gap_378": _siglip("so400m", 14, 378, 412_987_248, gap=True),
    "vit_so400m_patch14_siglip_gap_448": _siglip(
        "so400m", 14, 448, 413_327_088, gap=True, crop=1.0
    ),
    "vit_so400m_patch14_siglip_gap_896": _siglip(
        "so400m", 14, 896, 416_866_032, gap=True, crop=1.0
    ),
    "vit_so400m_patch16_siglip_384": _siglip("so400m", 16, 384, 428_256_704, tanh=True),
    "vit_so400m_patch16_siglip_512": _siglip("so400m", 16, 512, 428_772_800, tanh=True),
    "vit_so400m_patch16_siglip_gap_256": _siglip(
        "so400m", 16, 256, 412_649_712, gap=True, tanh=True
    ),
    "vit_so400m_patch16_siglip_gap_384": _siglip(
        "so400m", 16, 384, 413_018_352, gap=True, tanh=True
    ),
    "vit_so400m_patch16_siglip_gap_512": _siglip(
        "so400m", 16, 512, 413_534_448, gap=True, tanh=True
    ),
}
