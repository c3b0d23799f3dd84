"""What should be known of a selection, in English and Korean: constants, gaps, ties, copies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from saccade.classic.feature_rows import FeatureRows, Floats, steady, varying

COPY = 0.95  # |r| from which two chosen features say the same
_UNEVEN = 10  # how many times larger the largest class may be than the smallest
_MANY = 500  # chosen features, above which copies are not looked for

PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "constant": (
            "constant features score 0 and come after all others: {count}",
            "값이 하나뿐인 특징은 0점이고 맨 뒤에 놓입니다: {count}개",
        ),
        "rows": (
            "rows with NaN or infinity were left out: {count} of {all}",
            "NaN이나 무한대가 있는 행을 뺐습니다: {all}개 중 {count}개",
        ),
        "features": (
            "features with NaN or infinity were left out; they score 0 and come last: {count}",
            "NaN이나 무한대가 있는 특징을 뺐습니다. 0점이고 맨 뒤에 놓입니다: {count}개",
        ),
        "infinite": (
            "these differ between the classes and not within one, so that their score is infinite; "
            "they keep the order of the table",
            "클래스 사이에서만 다르고 클래스 안에서는 같아 점수가 무한대입니다. 서로는 표의 순서를 "
            "따릅니다",
        ),
        "tie": (
            "the last one chosen and the first one left score the same, and the order of the table "
            "decided",
            "마지막으로 뽑힌 특징과 첫 번째로 빠진 특징의 점수가 같아 표의 순서로 정했습니다",
        ),
        "copies": (
            "chosen features that say nearly the same (|r| of {least:g} or more); mrmr, or trace "
            "with its search, chooses features that add to each other",
            "뽑힌 특징끼리 거의 같은 말을 합니다(|r| {least:g} 이상). mrmr이나 trace 탐색은 서로 "
            "보태는 특징을 고릅니다",
        ),
        "worthless": (
            "chosen though this method gives them no more than 0: {count}",
            "이 방법으로는 0점 이하인데도 뽑혔습니다: {count}개",
        ),
        "uneven": (
            "the largest class has {times:.0f} times the rows of the smallest ({name}, {count} "
            "rows), and most scores weigh classes by their rows",
            "가장 큰 클래스의 행이 가장 작은 클래스({name}, {count}개)의 {times:.0f}배입니다. "
            "점수는 대부분 행의 수로 클래스에 무게를 둡니다",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class SelectionRemark:
    """One thing that should be known.

    Args:
        code: what it is about, a key of `PHRASES`.
        names: the features it is true of.
        numbers: that the phrase names.
    """

    code: str
    names: tuple[str, ...] = ()
    numbers: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Literal["caution"]:
        """All are to be known, none forbids anything."""
        return "caution"

    def sentence(self, language: str = "en") -> str:
        """Give the sentence in a language, "en" or "ko"."""
        return PHRASES[self.code][language == "ko"].format(**self.numbers)

    def to_dict(self) -> dict[str, Any]:
        """Write the remark as plain values, fit for JSON."""
        return {"code": self.code, "sentence": self.sentence(), "names": list(self.names)}


def remarks_on(
    rows: FeatureRows, scores: Floats, ranking: Sequence[int], k: int
) -> tuple[SelectionRemark, ...]:
    """Say what should be known.

    Args:
        rows: that were judged.
        scores: of all features (d).
        ranking: of all features (d), the best first.
        k: how many are chosen.
    """
    return (*_of_data(rows), *_of_scores(rows, scores, ranking, k), *_of_copies(rows, ranking[:k]))


def _of_data(rows: FeatureRows) -> Iterator[SelectionRemark]:
    if rows.rows_left_out:
        whole = len(rows.labels) + rows.rows_left_out
        yield SelectionRemark("rows", (), {"count": rows.rows_left_out, "all": whole})
    gone = rows.features_left_out
    if gone:
        yield SelectionRemark("features", gone, {"count": len(gone)})
    still = ~varying(rows.values)
    if still.any():
        names = tuple(rows.names[rows.judged[place]] for place in np.flatnonzero(still))
        yield SelectionRemark("constant", names, {"count": len(names)})
    counts = np.bincount(rows.labels)
    times = counts.max() / counts.min()
    if times >= _UNEVEN:
        least = int(counts.argmin())
        told = {"times": times, "name": rows.classes[least], "count": int(counts[least])}
        yield SelectionRemark("uneven", (), told)


def _of_scores(
    rows: FeatureRows, scores: Floats, ranking: Sequence[int], k: int
) -> Iterator[SelectionRemark]:
    endless = tuple(rows.names[place] for place in ranking if np.isinf(scores[place]))
    if endless:
        yield SelectionRemark("infinite", endless)
    last, first = steady(scores[list(ranking[k - 1 : k + 1])]) if k < len(ranking) else (1.0, 0.0)
    if last == first:
        yield SelectionRemark("tie", tuple(rows.names[place] for place in ranking[k - 1 : k + 1]))
    nothing = tuple(rows.names[place] for place in ranking[:k] if scores[place] <= 0)
    if nothing:
        yield SelectionRemark("worthless", nothing, {"count": len(nothing)})


def _of_copies(rows: FeatureRows, chosen: Sequence[int]) -> Iterator[SelectionRemark]:
    places = {feature: column for column, feature in enumerate(rows.judged)}
    some = [places[feature] for feature in chosen]
    moving = varying(rows.values)
    some = [column for column in some if moving[column]]
    if not 2 <= len(some) <= _MANY:
        return
    alike = np.abs(np.corrcoef(rows.values[:, some], rowvar=False)) >= COPY
    pairs = tuple(
        f"{rows.names[rows.judged[some[first]]]} ~ {rows.names[rows.judged[some[second]]]}"
        for first, second in np.argwhere(np.triu(alike, 1))
    )
    if pairs:
        yield SelectionRemark("copies", pairs, {"least": COPY})
