"""What the kit asks of models."""

import pytest
import torch
from torch import nn

from saccade.errors import TraceError
from saccade.inspection.kit.model_facts import facts, patch_kernel_of, position_table_of
from saccade.models import build
from tests.samples import drawn_model

IMAGES = torch.zeros(1, 3, 8, 8)


class Foreign(nn.Module):
    """A stranger's patches and table."""

    def __init__(self, rows: int = 5) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 6))
        self.pos_embed = nn.Parameter(torch.arange(rows * 6.0).reshape(1, rows, 6))
        self.proj = nn.Conv2d(3, 6, 4, 4)


def test_our_models_say_it_themselves() -> None:
    model = drawn_model()
    assert torch.equal(patch_kernel_of(model), model.patch_kernel())
    table, grid = position_table_of(model, (8, 8))
    assert torch.equal(table, model.position_table())
    assert grid == model.layout.grid
    found, refused = facts(model, IMAGES)
    assert set(found) == {"filters", "similarity", "kernel"}
    assert refused == {}


def test_other_models_are_recognised() -> None:
    model = Foreign()
    assert patch_kernel_of(model) is model.proj.weight
    table, grid = position_table_of(model, (8, 8))
    assert grid == (2, 2)
    assert torch.equal(table, model.pos_embed[0, 1:])
    found, refused = facts(model, IMAGES)
    assert set(found) == {"filters", "similarity"}
    assert refused["kernel"].startswith("expected a model with positions")


def test_what_is_not_there() -> None:
    with pytest.raises(TraceError, match="a first layer that is a convolution"):
        patch_kernel_of(nn.Linear(2, 2))
    assert position_table_of(nn.Linear(2, 2), (8, 8)) == (None, (0, 0))
    with pytest.raises(TraceError, match="a grid of which pos_embed is the table"):
        position_table_of(Foreign(rows=8), (8, 8))
    _, refused = facts(build("resnet18", num_classes=2), torch.zeros(1, 3, 32, 32))
    assert refused["similarity"].endswith("try kernel, for turns and biases")
