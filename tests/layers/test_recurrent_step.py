"""One step of each recurrent layer."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from saccade.layers.recurrent_step import gru_step, lstm_step, rnn_step

CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


def test_rnn_by_hand() -> None:
    # tanh(ln(3)/2) = 1/2.
    half = torch.tensor([[math.log(3) / 4]])
    found = rnn_step(torch.ones(1, 1), torch.ones(1, 1), half, half)
    torch.testing.assert_close(found, torch.tensor([[0.5]]))


def test_lstm_by_hand() -> None:
    # Biases alone: write 1/2, forget 1/4, new tanh(ln(3)/2) = 1/2, show 3/4; 2/4 + 1/4 is kept.
    bias = torch.tensor([0.0, -math.log(3), math.log(3) / 2, math.log(3)])
    zero = torch.zeros(4, 1)
    before = (torch.ones(1, 1), torch.full((1, 1), 2.0))
    hidden, cell = lstm_step(torch.ones(1, 1), before, zero, zero, bias)
    assert float(cell) == pytest.approx(0.75)
    assert float(hidden) == pytest.approx(0.75 * math.tanh(0.75))


def test_gru_by_hand() -> None:
    # Reset 1/4 takes a quarter of the recurrent 2 ln 3 into the new ln(3)/2: 1/2; keep 3/4 of 1.
    bias = torch.tensor([-math.log(3), math.log(3), 0.0])
    recurrent = torch.tensor([[0.0], [0.0], [2 * math.log(3)]])
    found = gru_step(torch.ones(1, 1), torch.ones(1, 1), torch.zeros(3, 1), recurrent, bias)
    assert float(found) == pytest.approx(0.25 * 0.5 + 0.75)


def bent(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def unrolled(kind: str, cell: nn.Module, x: np.ndarray) -> np.ndarray:
    """The equations over a sequence (t b i), in numpy; the last state (b h)."""
    w, u, b, a = (p.detach().numpy() for p in cell.parameters())
    h = kept = np.zeros((x.shape[1], 4))
    for item in x:
        left, right = item @ w.T + b, h @ u.T + a
        if kind == "rnn":
            h = np.tanh(left + right)
        elif kind == "lstm":
            write, forget, new, show = np.split(left + right, 4, axis=1)
            kept = bent(forget) * kept + bent(write) * np.tanh(new)
            h = bent(show) * np.tanh(kept)
        else:
            (r, z, n), (s, y, m) = np.split(left, 3, axis=1), np.split(right, 3, axis=1)
            keep = bent(z + y)
            h = (1 - keep) * np.tanh(n + bent(r + s) * m) + keep * h
    return h


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", CELLS)
@torch.no_grad()
def test_a_step_is_that_of_torchs_cell(drawn, normal, kind: str, bias: bool) -> None:
    cell = drawn(CELLS[kind](3, 4, bias=bias).double())
    x, hidden, kept = normal(2, 3).double(), normal(2, 4).double(), normal(2, 4).double()
    weights = tuple(cell.state_dict().values())
    if kind == "lstm":
        found, theirs = lstm_step(x, (hidden, kept), *weights), cell(x, (hidden, kept))
        torch.testing.assert_close(found, theirs, atol=1e-14, rtol=0)
        return
    found = (rnn_step if kind == "rnn" else gru_step)(x, hidden, *weights)
    torch.testing.assert_close(found, cell(x, hidden), atol=1e-14, rtol=0)


@pytest.mark.parametrize("kind", CELLS)
@torch.no_grad()
def test_unrolled_in_numpy(drawn, normal, kind: str) -> None:
    cell, x = drawn(CELLS[kind](3, 4).double()), normal(6, 2, 3).double()
    weights = tuple(cell.parameters())
    hidden = kept = torch.zeros(2, 4, dtype=torch.float64)
    for item in x:
        if kind == "lstm":
            hidden, kept = lstm_step(item, (hidden, kept), *weights)
        else:
            hidden = (rnn_step if kind == "rnn" else gru_step)(item, hidden, *weights)
    wanted = torch.from_numpy(unrolled(kind, cell, x.numpy()))
    torch.testing.assert_close(hidden, wanted, atol=1e-14, rtol=0)


def test_parameters_as_counted() -> None:
    # h(i + h) + 2h for each gate.
    for kind, gates in (("rnn", 1), ("lstm", 4), ("gru", 3)):
        cell = CELLS[kind](5, 7)
        assert sum(p.numel() for p in cell.parameters()) == gates * (7 * (5 + 7) + 2 * 7)
