"""Runs of n words and how often they occur: what BLEU and CIDEr count.

Axes: none; a sentence is a list of words, and each sentence has one or more references.
"""

from collections import Counter
from collections.abc import Sequence

from saccade.errors import ConfigError, DataError

Sentence = Sequence[str]
Gram = tuple[str, ...]


def ngram_counts(words: Sentence, orders: int = 4) -> Counter[Gram]:
    """Count the runs of 1 to `orders` words of a sentence.

    Args:
        words: of the sentence, in order.
        orders: length of the longest runs, in words.
    """
    runs = [zip(*(words[skip:] for skip in range(n)), strict=False) for n in range(1, orders + 1)]
    return Counter(gram for run in runs for gram in run)


def check_sentences(written: Sequence[Sentence], references: Sequence[Sequence[Sentence]]) -> None:
    """Check that each written sentence has references, and that all are lists of words.

    Args:
        written: one sentence for each picture or source, possibly empty.
        references: the references of each.

    Raises:
        DataError: there are none, a sentence has no references or is a text not yet split.
    """
    check_counts(written, references)
    sentences = [*written, *(one for several in references for one in several)]
    text = next((one for one in sentences if isinstance(one, str)), None)
    if text is not None:
        raise DataError(
            "sentences as lists of words", f"the text {text!r}", "caption_words(text), which splits"
        )


def check_counts(written: Sequence[object], references: Sequence[Sequence[object]]) -> None:
    """Check that there are sentences, and one or more references for each.

    Raises:
        DataError: there are none, the numbers differ or one has no references.
    """
    if not len(written):
        raise DataError("one written sentence or more", "none", "a part that is not empty")
    if len(written) != len(references):
        raise DataError(
            f"references for {len(written)} written sentences",
            f"those of {len(references)}",
            "a list of references for each, in the same order",
        )
    bare = next((k for k, several in enumerate(references) if not len(several)), None)
    if bare is not None:
        raise DataError(
            "one reference or more for each sentence",
            f"none for number {bare}",
            "leaving it out of both lists",
        )


def check_texts(written: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Check that each written text has references, and that all are texts.

    Args:
        written: one text for each picture or source, possibly empty.
        references: the reference texts of each.

    Raises:
        DataError: there are none, a text has no references or is split already.
    """
    check_counts(written, references)
    bare = next((several for several in references if isinstance(several, str)), None)
    if bare is not None:
        raise DataError("a list of references for each text", f"the text {bare!r}", "[text]")
    texts = [*written, *(one for several in references for one in several)]
    other = next((one for one in texts if not isinstance(one, str)), None)
    if other is not None:
        raise DataError("texts that are not split yet", repr(other), "' '.join(words)")


def check_orders(orders: int) -> None:
    """Check the length of the longest runs.

    Raises:
        ConfigError: it is below 1.
    """
    if orders < 1:
        raise ConfigError("runs of one word or more", f"orders={orders}", "orders=4")
