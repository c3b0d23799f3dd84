"""Which source word each written word read: against a given alignment, and along the diagonal.

Source: Och and Ney, "A systematic comparison of various statistical alignment models",
Computational Linguistics 29(1), 2003, section 6.1 (alignment error rate); Luong, Pham, Manning,
"Effective approaches to attention-based neural machine translation", EMNLP 2015, arXiv:1508.04025,
section 5.4 (one link from attention for each written word). The diagonal is a definition of ours.
Axes: t written words, j source words; a link is (written, source), both counted from 0.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.shapes import expect, expect_dtype

Links = Collection[tuple[int, int]]


def strongest_links(weights: Tensor) -> frozenset[tuple[int, int]]:
    """Link each written word to the source word it read most, of several alike to the first.

    Args:
        weights: of one sentence (t j), the rows and columns of its words only.

    Raises:
        ShapeError: other axes, no source words, or NaN.
    """
    _check(weights)
    row = weights.detach().cpu()
    places = torch.arange(row.shape[1]).expand_as(row)
    first = torch.where(row == row.amax(dim=1, keepdim=True), places, row.shape[1]).amin(dim=1)
    return frozenset(enumerate(first.tolist()))


def alignment_error(
    weights: Sequence[Tensor],
    sure: Sequence[Links],
    possible: Sequence[Links] | None = None,
) -> float:
    """Measure the alignment error rate of attention over a whole set, 0-1; 0 is best.

    1 - (|A and S| + |A and P|) / (|A| + |S|): A the strongest links, S the sure ones, P the
    possible ones with the sure ones among them, each counted over all sentences. Every written word
    gets a link, also one that the given alignment leaves alone.

    Args:
        weights: of each sentence (t j), without rows and columns of marks such as the end.
        sure: links (written, source) of each sentence.
        possible: further links that are neither right nor wrong to leave out.

    Raises:
        ShapeError: weights with other axes, or NaN.
        DataError: sentences and links do not fit each other, or there are none.
    """
    maybe = [()] * len(sure) if possible is None else possible
    if not len(weights) or not len(weights) == len(sure) == len(maybe):
        counts = f"{len(weights)}, {len(sure)} and {len(maybe)}"
        raise DataError("as many sentences as sets of links, one or more", counts)
    right, total = 0, 0
    for rows, certain, further in zip(weights, sure, maybe, strict=True):
        own, kept = strongest_links(rows), _within(certain, rows)
        allowed = kept | _within(further, rows)
        right += len(own & kept) + len(own & allowed)
        total += len(own) + len(kept)
    if not total:
        raise DataError("sentences with words or links", "none", "a part that is not empty")
    return 1 - right / total


def diagonal_mass(weights: Tensor, *, anti: bool = False, width: float = 0.5) -> float:
    """Measure the mean share of weight along the diagonal, 0-1.

    Written word k of t belongs to place k (j - 1) / (t - 1) of the source, or to its mirror image;
    what lies at most `width` words from there counts. An even map of j = t words has 1 / j.

    Args:
        weights: of one sentence (t j), the rows and columns of its words only; each row is divided
            by its sum.
        anti: take the diagonal from the last source word to the first, as for reversing.
        width: how far from the diagonal still counts, in source words.

    Raises:
        ShapeError: other axes, no words, or a row without weight.
        ConfigError: the width is negative.
    """
    _check(weights)
    if not width >= 0:
        raise ConfigError("a width of 0 words or more", f"width={width}", "width=0.5")
    given = weights.detach().cpu().double()
    total = given.sum(dim=1)
    if not len(given) or not (total > 0).all():
        raise ShapeError(
            "weights that sum to more than 0 for each of one word or more",
            f"sums {total.tolist()}",
            "leaving out padded words",
        )
    written, source = given.shape
    steps = torch.linspace(0, 1, written, dtype=torch.float64)
    steps = torch.full_like(steps, 0.5) if written == 1 else steps
    centres = (1 - steps if anti else steps) * (source - 1)
    near = (torch.arange(source) - centres[:, None]).abs() <= width + 1e-9
    return float(((given * near).sum(dim=1) / total).mean())


def _check(weights: Tensor) -> None:
    expect(weights, "t j", "the weights")
    expect_dtype(weights, "floats", "the weights")
    if not weights.shape[1] or not weights.isfinite().all() or (weights < 0).any():
        raise ShapeError(
            "weights of 0 or more over one source word or more",
            "NaN, infinite or negative ones" if weights.shape[1] else str(tuple(weights.shape)),
        )


def _within(links: Links, weights: Tensor) -> frozenset[tuple[int, int]]:
    written, source = weights.shape
    outside = next((link for link in links if not _fits(link, written, source)), None)
    if outside is not None:
        raise DataError(
            f"links (written, source) below ({written}, {source})",
            str(outside),
            "counting from 0, and the written word first",
        )
    return frozenset(links)


def _fits(link: tuple[int, int], written: int, source: int) -> bool:
    return len(link) == 2 and 0 <= link[0] < written and 0 <= link[1] < source
