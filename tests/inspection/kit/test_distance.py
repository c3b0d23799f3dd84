"""Attention distance and entropy."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import attention_distance, attention_entropy, uniform_distance
from saccade.inspection.kit.distance import patch_distances
from saccade.layers import TokenLayout


@pytest.mark.parametrize(
    ("side", "patch", "pixels"), [(14, 16, 116.4922), (7, 32, 115.5029), (24, 16, 200.0480)]
)
def test_uniform_attention(side: int, patch: int, pixels: float) -> None:
    layout = TokenLayout((), (side, side), (patch, patch))
    uniform = torch.full((1, layout.tokens, layout.tokens), 1 / layout.tokens)
    for again in (False, True):
        distance = attention_distance(uniform.double(), layout, renormalize=again)
        assert float(distance) == pytest.approx(pixels, abs=5e-5)
    assert uniform_distance(layout) == pytest.approx(pixels, abs=5e-5)


def test_the_class_token_takes_its_share_away() -> None:
    # Spread evenly over 197 tokens, 196 of 197 parts are left on patches.
    layout = TokenLayout(("cls",), (14, 14), (16, 16))
    uniform = torch.full((197, 197), 1 / 197, dtype=torch.float64)
    left = float(attention_distance(uniform, layout))
    assert left == pytest.approx(116.4922 * 196 / 197, abs=5e-5)
    whole = float(attention_distance(uniform, layout, renormalize=True))
    assert whole == pytest.approx(116.4922, abs=5e-5)


def test_each_query_alone(normal) -> None:
    layout = TokenLayout(("cls",), (2, 3), (4, 5))
    attention = normal(2, 7, 7).softmax(-1)
    rows = attention_distance(attention, layout, reduce="none")
    assert rows.shape == (2, 6)
    torch.testing.assert_close(rows.mean(-1), attention_distance(attention, layout))
    with pytest.raises(ConfigError, match="reduce= mean or none, got 'sum'"):
        attention_distance(attention, layout, reduce="sum")


def test_looking_at_oneself_is_no_distance() -> None:
    layout = TokenLayout(("cls",), (3, 3), (4, 4))
    assert float(attention_distance(torch.eye(10), layout)) == 0.0


def test_the_longest_distance() -> None:
    farthest = patch_distances(TokenLayout((), (14, 14), (16, 16))).max()
    assert float(farthest) == pytest.approx(294.156, abs=5e-4)  # 13·16·sqrt(2)


@pytest.mark.parametrize(("renormalize", "expected"), [(False, 1.3), (True, 2.0)])
def test_the_class_token_by_hand(renormalize: bool, expected: float) -> None:
    # Two patches side by side, 4 pixels apart. The first gives 1/4 to the other and 1/2 to the
    # class token: 4/4 = 1, or 1 / (1/2) = 2. The second 4·0.4 = 1.6, or 1.6 / 0.8 = 2.
    layout = TokenLayout(("cls",), (1, 2), (4, 4))
    attention = torch.tensor([[1.0, 0, 0], [0.5, 0.25, 0.25], [0.2, 0.4, 0.4]])
    distance = attention_distance(attention, layout, renormalize=renormalize)
    assert float(distance) == pytest.approx(expected)


def test_slowly(normal) -> None:
    layout = TokenLayout(("cls", "dist"), (2, 3), (4, 5))
    attention = normal(2, 3, 8, 8).softmax(-1)
    distances = attention_distance(attention, layout)
    for image in range(2):
        for head in range(3):
            total = 0.0
            for i in range(6):
                for j in range(6):
                    rise, run = (i // 3 - j // 3) * 4, (i % 3 - j % 3) * 5
                    total += float(attention[image, head, 2 + i, 2 + j]) * math.hypot(rise, run)
            assert float(distances[image, head]) == pytest.approx(total / 6, abs=1e-5)


def test_maps_of_another_layout() -> None:
    with pytest.raises(ShapeError, match=r"maps over 5 tokens as \(... i j\), got \(4, 4\)"):
        attention_distance(torch.eye(4), TokenLayout(("cls",), (2, 2), (4, 4)))


def test_entropy() -> None:
    assert float(attention_entropy(torch.eye(5))) == 0.0
    assert float(attention_entropy(torch.full((5, 5), 0.2))) == pytest.approx(math.log(5))
    # One row on two keys, the other on one: (ln 2 + 0) / 2.
    rows = torch.tensor([[[0.5, 0.5], [1.0, 0.0]]])
    torch.testing.assert_close(attention_entropy(rows), torch.tensor([math.log(2) / 2]))
