"""Tiny writers without dropout, and batches for them."""

import torch

from saccade.data.words.vocabulary import Vocabulary
from saccade.models.captioner import Captioner, CaptionerConfig
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.grids import GridConfig
from saccade.models.words.transformer import (
    CaptionTransformerConfig,
    Transformer,
    TransformerConfig,
)
from saccade.training.words.lessons import Writing, WritingLesson
from saccade.training.words.presenting import Pairs, WordExamples
from tests.word_models import drawn

WORDS = Vocabulary.build(["a b c"])  # a 4, b 5, c 6
EYES = {
    "img_size": 8,
    "patch_size": 4,
    "embed_dim": 3,
    "depth": 1,
    "num_heads": 1,
    "pos_embed": "none",
}


def translator(**changes) -> Seq2Seq:
    sizes = {"source_words": 7, "target_words": 7, "embedding": 4, "hidden": 5}
    return drawn(Seq2Seq(Seq2SeqConfig(**sizes, **changes)))


def transformer() -> Transformer:
    sizes = {"words": 7, "width": 4, "heads": 2, "hidden": 6, "depth": 1, "dropout": 0.0}
    return drawn(Transformer(TransformerConfig(**sizes)))


def captioner(*, writer: str = "lstm", hard=None) -> Captioner:
    """Annotations have three features at four places."""
    if writer == "lstm":
        told = CaptionLstmConfig(vocab=7, embed=4, hidden=5, attention=4, dropout=0.0, hard=hard)
    else:
        sizes = {"words": 7, "width": 4, "heads": 2, "hidden": 6, "depth": 1, "dropout": 0.0}
        told = CaptionTransformerConfig(**sizes)
    return drawn(Captioner(CaptionerConfig(grid=GridConfig(options=EYES), decoder=told)))


def padded(rows: list[list[int]]) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


def examples(source, rows: list[list[int]]) -> WordExamples:
    """Sentences, or annotations, beside the words to write."""
    if isinstance(source, torch.Tensor):
        return WordExamples(source, padded(rows))
    told = padded(source)
    return WordExamples(told, padded(rows), told != 0)


def lesson_of(model, *, length: float = 1.0, **changes) -> WritingLesson:
    how = Writing(words=WORDS, present=Pairs(), longest=8, length=length, **changes)
    return WritingLesson(model, how)
