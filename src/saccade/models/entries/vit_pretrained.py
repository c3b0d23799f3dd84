"""Vision transformers that are known for their weights: CLIP, SigLIP, DINOv2, registers, the mean.

Names are timm's. Weights that come without a head have none here (`num_classes` 0).
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

CLIP = "arXiv:2103.00020 table 20; sizes of github.com/mlfoundations/open_clip"
SIGLIP = "arXiv:2303.15343; sizes of github.com/google-research/big_vision"
DINO2 = "arXiv:2304.07193 table 17"
DINO = "arXiv:2104.14294 table 1"
IJEPA = "arXiv:2301.08243 section 4; sizes of github.com/facebookresearch/ijepa"
EVA = "arXiv:2211.07636 section 3.3: taught by an EVA; sizes of github.com/baaivision/EVA"
REGISTERS = "arXiv:2309.16588 section 3; sizes of arXiv:2304.07193 table 17"
TIMM = "sizes of github.com/huggingface/pytorch-image-models"

_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALF = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
OPENAI = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
}
SIZES: Mapping[str, Mapping[str, object]] = {
    "xsmall": {"embed_dim": 256, "depth": 10, "num_heads": 4},
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "medium": {"embed_dim": 512, "depth": 12, "num_heads": 8},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "so400m": {"embed_dim": 1152, "depth": 27, "num_heads": 16, "mlp_ratio": 3.7362},
    "huge": {"embed_dim": 1280, "depth": 32, "num_heads": 16},
    "giant": {"embed_dim": 1408, "depth": 40, "num_heads": 16, "mlp_ratio": 48 / 11},
    "giantopt": {"embed_dim": 1536, "depth": 40, "num_heads": 16},
    "gigantic": {"embed_dim": 1664, "depth": 48, "num_heads": 16, "mlp_ratio": 64 / 13},
    "deep": {"embed_dim": 384, "depth": 36, "num_heads": 6},
    "wee": {"embed_dim": 256, "depth": 14, "num_heads": 4, "mlp_ratio": 5.0},
    "little": {"embed_dim": 320, "depth": 14, "num_heads": 5, "mlp_ratio": 5.6},
    "mediumd": {"embed_dim": 512, "depth": 20, "num_heads": 8},
    "betwixt": {"embed_dim": 640, "depth": 12, "num_heads": 10},
    "plus": {"embed_dim": 896, "depth": 12, "num_heads": 14},
    "so150m": {"embed_dim": 896, "depth": 18, "num_heads": 14, "mlp_ratio": 2.572},
    "so150m2": {"embed_dim": 832, "depth": 21, "num_heads": 13, "mlp_ratio": 34 / 13},
    "gated": {
        "embed_dim": 1536,
        "depth": 40,
        "num_heads": 24,
        "mlp_ratio": 2.66667 * 2,
        "mlp": "swiglu_packed",
    },
}
_CLIP = {"pre_norm": True, "norm_eps": 1e-5}
_SIGLIP = {"global_pool": "map", "num_classes": 0}
_SIGLIP2 = {**_SIGLIP, "act": "gelu_tanh"}
_SIGLIP_GAP = {"global_pool": "avg", "num_classes": 0}
_DINO2 = {"init_values": 1e-5, "num_classes": 0}
_DINO2_REG = {**_DINO2, "reg_tokens": 4, "no_embed_class": True}
_MEDIUM = {"global_pool": "avg", "qkv_bias": False, "init_values": 1e-6}
_MEAN = {"global_pool": "avg", "fc_norm": True, "reg_tokens": 4, "no_embed_class": True}
_SCALED = {**_MEAN, "init_values": 1e-5}
_SCALED1 = {**_SCALED, "reg_tokens": 1}
_SO150M = {"global_pool": "avg", "reg_tokens": 4}
_SO150M2 = {
    "global_pool": "avg",
    "fc_norm": True,
    "reg_tokens": 1,
    "init_values": 1e-5,
    "qkv_bias": False,
}
_BARE = {"global_pool": "avg", "num_classes": 0}


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
    usual = {"interpolation": "bicubic", "crop_pct": 0.9, "img_size": (side, side)}
    return Entry(
        "saccade.models.vit:ViT", "ViTConfig", sizes, parameters, source, {**usual, **pixels}
    )


def _clip(size: str, patch: int, side: int, parameters: int, crop: float) -> Entry:
    pixels = {**(HALF if size == "large" else OPENAI), "crop_pct": crop}
    return _entry(size, patch, side, parameters, CLIP, _CLIP, pixels)


def _siglip(
    size: str, patch: int, side: int, parameters: int, changes: Mapping[str, object] = _SIGLIP
) -> Entry:
    return _entry(size, patch, side, parameters, SIGLIP, changes, HALF)


def _dino2(size: str, parameters: int, *, registers: bool = False) -> Entry:
    changes, source = (_DINO2_REG, REGISTERS) if registers else (_DINO2, DINO2)
    return _entry(size, 14, 518, parameters, source, changes, {**_IMAGENET, "crop_pct": 1.0})


def _mean(
    size: str, side: int, parameters: int, changes: Mapping[str, object], crop: float = 0.95
) -> Entry:
    return _entry(size, 16, side, parameters, TIMM, changes, {**HALF, "crop_pct": crop})


def _taught(side: int, parameters: int, crop_mode: str) -> Entry:
    changes = {"global_pool": "avg", "fc_norm": True, "class_token": True}
    pixels = {**OPENAI, "crop_pct": 1.0, "crop_mode": crop_mode}
    return _entry("large", 14, side, parameters, EVA, changes, pixels)


def _jepa(size: str, patch: int, side: int, parameters: int) -> Entry:
    pixels = {**_IMAGENET, "crop_pct": 0.9 if side == 224 else 1.0}
    return _entry(size, patch, side, parameters, IJEPA, _BARE, pixels)


def _flexi(size: str, parameters: int) -> Entry:
    changes, source = {"no_embed_class": True}, "arXiv:2212.08013; " + TIMM
    return _entry(size, 16, 240, parameters, source, changes, {**HALF, "crop_pct": 0.95})


ENTRIES: Mapping[str, Entry] = {
    "vit_base_patch32_clip_224": _clip("base", 32, 224, 88_225_000, 0.9),
    "vit_base_patch16_clip_224": _clip("base", 16, 224, 86_568_424, 0.95),
    "vit_large_patch14_clip_224": _clip("large", 14, 224, 304_204_776, 1.0),
    "vit_large_patch14_clip_336": _clip("large", 14, 336, 304_532_456, 1.0),
    "vit_huge_patch14_clip_224": _clip("huge", 14, 224, 632_047_080, 1.0),
    "vit_base_patch32_siglip_256": _siglip("base", 32, 256, 94_552_320, _SIGLIP2),
    "vit_base_patch16_siglip_224": _siglip("base", 16, 224, 92_884_224),
    "vit_base_patch16_siglip_256": _siglip("base", 16, 256, 92_930_304),
    "vit_base_patch16_siglip_384": _siglip("base", 16, 384, 93_176_064),
    "vit_base_patch16_siglip_512": _siglip("base", 16, 512, 93_520_128),
    "vit_base_patch16_siglip_gap_224": _siglip("base", 16, 224, 85_797_120, _SIGLIP_GAP),
    "vit_large_patch16_siglip_256": _siglip("large", 16, 256, 315_956_224),
    "vit_large_patch16_siglip_384": _siglip("large", 16, 384, 316_283_904),
    "vit_so400m_patch14_siglip_224": _siglip("so400m", 14, 224, 427_680_704),
    "vit_so400m_patch14_siglip_378": _siglip("so400m", 14, 378, 428_225_600),
    "vit_so400m_patch16_siglip_256": _siglip("so400m", 16, 256, 427_888_064, _SIGLIP2),
    "vit_so400m_patch14_siglip_gap_224": _siglip("so400m", 14, 224, 412_442_352, _SIGLIP_GAP),
    "vit_small_patch14_dinov2": _dino2("small", 22_056_192),
    "vit_base_patch14_dinov2": _dino2("base", 86_579_712),
    "vit_large_patch14_dinov2": _dino2("large", 304_367_616),
    "vit_giant_patch14_dinov2": _dino2("gated", 1_136_479_232),
    "vit_small_patch14_reg4_dinov2": _dino2("small", 22_057_344, registers=True),
    "vit_base_patch14_reg4_dinov2": _dino2("base", 86_582_016, registers=True),
    "vit_large_patch14_reg4_dinov2": _dino2("large", 304_370_688, registers=True),
    "vit_giant_patch14_reg4_dinov2": _dino2("gated", 1_136_483_840, registers=True),
    "vit_medium_patch16_gap_240": _mean(
        "medium", 240, 44_396_589, {**_MEDIUM, "num_classes": 11_821}
    ),
    "vit_medium_patch16_gap_256": _mean("medium", 256, 38_861_288, _MEDIUM),
    "vit_medium_patch16_gap_384": _mean("medium", 384, 39_025_128, _MEDIUM),
    "vit_medium_patch16_reg4_gap_256": _mean(
        "medium", 256, 38_881_768, {**_MEAN, "init_values": 1e-5}
    ),
    "vit_base_patch16_reg4_gap_256": _mean("base", 256, 86_615_272, _MEAN, 0.9),
    "eva_large_patch14_196": _taught(196, 304_142_312, "center"),
    "eva_large_patch14_336": _taught(336, 304_531_432, "squash"),
    "vit_base_patch16_plus_240": _mean("plus", 240, 117_557_992, {"init_values": 1e-5}),
    "vit_base_patch32_plus_256": _entry(
        "plus", 32, 256, 119_478_120, TIMM, {"init_values": 1e-5}, {**HALF, "crop_pct": 0.95}
    ),
    "vit_betwixt_patch16_gap_256": _mean("betwixt", 256, 60_372_840, _MEDIUM),
    "vit_betwixt_patch16_reg1_gap_256": _mean("betwixt", 256, 60_396_520, _SCALED1),
    "vit_betwixt_patch16_reg4_gap_256": _mean("betwixt", 256, 60_398_440, _SCALED),
    "vit_betwixt_patch16_reg4_gap_384": _mean("betwixt", 384, 60_603_240, _SCALED, 1.0),
    "vit_giant_patch16_gap_224": _jepa("giant", 16, 224, 1_011_368_576),
    "vit_huge_patch14_gap_224": _jepa("huge", 14, 224, 630_762_240),
    "vit_huge_patch16_gap_448": _jepa("huge", 16, 448, 631_668_480),
    "vit_little_patch16_reg1_gap_256": _mean("little", 256, 22_515_048, _SCALED1),
    "vit_little_patch16_reg4_gap_256": _mean("little", 256, 22_516_008, _SCALED),
    "vit_medium_patch16_reg1_gap_256": _mean("medium", 256, 38_880_232, _SCALED1),
    "vit_mediumd_patch16_reg4_gap_256": _mean("mediumd", 256, 64_109_032, _SCALED),
    "vit_mediumd_patch16_reg4_gap_384": _mean("mediumd", 384, 64_272_872, _SCALED, 1.0),
    "vit_small_patch8_224": _entry(
        "small", 8, 224, 21_670_272, DINO, {"num_classes": 0}, _IMAGENET
    ),
    "vit_small_patch16_36x1_224": _mean("deep", 224, 64_665_448, {"init_values": 1e-5}, 0.9),
    "vit_so150m2_patch16_reg1_gap_256": _mean("so150m2", 256, 136_059_560, _SO150M2, 1.0),
    "vit_so150m2_patch16_reg1_gap_384": _mean("so150m2", 384, 136_325_800, _SO150M2, 1.0),
    "vit_so150m2_patch16_reg1_gap_448": _mean("so150m2", 448, 136_498_856, _SO150M2, 1.0),
    "vit_so150m_patch16_reg4_gap_256": _mean("so150m", 256, 134_131_560, _SO150M),
    "vit_so150m_patch16_reg4_gap_384": _mean("so150m", 384, 134_418_280, _SO150M, 1.0),
    "vit_so150m_patch16_reg4_map_256": _mean(
        "so150m", 256, 141_481_064, {**_SO150M, "global_pool": "map"}, 0.9
    ),
    "vit_wee_patch16_reg1_gap_256": _mean("wee", 256, 13_422_568, _SCALED1),
    "flexivit_base": _flexi("base", 86_589_160),
    "flexivit_large": _flexi("large", 304_355_304),
    "flexivit_small": _flexi("small", 22_061_416),
}
