"""CIDEr-D: how alike a caption is to what people say of the picture, rare words counting most.

Source: Vedantam, Zitnick, Parikh, "CIDEr: consensus-based image description evaluation", CVPR 2015,
arXiv:1411.5726, section 4 (CIDEr) and section 7 (CIDEr-D: clipping and the penalty for length).
Axes: none; sentences are lists of words, scores lie between 0 and 10.
Differs: nothing from coco-caption.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saccade.errors import ConfigError, DataError
from saccade.training.words.ngrams import (
    Gram,
    Sentence,
    check_orders,
    check_sentences,
    ngram_counts,
)

Vector = list[dict[Gram, float]]


@dataclass(frozen=True, slots=True)
class DocumentFrequency:
    """In how many documents each run of words occurs; a document is the references of a picture.

    Args:
        counts: run of words to number of documents.
        documents: how many there are.
    """

    counts: Mapping[Gram, int]
    documents: int


def document_frequency(
    references: Sequence[Sequence[Sentence]], *, orders: int = 4
) -> DocumentFrequency:
    """Count in how many pictures' references each run of words occurs.

    Args:
        references: the references of each picture.
        orders: length of the longest runs, in words.

    Raises:
        DataError: there are none, or a picture has none.
        ConfigError: `orders` is below 1.
    """
    check_sentences([()] * len(references), references)
    check_orders(orders)
    return _frequency([[ngram_counts(one, orders) for one in several] for several in references])


def cider_scores(
    written: Sequence[Sentence],
    references: Sequence[Sequence[Sentence]],
    *,
    documents: DocumentFrequency | None = None,
    orders: int = 4,
    sigma: float = 6.0,
) -> tuple[float, ...]:
    """Score each caption by CIDEr-D, 0-10.

    A sentence is, for each n, a vector over runs of n words: count * log(documents / frequency).
    CIDEr-D = 10 * mean over n and references of exp(-(difference in words)^2 / (2 sigma^2)) *
    sum min(g_written, g_reference) g_reference / (|g_written| |g_reference|).

    Args:
        written: one caption for each picture.
        references: the references of each, one or more.
        documents: frequencies of a larger corpus, such as all reference captions of a data set;
            those of `references` when None, and then a single picture always scores 0.
        orders: length of the longest runs, in words.
        sigma: how fast the score falls with a difference in length, in words.

    Raises:
        DataError: sentences and references do not fit each other, or no documents.
        ConfigError: `orders` is below 1 or sigma not positive.
    """
    check_sentences(written, references)
    if not sigma > 0:
        raise ConfigError("sigma above 0 words", f"sigma={sigma}", "sigma=6")
    check_orders(orders)
    counted = [[ngram_counts(one, orders) for one in several] for several in references]
    known = _frequency(counted) if documents is None else documents
    if known.documents < 1:
        raise DataError("a corpus of one document or more", "none", "documents=None")
    scores = []
    for words, several, counts in zip(written, references, counted, strict=True):
        own = _vectors(ngram_counts(words, orders), known, orders)
        total = 0.0
        for one, grams in zip(several, counts, strict=True):
            alike = sum(map(_alike, own, _vectors(grams, known, orders)))
            total += alike * math.exp(-((len(words) - len(one)) ** 2) / (2 * sigma**2))
        scores.append(10 * total / orders / len(several))
    return tuple(scores)


def cider_d(
    written: Sequence[Sentence],
    references: Sequence[Sequence[Sentence]],
    *,
    documents: DocumentFrequency | None = None,
    orders: int = 4,
    sigma: float = 6.0,
) -> float:
    """Average `cider_scores` over the captions; arguments and errors are the same."""
    each = cider_scores(written, references, documents=documents, orders=orders, sigma=sigma)
    return sum(each) / len(each)


def _frequency(counted: Sequence[Sequence[Counter[Gram]]]) -> DocumentFrequency:
    counts: Counter[Gram] = Counter()
    for several in counted:
        counts.update(set().union(*several))
    return DocumentFrequency(counts, len(counted))


def _vectors(counts: Counter[Gram], known: DocumentFrequency, orders: int) -> Vector:
    """Weigh the runs of each length by how rare they are; unseen ones like those seen once."""
    found: Vector = [{} for _ in range(orders)]
    for gram, count in counts.items():
        rarity = math.log(known.documents / (known.counts.get(gram, 0) or 1))
        found[len(gram) - 1][gram] = count * rarity
    return found


def _alike(own: Mapping[Gram, float], other: Mapping[Gram, float]) -> float:
    shared = sum(
        min(weight, other[gram]) * other[gram] for gram, weight in own.items() if gram in other
    )
    norms = _norm(own) * _norm(other)
    return shared / norms if norms else 0.0


def _norm(vector: Mapping[Gram, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values()))
