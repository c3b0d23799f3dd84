"""BEiT and BEiT v2 of the catalogue, under timm's names."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_FIRST = "arXiv:2106.08254 section 3.1; sizes of github.com/microsoft/unilm/tree/master/beit"
_SECOND = "arXiv:2208.06366 section 3.1; sizes of github.com/microsoft/unilm/tree/master/beit2"
_SIZES: Mapping[str, Mapping[str, object]] = {
    "base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
}
_HALF = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def _beit(
    size: str, side: int, parameters: int, crop: float, *, init: float = 1e-5, second: bool = False
) -> Entry:
    changes = {**_SIZES[size], "img_size": side, "patch_size": 16, "init_values": init}
    pixels = {
        "img_size": (side, side),
        "crop_pct": crop,
        "interpolation": "bicubic",
        **(_IMAGENET if second else _HALF),
    }
    source = _SECOND if second else _FIRST
    return Entry("saccade.models.beit:Beit", "BeitConfig", changes, parameters, source, pixels)


ENTRIES: Mapping[str, Entry] = {
    "beit_base_patch16_224": _beit("base", 224, 86_530_984, 0.9, init=0.1),
    "beit_base_patch16_384": _beit("base", 384, 86_744_104, 1.0, init=0.1),
    "beit_large_patch16_224": _beit("large", 224, 304_430_568, 0.9),
    "beit_large_patch16_384": _beit("large", 384, 304_998_888, 1.0),
    "beit_large_patch16_512": _beit("large", 512, 305_674_728, 1.0),
    "beitv2_base_patch16_224": _beit("base", 224, 86_530_984, 0.9, second=True),
    "beitv2_large_patch16_224": _beit("large", 224, 304_430_568, 0.95, second=True),
}
