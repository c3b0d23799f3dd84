"""Residual networks of the catalogue, plain and with attention.

Names are timm's where timm has the model, and so is the preprocessing of its default weights;
`legacy_` ones are the networks released for Caffe. Counts are exact; how each is known stands in
`docs/mechanisms/placement.md`.
"""

from collections.abc import Mapping
from typing import Any

from saccade.models.entry import Entry
from saccade.models.placements import PLACEMENTS

_PIXELS: Mapping[str, object] = {
    "img_size": (224, 224),
    "crop_pct": 0.875,
    "interpolation": "bicubic",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_CLOSE: Mapping[str, object] = {**_PIXELS, "crop_pct": 0.95}
_BILINEAR: Mapping[str, object] = {**_PIXELS, "interpolation": "bilinear"}
_RESNET = "arXiv:1512.03385 table 1"
_SE = "arXiv:1709.01507 table 2"
_LEGACY = "arXiv:1709.01507, networks of github.com/hujie-frank/SENet"
_NON_LOCAL = "arXiv:1711.07971 table 2c"
_SASA = "arXiv:1906.05909 table 1"
_LOCAL_RELATION = "arXiv:1904.11491 table 7; width of the geometry prior is a guess"
_AUGMENTED = "arXiv:1904.09925 table 3"
_OURS = "saccade: for small pictures; He et al., arXiv:1512.03385, section 4.2"
_DEPTHS: Mapping[int, tuple[int, ...]] = {
    18: (2, 2, 2, 2),
    26: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
_SASA_DEPTHS: Mapping[int, tuple[int, ...]] = {
    26: (1, 2, 4, 1),
    38: (2, 3, 5, 2),
    50: (3, 4, 6, 3),
}


def _entry(
    layers: tuple[int, ...],
    parameters: int,
    source: str,
    *,
    placement: str | None = None,
    pixels: Mapping[str, object] = _PIXELS,
    **changes: object,
) -> Entry:
    attention = PLACEMENTS[placement].options() if placement else {}
    fields = {"layers": layers, **attention, **changes}
    path = "saccade.models.resnet:ResNet"
    return Entry(path, "ResNetConfig", fields, parameters, source, pixels)


def _resnet(
    depth: int,
    parameters: int,
    source: str = _RESNET,
    *,
    placement: str | None = None,
    pixels: Mapping[str, object] = _PIXELS,
    **changes: object,
) -> Entry:
    block = "basic" if depth in (18, 34) else "bottleneck"
    return _entry(
        _DEPTHS[depth],
        parameters,
        source,
        placement=placement,
        pixels=pixels,
        block=block,
        **changes,
    )


def _se(
    depth: int, parameters: int, *, pixels: Mapping[str, object] = _PIXELS, **changes: object
) -> Entry:
    source = _LEGACY if "caffe" in changes else _SE
    return _resnet(
        depth, parameters, source, placement="squeeze_excitation", pixels=pixels, **changes
    )


def _legacy(
    depth: int, parameters: int, *, pixels: Mapping[str, object] = _BILINEAR, **changes: object
) -> Entry:
    return _se(depth, parameters, pixels=pixels, caffe=True, **changes)


def _sasa(depth: int, parameters: int, stem: str) -> Entry:
    return _entry(_SASA_DEPTHS[depth], parameters, _SASA, placement="local_self", stem=stem)


def _local_relation(depth: int, parameters: int) -> Entry:
    return _entry(
        _DEPTHS[depth],
        parameters,
        _LOCAL_RELATION,
        placement="local_relation",
        stem="local_relation",
        widths=(100, 200, 400, 800),
        outputs=(256, 512, 1024, 2048),
    )


def _augmented(depth: int, parameters: int, placement: str = "augmented_conv") -> Entry:
    ratios = {"kappa": 0.25, "upsilon": 0.25} if depth == 34 else {"kappa": 0.2, "upsilon": 0.1}
    return _resnet(depth, parameters, _AUGMENTED, placement=placement, attention_options=ratios)


_NEXT: Mapping[str, Any] = {"cardinality": 32, "base_width": 4}
_SENET: Mapping[str, Any] = {
    "cardinality": 64,
    "base_width": 4,
    "stem": "deep",
    "down_kernel_size": 3,
    "reduce_first": 2,
    "drop_rate": 0.2,
}
_SMALL: Mapping[str, Any] = {
    "block": "basic",
    "widths": (16, 32, 64),
    "stem": "conv3",
    "img_size": 32,
}
_SMALL_PIXELS: Mapping[str, object] = {**_PIXELS, "img_size": (32, 32), "crop_pct": 1.0}

ENTRIES: Mapping[str, Entry] = {
    "resnet14_small_32": _entry((2, 2, 2), 239_608, _OURS, pixels=_SMALL_PIXELS, **_SMALL),
    "resnet18": _resnet(18, 11_689_512, pixels=_CLOSE),
    "resnet26": _resnet(26, 15_995_176),
    "resnet34": _resnet(34, 21_797_672, pixels=_CLOSE),
    "resnet50": _resnet(50, 25_557_032, pixels=_CLOSE),
    "resnet101": _resnet(101, 44_549_160, pixels=_CLOSE),
    "resnet152": _resnet(152, 60_192_808, pixels=_CLOSE),
    "seresnet18": _se(18, 11_778_592),
    "seresnet34": _se(34, 21_958_868),
    "seresnet50": _se(50, 28_088_024, pixels=_CLOSE),
    "seresnet101": _se(101, 49_326_872),
    "seresnet152": _se(152, 66_821_848),
    "seresnext50_32x4d": _se(50, 27_559_896, **_NEXT),
    "seresnext101_32x4d": _se(101, 48_955_416, **_NEXT),
    "senet154": _se(152, 115_088_984, **_SENET),
    "legacy_seresnet18": _legacy(18, 11_778_592, pixels=_PIXELS),
    "legacy_seresnet34": _legacy(34, 21_958_868),
    "legacy_seresnet50": _legacy(50, 28_088_024),
    "legacy_seresnet101": _legacy(101, 49_326_872),
    "legacy_seresnet152": _legacy(152, 66_821_848),
    "legacy_seresnext26_32x4d": _legacy(26, 16_790_280, pixels=_PIXELS, **_NEXT),
    "legacy_seresnext50_32x4d": _legacy(50, 27_559_896, **_NEXT),
    "legacy_seresnext101_32x4d": _legacy(101, 48_955_416, **_NEXT),
    "legacy_senet154": _legacy(152, 115_088_984, **_SENET),
    "nl_resnet50": _resnet(50, 32_915_496, _NON_LOCAL, placement="non_local_5"),
    "nl_resnet50_10": _resnet(50, 40_273_960, _NON_LOCAL, placement="non_local_10"),
    "nl_resnet101": _resnet(101, 51_907_624, _NON_LOCAL, placement="non_local_101"),
    "sasa_resnet26": _sasa(26, 10_331_264, "conv7"),
    "sasa_resnet38": _sasa(38, 14_173_384, "conv7"),
    "sasa_resnet50": _sasa(50, 18_015_504, "conv7"),
    "sasa_resnet26_full": _sasa(26, 10_323_200, "attention"),
    "sasa_resnet38_full": _sasa(38, 14_165_320, "attention"),
    "sasa_resnet50_full": _sasa(50, 18_007_440, "attention"),
    "lrnet26": _local_relation(26, 14_607_546),
    "lrnet50": _local_relation(50, 23_372_575),
    "aa_resnet34": _augmented(34, 20_745_072, "augmented_conv_basic"),
    "aa_resnet50": _augmented(50, 25_809_392),
    "aa_resnet101": _augmented(101, 45_386_728),
    "aa_resnet152": _augmented(152, 61_613_536),
}
