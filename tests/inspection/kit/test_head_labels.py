"""A word for what a head does."""

import pytest
import torch
from torch import Tensor

from saccade.inspection.kit.head_labels import KOREAN, OTHER, RULES, head_label
from saccade.inspection.kit.head_measures import MEASURES, even_measures, head_measures
from saccade.layers import TokenLayout

ROWS, COLUMNS = 6, 7
LAYOUT = TokenLayout(("cls",), (ROWS, COLUMNS), (16, 16))


def planted(reads) -> Tensor:
    """A map in which each patch reads evenly what `reads(down, right)` says, else itself."""
    attention = torch.zeros(LAYOUT.tokens, LAYOUT.tokens)
    attention[0] = 1 / LAYOUT.tokens
    for i in range(ROWS * COLUMNS):
        for j in range(ROWS * COLUMNS):
            if reads(j // COLUMNS - i // COLUMNS, j % COLUMNS - i % COLUMNS):
                attention[1 + i, 1 + j] = 1.0
        if not bool(attention[1 + i].any()):
            attention[1 + i, 1 + i] = 1.0
    return attention / attention.sum(-1, keepdim=True)


def label_of(attention: Tensor, layout: TokenLayout = LAYOUT) -> str:
    found = {name: float(value) for name, value in head_measures(attention, layout).items()}
    return head_label(found, even_measures(layout), layout.prefix)


@pytest.mark.parametrize(
    ("reads", "label"),
    [
        (lambda down, right: (down, right) == (0, 0), "self"),
        (lambda down, right: (down, right) == (0, -1), "previous patch"),
        (lambda down, right: (down, right) == (0, 1), "next patch"),
        (lambda down, right: (down, right) == (-1, 0), "patch above"),
        (lambda down, right: (down, right) == (1, 0), "patch below"),
        (lambda down, right: max(abs(down), abs(right)) <= 1, "local"),
        (lambda down, right: down == 0, "horizontal"),
        (lambda down, right: right == 0, "vertical"),
        (lambda down, right: True, "global"),
        (lambda down, right: abs(down) + abs(right) == 3, OTHER),
    ],
)
def test_planted_heads(reads, label: str) -> None:
    assert label_of(planted(reads)) == label


def test_sinks() -> None:
    attention = torch.zeros(LAYOUT.tokens, LAYOUT.tokens)
    attention[:, 0] = 1.0
    assert label_of(attention) == "CLS sink"
    attention = torch.full_like(attention, 0.5 / LAYOUT.tokens)
    attention[:, 9] += 0.5
    assert label_of(attention) == "patch sink"
    several = torch.full_like(attention, 0.4 / LAYOUT.tokens)
    several[:, [3, 9, 20, 31]] += 0.15
    assert label_of(several) == "patch sinks"
    layout = TokenLayout(("cls", "reg1"), (1, 4), (4, 4))
    both = torch.zeros(6, 6)
    both[:, :2] = 0.5
    assert label_of(both, layout) == "prefix sink"


def test_on_a_small_grid_an_even_head_is_not_local() -> None:
    layout = TokenLayout((), (2, 2), (4, 4))
    assert label_of(torch.full((4, 4), 0.25), layout) == "global"


def test_rules_speak_of_measures_and_labels_are_said_in_korean() -> None:
    assert {name for name, _, _ in RULES} <= set(MEASURES)
    assert set(KOREAN) == {*(label for _, _, label in RULES), OTHER, "CLS sink"}
    assert len(set(KOREAN.values())) == len(KOREAN)
