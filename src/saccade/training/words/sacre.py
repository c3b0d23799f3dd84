"""BLEU and chrF of translations by sacrebleu, with the signatures that make them comparable.

Source: Post, "A call for clarity in reporting BLEU scores", WMT 2018, arXiv:1804.08771; Popović,
"chrF: character n-gram F-score for automatic MT evaluation", WMT 2015.
Axes: none; texts as people write them (sacrebleu splits them itself), scores lie between 0 and 100.
"""

from collections.abc import Sequence
from importlib import import_module
from itertools import zip_longest
from typing import Any, NamedTuple

from saccade.errors import ConfigError, MissingExtra
from saccade.training.words.ngrams import check_texts


class SacreScore(NamedTuple):
    """A score of sacrebleu.

    Attributes:
        score: 0-100.
        signature: how it was measured; to be told with the score.
    """

    score: float
    signature: str


def sacre_bleu(
    written: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenize: str = "13a",
    lowercase: bool = False,
) -> SacreScore:
    """Score translations by sacrebleu's BLEU-4 (exponential smoothing).

    Args:
        written: one text for each source.
        references: the reference texts of each, one or more.
        tokenize: sacrebleu's way to split: 13a for languages with spaces, zh for Chinese, char for
            single characters, none for texts split already.
        lowercase: leave capitals out of account.

    Raises:
        MissingExtra: sacrebleu is not installed, or what it needs to split so.
        DataError: texts and references do not fit each other.
        ConfigError: sacrebleu knows no such way to split.
    """
    library = _sacrebleu()
    streams = _streams(written, references)
    try:
        bleu = library.BLEU(tokenize=tokenize, lowercase=lowercase, force=True)
    except (ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise MissingExtra(
            f"what sacrebleu needs for tokenize={tokenize!r}", reason, "tokenize='13a'"
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        hint = "tokenize='13a', 'zh', 'char' or 'none'"
        raise ConfigError("a way to split that sacrebleu knows", repr(tokenize), hint) from error
    found = bleu.corpus_score(list(written), streams)
    return SacreScore(float(found.score), str(bleu.get_signature()))


def chrf(
    written: Sequence[str], references: Sequence[Sequence[str]], *, word_order: int = 0
) -> SacreScore:
    """Score translations by chrF2, which compares runs of characters and needs no words.

    Args:
        written: one text for each source.
        references: the reference texts of each, one or more.
        word_order: length of the longest runs of words that count too; 2 is chrF++.

    Raises:
        MissingExtra: sacrebleu is not installed.
        DataError: texts and references do not fit each other.
        ConfigError: the order is negative.
    """
    library = _sacrebleu()
    if word_order < 0:
        raise ConfigError("runs of 0 words or more", f"word_order={word_order}", "word_order=2")
    streams = _streams(written, references)
    measure = library.CHRF(word_order=word_order)
    found = measure.corpus_score(list(written), streams)
    return SacreScore(float(found.score), str(measure.get_signature()))


def _sacrebleu() -> Any:  # noqa: ANN401
    try:
        return import_module("sacrebleu.metrics")
    except ImportError as error:
        raise MissingExtra(
            "sacrebleu for BLEU and chrF of translations",
            str(error).partition("\n")[0],
            'pip install "saccade[words]"',
        ) from error


def _streams(
    written: Sequence[str], references: Sequence[Sequence[str]]
) -> list[tuple[str | None, ...]]:
    """Turn the references round: a stream of all first ones, of all second ones and so on."""
    check_texts(written, references)
    return list(zip_longest(*references))
