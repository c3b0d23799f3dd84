"""CaptionWriter: pictures in, captions out, with where each word looked.

Axes: t word, j cell of the picture's grid, row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from saccade.checkpoints.word_weights import WordWeights, load_words
from saccade.data.geometry import Geometry
from saccade.data.ready import ReadyPicture, as_images, prepared, ready_pictures
from saccade.data.sets import BadFile
from saccade.data.words.lexicon import Lexicon
from saccade.errors import ConfigError
from saccade.models.captioner import Captioner
from saccade.models.words.hypothesis import Hypothesis
from saccade.writing.fitting import missing, model_of
from saccade.writing.search import USUAL, Search


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Captioned:
    """A picture and what a model wrote of it.

    Args:
        name: of the picture.
        picture: the original, upright unless the preprocessing ignores EXIF.
        geometry: how it became what the model's cells cover.
        grid: (rows, columns) of the cells that the maps lie over.
        hypotheses: what was written, the best first; their weights (t j) lie over the cells alone.
        texts: how each of them reads.
        words: the words of each, one for each row of its weights.
    """

    name: str
    picture: Image.Image
    geometry: Geometry
    grid: tuple[int, int]
    hypotheses: tuple[Hypothesis, ...]
    texts: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The best caption."""
        return self.texts[0]


class CaptionWriter:
    """Writes captions of pictures.

    Args:
        weights: of a model that writes captions.

    Attributes:
        bad: pictures that could not be read so far, each named once.

    Raises:
        CheckpointError: the weights are for something else.
    """

    def __init__(self, weights: WordWeights) -> None:
        self.model = model_of(weights, "caption", Captioner)
        if weights.target is None or weights.preprocessing is None:
            raise missing(weights, "its words and its preprocessing")
        self.words: Lexicon = weights.target
        self.preprocessing = weights.preprocessing
        self.weights = weights
        self.bad: list[BadFile] = []

    @classmethod
    def load(cls, path: str | Path) -> "CaptionWriter":
        """Load a model that writes captions.

        Args:
            path: a weight file, or the folder of a run.

        Raises:
            CheckpointError: it cannot be read, or is for something else.
        """
        return cls(load_words(path, task="caption"))

    def write(
        self,
        paths: Sequence[str | Path],
        search: Search = USUAL,
        *,
        batch_size: int = 16,
        generator: torch.Generator | None = None,
    ) -> Iterator[Captioned]:
        """Write captions; pictures that cannot be read are left out and named in `bad`.

        Args:
            paths: picture files.
            search: how to write; five captions of a picture are followed at once unless told.
            batch_size: pictures at a time.
            generator: draws the words where the beam is 0; on the CPU.

        Raises:
            ConfigError: the batch size is not positive.
        """
        if batch_size < 1:
            raise ConfigError("a batch_size of at least 1", str(batch_size), "batch_size=16")
        canvas = getattr(self.model.encoder.network, "canvas", None)
        prepare = partial(prepared, preprocessing=self.preprocessing, canvas=canvas)
        batches = ready_pictures(paths, prepare, batch_size, self.bad)
        return (one for batch in batches for one in self._captions(batch, search, generator))

    def _captions(
        self, batch: list[ReadyPicture], search: Search, generator: torch.Generator | None
    ) -> Iterator[Captioned]:
        images = as_images(batch, self.preprocessing)
        found = search.write(self.model, images, generator=generator)
        for ready, hypotheses in zip(batch, found, strict=True):
            yield Captioned(
                name=ready.name,
                picture=ready.picture,
                geometry=ready.geometry,
                grid=self.model.encoder.grid,
                hypotheses=tuple(self._on_cells(one) for one in hypotheses),
                texts=tuple(self.words.decode(one.words) for one in hypotheses),
                words=tuple(tuple(map(self.words.label, one.words)) for one in hypotheses),
            )

    def _on_cells(self, one: Hypothesis) -> Hypothesis:
        """Leave out what a word read of special tokens, which lie nowhere on the picture."""
        extra = len(self.model.prefix)
        if one.weights is None or not extra:
            return one
        return replace(one, weights=one.weights[:, extra:])
