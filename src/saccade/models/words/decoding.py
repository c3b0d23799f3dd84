"""Writing word by word: what a model that writes must offer, and the greedy and the drawn choice.

Source: Sutskever, Vinyals, Le, "Sequence to Sequence Learning with Neural Networks", NeurIPS 2014,
arXiv:1409.3215, section 3.2 (left to right, one word a step); Fan, Lewis, Dauphin, "Hierarchical
Neural Story Generation", ACL 2018, arXiv:1805.04833, section 5.2 (drawing among the k best words).
Axes: b row (one text that is being written), t time, v word of the vocabulary, j place that is
looked at: a source word, or a cell of the picture's grid row by row.
Differs: rows that have ended leave the batch, once they are a quarter of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn

from saccade.errors import ConfigError, DataError
from saccade.models.words.hypothesis import Hypothesis, cut

__all__ = [
    "Hypothesis",
    "State",
    "Step",
    "WordModel",
    "Written",
    "by_source",
    "count_rows",
    "expect_numbers",
    "greedy",
    "sample",
    "take_rows",
]

State = dict[str, Tensor]  # name to tensor; the first axis of each is the row
MEMORY = "memory"  # names that start so hold what is the same for all texts of one source
START, END = 1, 2
SPARSE = 0.25  # share of ended rows from which on the rest moves together


class Step(NamedTuple):
    """What one step of a writer gives.

    Args:
        logits: before the softmax, of the next word (b v).
        state: what the next step needs, the memory included.
        weights: where the writer looked for this word (b j), rows that sum to one; or None.
    """

    logits: Tensor
    state: State
    weights: Tensor | None


class Written(NamedTuple):
    """What teacher forcing gives per input word: logits (b t v) and weights (b t j) or None."""

    logits: Tensor
    weights: Tensor | None


class WordModel(nn.Module, ABC):
    """A model that reads a source and writes words about it, one by one.

    `read` makes the state before the first word. Its tensors have the row first. Those whose name
    starts with "memory" are never changed by `step`, only handed on: what was read, its
    projections, its mask.

    Attributes:
        grid: rows and columns of the places j when they are cells of a picture, else None.
        shares_memory: whether `step` can read a memory that has one row per source while the
            other tensors have n rows per source, those of one source side by side (row r belongs
            to source r // n; see `by_source`). Then a beam never copies the memory.
    """

    grid: tuple[int, int] | None = None
    shares_memory: bool = False

    @abstractmethod
    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Read the source: the state before the first word.

        Args:
            source: pictures (b c h w), or words (b s).
            mask: booleans (b s), True where a word is real; None when all are.
        """

    @abstractmethod
    def step(self, words: Tensor, state: State) -> Step:
        """Take the words just written and say how likely each next word is.

        Args:
            words: numbers of the words (b); START before the first.
            state: from `read` or from the step before.
        """

    def forward(self, source: Tensor, words: Tensor, mask: Tensor | None = None) -> Written:
        """Write along given words (teacher forcing): each step is told the true word before.

        Args:
            source: as for `read`.
            words: the input words (b t), START first; padding on the right.
            mask: as for `read`.
        """
        state = self.read(source, mask)
        logits: list[Tensor] = []
        weights: list[Tensor] = []
        for word in words.unbind(1):
            step = self.step(word, state)
            state = step.state
            logits.append(step.logits)
            if step.weights is not None:
                weights.append(step.weights)
        return Written(torch.stack(logits, 1), torch.stack(weights, 1) if weights else None)


def by_source(x: Tensor, memory: Tensor) -> Tensor:
    """View rows (b ...) as (sources n ...), for a memory with one row per source.

    Args:
        x: a tensor with n rows per source, those of one source side by side.
        memory: any tensor of the memory; its first axis counts the sources.
    """
    return rearrange(x, "(b n) ... -> b n ...", b=memory.shape[0])


def take_rows(state: State, rows: Tensor) -> State:
    """Pick rows of every tensor of a state, in the order given; a row may come more than once."""
    return {name: x.index_select(0, rows) for name, x in state.items()}


def count_rows(state: State) -> int:
    """Count the rows of a state.

    Raises:
        DataError: it is empty, or its tensors do not agree.
    """
    counts = {x.shape[0] for x in state.values()}
    if len(counts) != 1:
        raise DataError(
            "a state whose tensors all have the same number of rows",
            str(sorted(counts)),
            "the state that model.read(source) gives",
        )
    return counts.pop()


def greedy(
    model: WordModel, state: State, *, max_length: int, start: int = START, end: int = END
) -> list[Hypothesis]:
    """Write by taking the likeliest word at each step.

    Args:
        model: the writer, in eval mode.
        state: what `model.read` gave, one row per text.
        max_length: most steps; a text of so many words is unfinished.
        start: number of the word that is fed first.
        end: number of the word that ends a text.

    Returns:
        One hypothesis per row, in the order of the rows.

    Raises:
        ConfigError: max_length is less than 1.
        DataError: the state is empty, or the model gives numbers that are not finite.
    """
    return _write(model, state, lambda scores: scores.argmax(1), max_length, (start, end))


def sample(
    model: WordModel,
    state: State,
    *,
    max_length: int,
    temperature: float = 1.0,
    top_k: int = 0,
    generator: torch.Generator | None = None,
    start: int = START,
    end: int = END,
) -> list[Hypothesis]:
    """Write by drawing each word from what the model says.

    Args:
        model: the writer, in eval mode.
        state: what `model.read` gave, one row per text.
        max_length: most steps; a text of so many words is unfinished.
        temperature: the logits are divided by it; below 1 bolder words become rarer.
        top_k: draw among so many likeliest words only; 0 for all.
        generator: where the random numbers come from, on the CPU.
        start: number of the word that is fed first.
        end: number of the word that ends a text.

    Returns:
        One hypothesis per row, in the order of the rows. Its log-probabilities are the model's
        own, without temperature and cut.

    Raises:
        ConfigError: an option is out of its range.
        DataError: the state is empty, or the model gives numbers that are not finite.
    """
    if not temperature > 0 or top_k < 0:
        raise ConfigError(
            "temperature above 0 and top_k of 0 or more",
            f"temperature={temperature}, top_k={top_k}",
            "temperature=1.0 and top_k=0",
        )

    def draw(scores: Tensor) -> Tensor:
        most = min(top_k or scores.shape[1], scores.shape[1])
        values, words = scores.topk(most, 1)
        chances = (values / temperature).softmax(1).cpu()
        drawn = torch.multinomial(chances, 1, generator=generator).to(words.device)
        return words.gather(1, drawn)[:, 0]

    return _write(model, state, draw, max_length, (start, end))


def expect_numbers(scores: Tensor) -> None:
    """Check that no score is NaN: one NaN, or a row without any possible word, makes its row so.

    Raises:
        DataError: one is.
    """
    if scores.isnan().any():
        raise DataError(
            "finite logits from the model",
            "NaN",
            "a checkpoint from before its training diverged",
        )


@torch.no_grad()
def _write(
    model: WordModel,
    state: State,
    choose: Callable[[Tensor], Tensor],
    max_length: int,
    marks: tuple[int, int],
) -> list[Hypothesis]:
    """Write all rows, each until its END; `choose` turns log-probabilities (b v) to words (b)."""
    if max_length < 1:
        raise ConfigError("max_length of at least 1", str(max_length), "max_length=50")
    count = count_rows(state)
    texts = torch.arange(count, device=next(iter(state.values())).device)
    words = torch.full_like(texts, marks[0])
    ended = torch.zeros_like(texts, dtype=torch.bool)
    moments: list[tuple[Tensor, Tensor, Tensor, Tensor | None]] = []
    while len(moments) < max_length and not ended.all():
        if ended.float().mean() >= SPARSE:
            rows = (~ended).nonzero()[:, 0]
            state, texts, words, ended = (
                take_rows(state, rows),
                texts[rows],
                words[rows],
                ended[rows],
            )
        logits, state, weights = model.step(words, state)
        scores = logits.log_softmax(1)
        expect_numbers(scores[:, 0])
        words = choose(scores)
        moments.append((texts, words, scores.gather(1, words[:, None])[:, 0], weights))
        ended = ended | (words == marks[1])
    return _texts(moments, count, marks[1]) if count else []


def _texts(
    moments: list[tuple[Tensor, Tensor, Tensor, Tensor | None]], count: int, end: int
) -> list[Hypothesis]:
    """Gather each text out of the steps (texts, words, scores, weights), and cut it at its END."""
    texts = [moment[0] for moment in moments]
    words = _table(texts, [moment[1] for moment in moments], count, end).tolist()
    scores = _table(texts, [moment[2] for moment in moments], count, 0.0).tolist()
    looked = [moment[3] for moment in moments if moment[3] is not None]
    looks = _table(texts, looked, count, 0.0) if looked else None
    return [
        cut(words[text], scores[text], None if looks is None else looks[text], end)
        for text in range(count)
    ]


def _table(texts: list[Tensor], steps: list[Tensor], count: int, fill: float) -> Tensor:
    """Put what the texts of each step got into one tensor (b t ...) on the CPU."""
    first = steps[0]
    table = torch.full((count, len(steps), *first.shape[1:]), fill, dtype=first.dtype)
    for t, (rows, values) in enumerate(zip(texts, steps, strict=True)):
        table[rows.cpu(), t] = values.cpu()
    return table
