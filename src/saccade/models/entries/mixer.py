"""MLP-Mixers of the catalogue. Names are timm's; `mixer_h14_224` is built after them."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:2105.01601 table 1"
_PIXELS = {
    "img_size": (224, 224),
    "crop_pct": 0.875,
    "interpolation": "bicubic",
    "mean": (0.5,) * 3,
    "std": (0.5,) * 3,
}
_SIZES: Mapping[str, tuple[int, int]] = {
    "s": (8, 512),
    "b": (12, 768),
    "l": (24, 1024),
    "h": (32, 1280),
}


def _mixer(size: str, patch: int, parameters: int) -> Entry:
    depth, width = _SIZES[size]
    sizes = {"num_blocks": depth, "embed_dim": width, "patch_size": patch}
    return Entry("saccade.models.mixer:Mixer", "MixerConfig", sizes, parameters, _PAPER, _PIXELS)


ENTRIES: Mapping[str, Entry] = {
    "mixer_s32_224": _mixer("s", 32, 19_104_624),
    "mixer_s16_224": _mixer("s", 16, 18_528_264),
    "mixer_b32_224": _mixer("b", 32, 60_293_428),
    "mixer_b16_224": _mixer("b", 16, 59_880_472),
    "mixer_l32_224": _mixer("l", 32, 206_939_264),
    "mixer_l16_224": _mixer("l", 16, 208_196_168),
    "mixer_h14_224": _mixer("h", 14, 432_350_952),
}
