"""Small writers to decode from: one whose numbers are given, and a recurrent one with a memory."""

import itertools
import math

import torch
from torch import Tensor, nn

from saccade.models.words.decoding import State, Step, WordModel, by_source


class Given(WordModel):
    """Says what it is told to: the chances of the next word by source, step and last word.

    Args:
        tables: per source {words so far: chances of the next word}; elsewhere `otherwise`.
        otherwise: chances of all other next words.
    """

    def __init__(
        self, tables: list[dict[tuple[int, ...], list[float]]], otherwise: list[float]
    ) -> None:
        super().__init__()
        self.tables, self.otherwise = tables, otherwise

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Take the numbers of the sources (b)."""
        return {"source": source, "said": torch.zeros(len(source), 0, dtype=torch.long)}

    def step(self, words: Tensor, state: State) -> Step:
        """Look at the place whose number is the step."""
        said = torch.cat([state["said"], words[:, None]], 1)
        chances = [
            self.tables[source].get(tuple(row[1:]), self.otherwise)
            for source, row in zip(state["source"].tolist(), said.tolist(), strict=True)
        ]
        looks = torch.zeros(len(words), 20)
        looks[:, said.shape[1] - 1] = 1.0
        return Step(torch.tensor(chances).log(), {"source": state["source"], "said": said}, looks)


class Tiny(WordModel):
    """A recurrent writer that attends to a memory (b j d); weights drawn from a generator."""

    def __init__(self, generator: torch.Generator, *, v: int = 5, d: int = 4) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(v, d, generator=generator))
        self.word = nn.Parameter(2 * torch.randn(d, v, generator=generator))
        self.mix = nn.Parameter(torch.randn(d, d, generator=generator))
        self.memories: list[Tensor] = []

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Start from the mean of the memory."""
        return {"memory": source, "hidden": source.mean(1)}

    def step(self, words: Tensor, state: State) -> Step:
        """Ask the memory by the state, and bend the sum of all."""
        hidden, memory = state["hidden"], state["memory"]
        self.memories.append(memory)
        weights = (by_source(hidden, memory) @ memory.mT).softmax(-1)
        context = (weights @ memory).flatten(0, 1)
        hidden = (hidden @ self.mix + self.embedding[words] + context).tanh()
        return Step(hidden @ self.word, {**state, "hidden": hidden}, weights.flatten(0, 1))


class Shared(Tiny):
    """The same, with one memory for all rows of a source."""

    shares_memory = True


@torch.no_grad()
def every_text(model: WordModel, state: State, longest: int) -> list[tuple[float, tuple[int, ...]]]:
    """Score each text of one source that ends within so many steps, the likeliest first."""
    told = []
    words = range(model.step(torch.tensor([1]), state).logits.shape[1])
    for length in range(longest):
        for text in itertools.product([w for w in words if w != 2], repeat=length):
            told.append((_score(model, state, (*text, 2)), text))
    return sorted(told, reverse=True)


def _score(model: WordModel, state: State, text: tuple[int, ...]) -> float:
    values, before = [], 1
    for word in text:
        logits, state, _ = model.step(torch.tensor([before]), state)
        values.append(logits.log_softmax(1)[0, word].item())
        before = word
    return math.fsum(values)


def shrinking_loop(
    model: WordModel, state: State, beam: int, longest: int
) -> list[tuple[float, tuple[int, ...], list[Tensor]]]:
    """Search for one source with plain lists, each text by itself; the finished ones only.

    Args:
        model: the writer.
        state: one row.
        beam: texts that are followed at first; one less after each END.
        longest: most steps.
    """
    live = [(0.0, (1,), state, list[Tensor]())]
    finished = []
    for _ in range(longest):
        options = []
        for total, text, before, looks in live:
            logits, after, weights = model.step(torch.tensor([text[-1]]), before)
            for word, value in enumerate(logits.log_softmax(1)[0].tolist()):
                options.append((total + value, (*text, word), after, [*looks, weights]))
        best = sorted(options, key=lambda option: -option[0])[:beam]
        finished += [(x[0], x[1][1:-1], x[3][:-1]) for x in best if x[1][-1] == 2]
        live = [x for x in best if x[1][-1] != 2]
        beam = len(live)
    return sorted(finished, key=lambda x: -x[0])
