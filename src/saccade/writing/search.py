"""How texts are searched for: beam search, the likeliest word each time, or drawn words.

Axes: b row (a source), t word, j place that is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import WordModel, greedy, sample
from saccade.models.words.hypothesis import Hypothesis


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """How a model writes.

    Args:
        beam: texts per source that are followed at once; 1 takes the likeliest word each time, 0
            draws each word.
        max_length: most words, the end counted; a text that has not ended then is unfinished.
        length_penalty: power of the length that a text's log-probability is divided by; 0 ranks by
            the plain sum, 1 by the mean.
        n_best: texts per source, the best first; from 1 to the beam.
        temperature: of drawn words; below 1 bolder ones become rarer.
        top_k: draw among so many likeliest words only; 0 for all.

    Raises:
        ConfigError: a value that cannot work.
    """

    beam: int = 5
    max_length: int = 50
    length_penalty: float = 0.0
    n_best: int = 1
    temperature: float = 1.0
    top_k: int = 0

    def __post_init__(self) -> None:
        if self.beam < 0 or self.max_length < 1:
            raise ConfigError(
                "a beam of at least 0 and a max_length of at least 1",
                f"beam={self.beam}, max_length={self.max_length}",
                "beam=5 and max_length=50",
            )
        most = max(self.beam, 1)
        if not 1 <= self.n_best <= most:
            hint = f"beam={self.n_best}" if self.n_best > most else "n_best=1"
            raise ConfigError(
                f"n_best from 1 to {most} with beam={self.beam}", str(self.n_best), hint
            )
        if not self.temperature > 0 or self.top_k < 0:
            got = f"temperature={self.temperature}, top_k={self.top_k}"
            raise ConfigError("a temperature above 0 and a top_k of at least 0", got, "1.0 and 0")

    def write(
        self,
        model: WordModel,
        source: Tensor,
        mask: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> list[tuple[Hypothesis, ...]]:
        """Write texts about sources.

        Args:
            model: the writer, in eval mode.
            source: pictures (b c h w), or words (b s).
            mask: booleans (b s), True where a word is real.
            generator: draws the words where beam is 0; on the CPU.

        Returns:
            For each source its texts, the best first.

        Raises:
            DataError: the model gives numbers that are not finite.
        """
        device = next(model.parameters()).device
        with torch.inference_mode():
            state = model.read(source.to(device), None if mask is None else mask.to(device))
            if self.beam == 0:
                drawn = sample(
                    model,
                    state,
                    max_length=self.max_length,
                    temperature=self.temperature,
                    top_k=self.top_k,
                    generator=generator,
                )
                return [(one,) for one in drawn]
            if self.beam == 1 and self.length_penalty == 0:
                return [(one,) for one in greedy(model, state, max_length=self.max_length)]
            found = beam_search(
                model,
                state,
                beam=self.beam,
                max_length=self.max_length,
                length_penalty=self.length_penalty,
                n_best=self.n_best,
            )
        return [tuple(each) for each in found]


USUAL = Search()
"""How a writer writes that is told nothing."""


def in_length_order(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Put the places of texts into batches of similar length, so that little is padded.

    Args:
        lengths: of the texts.
        size: texts in a batch.
    """
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    return [order[start : start + size] for start in range(0, len(order), size)]
