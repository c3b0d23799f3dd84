"""Greedy and drawn texts: by hand, against a loop per row, and what is drawn how often."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, DataError
from saccade.models.words.decoding import (
    Hypothesis,
    by_source,
    count_rows,
    greedy,
    sample,
    take_rows,
)
from tests.models.words.writers import Given, Tiny

Normal = Callable[..., Tensor]
FIRST = {(): [0.1, 0, 0.2, 0.7], (3,): [0.8, 0, 0.2, 0], (3, 0): [0.1, 0, 0.9, 0]}
SECOND = {(): [0.1, 0, 0.9, 0]}


def test_greedy_by_hand() -> None:
    model = Given([FIRST, SECOND, {}], [1.0, 0.0, 0.0, 0.0])
    long, empty, endless = greedy(model, model.read(torch.arange(3)), max_length=4)
    assert (long.words, long.finished) == ((3, 0), True)
    assert [math.exp(x) for x in long.log_probabilities] == pytest.approx([0.7, 0.8])
    assert math.exp(long.ending) == pytest.approx(0.9)
    assert math.exp(long.score) == pytest.approx(0.7 * 0.8 * 0.9)
    assert torch.equal(long.weights, torch.eye(2, 20))
    assert (empty.words, empty.finished) == ((), True)
    assert empty.weights.shape == (0, 20)
    assert (endless.words, endless.finished, endless.ending) == ((0, 0, 0, 0), False, 0.0)
    assert torch.equal(endless.weights, torch.eye(4, 20))


def _slowly(model: Tiny, source: Tensor, longest: int) -> Hypothesis:
    state, word, words, values, looks = model.read(source[None]), 1, [], [], []
    while len(words) < longest:
        logits, state, weights = model.step(torch.tensor([word]), state)
        scores = logits[0].log_softmax(0)
        word = int(scores.argmax())
        values.append(scores[word].item())
        if word == 2:
            break
        words.append(word)
        looks.append(weights)
    weights = torch.cat([*looks, torch.zeros(0, 3)])
    inner = tuple(values[: len(words)])
    return Hypothesis(tuple(words), sum(values), inner, weights, word == 2)


def test_batch_is_one_by_one(generator: torch.Generator, normal: Normal) -> None:
    model, source = Tiny(generator), normal(12, 3, 4)
    with torch.no_grad():
        expected = [_slowly(model, row, 7) for row in source]
    told = greedy(model, model.read(source), max_length=7)
    assert len({(h.finished, len(h.words)) for h in told}) > 2
    for fast, slow in zip(told, expected, strict=True):
        assert (fast.words, fast.finished) == (slow.words, slow.finished)
        assert fast.score == pytest.approx(slow.score, abs=1e-5)
        assert fast.log_probabilities == pytest.approx(slow.log_probabilities, abs=1e-5)
        torch.testing.assert_close(fast.weights, slow.weights)


def test_teacher_forcing_repeats_the_greedy_text(
    generator: torch.Generator, normal: Normal
) -> None:
    model, source = Tiny(generator), normal(3, 3, 4)
    for row, told in zip(source, greedy(model, model.read(source), max_length=6), strict=True):
        written = model(row[None], torch.tensor([[1, *told.words]]))
        scores = written.logits[0].log_softmax(1)
        values = [scores[t, word].item() for t, word in enumerate(told.words)]
        assert values == pytest.approx(told.log_probabilities, abs=1e-5)
        torch.testing.assert_close(written.weights[0, : len(told.words)], told.weights)


@pytest.mark.parametrize(
    ("temperature", "top_k", "expected"),
    [
        (1.0, 0, [0.5, 0.3, 0.2]),
        (0.5, 0, [0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38]),
        (1.0, 2, [0.625, 0.375, 0.0]),
    ],
)
def test_words_are_drawn_as_often_as_the_formula_says(
    temperature: float, top_k: int, expected: list[float], generator: torch.Generator
) -> None:
    model = Given([{}], [0.5, 0.3, 0.2])
    state = model.read(torch.zeros(2000).long())
    told = sample(
        model, state, max_length=1, temperature=temperature, top_k=top_k, generator=generator
    )
    counts = [sum(h.words == ((w,) if w != 2 else ()) for h in told) / 2000 for w in range(3)]
    assert counts == pytest.approx(expected, abs=0.04)
    assert {round(math.exp(h.score), 4) for h in told} <= {0.5, 0.3, 0.2}


def test_drawing_repeats_and_narrows_to_greedy(generator: torch.Generator, normal: Normal) -> None:
    model = Tiny(generator)
    state = model.read(normal(9, 3, 4))
    once, again = (
        sample(model, state, max_length=6, generator=torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    assert once == again
    plain = greedy(model, state, max_length=6)
    assert once != plain
    assert sample(model, state, max_length=6, top_k=1) == plain
    assert sample(model, state, max_length=6, temperature=1e-4, generator=generator) == plain


def test_rows_of_a_state() -> None:
    state = {"a": torch.tensor([[1], [2]]), "b": torch.tensor([3, 4])}
    assert count_rows(state) == 2
    assert take_rows(state, torch.tensor([1, 1, 0]))["b"].tolist() == [4, 4, 3]
    rows = by_source(torch.arange(6), torch.zeros(2, 5))
    assert rows.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert greedy(Given([], []), {"said": torch.zeros(0, 0)}, max_length=3) == []


def test_errors(generator: torch.Generator) -> None:
    model = Tiny(generator)
    state = model.read(torch.zeros(1, 2, 4))
    with pytest.raises(ConfigError, match="expected max_length of at least 1, got 0; try max_len"):
        greedy(model, state, max_length=0)
    for wrong in ({"temperature": 0.0}, {"temperature": math.nan}, {"top_k": -1}):
        with pytest.raises(ConfigError, match="expected temperature above 0 and top_k of 0 or"):
            sample(model, state, max_length=2, **wrong)
    with pytest.raises(DataError, match="expected finite logits from the model, got NaN; try a"):
        sample(model, model.read(torch.full((1, 2, 4), math.nan)), max_length=2)
    for uneven in ({}, {"a": torch.zeros(1), "b": torch.zeros(2)}):
        with pytest.raises(DataError, match="whose tensors all have the same number of rows"):
            greedy(model, uneven, max_length=2)
