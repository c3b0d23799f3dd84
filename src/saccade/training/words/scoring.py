"""The numbers of captions and translations, from the texts a model wrote on its own.

The texts are those of greedy, sampled or beam search, never words written while the references were
fed in (teacher forcing): such numbers look better and say little.

Axes: none; texts as people write them, cut by `saccade.training.words.plain_words`, in one way for
all models.
Differs: captions are not cut as coco-caption does, which needs Java; see there.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from saccade.errors import DataError
from saccade.training.words.bleu import Bleu, corpus_bleu
from saccade.training.words.cider import DocumentFrequency, cider_d
from saccade.training.words.ngrams import Sentence, check_texts
from saccade.training.words.plain_words import caption_words, translation_words
from saccade.training.words.rouge import rouge_l

Fours = tuple[float, float, float, float]
UNKNOWN = "<unk>"


@dataclass(frozen=True, slots=True)
class CaptionScores:
    """What captions are measured by.

    Args:
        bleu: BLEU-1 to BLEU-4, 0-1; tables often show them times 100.
        cider: CIDEr-D, 0-10; tables often show it times 100. 0 for a single picture.
        rouge: ROUGE-L, 0-1.
        exact: share of captions that are one of their references word by word, 0-1.
        length_ratio: written words over those of the references closest in length.
        unknown: share of the written words that are the sign for unknown ones, 0-1.
        words: how many different words were written, the sign for unknown ones not counted.
        count: captions that were scored.
    """

    bleu: Fours
    cider: float
    rouge: float
    exact: float
    length_ratio: float
    unknown: float
    words: int
    count: int

    def to_dict(self) -> dict[str, object]:
        """Give the numbers by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TranslationScores:
    """What translations are measured by; `saccade.training.words.sacre` has what papers report.

    Args:
        bleu: BLEU-1 to BLEU-4 of `translation_words` without smoothing, 0-1.
        exact: share of translations that are one of their references word by word, 0-1.
        length_ratio: written words over those of the references closest in length.
        unknown: share of the written words that are the sign for unknown ones, 0-1.
        words: how many different words were written, the sign for unknown ones not counted.
        count: translations that were scored.
        lower: whether capitals were left out of account.
    """

    bleu: Fours
    exact: float
    length_ratio: float
    unknown: float
    words: int
    count: int
    lower: bool = False

    def to_dict(self) -> dict[str, object]:
        """Give the numbers by name, ready for JSON."""
        return asdict(self)


def score_captions(
    written: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    documents: DocumentFrequency | None = None,
    unknown: str = UNKNOWN,
) -> CaptionScores:
    """Score captions that a model wrote on its own.

    Args:
        written: one text for each picture; an empty one counts as a caption without words.
        references: what people wrote of each picture, one text or more.
        documents: for CIDEr-D, the frequencies of a larger corpus, of captions cut by
            `caption_words`; those of `references` when None.
        unknown: how a word is written that the vocabulary does not have; it is never right.

    Raises:
        DataError: texts and references do not fit each other, or no reference has a word.
    """
    own, others = _split(written, references, caption_words, unknown)
    bleu = corpus_bleu(own, others)
    return CaptionScores(
        bleu=_four(bleu),
        cider=cider_d(own, others, documents=documents),
        rouge=rouge_l(own, others),
        exact=_exact(own, others),
        length_ratio=bleu.written / bleu.wanted,
        unknown=_share(own, unknown),
        words=len({word for words in own for word in words} - {unknown}),
        count=len(own),
    )


def score_translations(
    written: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    lower: bool = False,
    unknown: str = UNKNOWN,
) -> TranslationScores:
    """Score translations that a model wrote on its own.

    Args:
        written: one text for each source; an empty one counts as a translation without words.
        references: the right translations of each, one text or more.
        lower: leave capitals out of account, as for a model that writes none.
        unknown: how a word is written that the vocabulary does not have; it is never right.

    Raises:
        DataError: texts and references do not fit each other, or no reference has a word.
    """
    if lower:
        written = [text.lower() for text in written]
        references = [[text.lower() for text in several] for several in references]
    own, others = _split(written, references, translation_words, unknown)
    bleu = corpus_bleu(own, others)
    return TranslationScores(
        bleu=_four(bleu),
        exact=_exact(own, others),
        length_ratio=bleu.written / bleu.wanted,
        unknown=_share(own, unknown),
        words=len({word for words in own for word in words} - {unknown}),
        count=len(own),
        lower=lower,
    )


def _split(
    written: Sequence[str],
    references: Sequence[Sequence[str]],
    cut: Callable[..., list[str]],
    unknown: str,
) -> tuple[list[Sentence], list[list[Sentence]]]:
    check_texts(written, references)
    own: list[Sentence] = [cut(text, unknown=unknown) for text in written]
    others: list[list[Sentence]] = [[cut(text) for text in several] for several in references]
    if not any(words for several in others for words in several):
        first = references[0][0]
        raise DataError("references with words", f"none, the first is {first!r}")
    return own, others


def _four(bleu: Bleu) -> Fours:
    one, two, three, four = bleu.scores
    return one, two, three, four


def _exact(written: Sequence[Sentence], references: Sequence[Sequence[Sentence]]) -> float:
    pairs = zip(written, references, strict=True)
    return sum(bool(words) and words in several for words, several in pairs) / len(written)


def _share(written: Sequence[Sentence], unknown: str) -> float:
    words = [word for sentence in written for word in sentence]
    return words.count(unknown) / max(len(words), 1)
