"""The relative logits of attention-augmented convolution against timm's."""

import pytest
import torch

from saccade.attention.augmented_conv import relative_logits
from tests.foreign import foreign

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("grid", [(3, 5), (4, 4), (1, 6), (6, 2)], ids=str)
def test_timm_agrees(grid: tuple[int, int], generator: torch.Generator) -> None:
    bottleneck = foreign("timm.layers.bottleneck_attn")
    theirs = bottleneck.PosEmbedRel(grid, dim_head=4, scale=1.0).double()
    for parameter in theirs.parameters():
        parameter.data.normal_(generator=generator)
    q = torch.randn(2, 3, *grid, 4, generator=generator, dtype=torch.float64)
    wanted = theirs(q.flatten(2, 3).flatten(0, 1)).unflatten(0, (2, 3))
    ours = relative_logits(q, theirs.height_rel, theirs.width_rel)
    torch.testing.assert_close(ours, wanted, atol=1e-12, rtol=0)
