"""Spatial-reduction attention against timm's PVT v2, with its weights."""

import pytest
import torch

from saccade.attention import ReducedAttention
from tests.foreign import foreign

pytestmark = pytest.mark.parity


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"sr_ratio": 2}, {"reduction": 2}),
        ({"sr_ratio": 3, "qkv_bias": False}, {"reduction": 3, "qkv_bias": False}),
        ({"sr_ratio": 1}, {"reduction": 1}),
        ({"linear_attn": True}, {"linear": True}),
    ],
    ids=str,
)
def test_timm_agrees(
    theirs: dict[str, int], ours: dict[str, int], generator: torch.Generator
) -> None:
    pvt = foreign("timm.models.pvt_v2")
    their_layer = pvt.Attention(8, 2, **theirs).double()
    for parameter in their_layer.parameters():
        parameter.data.normal_(std=0.5, generator=generator)
    layer = ReducedAttention(8, heads=2, **ours).double()
    layer.load_state_dict(their_layer.state_dict())
    x = torch.randn(2, 8, 7, 9, generator=generator, dtype=torch.float64)
    wanted = their_layer(x.flatten(2).mT, [7, 9]).mT.view(x.shape)
    torch.testing.assert_close(layer(x), wanted, atol=1e-12, rtol=0)
