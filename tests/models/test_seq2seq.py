"""Recurrent sequence to sequence: padding, teacher forcing, sampling, what is refused."""

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.inspection import record
from saccade.models.seq2seq import Seq2Seq, reverse_rows
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.decoding import greedy

SIZES = {"source_words": 11, "target_words": 13, "embedding": 5, "hidden": 6}
ONE_WAY = {"bidirectional": False}
LUONG = {"order": "luong", "attention": "general"}
CHOICES = {
    "bahdanau": {},
    "maxout": {"output": "maxout", "maxout": 4, "layers": 2, "cell": "lstm"},
    "luong": {**LUONG, "cell": "lstm", "layers": 2},
    "fed": {**LUONG, "input_feeding": True, "attention": "concat"},
    "dot": {**ONE_WAY, "attention": "dot", "cell": "rnn"},
    "location": {"attention": "location", "max_source": 3, "reverse_source": True},
    "seed": {**ONE_WAY, "order": "seed", "attention": "dot", "cell": "rnn"},
    "none": {"attention": None, "cell": "lstm"},
    "none_reversed": {**ONE_WAY, "attention": None, "reverse_source": True},
}
SOURCE = torch.tensor([[5, 6, 7, 8, 2], [9, 10, 2, 0, 0], [2, 0, 0, 0, 0]])
WORDS = torch.tensor([[1, 4, 5, 6], [1, 7, 8, 0], [1, 9, 0, 0]])
each_choice = pytest.mark.parametrize("choice", CHOICES)


def made(drawn, choice: str) -> nn.Module:
    return drawn(Seq2Seq(Seq2SeqConfig(**SIZES, **CHOICES[choice])).double())


def stepped(model: nn.Module, source: Tensor, words: Tensor) -> tuple[Tensor, Tensor | None]:
    state, logits, weights = model.read(source), [], []
    for word in words.unbind(1):
        step = model.step(word, state)
        state = step.state
        logits.append(step.logits)
        weights.append(step.weights)
    return torch.stack(logits, 1), None if weights[0] is None else torch.stack(weights, 1)


@each_choice
def test_told_all_words_it_gives_what_single_steps_give(drawn, choice: str) -> None:
    model = made(drawn, choice)
    written, (logits, weights) = model(SOURCE, WORDS), stepped(model, SOURCE, WORDS)
    torch.testing.assert_close(written.logits, logits, atol=1e-12, rtol=0)
    torch.testing.assert_close(written.weights, weights, atol=1e-12, rtol=0)


@each_choice
def test_its_own_words_give_back_its_own_choice(drawn, choice: str) -> None:
    model = made(drawn, choice)
    for hypothesis, source in zip(
        greedy(model, model.read(SOURCE), max_length=6), SOURCE, strict=True
    ):
        told = torch.tensor([[1, *hypothesis.words]])
        scores = model(source[None], told).logits[0].log_softmax(-1)
        chosen = [*hypothesis.words, *[2] * hypothesis.finished]
        assert scores.argmax(-1)[: len(chosen)].tolist() == chosen
        numbers = scores.max(-1).values[: len(hypothesis.words)].tolist()
        assert numbers == pytest.approx(hypothesis.log_probabilities, abs=1e-6)


@each_choice
def test_padding_and_neighbours_change_nothing(drawn, choice: str) -> None:
    model = made(drawn, choice)
    together = model(SOURCE, WORDS)
    for row, length in enumerate((5, 3, 1)):
        alone = model(SOURCE[row : row + 1, :length], WORDS[row : row + 1])
        torch.testing.assert_close(alone.logits[0], together.logits[row], atol=1e-12, rtol=0)
        if together.weights is not None:
            seen = together.weights[row]
            torch.testing.assert_close(alone.weights[0], seen[:, :length], atol=1e-12, rtol=0)
            assert (seen[:, length:] == 0).all()
            torch.testing.assert_close(seen.sum(-1), torch.ones_like(seen[:, 0]))


@each_choice
def test_several_texts_share_one_memory(drawn, choice: str) -> None:
    model = made(drawn, choice)
    state, words = model.read(SOURCE), torch.tensor([4, 5, 6, 7, 8, 9])
    rows = torch.tensor([0, 0, 1, 1, 2, 2])
    copied = {name: x[rows] for name, x in state.items()}
    shared = {name: x if name.startswith("memory") else x[rows] for name, x in state.items()}
    plain, lean = model.step(words, copied), model.step(words, shared)
    torch.testing.assert_close(lean.logits, plain.logits, atol=1e-12, rtol=0)
    torch.testing.assert_close(lean.weights, plain.weights, atol=1e-12, rtol=0)


@each_choice
def test_every_parameter_learns_and_an_empty_source_does_no_harm(drawn, choice: str) -> None:
    model = made(drawn, choice).train()
    empty = torch.cat([SOURCE, torch.zeros_like(SOURCE[:1])])
    written = model(empty, torch.cat([WORDS, WORDS[:1]]))
    assert written.logits.isfinite().all()
    written.logits.logsumexp(-1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name
    assert written.weights is None or (written.weights[-1] == 0).all()


def test_the_maps_are_recorded(drawn) -> None:
    model = made(drawn, "luong")
    with record(model) as trace:
        written = model(SOURCE, WORDS)
    (layer,) = trace.layers
    assert (layer.name, layer.axes) == ("decoder.reader", ("image", "query", "key"))
    torch.testing.assert_close(layer.weights.double(), written.weights, check_dtype=False)


def test_turning_rows_around() -> None:
    lengths = torch.tensor([5, 3, 1])
    turned = reverse_rows(SOURCE, lengths)
    assert turned[1].tolist() == [2, 10, 9, 0, 0]
    assert torch.equal(reverse_rows(turned, lengths), SOURCE)
    deep = reverse_rows(SOURCE[..., None].expand(3, 5, 2), lengths)
    assert torch.equal(deep[..., 1], turned)


def test_what_is_refused(drawn) -> None:
    model = made(drawn, "bahdanau")
    with pytest.raises(DataError, match="the source as numbers from 0 to 10, got 11; try the voc"):
        model.read(SOURCE + 1)
    with pytest.raises(DataError, match="the words as numbers from 0 to 12, got -1"):
        model(SOURCE, WORDS - 1)
    with pytest.raises(DataError, match=r"whole numbers, at least one, got \(3, 0\)"):
        model.read(SOURCE[:, :0])
    with pytest.raises(DataError, match=r"of torch\.float32"):
        model.read(SOURCE.float())
    with pytest.raises(ShapeError, match="real times stand before the padding"):
        model.read(SOURCE.flip(1))
    with pytest.raises(ConfigError, match="a ratio from 0 to 1, got 2"):
        model(SOURCE, WORDS, ratio=2)
