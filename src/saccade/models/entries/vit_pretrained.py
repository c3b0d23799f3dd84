"""Vision transformers that are known for their weights: CLIP, SigLIP, DINOv2, registers, the mean.

Names are timm's. Weights that come without a head have none here (`num_classes` 0).
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

CLIP = "arXiv:2103.00020 table 20; sizes of github.com/mlfoundations/open_clip"
SIGLIP = "arXiv:2303.15343; sizes of github.com/google-research/big_vision"
DINO2 = "arXiv:2304.07193 table 17"
REGISTERS = "arXiv:2309.16588 section 3; sizes of arXiv:2304.07193 table 17"
TIMM = "sizes of github.com/huggingface/pytorch-image-models"

_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_HALF = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
_OPENAI = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
}
_SIZES: Mapping[str, Mapping[str, object]] = {
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "medium": {"embed_dim": 512, "depth": 12, "num_heads": 8},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "so400m": {"embed_dim": 1152, "depth": 27, "num_heads": 16, "mlp_ratio": 3.7362},
    "huge": {"embed_dim": 1280, "depth": 32, "num_heads": 16},
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


def _entry(
    size: str,
    patch: int,
    side: int,
    parameters: int,
    source: str,
    changes: Mapping[str, object],
    pixels: Mapping[str, object],
) -> Entry:
    sizes = {**_SIZES[size], "patch_size": patch, "img_size": side, **changes}
    usual = {"interpolation": "bicubic", "crop_pct": 0.9, "img_size": (side, side)}
    return Entry(
        "saccade.models.vit:ViT", "ViTConfig", sizes, parameters, source, {**usual, **pixels}
    )


def _clip(size: str, patch: int, side: int, parameters: int, crop: float) -> Entry:
    pixels = {**(_HALF if size == "large" else _OPENAI), "crop_pct": crop}
    return _entry(size, patch, side, parameters, CLIP, _CLIP, pixels)


def _siglip(
    size: str, patch: int, side: int, parameters: int, changes: Mapping[str, object] = _SIGLIP
) -> Entry:
    return _entry(size, patch, side, parameters, SIGLIP, changes, _HALF)


def _dino2(size: str, parameters: int, *, registers: bool = False) -> Entry:
    changes, source = (_DINO2_REG, REGISTERS) if registers else (_DINO2, DINO2)
    return _entry(size, 14, 518, parameters, source, changes, {**_IMAGENET, "crop_pct": 1.0})


def _mean(
    size: str, side: int, parameters: int, changes: Mapping[str, object], crop: float = 0.95
) -> Entry:
    return _entry(size, 16, side, parameters, TIMM, changes, {**_HALF, "crop_pct": crop})


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
}
