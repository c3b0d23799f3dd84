"""Stacks of recurrent layers over whole sequences, or one step at a time.

Source: the equations of `recurrent_step`; both directions after Schuster, Paliwal, "Bidirectional
Recurrent Neural Networks", IEEE Transactions on Signal Processing 45, 1997; dropout between layers
only after Zaremba, Sutskever, Vinyals, arXiv:1409.2329, section 3.2.
Axes: b batch, t time, i and h features in and out, d = h or, in both directions, 2h.
Differs: nothing; torch's kernels run the sequences, and agree with the equations to rounding.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from saccade.errors import ConfigError, ShapeError
from saccade.layers.recurrent_step import gru_step, lstm_step, rnn_step
from saccade.shapes import expect, expect_dtype

__all__ = [
    "Encoded",
    "Kind",
    "RecurrentStack",
    "States",
    "gru_step",
    "lstm_step",
    "rnn_step",
    "true_lengths",
]

Kind = Literal["rnn", "lstm", "gru"]
States = tuple[Tensor, ...]  # (h,), or (h, c) of long short-term memory; each (b layers d)


class Encoded(NamedTuple):
    """What a stack of recurrent layers gives.

    Args:
        outputs: the last layer's state at every time (b t d); zeros beyond the end of a row.
        states: each layer's state at the true last time (b layers d), for long short-term memory
            also what it keeps. In both directions d is twice the units: forward, then backward,
            whose last time is the first word.
    """

    outputs: Tensor
    states: States


class RecurrentStack(nn.Module):
    """Layers of one recurrent kind above each other, over a sequence or one step at a time.

    Its only part, `layers`, is torch's own nn.RNN, nn.LSTM or nn.GRU, whose kernels run sequences
    and whose weights are loaded and saved under torch's names; the steps are those above.

    Args:
        kind: "rnn", "lstm" or "gru".
        input_size: features that come in.
        hidden_size: units of each layer, in each direction.
        layers: how many.
        bidirectional: read from both ends; such a stack has no single steps.
        dropout: share of the features between two layers that training sets to zero.
        bias: add torch's two biases.
        forget_bias: the forget gates' bias at the start, 1 in many papers, of long short-term
            memory; torch's small random one when None.

    Raises:
        ConfigError: the kind is unknown, a size is not positive, or an option cannot work.
    """

    def __init__(
        self,
        kind: Kind,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
        forget_bias: float | None = None,
    ) -> None:
        super().__init__()
        if kind not in get_args(Kind):
            raise ConfigError("a recurrent kind rnn, lstm or gru", repr(kind), "kind='gru'")
        if min(input_size, hidden_size, layers) < 1:
            sizes = f"({input_size}, {hidden_size}, {layers})"
            raise ConfigError("positive sizes and at least one layer", sizes, "layers=1")
        if not 0 <= dropout < 1:
            raise ConfigError("a dropout from 0 to below 1", str(dropout), "dropout=0.2")
        if forget_bias is not None and (kind != "lstm" or not bias):
            raise ConfigError(
                "a forget_bias for lstm with bias only", f"it for {kind}", "forget_bias=None"
            )
        self.kind: Kind = kind
        self.forget_bias = forget_bias
        self.layers: nn.RNNBase = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](
            input_size,
            hidden_size,
            layers,
            bias=bias,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
        )
        self._open_forget_gates()

    @property
    def width(self) -> int:
        """Features that come out."""
        return self.layers.hidden_size * (1 + self.layers.bidirectional)

    def reset_parameters(self) -> None:
        """Draw all weights anew, uniformly in ±1/sqrt(h) as torch does."""
        self.layers.reset_parameters()
        self._open_forget_gates()

    def forward(
        self, x: Tensor, mask: Tensor | None = None, states: States | None = None
    ) -> Encoded:
        """Run over sequences (b t i).

        Args:
            x: the sequences, padded on the right.
            mask: booleans (b t), True where a time is real; all are when None. A row may be empty:
                then its states stay what they were.
            states: before the first time, as in `Encoded`; zeros when None.

        Raises:
            ShapeError: a rank or number of features is wrong, or the mask has holes.
        """
        expect(x, "b t d", "the sequence", d=self.layers.input_size)
        expect_dtype(x, "floats", "the sequence")
        start = self.zeros(x) if states is None else states
        if mask is None:
            outputs, last = self.layers(x, self._split(start))
            return Encoded(outputs, self._join(last))
        lengths = true_lengths(mask, x)
        filled = lengths.clamp_min(1).cpu()  # torch packs no empty rows
        packed = pack_padded_sequence(x, filled, batch_first=True, enforce_sorted=False)
        run, last = self.layers(packed, self._split(start))
        outputs, _ = pad_packed_sequence(run, batch_first=True, total_length=x.shape[1])
        real = (lengths > 0)[:, None, None]
        kept = (
            torch.where(real, new, old) for new, old in zip(self._join(last), start, strict=True)
        )
        return Encoded(outputs * real, tuple(kept))

    def step(self, x: Tensor, states: States) -> States:
        """Take one step of every layer; the last layer's output is `states[0][:, -1]` after it.

        Args:
            x: what comes in (b i).
            states: before the step, as in `Encoded`.

        Raises:
            ConfigError: the stack reads from both ends.
        """
        if self.layers.bidirectional:
            raise ConfigError("a stack of one direction", "both", "bidirectional=False")
        after: list[States] = []
        for layer, weights in enumerate(self.layers.all_weights):
            if layer:
                x = F.dropout(x, self.layers.dropout, self.training)
            before = tuple(state[:, layer] for state in states)
            after.append(self._cell(x, before, weights))
            x = after[-1][0]
        return tuple(torch.stack(layers, 1) for layers in zip(*after, strict=True))

    def zeros(self, x: Tensor) -> States:
        """Make states of zeros for rows, dtype and device of a tensor (b ...)."""
        state = x.new_zeros(x.shape[0], self.layers.num_layers, self.width)
        return (state, state) if self.kind == "lstm" else (state,)

    def _cell(self, x: Tensor, before: States, weights: Sequence[Tensor]) -> States:
        if self.kind == "lstm":
            return lstm_step(x, (before[0], before[1]), *weights)
        step = gru_step if self.kind == "gru" else rnn_step
        return (step(x, before[0], *weights),)

    def _split(self, states: States) -> Tensor | States:
        """From (b layers directions·h) to torch's (layers·directions b h)."""
        parts = tuple(
            state.reshape(len(state), -1, self.layers.hidden_size).transpose(0, 1)
            for state in states
        )
        parts = tuple(part.contiguous() for part in parts)
        return parts if self.kind == "lstm" else parts[0]

    def _join(self, last: Tensor | States) -> States:
        """From torch's (layers·directions b h) to (b layers directions·h)."""
        parts = last if isinstance(last, tuple) else (last,)
        count = self.layers.num_layers
        turned = (part.transpose(0, 1) for part in parts)
        return tuple(part.reshape(len(part), count, self.width) for part in turned)

    def _open_forget_gates(self) -> None:
        if self.forget_bias is None:
            return
        units = self.layers.hidden_size
        for name, parameter in self.layers.named_parameters():
            if name.startswith("bias"):
                value = self.forget_bias if name.startswith("bias_ih") else 0.0
                nn.init.constant_(parameter[units : 2 * units], value)


def true_lengths(mask: Tensor, x: Tensor) -> Tensor:
    """Count the real times of each row (b), int64.

    Args:
        mask: booleans (b t), True where a time is real.
        x: the sequences (b t ...) that it belongs to.

    Raises:
        ShapeError: it is of another size, not boolean, or a real time follows padding.
    """
    expect(mask, "b t", "the mask", b=x.shape[0], t=x.shape[1])
    expect_dtype(mask, "booleans", "the mask")
    if (mask[:, 1:] & ~mask[:, :-1]).any():
        raise ShapeError(
            "a mask whose real times stand before the padding",
            "one with holes",
            "torch.arange(t) < lengths[:, None]",
        )
    return mask.sum(1)
