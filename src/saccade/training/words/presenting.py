"""From a batch of words to what a lesson is given, on the model's device.

Axes: b row, t words, s words of the source, j places, d features; b c h w pixels.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.data.transforms import Preprocessing
from saccade.data.words.lexicon import END, START
from saccade.training.words.annotating import Annotations


@dataclass(frozen=True, slots=True)
class WordExamples:
    """A batch as a model of words sees it.

    Args:
        source: what is read: word numbers (b s), images (b c h w) or annotations (b j d).
        words: to write (b t), with START and END; the question (b t) where an answer is chosen.
        mask: booleans (b s), True where a word of the source is real; None without words there.
        answers: numbers of the right answers (b); -1 where it is none to choose from.
    """

    source: Tensor
    words: Tensor
    mask: Tensor | None = None
    answers: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Brings sentence pairs to the device."""

    def __call__(self, batch: Any, device: torch.device, chance: str) -> WordExamples:  # noqa: ANN401
        """Bring a batch of pairs to the device; one without pairs is stood in for."""
        if not len(batch):
            words = torch.tensor([[START, END]], device=device)
            source = words[:, 1:]
            return WordExamples(source, words, torch.ones_like(source, dtype=torch.bool))
        mask = batch.source_mask.to(device)
        return WordExamples(batch.source.to(device), batch.words.to(device), mask)


@dataclass(frozen=True, slots=True)
class Photographs:
    """Brings pictures with their words to the device, or what is known of them already.

    Args:
        preprocessing: of the model.
        known: annotations of the set's pictures, where they were made once; None reads pictures.
    """

    preprocessing: Preprocessing
    known: Annotations | None = None

    def __call__(self, batch: Any, device: torch.device, chance: str) -> WordExamples:  # noqa: ANN401
        """Bring a batch of captions or questions to the device."""
        asked = hasattr(batch, "questions")
        if not len(batch):
            return self._stand_in(device, asked=asked)
        words = (batch.questions if asked else batch.words).to(device)
        answers = batch.answers.to(device) if asked else None
        return WordExamples(self._source(batch, device), words, None, answers)

    def _source(self, batch: Any, device: torch.device) -> Tensor:  # noqa: ANN401
        if self.known is not None:
            return self.known.of(batch.indices).to(device)
        return self.preprocessing.normalize(batch.images.to(device))

    def _stand_in(self, device: torch.device, *, asked: bool) -> WordExamples:
        """Give a black picture with an empty text, for a batch in which all are broken."""
        if self.known is not None:
            source = torch.zeros(1, *self.known.table.shape[1:], device=device)
        else:
            height, width = self.preprocessing.img_size
            source = torch.zeros(1, self.preprocessing.in_chans, height, width, device=device)
        words = torch.tensor([[START, END]], device=device)
        answers = torch.zeros(1, dtype=torch.int64, device=device) if asked else None
        return WordExamples(source, words, None, answers)
