"""Wide residual networks of the catalogue, for the 32x32 pictures and 100 classes of CIFAR-100."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PIXELS: Mapping[str, object] = {
    "img_size": (32, 32),
    "crop_pct": 1.0,
    "interpolation": "bilinear",
    "mean": (125.3 / 255, 123.0 / 255, 113.9 / 255),
    "std": (63.0 / 255, 62.1 / 255, 66.7 / 255),
}


def _wide(parameters: int, source: str, **changes: object) -> Entry:
    return Entry(
        "saccade.models.wide_resnet:WideResNet",
        "WideResNetConfig",
        changes,
        parameters,
        source,
        _PIXELS,
    )


ENTRIES: Mapping[str, Entry] = {
    "wide_resnet28_10": _wide(36_536_884, "arXiv:1605.07146, WRN-28-10; 100 classes"),
    "aa_wide_resnet28_10": _wide(
        36_312_660, "arXiv:1904.09925 section 4.1; 100 classes", augmented=True
    ),
}
