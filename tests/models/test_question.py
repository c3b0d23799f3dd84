"""Questions about grids: the equations by hand and word for word, laws, maps, bad input."""

import math

import pytest
import torch
from torch import Tensor

import saccade
from saccade.attention.place import Place
from saccade.errors import ConfigError, ShapeError
from saccade.models.question import (
    Answered,
    Hop,
    QuestionAnswerer,
    QuestionConfig,
    StackedAttention,
    small_eyes,
)
from saccade.models.words.grids import GridEncoder

SMALL = {"vocab": 9, "answers": 4, "features": 5, "grid": (2, 3), "width": 8, "attention": 6}


def made(**changes: object) -> StackedAttention:
    torch.manual_seed(0)
    return StackedAttention(QuestionConfig(**{**SMALL, "embed": 4, **changes})).eval()


def some(count: int = 3) -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(2)
    words = torch.randint(4, 9, (count, 5), generator=chance)
    words[0, 3:] = 0
    return torch.randn(count, 6, 5, generator=chance), words


def test_one_look_by_hand() -> None:
    hop = Hop(1, 1)
    with torch.no_grad():
        hop.attention.query.weight.fill_(1.0)
        hop.attention.key.weight.fill_(2.0)
        hop.attention.key.bias.zero_()
        hop.attention.score.fill_(3.0)
    memory = torch.tensor([[[0.25], [-0.25]]])
    seen = hop(torch.tensor([[0.5]]), memory, Place((1, 1), (1, 2)))
    scores = 3 * math.tanh(0.5 + 0.5), 3 * math.tanh(0.5 - 0.5)
    first = math.exp(scores[0]) / (math.exp(scores[0]) + math.exp(scores[1]))
    assert seen.weights.tolist() == [[pytest.approx(first), pytest.approx(1 - first)]]
    assert seen.output.item() == pytest.approx(0.25 * first - 0.25 * (1 - first))


@pytest.mark.parametrize("positions", ["sincos2d", "learn", "learn2d", "none"])
def test_the_equations_word_for_word(positions: str) -> None:
    model = made(positions=positions)
    grids, words = some()
    found = model(grids, words)
    w, table = model.state_dict(), model.positions
    table = table() if callable(table) else torch.zeros(6, 8) if table is None else table
    for row in range(3):
        u = model.read(words[row : row + 1])[0]
        m = [(w["memory.weight"] @ f + w["memory.bias"]) for f in grids[row]]
        m = [(part + place).tanh() for part, place in zip(m, table.reshape(6, 8), strict=True)]
        for r in range(2):
            part = {k.split("attention.")[1]: v for k, v in w.items() if f"hops.{r}" in k}
            asked = part["query.weight"] @ u
            bent = [(asked + part["key.weight"] @ one + part["key.bias"]).tanh() for one in m]
            weights = torch.stack([part["score"] @ one for one in bent]).softmax(0)
            torch.testing.assert_close(found.weights[row, r], weights)
            u = u + sum(a * one for a, one in zip(weights, m, strict=True))
        torch.testing.assert_close(found.logits[row], w["head.weight"] @ u + w["head.bias"])


@pytest.mark.parametrize("reader", ["gru", "bag", "transformer"])
def test_weights_sum_to_one_and_padding_changes_nothing(reader: str) -> None:
    model = made(reader=reader, hops=3)
    grids, words = some()
    found = model(grids, words)
    assert found.logits.shape == (3, 4)
    assert found.weights.shape == (3, 3, 6)
    torch.testing.assert_close(found.weights.sum(-1), torch.ones(3, 3))
    longer = torch.cat([words, torch.zeros(3, 2, dtype=torch.int64)], dim=1)
    torch.testing.assert_close(model(grids, longer), found)
    torch.testing.assert_close(model(grids, words, words != 0), found)


def test_without_positions_places_may_change_seats_and_with_them_not() -> None:
    grids, words = some()
    order = torch.tensor([5, 3, 1, 0, 2, 4])
    for positions, same in (("none", True), ("sincos2d", False)):
        model = made(positions=positions)
        first, second = model(grids, words), model(grids[:, order], words)
        assert torch.allclose(first.logits, second.logits, atol=1e-6) == same
        assert torch.allclose(first.weights[..., order], second.weights, atol=1e-6) == same


def test_the_map_of_each_look_is_recorded_over_its_grid() -> None:
    model = made()
    grids, words = some()
    with saccade.record(model) as trace:
        found = model(grids, words)
    assert [layer.name for layer in trace.layers] == ["hops.0.attention", "hops.1.attention"]
    for look, layer in enumerate(trace.layers):
        torch.testing.assert_close(layer.weights[:, 0], found.weights[:, look])
        assert layer.place is not None
        assert layer.place.keys == (2, 3)


def test_from_pixels_and_back_from_json() -> None:
    encoder = GridEncoder(small_eyes(32))
    assert (encoder.grid, encoder.features) == ((4, 4), 64)
    config = QuestionConfig(**{**SMALL, "features": 64, "grid": (4, 4)})
    model = QuestionAnswerer(encoder, config).eval()
    found = model(torch.rand(2, 3, 32, 32), torch.randint(1, 9, (2, 5)))
    assert isinstance(found, Answered)
    assert found.weights.shape == (2, 2, 16)
    assert model.grid == (4, 4)
    assert all(part.requires_grad for part in model.parameters())
    again = QuestionAnswerer.from_dict(model.to_dict())
    again.load_state_dict(model.state_dict())
    assert again.to_dict() == model.to_dict()
    with pytest.raises(ConfigError, match=r"64 features on a grid .4, 4. alone, got 64 on .2, 2."):
        QuestionAnswerer(GridEncoder(small_eyes(16)), config)
    with pytest.raises(ConfigError, match="the configs encoder and question"):
        QuestionAnswerer.from_dict({"question": {}})


def test_what_cannot_be_asked_is_told() -> None:
    model = made()
    grids, words = some()
    with pytest.raises(ShapeError, match="words from 0 to 8, got 0 to 9"):
        model(grids, words.masked_fill(words == 0, 9) * (words != 4))
    with pytest.raises(ShapeError, match="questions as whole numbers"):
        model(grids, words.float())
    with pytest.raises(ShapeError, match="questions as whole numbers"):
        model(grids, words[:, :0])
    with pytest.raises(ShapeError, match=r"the annotations as .b j d., j=6, d=5"):
        model(grids[:, :4], words)
    with pytest.raises(ShapeError, match=r"the questions' vectors as .b d., b=3"):
        model(grids, words[:2])
