"""BLEU of a whole set of sentences with several references, as captions are scored.

Source: Papineni, Roukos, Ward, Zhu, "BLEU: a method for automatic evaluation of machine
translation", ACL 2002, sections 2.1 and 2.2; Chen and Cherry, "A systematic comparison of smoothing
techniques for sentence-level BLEU", WMT 2014, methods 1 to 3.
Axes: none; sentences are lists of words, scores lie between 0 and 1.
Differs: from coco-caption only in sets where no run of some length is right. Its guard against
division by zero leaves a little there (0.03 if all captions are right and of three words); here 0.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from saccade.errors import ConfigError
from saccade.training.words.ngrams import (
    Gram,
    Sentence,
    check_orders,
    check_sentences,
    ngram_counts,
)

Length = Literal["closest", "shortest"]
Smoothing = Literal["none", "floor", "add", "exp"]
_FLOOR = 0.1  # matches counted where there are none, in Chen and Cherry's method 1


class Bleu(NamedTuple):
    """BLEU of a set, and what it is made of.

    Attributes:
        scores: BLEU-1, BLEU-2 and so on, each 0-1.
        precisions: share of the written runs of each length that are in a reference, 0-1.
        brevity: the factor for writing too little, 0-1.
        written: words written.
        wanted: words of the references that were measured against.
    """

    scores: tuple[float, ...]
    precisions: tuple[float, ...]
    brevity: float
    written: int
    wanted: int


def corpus_bleu(
    written: Sequence[Sentence],
    references: Sequence[Sequence[Sentence]],
    *,
    orders: int = 4,
    length: Length = "closest",
    smoothing: Smoothing = "none",
) -> Bleu:
    """Score written sentences against their references, counting over the whole set.

    BLEU-n = brevity * (p_1 ... p_n)^(1/n): p_k is the share of the written runs of k words that a
    reference has, a run counted at most as often as the one reference that has it most often.
    brevity = min(1, exp(1 - wanted / written)).

    Args:
        written: one sentence for each picture or source.
        references: the references of each, one or more.
        orders: length of the longest runs, in words.
        length: which reference's length a sentence is measured by: the closest to its own (of two
            equally close the shorter) or the shortest.
        smoothing: what stands for no matches of an order. none: nothing, BLEU is then 0; floor: 0.1
            matches; add: one is added to matches and runs of two words and more; exp: 1/2, 1/4 and
            so on for the first, second such order.

    Raises:
        DataError: sentences and references do not fit each other.
        ConfigError: an option that there is not.
    """
    check_sentences(written, references)
    check_orders(orders)
    _check_option("length", length, get_args(Length))
    _check_option("smoothing", smoothing, get_args(Smoothing))
    hits, runs, wanted = [0] * orders, [0] * orders, 0
    for words, several in zip(written, references, strict=True):
        for gram, count, allowed in _matches(words, several, orders):
            runs[len(gram) - 1] += count
            hits[len(gram) - 1] += min(count, allowed)
        wanted += _wanted(len(words), [len(one) for one in several], length)
    total = sum(len(words) for words in written)
    brevity = _brevity(total, wanted)
    precisions = _precisions(hits, runs, smoothing)
    scores = tuple(brevity * _mean(precisions[:n]) for n in range(1, orders + 1))
    return Bleu(scores, precisions, brevity, total, wanted)


def _matches(
    words: Sentence, references: Sequence[Sentence], orders: int
) -> list[tuple[Gram, int, int]]:
    """Give each run with its count and the most often that one reference has it."""
    most: Counter[Gram] = Counter()
    for one in references:
        most |= ngram_counts(one, orders)  # the larger count of each
    return [(gram, count, most[gram]) for gram, count in ngram_counts(words, orders).items()]


def _wanted(own: int, lengths: Sequence[int], length: Length) -> int:
    if length == "shortest":
        return min(lengths)
    return min(lengths, key=lambda other: (abs(other - own), other))


def _brevity(written: int, wanted: int) -> float:
    if written >= wanted:
        return 1.0
    return math.exp(1 - wanted / written) if written else 0.0


def _precisions(
    hits: Sequence[int], runs: Sequence[int], smoothing: Smoothing
) -> tuple[float, ...]:
    if not any(hits):
        return (0.0,) * len(hits)  # no smoothing makes something of nothing
    found, missed = [], 0
    for n, (hit, run) in enumerate(zip(hits, runs, strict=True), start=1):
        more = int(smoothing == "add" and n > 1)
        missed += hit + more == 0
        stand_in = {"floor": _FLOOR, "exp": 0.5**missed}.get(smoothing, 0.0)
        found.append((hit + more or stand_in) / (run + more) if run + more else 0.0)
    return tuple(found)


def _mean(precisions: Sequence[float]) -> float:
    return math.prod(precisions) ** (1 / len(precisions))


def _check_option(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{name} as {', '.join(known)}", repr(value), f"{name}={known[0]!r}")
