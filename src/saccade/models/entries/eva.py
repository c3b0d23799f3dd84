"""EVA, EVA-02 and DINOv3 of the catalogue, under timm's names.

Weights that come without a head have none here (`num_classes` 0). The mean of the patches is what
timm classifies for DINOv3; `global_pool="token"` is what its authors do.
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

_EVA = "arXiv:2211.07636 table 3; sizes of github.com/baaivision/EVA/tree/master/EVA-01"
_EVA2 = "arXiv:2303.11331 table 6; sizes of github.com/baaivision/EVA/tree/master/EVA-02"
_EVA_CLIP = "arXiv:2303.15389 table 2; sizes of github.com/baaivision/EVA/tree/master/EVA-CLIP"
_DINO3 = "arXiv:2508.10104 section 3.2; sizes of github.com/facebookresearch/dinov3"
_SIZES: Mapping[str, Mapping[str, object]] = {
    "tiny": {"embed_dim": 192, "depth": 12, "num_heads": 3},
    "small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "huge": {"embed_dim": 1280, "depth": 32, "num_heads": 20},
    "giant": {"embed_dim": 1408, "depth": 40, "num_heads": 16, "mlp_ratio": 6144 / 1408},
    "7b": {"embed_dim": 4096, "depth": 40, "num_heads": 32, "mlp_ratio": 2.0},
}
_TURNED = {
    "mlp_ratio": 4 * 2 / 3,
    "swiglu_mlp": True,
    "use_rot_pos_emb": True,
    "ref_feat_shape": (16, 16),
}
_SPLIT = {**_TURNED, "qkv_fused": False, "scale_mlp": True}
_NORMED = {**_SPLIT, "scale_attn_inner": True}
_CENTRED = {
    "patch_size": 16,
    "img_size": 256,
    "num_classes": 0,
    "num_reg_tokens": 4,
    "fc_norm": False,
    "init_values": 1e-5,
    "norm_eps": 1e-5,
    "use_abs_pos_emb": False,
    "use_rot_pos_emb": True,
    "rope_type": "dinov3",
    "rope_temperature": 100.0,
    "rope_rotate_half": True,
}
_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_OPENAI = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
}


def _entry(
    changes: Mapping[str, object], parameters: int, source: str, pixels: Mapping[str, object]
) -> Entry:
    side = changes["img_size"]
    usual = {"img_size": (side, side), "interpolation": "bicubic"}
    config = "EvaConfig"
    pixels = {**usual, **pixels}
    return Entry("saccade.models.eva:Eva", config, changes, parameters, source, pixels)


def _eva(size: str, side: int, parameters: int, *, imagenet: bool = False) -> Entry:
    changes = {**_SIZES[size], "patch_size": 14, "img_size": side}
    pixels = {**(_IMAGENET if imagenet else _OPENAI), "crop_pct": 0.9 if side == 224 else 1.0}
    if side > 224:
        pixels["crop_mode"] = "squash"
    return _entry(changes, parameters, _EVA, pixels)


def _clip(changes: Mapping[str, object], side: int, parameters: int, width: int) -> Entry:
    """A network that learned from pictures and texts; their vectors have so many features."""
    sizes = {"patch_size": 14, **changes, "img_size": side}
    sizes |= {"global_pool": "token", "num_classes": width}
    pixels = {**_OPENAI, "crop_pct": 0.9 if side == 224 else 1.0}
    return _entry(sizes, parameters, _EVA_CLIP, pixels)


def _eva2(size: str, side: int, parameters: int) -> Entry:
    parts = _TURNED if size in ("tiny", "small") else _SPLIT
    changes = {**_SIZES[size], **parts, "patch_size": 14, "img_size": side}
    pixels = {**_OPENAI, "crop_pct": 0.9 if side == 224 else 1.0}
    if side == 224:
        changes["num_classes"] = 0  # pretraining gives no head
    if side == 448:
        pixels["crop_mode"] = "squash"
    return _entry(changes, parameters, _EVA2, pixels)


def _dino3(size: str, parameters: int, *, align: int = 0, bias: bool = False) -> Entry:
    changes = {**_SIZES[size], **_CENTRED, "qkv_bias": bias}
    if align:
        changes |= {"swiglu_mlp": True, "swiglu_align_to": align}
    return _entry(changes, parameters, _DINO3, {**_IMAGENET, "crop_pct": 1.0})


ENTRIES: Mapping[str, Entry] = {
    "eva_giant_patch14_224": _eva("giant", 224, 1_012_555_112),
    "eva_giant_patch14_336": _eva("giant", 336, 1_013_005_672),
    "eva_giant_patch14_560": _eva("giant", 560, 1_014_447_464, imagenet=True),
    "eva02_tiny_patch14_224": _eva2("tiny", 224, 5_502_144),
    "eva02_tiny_patch14_336": _eva2("tiny", 336, 5_756_584),
    "eva02_small_patch14_224": _eva2("small", 224, 21_621_120),
    "eva02_small_patch14_336": _eva2("small", 336, 22_129_000),
    "eva02_base_patch14_224": _eva2("base", 224, 85_758_720),
    "eva02_base_patch14_448": _eva2("base", 448, 87_117_544),
    "eva02_large_patch14_224": _eva2("large", 224, 303_268_800),
    "eva02_large_patch14_448": _eva2("large", 448, 305_080_232),
    "eva_giant_patch14_clip_224": _clip(_SIZES["giant"], 224, 1_012_588_928, 1024),
    "eva02_base_patch16_clip_224": _clip(
        {**_SIZES["base"], **_NORMED, "patch_size": 16}, 224, 86_263_040, 512
    ),
    "eva02_large_patch14_clip_224": _clip({**_SIZES["large"], **_NORMED}, 224, 304_105_152, 768),
    "eva02_large_patch14_clip_336": _clip({**_SIZES["large"], **_NORMED}, 336, 304_432_832, 768),
    "vit_tiny_patch16_dinov3_qkvb": _dino3("tiny", 5_489_664, bias=True),
    "vit_small_patch16_dinov3": _dino3("small", 21_586_944),
    "vit_small_patch16_dinov3_qkvb": _dino3("small", 21_596_160, bias=True),
    "vit_small_plus_patch16_dinov3": _dino3("small", 28_683_264, align=8),
    "vit_small_plus_patch16_dinov3_qkvb": _dino3("small", 28_692_480, align=8, bias=True),
    "vit_base_patch16_dinov3": _dino3("base", 85_641_216),
    "vit_base_patch16_dinov3_qkvb": _dino3("base", 85_659_648, bias=True),
    "vit_large_patch16_dinov3": _dino3("large", 303_079_424),
    "vit_large_patch16_dinov3_qkvb": _dino3("large", 303_128_576, bias=True),
    "vit_huge_plus_patch16_dinov3": _dino3("huge", 840_509_440, align=8),
    "vit_huge_plus_patch16_dinov3_qkvb": _dino3("huge", 840_591_360, align=8, bias=True),
    "vit_7b_patch16_dinov3": _dino3("7b", 6_716_030_976, align=64),
}
