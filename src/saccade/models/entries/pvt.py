"""Pyramid vision transformers of the catalogue, both versions.

Names of the first version are those of the authors' code, names of the second are timm's.
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:2102.12122 table 1"
_PAPER2 = "arXiv:2106.13797 table 1"
_PIXELS = {
    "img_size": (224, 224),
    "interpolation": "bicubic",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_DEPTHS: Mapping[str, tuple[int, ...]] = {
    "tiny": (2, 2, 2, 2),
    "small": (3, 4, 6, 3),
    "medium": (3, 4, 18, 3),
    "large": (3, 8, 27, 3),
    "b5": (3, 6, 40, 3),
}


def _pvt(size: str, parameters: int) -> Entry:
    pixels = {**_PIXELS, "crop_pct": 0.875}
    changes = {"depths": _DEPTHS[size]}
    return Entry("saccade.models.pvt:PVT", "PVTConfig", changes, parameters, _PAPER, pixels)


def _pvt_v2(size: str, parameters: int, **changes: object) -> Entry:
    pixels = {**_PIXELS, "crop_pct": 0.9}
    sizes = {"depths": _DEPTHS[size], **changes}
    return Entry("saccade.models.pvt_v2:PVTv2", "PVTv2Config", sizes, parameters, _PAPER2, pixels)


ENTRIES: Mapping[str, Entry] = {
    "pvt_tiny": _pvt("tiny", 13_229_288),
    "pvt_small": _pvt("small", 24_485_864),
    "pvt_medium": _pvt("medium", 44_208_104),
    "pvt_large": _pvt("large", 61_369_320),
    "pvt_v2_b0": _pvt_v2("tiny", 3_666_760, embed_dims=(32, 64, 160, 256)),
    "pvt_v2_b1": _pvt_v2("tiny", 14_009_000),
    "pvt_v2_b2": _pvt_v2("small", 25_362_856),
    "pvt_v2_b2_li": _pvt_v2("small", 22_553_512, linear=True),
    "pvt_v2_b3": _pvt_v2("medium", 45_238_696),
    "pvt_v2_b4": _pvt_v2("large", 62_556_072),
    "pvt_v2_b5": _pvt_v2("b5", 81_956_008, mlp_ratios=(4.0, 4.0, 4.0, 4.0)),
}
