"""A recurrent decoder that looks back at what was read, in Bahdanau's or Luong's order.

Source: Bahdanau, Cho, Bengio, "Neural Machine Translation by Jointly Learning to Align and
Translate", ICLR 2015, arXiv:1409.0473, sections 3.1 and A.2.2; Luong, Pham, Manning, "Effective
Approaches to Attention-based Neural Machine Translation", EMNLP 2015, arXiv:1508.04025, sections 3
and 3.3; without attention Sutskever, Vinyals, Le, NeurIPS 2014, arXiv:1409.3215.
Axes: b row, t time, j words read, d features of such a word, v words to write.
Differs: context and word go into torch's cells side by side, which is the sum of two matrices; the
gated unit is torch's. The maxout layer sees the state after the step, as equation 4 of Bahdanau has
it, where the appendix prints the one before.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from saccade.attention.additive import AdditiveAttention
from saccade.attention.alignment import AlignmentAttention
from saccade.attention.tap import Attended
from saccade.layers.recurrent import Encoded, RecurrentStack, States
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.decoding import State, by_source

Reader = AdditiveAttention | AlignmentAttention


class Advance(NamedTuple):
    """What a step of the decoder gives before the words are scored.

    Args:
        readout: what the output layer turns into scores (b r).
        state: what the next step needs.
        weights: where the decoder looked (b j), or None without attention.
    """

    readout: Tensor
    state: State
    weights: Tensor | None


class RecurrentDecoder(nn.Module):
    """Cells that read the source's words as they write, one word a step.

    Its state has "hidden" (b layers h), for long short-term memory "kept" (b layers h), with input
    feeding "fed" (b h); and what was read: "memory" (b j d), "memory_mask" (b j) and, where the
    score needs it, "memory_keys" (b j k), with one row per source or one per text.

    Args:
        config: of the whole translator.
    """

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.looks_first = config.attention is not None and config.order != "luong"
        more = config.memory if self.looks_first else config.hidden * config.input_feeding
        self.cell = RecurrentStack(
            config.cell,
            config.embedding + more,
            config.hidden,
            layers=config.layers,
            dropout=config.dropout,
            bias=config.bias,
        )
        self.reader = None if config.attention is None else make_reader(config)
        self.bridged = config.hidden if self.looks_first else config.memory
        self.bridges = self._make_bridges()
        readout = config.hidden
        if config.output == "maxout":
            seen = config.hidden + config.embedding + config.memory
            self.deep, readout = nn.Linear(seen, 2 * config.maxout), config.maxout
        elif config.attention is not None and config.order == "luong":
            self.join = nn.Linear(config.memory + config.hidden, config.hidden, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(readout, config.target_words, bias=config.bias)

    @property
    def is_parallel(self) -> bool:
        """Whether what is read does not reach the cells, so that known words run all at once."""
        return not self.looks_first and not self.config.input_feeding

    def start(self, encoded: Encoded, mask: Tensor) -> State:
        """Make the state before the first word.

        An encoder of one direction hands its last states over. Of two directions a layer of tanh
        makes each state: in Bahdanau's order of the backward direction, else of both.

        Args:
            encoded: what the encoder gives; its outputs stand in the order of the words.
            mask: booleans (b j), True where a word is real.
        """
        states = self._bridged(encoded.states)
        state = dict(zip(("hidden", "kept"), states, strict=False))
        if self.reader is None:
            return state
        state |= {"memory": encoded.outputs, "memory_mask": mask}
        keys = self.reader.project(encoded.outputs)
        if keys is not encoded.outputs:
            state["memory_keys"] = keys
        if self.config.input_feeding:
            state["fed"] = states[0].new_zeros(len(mask), self.config.hidden)
        return state

    def advance(self, word: Tensor, state: State) -> Advance:
        """Take one step.

        Args:
            word: the word before, as its embedding (b e).
            state: from `start` or the step before.
        """
        states, reader = self._states(state), self.reader
        if reader is not None and self.looks_first:
            context, weights = _look(reader, states[0][:, -1], state)
            states = self.cell.step(torch.cat([word, context], -1), states)
            return self._advance(self._deepen(states, word, context), state, states, weights)
        given = torch.cat([word, state["fed"]], -1) if "fed" in state else word
        states = self.cell.step(given, states)
        hidden = states[0][:, -1]
        if reader is None:
            return self._advance(hidden, state, states, None)
        context, weights = _look(reader, hidden, state)
        readout = self.join(torch.cat([context, hidden], -1)).tanh()
        return self._advance(readout, state, states, weights)

    def run(self, words: Tensor, state: State) -> tuple[Tensor, Tensor | None]:
        """Take the steps of known words (b t e) all at once, where `is_parallel`.

        Returns:
            Readouts (b t r) and weights (b t j) or None.
        """
        hidden = self.cell(words, states=self._states(state)).outputs
        if self.reader is None:
            return hidden, None
        context, weights = _attend(self.reader, hidden, state)
        return self.join(torch.cat([context, hidden], -1)).tanh(), weights

    def write(self, readout: Tensor) -> Tensor:
        """Score the words: (b ... r) to (b ... v)."""
        return self.output(self.dropout(readout))

    def _advance(
        self, readout: Tensor, state: State, states: States, weights: Tensor | None
    ) -> Advance:
        after = {**state, **dict(zip(("hidden", "kept"), states, strict=False))}
        if "fed" in state:
            after["fed"] = readout
        return Advance(readout, after, weights)

    def _deepen(self, states: States, word: Tensor, context: Tensor) -> Tensor:
        hidden = states[0][:, -1]
        if self.config.output == "plain":
            return hidden
        deep = self.deep(torch.cat([hidden, word, context], -1))
        return deep.reshape(len(deep), -1, 2).amax(-1)

    def _states(self, state: State) -> States:
        return tuple(state[name] for name in ("hidden", "kept") if name in state)

    def _make_bridges(self) -> nn.ModuleList:
        config = self.config
        count = config.layers * (1 + (config.cell == "lstm")) * config.bidirectional
        return nn.ModuleList(nn.Linear(self.bridged, config.hidden) for _ in range(count))

    def _bridged(self, states: States) -> States:
        if not self.bridges:
            return states
        bridges, used = iter(self.bridges), slice(-self.bridged, None)
        return tuple(
            torch.stack([next(bridges)(end[:, used]).tanh() for end in state.unbind(1)], 1)
            for state in states
        )


def make_reader(config: Seq2SeqConfig) -> Reader:
    """Make the reader whose score the config names."""
    hidden = config.score_size or config.hidden
    if config.attention == "additive" or config.attention is None:
        return AdditiveAttention(config.hidden, config.memory, hidden)
    return AlignmentAttention(
        config.hidden,
        config.memory,
        score=config.attention,
        hidden=hidden if config.attention == "concat" else None,
        positions=config.max_source if config.attention == "location" else None,
    )


def _look(reader: Reader, query: Tensor, state: State) -> Attended:
    """Read with one query a row (b h); the memory may have one row for several of them."""
    output, weights = _attend(reader, by_source(query, state["memory"]), state)
    return Attended(output.flatten(0, 1), weights.flatten(0, 1))


def _attend(reader: Reader, query: Tensor, state: State) -> Attended:
    memory = state["memory"]
    keys = state.get("memory_keys", memory)
    return reader(query, memory, state["memory_mask"], keys=keys, need_weights=True)
