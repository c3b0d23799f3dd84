"""Grids and special tokens, and where they are not guessed."""

import pytest
import torch
from torch import nn

from saccade.inspection.structure import grid_of, layout_of, patch_grid, place_of, shrinks
from saccade.layers.tokens import TokenLayout


class Patches(nn.Module):
    """Something with a patch embedding and a class token."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, 4, 16, 16)
        for name in names:
            setattr(self, name, nn.Parameter(torch.zeros(1, 2 if "reg" in name else 1, 4)))


@pytest.mark.parametrize(
    ("cells", "size", "grid"),
    [
        (196, (224, 224), (14, 14)),
        (24, (64, 96), (4, 6)),
        (0, (8, 8), None),
        (197, (224, 224), None),
    ],
)
def test_grids(cells: int, size: tuple[int, int], grid: tuple[int, int] | None) -> None:
    assert grid_of(cells, size) == grid


def test_tokens_are_those_that_the_patch_embedding_gives() -> None:
    model = Patches("cls_token", "reg_token")
    assert patch_grid(model, (64, 96)) == (4, 6)
    wanted = TokenLayout(("cls", "reg0", "reg1"), (4, 6), (16, 16))
    assert layout_of(model, 27, (64, 96)) == wanted
    assert layout_of(model, 24, (64, 96)) == TokenLayout((), (4, 6), (16, 16))
    assert layout_of(model, 6 + 3, (64, 96)) is None  # three quarters of them are hidden
    assert layout_of(model, 26, (64, 96)) is None
    assert layout_of(model, 27, None) is None
    assert not shrinks(model)


def test_a_model_says_itself_what_its_tokens_are() -> None:
    model = Patches()
    model.layout = TokenLayout(("a", "b"), (2, 2), (3, 3))
    assert layout_of(model, 6, None) is model.layout


def test_one_question_to_patches_behind_a_class_token() -> None:
    place = place_of((1, 2, 1, 17), (16, 16), None, 1)
    assert (place.queries, place.keys) == ((1, 1), (4, 4))
    assert place.index.tolist() == [[-1, *range(16)]]
    assert place_of((1, 2, 16, 4), (16, 16), None).keys == (2, 2)
    assert place_of((1, 2, 17, 5), (16, 16), None) is None


def test_patches_in_a_random_order_lie_nowhere() -> None:
    model = Patches("cls_token")
    assert layout_of(model, 25, (64, 96)) is not None
    model.random_masking = lambda x: x
    assert layout_of(model, 25, (64, 96)) is None
