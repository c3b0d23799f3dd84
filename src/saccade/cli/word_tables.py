"""What models wrote: tables for people, JSON and CSV for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from saccade.cli import output
from saccade.cli.writing_words import writing_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from saccade.models.words.hypothesis import Hypothesis
    from saccade.viewer.word_views import View
    from saccade.writing.captions import Captioned
    from saccade.writing.translations import Translated

Wrote = TypeVar("Wrote", "Captioned", "Translated")
_PLACES = 6


@dataclass
class Noted(Generic[Wrote]):
    """Passes on what is written one by one, and keeps what has to be told at the end.

    Args:
        view: makes the view of what was written; None where no attention is asked for.
        views: of what was written.
        ended: of each text, whether it has.
    """

    view: Callable[[Wrote], View] | None = None
    views: list[View] = field(default_factory=list)
    ended: list[bool] = field(default_factory=list)

    def passing(self, found: Iterable[Wrote]) -> Iterator[Wrote]:
        """Pass on what is written."""
        for one in found:
            self.ended += [hypothesis.finished for hypothesis in one.hypotheses]
            if self.view is not None and one.hypotheses:
                self.views.append(self.view(one))
            yield one

    def tell_cut(self, max_length: int) -> None:
        """Say on stderr how many texts have not ended."""
        cut, told = self.ended.count(False), writing_words()["cut"]
        if cut:
            output.note(told.format(count=cut, of=len(self.ended), length=max_length))


def as_told(one: Captioned | Translated) -> list[dict[str, Any]]:
    """Give the texts of a picture or a sentence with the numbers of each word, ready for JSON.

    Args:
        one: what was written.
    """
    every = zip(one.texts, one.hypotheses, one.words, strict=False)
    return [
        {
            "text": text,
            "score": round(hypothesis.score, _PLACES),
            "finished": hypothesis.finished,
            **_looked(hypothesis, words),
        }
        for text, hypothesis, words in every
    ]


def rows_of(name: str, one: Captioned | Translated) -> list[tuple[str, int, str, float, bool]]:
    """Give the rows of a picture or a sentence: name, rank, text, score, whether it has ended."""
    every = zip(one.texts, one.hypotheses, strict=False)
    return [
        (name, rank, text, round(hypothesis.score, _PLACES), hypothesis.finished)
        for rank, (text, hypothesis) in enumerate(every, start=1)
    ]


def shown_text(text: str, *, finished: bool) -> str:
    """Give a text for people, with a remark where it has not ended."""
    return text if finished else f"{text} {writing_words()['unfinished']}".strip()


def tell_unknown(found: Iterable[tuple[str, Sequence[str]]], most: int = 8) -> None:
    """Name on stderr the words that a model does not know.

    Args:
        found: texts with those of their words.
        most: texts to name; the rest is counted.
    """
    named = [(text, words) for text, words in found if words]
    for text, words in named[:most]:
        output.note(writing_words()["unknown"].format(words=", ".join(words), text=text))
    if len(named) > most:
        output.note(f"  + {len(named) - most}")


def _looked(hypothesis: Hypothesis, words: Sequence[str]) -> dict[str, Any]:
    """Tell each word's probability, and how sharp and how wide its map is."""
    from math import exp

    from saccade.training.words.looking import coverage, sharpness

    told: list[dict[str, Any]] = [
        {"word": word, "probability": round(exp(value), _PLACES)}
        for word, value in zip(words, hypothesis.log_probabilities, strict=True)
    ]
    maps = hypothesis.weights
    if maps is None or not len(maps):
        return {"words": told}
    for word, row, sharp in zip(told, maps, sharpness(maps).tolist(), strict=True):
        word["sharpness"] = round(sharp, _PLACES)
        word["coverage"] = round(coverage(row[None]), _PLACES)
    return {"words": told, "coverage": round(coverage(maps), _PLACES)}
