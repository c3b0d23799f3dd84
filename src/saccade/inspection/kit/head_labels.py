"""A word for what a head does, by rules that are written down.

The first rule that holds gives the label. A mass counts only when it is also twice what a head that
spreads evenly over all tokens has there, so that on small grids not every head is "local".

    label            rule
    CLS sink         prefix >= 0.5            patches read mostly the class token; "prefix sink"
                                              where there are others or several
    patch sink       sink >= 0.3              one patch gets three tenths of what a mean patch gives
    patch sinks      sinks >= 0.5             five patches get half of it
    self             self >= 0.5              a patch reads itself
    previous patch   previous >= 0.4          ... the patch to its left
    next patch       next >= 0.4              ... to its right
    patch above      above >= 0.4             ... above it
    patch below      below >= 0.4             ... below it
    local            near >= 0.5              ... itself and its eight neighbours
    horizontal       row >= 0.5               ... its own row
    vertical         column >= 0.5            ... its own column
    global           entropy >= 0.9           nearly all tokens alike
    by content       none of these            what it reads hangs on what the picture shows

The thresholds are our own; they are applied to means over pictures.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TWICE = 2.0
_SEVERAL = "prefix sink"
# measure, at least, label; in the order in which they are tried.
RULES: tuple[tuple[str, float, str], ...] = (
    ("prefix", 0.5, _SEVERAL),
    ("sink", 0.3, "patch sink"),
    ("sinks", 0.5, "patch sinks"),
    ("self", 0.5, "self"),
    ("previous", 0.4, "previous patch"),
    ("next", 0.4, "next patch"),
    ("above", 0.4, "patch above"),
    ("below", 0.4, "patch below"),
    ("near", 0.5, "local"),
    ("row", 0.5, "horizontal"),
    ("column", 0.5, "vertical"),
    ("entropy", 0.9, "global"),
)
OTHER = "by content"
KOREAN: Mapping[str, str] = MappingProxyType(
    {
        "CLS sink": "CLS 쏠림",
        _SEVERAL: "특수 토큰 쏠림",
        "patch sink": "한 패치 쏠림",
        "patch sinks": "몇 패치 쏠림",
        "self": "자기 자신",
        "previous patch": "왼쪽 패치",
        "next patch": "오른쪽 패치",
        "patch above": "위 패치",
        "patch below": "아래 패치",
        "local": "주변",
        "horizontal": "가로줄",
        "vertical": "세로줄",
        "global": "전체",
        OTHER: "내용에 따라",
    }
)


def head_label(
    measures: Mapping[str, float], even: Mapping[str, float], prefix: tuple[str, ...] = ()
) -> str:
    """Give a head's label.

    Args:
        measures: of the head, by the names of `MEASURES`; means over pictures.
        even: the measures of a head that spreads evenly.
        prefix: names of the tokens before the patches.
    """
    for name, least, label in RULES:
        beyond = name == "entropy" or measures[name] >= _TWICE * even[name]
        if measures[name] >= least and beyond:
            return "CLS sink" if label == _SEVERAL and prefix == ("cls",) else label
    return OTHER
