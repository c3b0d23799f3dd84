"""Turns by row and column."""

import math
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.layers.rotary import rotary_turns

Draw = Callable[..., Tensor]
RULES = ["cat", "dinov3"]


def test_by_hand() -> None:
    # Four features are two pairs; the first follows the row, the second the column. The patch in
    # row 1 and column 0 turns (1, 0) by 1, and leaves the second pair as it is.
    turns = rotary_turns((2, 1), 4)
    x = torch.tensor([1.0, 0, 1, 0]).expand(1, 1, 2, 4)
    first, second = turns(x)[0, 0]
    assert first.tolist() == [1, 0, 1, 0]
    wanted = torch.tensor([math.cos(1), math.sin(1), 1, 0])
    torch.testing.assert_close(second, wanted)


def test_halves_by_hand() -> None:
    # Pairs are features 0 and 2, 1 and 3. The middle of the upper patch of two lies at -1/2, half
    # a period; that of the only column at 0.
    turns = rotary_turns((2, 1), 4, rule="dinov3", temperature=100, halves=True)
    turned = turns(torch.tensor([1.0, 2, 3, 4]).expand(1, 1, 2, 4))[0, 0]
    wanted = torch.tensor([-1.0, 2, -3, 4]).expand(2, 4)
    torch.testing.assert_close(turned, wanted)


def test_the_grid_of_pretraining_by_hand() -> None:
    # Three rows stretched to two: places 0, 2/3, 4/3. The second frequency is 100^-(1/2).
    turns = rotary_turns((3, 1), 8, temperature=100, reference=(2, 1))
    wanted = torch.tensor([0, 2 / 3, 4 / 3])
    torch.testing.assert_close(turns.sine[:, 0], wanted.sin())
    torch.testing.assert_close(turns.cosine[:, 2], (wanted / 10).cos())


@pytest.mark.parametrize("halves", [False, True])
def test_scores_depend_on_offsets_only(normal: Draw, halves: bool) -> None:
    turns = rotary_turns((3, 4), 8, halves=halves)
    query, key = (normal(1, 1, 1, 8).expand(1, 1, 12, 8) for _ in range(2))
    scores = (turns(query) @ turns(key).mT)[0, 0].reshape(3, 4, 3, 4)
    torch.testing.assert_close(scores[0, 0, 1, 2], scores[1, 1, 2, 3])
    torch.testing.assert_close(scores[2, 1, 0, 1], scores[2, 3, 0, 3])
    assert abs(float(scores[0, 0, 1, 2] - scores[0, 0, 2, 1])) > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_lengths_stay_and_special_tokens_too(normal: Draw, rule: str) -> None:
    x = normal(2, 3, 2 + 6, 8)
    turned = rotary_turns((2, 3), 8, rule=rule)(x)
    assert torch.equal(turned[:, :, :2], x[:, :, :2])
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert not torch.allclose(turned[:, :, 3:], x[:, :, 3:], atol=1e-2)


def test_types(normal: Draw) -> None:
    turns, x = rotary_turns((2, 3), 8), normal(1, 1, 6, 8)
    assert turns(x.bfloat16()).dtype == torch.bfloat16
    rounded = turns(x.bfloat16().float()).bfloat16()  # rounded once, at the end
    assert torch.equal(turns(x.bfloat16()), rounded)
    assert turns(x.double()).dtype == torch.float64


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("grid", [(4, 4), (3, 7), (9, 2), (1, 1)], ids=str)
def test_equals_timm(
    timm: ModuleType, rule: str, halves: bool, grid: tuple[int, int], normal: Draw
) -> None:
    told = {"rotate_half": halves, "temperature": 50.0, "feat_shape": list(grid)}
    if rule == "cat":
        kind = timm.layers.RotaryEmbeddingCat
        theirs = kind(16, in_pixels=False, ref_feat_shape=[5, 6], **told)
    else:
        theirs = timm.layers.RotaryEmbeddingDinoV3(16, **told)
    wanted = theirs.get_embed()
    turns = rotary_turns(grid, 16, rule=rule, temperature=50.0, halves=halves, reference=(5, 6))
    mine = torch.cat([turns.sine, turns.cosine], dim=-1)
    torch.testing.assert_close(mine, wanted, atol=2e-6, rtol=0)
    x = normal(2, 3, grid[0] * grid[1], 16)
    turned = timm.layers.apply_rot_embed_cat(x, wanted, half=halves)
    torch.testing.assert_close(turns(x), turned, atol=1e-5, rtol=0)


def test_what_cannot_turn(normal: Draw) -> None:
    with pytest.raises(ConfigError, match="divisible by 4"):
        rotary_turns((2, 2), 6)
    with pytest.raises(ConfigError, match="cat or dinov3"):
        rotary_turns((2, 2), 8, rule="mixed")
    turns = rotary_turns((2, 2), 8)
    for shape in ((1, 1, 3, 8), (1, 1, 4, 4)):
        with pytest.raises(ShapeError, match="at least 4 tokens of 8 features"):
            turns(normal(*shape))
