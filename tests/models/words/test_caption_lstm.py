"""The attending LSTM against its equations, written out."""

from dataclasses import replace

import pytest
import torch

from saccade.errors import DataError, ShapeError
from saccade.models.words.decoding import greedy
from saccade.models.words.hard_attention import HardAttentionConfig
from tests.models.words.attend import SMALL, VARIANTS, WORDS, Naive, made


@pytest.mark.parametrize("name", VARIANTS)
def test_as_the_equations_say(name) -> None:
    model, a = made(VARIANTS[name])
    logits, weights = model(a, WORDS)
    for row, length in ((0, 4), (1, 2)):
        equations = Naive(model, a[row])
        for t in range(length):
            expected, alpha = equations.write(int(WORDS[row, t]))
            torch.testing.assert_close(logits[row, t], expected, rtol=1e-12, atol=1e-12)
            torch.testing.assert_close(weights[row, t], alpha, rtol=1e-12, atol=1e-12)
        assert not logits[row, length:].any()
        assert not weights[row, length:].any()


@pytest.mark.parametrize("name", VARIANTS)
def test_steps_say_what_the_whole_says(name) -> None:
    model, a = made(VARIANTS[name])
    logits, weights = model(a, WORDS[:1].expand(2, -1))
    state = model.read(a)
    for t in range(WORDS.shape[1]):
        step = model.step(WORDS[0, t].expand(2), state)
        state = step.state
        torch.testing.assert_close(step.logits, logits[:, t])
        torch.testing.assert_close(step.weights, weights[:, t])
    assert sorted(state) == ["cell", "hidden", "memory", "memory_keys"]


def test_weights_sum_to_one_and_follow_the_annotations() -> None:
    model, a = made(SMALL)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    logits, weights = model(a, WORDS)
    torch.testing.assert_close(weights.sum(-1), (WORDS != 0).double())
    turned, moved = model(a[:, order], WORDS)
    torch.testing.assert_close(turned, logits)
    torch.testing.assert_close(moved, weights[..., order])


def test_masked_places_do_not_exist() -> None:
    model, a = made(SMALL)
    mask = torch.ones(2, 6, dtype=torch.bool)
    mask[:, 4:] = False
    logits, weights = model(a, WORDS, mask)
    fewer, _ = model(a[:, :4], WORDS)
    torch.testing.assert_close(logits, fewer)
    assert not weights[..., 4:].any()


def test_a_memory_can_serve_several_rows() -> None:
    model, a = made(SMALL)
    state = model.read(a)
    rows = {k: v if k.startswith("memory") else v.repeat_interleave(3, 0) for k, v in state.items()}
    words = torch.tensor([4, 5, 6, 4, 5, 6])
    shared = model.step(words, rows)
    own = model.step(words, {k: v.repeat_interleave(3, 0) for k, v in state.items()})
    torch.testing.assert_close(shared.logits, own.logits)
    torch.testing.assert_close(shared.weights, own.weights)


def test_hard_attention_reads_one_place() -> None:
    model, a = made(replace(SMALL, hard=HardAttentionConfig(semi_sampling=1.0, at_test="argmax")))
    course = model.train().follow(a, WORDS, generator=torch.Generator().manual_seed(3))
    assert course.chosen is not None
    assert (course.chosen.sum(-1) == (WORDS != 0)).all()
    assert set(course.chosen.unique().tolist()) == {0.0, 1.0}
    again = model.follow(a, WORDS, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(again.logits, course.logits)
    best = model.eval()(a, WORDS).weights[:, 0].argmax(-1)
    only = a[torch.arange(2), best][:, None]
    state, alone = model.read(a), model.read(a)
    alone |= {"memory": only, "memory_keys": model.attention.project(only)}
    words = torch.tensor([1, 1])
    torch.testing.assert_close(model.step(words, state).logits, model.step(words, alone).logits)


def test_it_writes_and_shows_its_maps() -> None:
    model, a = made(SMALL)
    model.grid = (2, 3)
    heard = []
    model.attention.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
    model(a, WORDS)
    ((weights, place),) = heard
    assert weights.shape == (2, 4, 6)
    assert (place.queries, place.keys) == ((4,), (2, 3))
    texts = greedy(model, model.read(a), max_length=5)
    assert len(texts) == 2
    assert all(text.weights.shape == (len(text.words), 6) for text in texts)


def test_gradients_reach_every_weight() -> None:
    model, a = made(VARIANTS["official"])
    model(a, WORDS).logits[WORDS != 0].log_softmax(-1)[:, 5].sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


def test_what_does_not_fit_is_told() -> None:
    model, a = made(SMALL)
    with pytest.raises(ShapeError, match="annotations"):
        model(a[..., :3], WORDS)
    with pytest.raises(ShapeError, match="words"):
        model(a, WORDS[:1])
    with pytest.raises(ShapeError, match="START"):
        model(a, WORDS[:, :0])
    with pytest.raises(DataError, match="from 0 to 8"):
        model(a, WORDS + 5)
