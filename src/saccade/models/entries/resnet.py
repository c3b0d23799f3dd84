"""Residual networks of the catalogue, plain and with attention.

Names are timm's where timm has the model. Counts are exact; how each is known stands in
`docs/mechanisms/placement.md`.
"""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PIXELS: Mapping[str, object] = {
    "img_size": (224, 224),
    "crop_pct": 0.875,
    "interpolation": "bicubic",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_RESNET = "arXiv:1512.03385 table 1"
_SE = "arXiv:1709.01507 table 2"
_NON_LOCAL = "arXiv:1711.07971 table 2c"
_SASA = "arXiv:1906.05909 table 1"
_LOCAL_RELATION = "arXiv:1904.11491 table 7; width of the geometry prior is a guess"
_AUGMENTED = "arXiv:1904.09925 table 3"
_OURS = "saccade: for small pictures; He et al., arXiv:1512.03385, section 4.2"
_BASIC: Mapping[str, object] = {"block": "basic"}
_DEPTHS: Mapping[int, tuple[int, ...]] = {
    18: (2, 2, 2, 2),
    26: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    38: (2, 3, 5, 2),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def _entry(depth: int, parameters: int, source: str, **changes: object) -> Entry:
    plain: dict[str, object] = {"layers": _DEPTHS[depth]}
    if depth in (18, 34):
        plain |= _BASIC
    return Entry(
        "saccade.models.resnet:ResNet",
        "ResNetConfig",
        {**plain, **changes},
        parameters,
        source,
        _PIXELS,
    )


def _with(attention: str, stages: tuple[int, ...], **changes: object) -> dict[str, object]:
    return {"attention": attention, "attention_stages": stages, **changes}


def _se(depth: int, parameters: int, **changes: object) -> Entry:
    return _entry(depth, parameters, _SE, **_with("squeeze_excitation", (1, 2, 3, 4)), **changes)


def _non_local(depth: int, parameters: int, blocks: tuple[tuple[int, int], ...]) -> Entry:
    return _entry(
        depth, parameters, _NON_LOCAL, **_with("non_local", (2, 3), attention_blocks=blocks)
    )


def _sasa(depth: int, parameters: int, layers: tuple[int, ...], stem: str) -> Entry:
    changes = _with("local_self", (1, 2, 3, 4), layers=layers, stem=stem)
    return _entry(depth, parameters, _SASA, **changes)


def _local_relation(depth: int, parameters: int) -> Entry:
    changes = _with("local_relation", (1, 2, 3, 4), stem="local_relation")
    sizes = {"widths": (100, 200, 400, 800), "outputs": (256, 512, 1024, 2048)}
    return _entry(depth, parameters, _LOCAL_RELATION, **changes, **sizes)


def _augmented(depth: int, parameters: int, **changes: object) -> Entry:
    return _entry(depth, parameters, _AUGMENTED, **_with("augmented_conv", (2, 3, 4), **changes))


_NEXT: dict[str, object] = {"cardinality": 32, "base_width": 4}
_SENET: dict[str, object] = {
    "cardinality": 64,
    "base_width": 4,
    "stem": "deep",
    "down_kernel_size": 3,
    "reduce_first": 2,
    "drop_rate": 0.2,
}
_FIVE = ((2, 1), (2, 3), (3, 1), (3, 3), (3, 5))
_TEN = tuple((2, b) for b in range(4)) + tuple((3, b) for b in range(6))
_SMALL: dict[str, object] = {
    "block": "basic",
    "layers": (2, 2, 2),
    "widths": (16, 32, 64),
    "stem": "conv3",
    "img_size": 32,
}

ENTRIES: Mapping[str, Entry] = {
    "resnet14_small_32": _entry(18, 239_608, _OURS, **_SMALL),
    "resnet18": _entry(18, 11_689_512, _RESNET),
    "resnet26": _entry(26, 15_995_176, _RESNET),
    "resnet34": _entry(34, 21_797_672, _RESNET),
    "resnet50": _entry(50, 25_557_032, _RESNET),
    "resnet101": _entry(101, 44_549_160, _RESNET),
    "resnet152": _entry(152, 60_192_808, _RESNET),
    "seresnet18": _se(18, 11_778_592),
    "seresnet34": _se(34, 21_958_868),
    "seresnet50": _se(50, 28_088_024),
    "seresnet101": _se(101, 49_326_872),
    "seresnet152": _se(152, 66_821_848),
    "seresnext50_32x4d": _se(50, 27_559_896, **_NEXT),
    "seresnext101_32x4d": _se(101, 48_955_416, **_NEXT),
    "senet154": _se(152, 115_088_984, **_SENET),
    "nl_resnet50": _non_local(50, 32_915_496, _FIVE),
    "nl_resnet50_10": _non_local(50, 40_273_960, _TEN),
    "nl_resnet101": _non_local(101, 51_907_624, ((2, 1), (2, 3), (3, 6), (3, 13), (3, 20))),
    "sasa_resnet26": _sasa(26, 10_331_264, (1, 2, 4, 1), "conv7"),
    "sasa_resnet38": _sasa(38, 14_173_384, (2, 3, 5, 2), "conv7"),
    "sasa_resnet50": _sasa(50, 18_015_504, (3, 4, 6, 3), "conv7"),
    "sasa_resnet26_full": _sasa(26, 10_323_200, (1, 2, 4, 1), "attention"),
    "sasa_resnet38_full": _sasa(38, 14_165_320, (2, 3, 5, 2), "attention"),
    "sasa_resnet50_full": _sasa(50, 18_007_440, (3, 4, 6, 3), "attention"),
    "lrnet26": _local_relation(26, 14_607_546),
    "lrnet50": _local_relation(50, 23_372_575),
    "aa_resnet34": _augmented(
        34,
        20_745_072,
        attention_conv=1,
        attention_options={"kappa": 0.25, "upsilon": 0.25},
    ),
    "aa_resnet50": _augmented(50, 25_809_392),
    "aa_resnet101": _augmented(101, 45_386_728),
    "aa_resnet152": _augmented(152, 61_613_536),
}
