"""A text that was written, cut at its END, with what each word cost and where it looked.

Axes: t time, j place that is looked at.
"""

import math
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Hypothesis:
    """A text that was written, with its numbers.

    Args:
        words: the numbers of its words, without START and END.
        score: what it is ranked by: the sum of all log-probabilities, that of END included, over
            a power of the length where a length penalty was asked for.
        log_probabilities: natural logarithms, one per word.
        weights: where the writer looked for each word (t j), on the CPU; None without attention.
        finished: whether END came; else the text was cut at the longest length.
        ending: log-probability of END; 0 when unfinished.
    """

    words: tuple[int, ...]
    score: float
    log_probabilities: tuple[float, ...]
    weights: Tensor | None = field(compare=False)
    finished: bool
    ending: float = 0.0


def cut(
    words: list[int],
    log_probabilities: list[float],
    weights: Tensor | None,
    end: int,
    length_penalty: float = 0.0,
) -> Hypothesis:
    """Make a hypothesis of what was written up to the first END, or of all of it.

    Args:
        words: the numbers of the words (t).
        log_probabilities: one per word (t).
        weights: where the writer looked (t j), or None.
        end: number of the word that ends a text.
        length_penalty: power p of score = sum of log-probabilities / length ** p, END counted.
    """
    finished = end in words
    length = words.index(end) if finished else len(words)
    values = log_probabilities[: length + finished]
    return Hypothesis(
        tuple(words[:length]),
        math.fsum(values) / len(values) ** length_penalty,
        tuple(values[:length]),
        None if weights is None else weights[:length].clone(),
        finished,
        values[length] if finished else 0.0,
    )
