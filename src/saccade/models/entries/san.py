"""All-attention networks of the catalogue."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:2004.13621 table 2; counts of github.com/hszhao/SAN"
_PIXELS = {
    "img_size": (224, 224),
    "crop_pct": 224 / 256,
    "interpolation": "bilinear",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_DEPTHS = {10: (2, 1, 2, 4, 1), 15: (3, 2, 3, 5, 2), 19: (3, 3, 4, 6, 3)}


def _san(layers: int, kind: str, parameters: int) -> Entry:
    changes = {"depths": _DEPTHS[layers], "kind": kind}
    return Entry("saccade.models.san:SAN", "SANConfig", changes, parameters, _PAPER, _PIXELS)


ENTRIES: Mapping[str, Entry] = {
    "san10_pairwise": _san(10, "pairwise", 10_531_848),
    "san15_pairwise": _san(15, "pairwise", 14_065_436),
    "san19_pairwise": _san(19, "pairwise", 17_596_156),
    "san10_patchwise": _san(10, "patchwise", 11_841_124),
    "san15_patchwise": _san(15, "patchwise", 16_181_310),
    "san19_patchwise": _san(19, "patchwise", 20_518_470),
}
