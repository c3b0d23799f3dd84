"""Beam search: by hand, against every text there is, and against a loop per source."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, DataError
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import greedy
from tests.models.words.writers import Given, Shared, Tiny, every_text, shrinking_loop

Normal = Callable[..., Tensor]
# Words 0 and 3 are ordinary, 1 starts, 2 ends. Greedy says 0 0 (0.6 * 0.4 * 0.9), 3 wins (0.36).
FORK = {(): [0.6, 0, 0, 0.4], (0,): [0.4, 0, 0.3, 0.3], (3,): [0.1, 0, 0.9, 0]}
ENDS = [0.05, 0.0, 0.9, 0.05]


def test_by_hand() -> None:
    model = Given([FORK], ENDS)
    state = model.read(torch.tensor([0]))
    (alone,) = greedy(model, state, max_length=5)
    ((best, second),) = beam_search(model, state, beam=2, n_best=2, max_length=5)
    assert (alone.words, best.words, second.words) == ((0, 0), (3,), (0, 0))
    assert math.exp(best.score) == pytest.approx(0.36)
    assert math.exp(second.score) == pytest.approx(0.216)
    assert [math.exp(x) for x in second.log_probabilities] == pytest.approx([0.6, 0.4])
    assert math.exp(second.ending) == pytest.approx(0.9)
    assert torch.equal(second.weights, torch.eye(2, 20))


def test_wide_beam_finds_the_best_of_all_texts(generator: torch.Generator, normal: Normal) -> None:
    model = Tiny(generator, v=4)
    state = model.read(normal(1, 3, 4))
    expected = every_text(model, state, 4)
    for refill in (False, True):
        (found,) = beam_search(model, state, beam=200, n_best=9, max_length=4, refill=refill)
        assert [h.words for h in found] == [text for _, text in expected[:9]]
        assert [h.score for h in found] == pytest.approx([x for x, _ in expected[:9]], abs=1e-5)


@pytest.mark.parametrize("kind", [Tiny, Shared])
def test_loop_per_source_writes_the_same(
    kind: type[Tiny], generator: torch.Generator, normal: Normal
) -> None:
    model = kind(generator)
    source = normal(8, 3, 4)
    told = beam_search(model, model.read(source), beam=4, n_best=4, max_length=9)
    for row, texts in zip(source, told, strict=True):
        slow = shrinking_loop(model, model.read(row[None]), 4, 9)
        fast = [h for h in texts if h.finished]
        assert [h.words for h in fast] == [text for _, text, _ in slow]
        for hypothesis, (_, _, looks) in zip(fast, slow, strict=True):
            expected = torch.cat([*looks, torch.zeros(0, 3)])
            torch.testing.assert_close(hypothesis.weights, expected)


@pytest.mark.parametrize("refill", [False, True])
@pytest.mark.parametrize("penalty", [0.0, 0.7, 2.0, -1.0])
def test_batch_is_one_by_one(
    refill: bool, penalty: float, generator: torch.Generator, normal: Normal
) -> None:
    model = Shared(generator)
    source = normal(6, 3, 4)
    options = {"beam": 3, "n_best": 2, "length_penalty": penalty, "refill": refill}
    together = beam_search(model, model.read(source), max_length=7, **options)
    alone = [
        beam_search(model, model.read(row[None]), max_length=7, **options)[0] for row in source
    ]
    assert [[h.words for h in x] for x in together] == [[h.words for h in x] for x in alone]
    for texts in together:
        keys = [(h.finished, h.score) for h in texts]
        assert keys == sorted(keys, reverse=True)
        assert len({(h.words, h.finished) for h in texts}) == len(texts)


def test_one_row_is_greedy(generator: torch.Generator, normal: Normal) -> None:
    model = Tiny(generator)
    state = model.read(normal(5, 3, 4))
    narrow = beam_search(model, state, beam=1, max_length=8)
    assert [h.words for (h,) in narrow] == [h.words for h in greedy(model, state, max_length=8)]


def test_length_penalty(generator: torch.Generator, normal: Normal) -> None:
    model = Tiny(generator, v=4)
    state = model.read(normal(1, 3, 4))
    every = every_text(model, state, 5)
    lengths = []
    for penalty in (-2.0, 0.0, 1.0, 3.0):
        ((text,),) = beam_search(model, state, beam=200, length_penalty=penalty, max_length=5)
        values = [*text.log_probabilities, text.ending]
        assert text.score == pytest.approx(sum(values) / len(values) ** penalty)
        best = max(every, key=lambda x: x[0] / (len(x[1]) + 1) ** penalty)
        assert text.words == best[1]
        lengths.append(len(text.words))
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_memory_is_not_copied_while_all_write(generator: torch.Generator, normal: Normal) -> None:
    source = normal(4, 3, 4)
    for kind, copies in ((Shared, 1), (Tiny, 2)):
        model = kind(generator)
        beam_search(model, model.read(source), beam=3, max_length=6, end=99)
        assert len({memory.data_ptr() for memory in model.memories}) == copies
        assert len(model.memories) == 6


def test_unfinished_texts_are_told() -> None:
    model = Given([{}, FORK], [0.7, 0.0, 0.0, 0.3])
    never, ends = beam_search(model, model.read(torch.arange(2)), beam=3, n_best=3, max_length=4)
    assert [h.finished for h in never] == [False] * 3
    assert never[0].words == (0, 0, 0, 0)
    assert never[0].score == pytest.approx(4 * math.log(0.7))
    assert torch.equal(never[0].weights, torch.eye(4, 20))
    assert [(h.words, h.finished) for h in ends[:2]] == [((3,), True), ((0,), True)]


def test_small_vocabularies() -> None:
    wide = Given([{}], [0.5, 0.0, 0.3, 0.2])
    (texts,) = beam_search(wide, wide.read(torch.zeros(1).long()), beam=9, n_best=9, max_length=3)
    assert len({h.words for h in texts}) == len(texts) == 9
    for end, length in ((0, 0), (2, 4)):
        one = Given([{}], [1.0])
        state = one.read(torch.zeros(2).long())
        told = beam_search(one, state, beam=3, n_best=2, max_length=4, end=end)
        assert [[len(h.words) for h in x] for x in told] == [[length]] * 2


def test_end_first() -> None:
    model = Given([{}], [0.0, 0.0, 1.0, 0.0])
    ((text,),) = beam_search(model, model.read(torch.zeros(1).long()), beam=2)
    assert (text.words, text.finished, text.score) == ((), True, 0.0)
    assert text.weights.shape == (0, 20)


def test_errors(generator: torch.Generator) -> None:
    model = Tiny(generator)
    state = model.read(torch.zeros(1, 2, 4))
    with pytest.raises(ConfigError, match="expected beam and max_length of at least 1, got beam=0"):
        beam_search(model, state, beam=0)
    with pytest.raises(ConfigError, match="expected n_best from 1 to beam=2, got 3; try a wider"):
        beam_search(model, state, beam=2, n_best=3)
    with pytest.raises(DataError, match="expected finite logits from the model, got NaN"):
        beam_search(model, model.read(torch.full((1, 2, 4), math.nan)))
