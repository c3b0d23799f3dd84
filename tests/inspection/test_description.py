"""What is told of a model."""

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import TraceError
from saccade.inspection import describe
from saccade.models import build


def test_tokens_of_our_own(normal) -> None:
    found = describe(build("vit_pico_patch2_8"), normal(2, 3, 8, 8))
    assert [fact.name for fact in found.layers] == [f"blocks.{i}.attn" for i in range(3)]
    fact = found.layers[0]
    assert (fact.kind, fact.grid, fact.prefix) == ("tokens", "4x4", ("cls",))
    assert (fact.heads, fact.queries, fact.keys) == (4, 17, 17)
    assert fact.error is not None
    assert fact.error < 1e-5
    assert found.unknown == ()


class LinearAttention(nn.Module):
    """No map of queries and keys."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


def test_what_is_not_recognised_is_told(normal) -> None:
    block = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    model = nn.Sequential(LinearAttention(), block).eval()
    found = describe(model, normal(2, 5, 4))
    assert [fact.kind for fact in found.layers] == ["unknown"]
    assert found.unknown == (
        "1.self_attn: what its 5 tokens are",
        "0: LinearAttention, which makes no map of queries and keys",
    )
    hooks = [hook for part in model.modules() for hook in part._forward_hooks.values()]
    assert hooks == []


def test_a_model_without_attention() -> None:
    with pytest.raises(TraceError, match="attention that torch computes, got Linear, which"):
        describe(nn.Linear(2, 2), torch.zeros(1, 2))
