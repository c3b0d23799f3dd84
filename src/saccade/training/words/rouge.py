"""ROUGE-L: how much of a sentence is, in order, in its references.

Source: Lin, "ROUGE: a package for automatic evaluation of summaries", ACL workshop 2004, section 3;
Chen et al., "Microsoft COCO captions: data collection and evaluation server", 2015,
arXiv:1504.00325, section 3 (beta 1.2; the best precision and the best recall of the references).
Axes: none; sentences are lists of words, scores lie between 0 and 1.
Differs: from coco-caption for sentences without words, which score 0 here even against each other.
"""

from collections.abc import Sequence

from saccade.errors import ConfigError
from saccade.training.words.ngrams import Sentence, check_sentences


def longest_common(first: Sentence, second: Sentence) -> int:
    """Count the words of the longest sequence that both sentences have in this order.

    Args:
        first: a sentence; the words in common need not stand side by side.
        second: another.
    """
    row = [0] * (len(second) + 1)
    for word in first:
        above = row
        row = [0]
        for k, other in enumerate(second):
            row.append(above[k] + 1 if word == other else max(above[k + 1], row[k]))
    return row[-1]


def rouge_scores(
    written: Sequence[Sentence],
    references: Sequence[Sequence[Sentence]],
    *,
    beta: float = 1.2,
) -> tuple[float, ...]:
    """Score each sentence by ROUGE-L, 0-1.

    (1 + beta^2) P R / (R + beta^2 P): P is the longest common sequence over the written words, R
    over the reference's words, each the largest over the references.

    Args:
        written: one sentence for each picture or source.
        references: the references of each, one or more.
        beta: how much more recall counts than precision.

    Raises:
        DataError: sentences and references do not fit each other.
        ConfigError: beta is not positive.
    """
    check_sentences(written, references)
    if not beta > 0:
        raise ConfigError("beta above 0", f"beta={beta}", "beta=1.2")
    return tuple(_score(*pair, beta) for pair in zip(written, references, strict=True))


def rouge_l(
    written: Sequence[Sentence],
    references: Sequence[Sequence[Sentence]],
    *,
    beta: float = 1.2,
) -> float:
    """Average `rouge_scores` over the sentences; arguments and errors are the same."""
    return sum(rouge_scores(written, references, beta=beta)) / len(written)


def _score(words: Sentence, references: Sequence[Sentence], beta: float) -> float:
    common = [(longest_common(words, one), len(one)) for one in references]
    precision = max(shared for shared, _ in common) / max(len(words), 1)
    recall = max(shared / max(size, 1) for shared, size in common)
    if not precision:
        return 0.0
    return (1 + beta**2) * precision * recall / (recall + beta**2 * precision)
