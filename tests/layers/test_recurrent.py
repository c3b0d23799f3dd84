"""Recurrent stacks: torch's weights, padding, both directions, single steps."""

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.layers.recurrent import RecurrentStack, gru_step, lstm_step, rnn_step

STEPS = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
LENGTHS = torch.tensor([5, 2, 1])
MASK = torch.arange(5) < LENGTHS[:, None]
each_kind = pytest.mark.parametrize("kind", STEPS)


def double(drawn, kind: str, **options: object) -> nn.Module:
    return drawn(RecurrentStack(kind, 3, 4, **options).double())


def walk(stack: nn.Module, x: Tensor, layer: int, suffix: str = "") -> tuple[Tensor, Tensor]:
    """One layer over one row (t i), step by step: outputs (t h) and what is kept at the end."""
    weights = [
        getattr(stack.layers, f"{name}_l{layer}{suffix}")
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    hidden = cell = x.new_zeros(4)
    outputs = []
    for item in x:
        if stack.kind == "lstm":
            hidden, cell = lstm_step(item, (hidden, cell), *weights)
        else:
            hidden = STEPS[stack.kind](item, hidden, *weights)
        outputs.append(hidden)
    return torch.stack(outputs), cell


@each_kind
@torch.no_grad()
def test_slowly_in_both_directions(drawn, normal, kind: str) -> None:
    stack, x = double(drawn, kind, layers=2, bidirectional=True), normal(3, 5, 3).double()
    outputs, states = stack(x, MASK)
    for row, length in enumerate(LENGTHS.tolist()):
        below = x[row, :length]
        for layer in range(2):
            ahead, kept = walk(stack, below, layer)
            back, kept_back = walk(stack, below.flip(0), layer, "_reverse")
            ends = torch.cat([ahead[-1], back[-1]])
            torch.testing.assert_close(states[0][row, layer], ends, atol=1e-12, rtol=0)
            if kind == "lstm":
                ends = torch.cat([kept, kept_back])
                torch.testing.assert_close(states[1][row, layer], ends, atol=1e-12, rtol=0)
            below = torch.cat([ahead, back.flip(0)], 1)
        torch.testing.assert_close(outputs[row, :length], below, atol=1e-12, rtol=0)
        assert (outputs[row, length:] == 0).all()


@each_kind
def test_padding_changes_nothing(drawn, normal, kind: str) -> None:
    stack, x = double(drawn, kind, layers=2, bidirectional=True), normal(3, 5, 3).double()
    outputs, states = stack(x, MASK)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = stack(x[row : row + 1, :length])
        torch.testing.assert_close(outputs[row, :length], alone.outputs[0], atol=1e-14, rtol=0)
        for together, single in zip(states, alone.states, strict=True):
            torch.testing.assert_close(together[row], single[0], atol=1e-14, rtol=0)


@each_kind
def test_single_steps_are_the_sequence(drawn, normal, kind: str) -> None:
    stack, x = double(drawn, kind, layers=3), normal(2, 4, 3).double()
    start = tuple(normal(2, 3, 4).double() for _ in stack.zeros(x))
    wanted = stack(x, states=start)
    states = start
    for time, item in enumerate(x.unbind(1)):
        states = stack.step(item, states)
        torch.testing.assert_close(states[0][:, -1], wanted.outputs[:, time])
    for ours, torchs in zip(states, wanted.states, strict=True):
        torch.testing.assert_close(ours, torchs)


@each_kind
def test_weights_go_to_torch_and_back(drawn, normal, kind: str) -> None:
    ours, x = drawn(RecurrentStack(kind, 3, 4, layers=2, bidirectional=True)), normal(2, 5, 3)
    theirs = TORCH[kind](3, 4, 2, batch_first=True, bidirectional=True)
    theirs.load_state_dict(ours.layers.state_dict())
    torch.testing.assert_close(theirs(x)[0], ours(x).outputs, atol=0, rtol=0)
    again = RecurrentStack(kind, 3, 4, layers=2, bidirectional=True)
    again.layers.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(again(x).outputs, ours(x).outputs, atol=0, rtol=0)


@each_kind
def test_an_empty_row_keeps_its_states(drawn, normal, kind: str) -> None:
    stack, x = double(drawn, kind), normal(2, 3, 3).double()
    start = tuple(normal(2, 1, 4).double() for _ in stack.zeros(x))
    mask = torch.tensor([[True, True, False], [False, False, False]])
    outputs, states = stack(x, mask, start)
    assert (outputs[1] == 0).all()
    for before, after in zip(start, states, strict=True):
        assert torch.equal(before[1], after[1])
        assert not torch.equal(before[0], after[0])


def test_dropout_is_between_layers_only(normal) -> None:
    torch.manual_seed(0)
    x = normal(2, 4, 3)
    one, two = (RecurrentStack("gru", 3, 4, layers=n, dropout=0.5).train() for n in (1, 2))
    assert torch.equal(one(x).outputs, one(x).outputs)
    assert torch.equal(one.step(x[:, 0], one.zeros(x))[0], one.step(x[:, 0], one.zeros(x))[0])
    assert not torch.equal(two(x).outputs, two(x).outputs)
    first, second = (two.step(x[:, 0], two.zeros(x))[0] for _ in range(2))
    assert torch.equal(first[:, 0], second[:, 0])
    assert not torch.equal(first[:, 1], second[:, 1])


def test_open_forget_gates_and_a_fresh_start() -> None:
    stack = RecurrentStack("lstm", 3, 4, forget_bias=1.0)
    stack.reset_parameters()
    both = stack.layers.bias_ih_l0 + stack.layers.bias_hh_l0
    assert torch.equal(both[4:8], torch.ones(4))
    assert not torch.equal(both[:4], torch.ones(4))


def test_errors(normal) -> None:
    for options, told in (
        ({"kind": "elman"}, "a recurrent kind rnn, lstm or gru, got 'elman'"),
        ({"layers": 0}, r"positive sizes and at least one layer, got \(3, 4, 0\)"),
        ({"dropout": 1.0}, "a dropout from 0 to below 1, got 1.0"),
        ({"forget_bias": 1.0}, "a forget_bias for lstm with bias only, got it for gru"),
    ):
        with pytest.raises(ConfigError, match=told):
            RecurrentStack(**{"kind": "gru", "input_size": 3, "hidden_size": 4, **options})
    stack, x = RecurrentStack("gru", 3, 4, bidirectional=True), normal(3, 5, 3)
    with pytest.raises(ConfigError, match="a stack of one direction, got both"):
        stack.step(x[:, 0], stack.zeros(x))
    with pytest.raises(ShapeError, match="real times stand before the padding"):
        stack(x, MASK.flip(1))
