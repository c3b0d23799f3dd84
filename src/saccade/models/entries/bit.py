"""BiT networks of the catalogue: ResNet-v2 with group norm and standardised kernels.

Names are timm's, and so is the preprocessing of its default weights: those distilled into or from
them at 224 pixels, or fine-tuned at 448 and 480. Counts are exact.
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:1912.11370 section 3.1, sizes of github.com/google-research/big_transfer"
_DEPTHS: Mapping[int, tuple[int, ...]] = {
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def _bit(depth: int, factor: int, side: int, parameters: int) -> Entry:
    fields = {"layers": _DEPTHS[depth], "width_factor": factor, "img_size": side}
    pixels = {
        "img_size": (side, side),
        "crop_pct": 0.875 if side == 224 else 1.0,
        "interpolation": "bicubic" if side == 224 else "bilinear",
        "mean": (0.5,) * 3,
        "std": (0.5,) * 3,
    }
    return Entry("saccade.models.bit:BiT", "BiTConfig", fields, parameters, _PAPER, pixels)


ENTRIES: Mapping[str, Entry] = {
    "resnetv2_50x1_bit": _bit(50, 1, 224, 25_549_352),
    "resnetv2_50x3_bit": _bit(50, 3, 448, 217_319_080),
    "resnetv2_101x1_bit": _bit(101, 1, 448, 44_541_480),
    "resnetv2_101x3_bit": _bit(101, 3, 448, 387_934_888),
    "resnetv2_152x2_bit": _bit(152, 2, 224, 236_335_208),
    "resnetv2_152x4_bit": _bit(152, 4, 480, 936_533_224),
}
