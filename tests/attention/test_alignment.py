"""The alignment scores of recurrent translation."""

import math

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import AdditiveAttention, AlignmentAttention, alignment_attention
from saccade.errors import ConfigError, ShapeError

SCORES = {
    "dot": {},
    "scaled_dot": {},
    "general": {},
    "concat": {"hidden": 5},
    "location": {"positions": 8},
}
QUERY = torch.tensor([[0.990, 0.099, 0.099]], dtype=torch.float64)
KEYS = [[0.050, 0.000, 0.998], [0.020, 0.020, 0.999], [0.976, 0.098, 0.195], [0.020, 0.999, 0.020]]
VALUES = [[1, 2, 5], [1, 1, 5], [3, 2, 4], [6, 1, 2]]
STATE = torch.tensor([[0.2, 0.9, 0.0]], dtype=torch.float64)
WORDS = [[0.1, 0.0, 0.8], [0.1, 0.9, 0.0], [0.0, 0.1, 0.8], [0.2, 0.1, 0.6], [0.9, 0.0, 0.1]]
each_score = pytest.mark.parametrize("score", SCORES)


def made(drawn, score: str, size: int = 4) -> nn.Module:
    return drawn(AlignmentAttention(4, size, score=score, **SCORES[score]).double())


def drawn_pair(normal, size: int = 4) -> tuple[Tensor, Tensor]:
    return normal(2, 3, 4, dtype=torch.float64), normal(2, 6, size, dtype=torch.float64)


@pytest.mark.parametrize(
    ("scale", "weights", "context"),
    [
        (1.0, [0.189465, 0.184303, 0.441929, 0.184303], [2.805374, 1.631394, 4.005162]),
        (1 / math.sqrt(3), None, [2.779, 1.572, 4.003]),
    ],
)
def test_four_keys_by_hand(scale: float, weights: list[float] | None, context: list) -> None:
    keys, values = (torch.tensor(x, dtype=torch.float64) for x in (KEYS, VALUES))
    read = alignment_attention(QUERY, keys, values, scale=scale)
    digits = 6e-7 if weights else 6e-4
    assert read.output[0].tolist() == pytest.approx(context, abs=digits)
    if weights:
        assert read.weights[0].tolist() == pytest.approx(weights, abs=digits)


def test_five_words_by_hand() -> None:
    words = torch.tensor(WORDS, dtype=torch.float64)
    read = alignment_attention(STATE, words, words)
    weights = [0.151281, 0.340066, 0.162250, 0.168872, 0.177530]
    assert read.weights[0].tolist() == pytest.approx(weights, abs=6e-7)
    assert read.output[0].tolist() == pytest.approx([0.242686, 0.339172, 0.369901], abs=6e-7)
    reader = AlignmentAttention(3, 3).double()
    assert torch.equal(reader(STATE[None], words[None])[0], read.output)


def slow_score(reader: nn.Module, score: str, query: Tensor, key: Tensor, j: int) -> Tensor:
    """Luong's equation 8, and 9 for the location."""
    if score == "dot":
        return query @ key
    if score == "scaled_dot":
        return query @ key / math.sqrt(4)
    if score == "general":
        return query @ (reader.key.weight @ key)
    if score == "concat":
        return reader.score @ (reader.pair.weight @ torch.cat([query, key])).tanh()
    return reader.location.weight[j] @ query


@each_score
@torch.no_grad()
def test_slowly(drawn, normal, score: str) -> None:
    reader = made(drawn, score)
    query, memory = drawn_pair(normal)
    output = reader(query, memory)
    for b in range(2):
        for i in range(3):
            terms = [slow_score(reader, score, query[b, i], m, j) for j, m in enumerate(memory[b])]
            mass = torch.stack(terms).softmax(0)
            wanted = sum(share * item for share, item in zip(mass, memory[b], strict=True))
            torch.testing.assert_close(output[b, i], wanted, atol=1e-12, rtol=0)


@each_score
def test_keys_projected_before_change_nothing(drawn, normal, score: str) -> None:
    reader = made(drawn, score)
    query, memory = drawn_pair(normal)
    before = reader(query, memory, keys=reader.project(memory), need_weights=True)
    assert torch.equal(before.output, reader(query, memory))
    torch.testing.assert_close(before.weights @ memory, before.output, atol=1e-12, rtol=0)


@each_score
def test_padding_behind_the_memory_changes_nothing(drawn, normal, score: str) -> None:
    reader = made(drawn, score)
    query, memory = drawn_pair(normal)
    mask = (torch.arange(6) < 4).expand(2, 6)
    short = reader(query, memory[:, :4])
    torch.testing.assert_close(reader(query, memory, mask), short, atol=1e-12, rtol=0)


def test_concat_is_additive_attention_with_its_matrix_split(drawn, normal) -> None:
    concat, additive = made(drawn, "concat"), AdditiveAttention(4, 4, 5).double()
    additive.query.weight.data = concat.pair.weight[:, :4]
    additive.key.weight.data = concat.pair.weight[:, 4:]
    additive.key.bias.data.zero_()
    additive.score.data = concat.score.data
    query, memory = drawn_pair(normal)
    torch.testing.assert_close(concat(query, memory), additive(query, memory))


@pytest.mark.parametrize("masked", [False, True])
def test_beyond_the_table_of_places_nothing_is_read(drawn, normal, masked: bool) -> None:
    reader = drawn(AlignmentAttention(4, 4, score="location", positions=2).double())
    query, memory = drawn_pair(normal)
    seen: list[Tensor] = []
    reader.tap.listeners.append(lambda _, weights, __: seen.append(weights))
    mask = torch.arange(6) != 1 if masked else None
    reader(query, memory, None if mask is None else mask.expand(2, 6))
    assert (seen[0][..., 2:] == 0).all()
    torch.testing.assert_close(seen[0].sum(-1), torch.ones(2, 3, dtype=torch.float64))
    assert not masked or (seen[0][..., 0] == 1).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"score": "cosine"}, "expected a score out of dot, scaled_dot, .*, got 'cosine'"),
        ({"memory_size": 5}, "a query and a memory of one size for dot, got 4 and 5"),
        ({"score": "concat"}, "hidden of at least 1 for concat, got None; try hidden=64"),
        ({"score": "location", "positions": 0}, "positions of at least 1 for location, got 0"),
        ({"hidden": 3}, "hidden for concat only, got it for dot"),
        ({"query_size": 0}, r"positive sizes, got \(0, 4\)"),
    ],
)
def test_errors(changes: dict, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        AlignmentAttention(**{"query_size": 4, "memory_size": 4, **changes})


def test_a_memory_of_another_size(drawn, normal) -> None:
    query, memory = drawn_pair(normal, 7)
    for score in ("general", "concat", "location"):
        assert made(drawn, score, 7)(query, memory).shape == (2, 3, 7)
    with pytest.raises(ShapeError, match=r"the memory as \(b j d\), d=4, got \(2, 6, 7\)"):
        made(drawn, "dot")(query, memory)
