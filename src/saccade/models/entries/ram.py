"""Recurrent attention models of the catalogue, for digits."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:1406.6247 section 4.1"
_CODE = "github.com/kevinzakka/recurrent-visual-attention"
_MNIST: Mapping[str, object] = {
    "img_size": (28, 28),
    "interpolation": "bilinear",
    "in_chans": 1,
    "mean": (0.1307,),
    "std": (0.3081,),
}


def _ram(source: str, parameters: int, **changes: object) -> Entry:
    pixels = {**_MNIST, "img_size": (changes.get("img_size", 28),) * 2}
    return Entry("saccade.models.ram:RAM", "RAMConfig", changes, parameters, source, pixels)


def _wide(parameters: int, **changes: object) -> Entry:
    sizes = {"img_size": 60, "glimpse_size": 12, "scales": 3, "locator": "hidden", **changes}
    return _ram(f"{_PAPER}; the hidden locator of {_CODE}", parameters, **sizes)


# 10 classes.
ENTRIES: Mapping[str, Entry] = {
    "ram_mnist": _ram(f"{_PAPER}; the std of {_CODE}", 209_677),
    "ram_mnist_hidden": _ram(_CODE, 242_317, locator="hidden", std=0.05),
    "ram_translated": _wide(289_421),
    "ram_cluttered": _wide(289_421, glimpses=8),
    "ram_cluttered_100": _wide(307_853, glimpses=8, img_size=100, scales=4),
}
