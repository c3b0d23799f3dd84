"""Beam search: write several texts per source side by side and keep the best, many sources at once.

Source: Sutskever, Vinyals, Le, "Sequence to Sequence Learning with Neural Networks", NeurIPS 2014,
arXiv:1409.3215, section 3.2; Xu et al., "Show, Attend and Tell", ICML 2015, arXiv:1502.03044. The
shrinking beam is that of both captioning codes (github.com/kelvinxu/arctic-captions and
github.com/sgrvinod/a-PyTorch-Tutorial-to-Image-Captioning): a finished text takes its place along.
Axes: b source, n text of a source (best first), v word, t time, j place; rows are b times n.
Cost: one step of the model per word for all texts of all sources; the states of the rows are moved
at each step, the memory only when a quarter of the sources is done.
Differs: a search stops as soon as no text in the making can still win, which changes no result;
what has not ended at the longest length is given back as unfinished, where those codes lose it or
fail. `refill=True` is the common practice instead: the next best text takes the place.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.models.words.beam_trail import Ending, Moment, retrace
from saccade.models.words.decoding import (
    END,
    MEMORY,
    SPARSE,
    START,
    State,
    WordModel,
    count_rows,
    expect_numbers,
    take_rows,
)
from saccade.models.words.hypothesis import Hypothesis

NEVER = float("-inf")


@torch.no_grad()
def beam_search(
    model: WordModel,
    state: State,
    *,
    beam: int = 5,
    max_length: int = 50,
    length_penalty: float = 0.0,
    n_best: int = 1,
    start: int = START,
    end: int = END,
    refill: bool = False,
) -> list[list[Hypothesis]]:
    """Write the texts with the highest score = sum of log-probabilities / length ** penalty.

    Length counts END. The penalty only ranks texts that have ended, it does not steer the beam.

    Args:
        model: the writer, in eval mode.
        state: what `model.read` gave, one row per source.
        beam: texts per source that are followed at once.
        max_length: most steps; a text of so many words is unfinished.
        length_penalty: 0 ranks by the plain sum, 1 by the mean; more favours longer texts.
        n_best: most texts to give back per source.
        start: number of the word that is fed first.
        end: number of the word that ends a text.
        refill: whether the next best text takes the place of one that has ended; else the beam
            becomes narrower.

    Returns:
        Per source its texts, the finished before the unfinished, each with the best first; never
        an empty list.

    Raises:
        ConfigError: an option is out of its range.
        DataError: the state is empty, or the model gives numbers that are not finite.
    """
    options = BeamOptions(beam, max_length, length_penalty, n_best, end, refill)
    search = _Search(options, count_rows(state), next(iter(state.values())).device)
    memory = _Memory(state, model.shares_memory)
    words = torch.full((len(search.sources),), start, device=search.totals.device)
    while search.sources:
        logits, state, weights = model.step(words, state)
        rows, kept = search.advance(logits, weights)
        if search.over:
            break
        words = search.trail[-1].words
        moved = take_rows({k: x for k, x in state.items() if not k.startswith(MEMORY)}, rows)
        state = moved | memory.spread(kept, search.totals.shape[1])
    return search.tell()


@dataclass(frozen=True)
class BeamOptions:
    """How to search; see `beam_search`.

    Raises:
        ConfigError: an option is out of its range.
    """

    beam: int
    max_length: int
    length_penalty: float
    n_best: int
    end: int
    refill: bool

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.beam < 1 or self.max_length < 1:
            raise ConfigError(
                "beam and max_length of at least 1",
                f"beam={self.beam}, max_length={self.max_length}",
                "beam=5 and max_length=50",
            )
        if not 1 <= self.n_best <= self.beam:
            raise ConfigError(
                f"n_best from 1 to beam={self.beam}", str(self.n_best), "a wider beam"
            )

    def score(self, total: float, length: int) -> float:
        """Rank a text of so many words, END included, by the sum of its log-probabilities."""
        return total / length**self.length_penalty

    def reach(self, total: float, length: int) -> float:
        """Bound the score that a text in the making, of so many words, can still have."""
        return self.score(total, self.max_length if self.length_penalty >= 0 else length + 1)


class _Memory:
    """What was read, once per source; handed to each step as the model wants it."""

    def __init__(self, state: State, shared: bool) -> None:
        self.once = {name: x for name, x in state.items() if name.startswith(MEMORY)}
        self.shared = shared
        self.width = 1
        self.rows = self.once

    def spread(self, kept: Tensor | None, width: int) -> State:
        """Drop the sources that are not kept, and give each row its memory, or all share one."""
        if kept is not None:
            self.once = take_rows(self.once, kept)
        if self.shared:
            return self.once
        if kept is not None or width != self.width:
            self.width = width
            self.rows = {name: x.repeat_interleave(width, 0) for name, x in self.once.items()}
        return self.rows


class _Candidates(NamedTuple):
    """Continuations (b n), best first: sums, and the last word with its log-probability and row.

    The row is that of the text before the word.
    """

    totals: Tensor
    values: Tensor
    words: Tensor
    rows: Tensor


class _Search:
    """The beams of all sources: what each row has summed up to, and how it came about."""

    def __init__(self, options: BeamOptions, count: int, device: torch.device) -> None:
        self.options = options
        self.sources = list(range(count))
        self.totals = torch.zeros(count, 1, device=device)  # -inf where a place is empty
        self.rooms = torch.full((count, 1), options.beam, device=device)
        self.endings: list[list[Ending]] = [[] for _ in range(count)]
        self.trail: list[Moment] = []
        self.over = False

    def advance(self, logits: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Choose the next words: which row each new row continues, and which sources stay.

        Args:
            logits: of the next word of each row (b·n v).
            weights: where each row looked (b·n j), or None.

        Returns:
            For each new row the old one; and the places of the sources that stay, None for all.
        """
        found = self._finish(self._expand(logits.float()))
        best = found.totals.amax(1).tolist()
        closed = [self._closed(*pair) for pair in zip(self.sources, best, strict=True)]
        self.over = all(closed) or len(self.trail) + 1 == self.options.max_length
        done = torch.tensor(closed, device=logits.device)
        found = found._replace(totals=found.totals.masked_fill(done[:, None], NEVER))
        kept = None
        if not self.over and sum(closed) >= SPARSE * len(closed):
            kept = (~done).nonzero()[:, 0]
            self.sources = [self.sources[place] for place in kept.tolist()]
            self.rooms = self.rooms[kept]
            found = _Candidates(*(x[kept] for x in found))
        width = min(self.options.beam, max(1, int((found.totals > NEVER).sum(1).max())))
        self.totals, order = found.totals.topk(width, 1)
        values, words, rows = (x.gather(1, order).flatten() for x in found[1:])
        self.trail.append(Moment(words, values, rows, weights))
        return rows, kept

    def tell(self) -> list[list[Hypothesis]]:
        """Give the best texts of each source, those without END last."""
        options, step = self.options, len(self.trail)
        for place, totals in enumerate(self.totals.tolist()):
            for row, total in enumerate(totals, place * len(totals)):
                if total > NEVER:
                    cut = Ending(options.score(total, step), step, row, 0.0, finished=False)
                    self.endings[self.sources[place]].append(cut)
        chosen = [
            sorted(endings, key=lambda x: (x.finished, x.score), reverse=True)[: options.n_best]
            for endings in self.endings
        ]
        flat = [ending for endings in chosen for ending in endings]
        texts = iter(retrace(self.trail, flat, options.end, options.length_penalty))
        told = [[next(texts) for _ in endings] for endings in chosen]
        return [sorted(x, key=lambda h: (h.finished, h.score), reverse=True) for x in told]

    def _expand(self, logits: Tensor) -> _Candidates:
        """Find the likeliest continuations of each source, out of the likeliest of each row."""
        sources, width = self.totals.shape
        most = self.options.beam * (2 if self.options.refill else 1)
        each = min(most, logits.shape[1])
        values, words = logits.log_softmax(1).topk(each, 1)
        expect_numbers(values[:, 0])
        values, words = values.view(sources, -1), words.view(sources, -1)
        sums = (self.totals[..., None] + values.view(sources, width, each)).flatten(1)
        totals, place = sums.topk(min(most, width * each), 1)
        rows = place // each + width * torch.arange(sources, device=logits.device)[:, None]
        return _Candidates(totals, values.gather(1, place), words.gather(1, place), rows)

    def _finish(self, found: _Candidates) -> _Candidates:
        """Note the texts that have ended within the room of their beam, and take them out."""
        places = torch.arange(found.totals.shape[1], device=found.totals.device)
        ended = found.words == self.options.end
        beyond = places >= self.rooms
        noted = ended & ~beyond & (found.totals > NEVER)
        for place, column in noted.nonzero().tolist():
            total, value = found.totals[place, column].item(), found.values[place, column].item()
            score = self.options.score(total, len(self.trail) + 1)
            ending = Ending(score, len(self.trail), int(found.rows[place, column]), value, True)
            self.endings[self.sources[place]].append(ending)
        if self.options.refill:
            return found._replace(totals=found.totals.masked_fill(ended, NEVER))
        self.rooms = self.rooms - noted.sum(1, keepdim=True)
        return found._replace(totals=found.totals.masked_fill(ended | beyond, NEVER))

    def _closed(self, source: int, best: float) -> bool:
        """Tell whether no text in the making, the best of which sums to this, can still win."""
        options, endings = self.options, self.endings[source]
        if best == NEVER or len(endings) < options.n_best:
            return best == NEVER
        last = sorted((ending.score for ending in endings), reverse=True)[options.n_best - 1]
        return last >= options.reach(best, len(self.trail) + 1)
