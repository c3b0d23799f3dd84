"""torchvision's names of a vision transformer, today's and those of old files."""

import pytest
import torch

from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.torchvision import VIT
from saccade.models import build
from tests.foreign import foreign


@pytest.mark.parity
@pytest.mark.parametrize("old", [True, False])
def test_it_works_both_ways_and_torchvision_reads_it(old):
    changes = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3}
    ours = build("vit_tiny_patch16_224", num_classes=5, representation_size=12, **changes)
    state = ours.state_dict()
    theirs = write_as(VIT, state)
    made = foreign("torchvision").models.VisionTransformer(
        image_size=32,
        patch_size=8,
        num_layers=2,
        num_heads=3,
        hidden_dim=24,
        mlp_dim=96,
        num_classes=5,
        representation_size=12,
    )
    made.load_state_dict(theirs, strict=True)
    if old:
        names = {"mlp.0.": "mlp.linear_1.", "mlp.3.": "mlp.linear_2."}
        for new, before in names.items():
            theirs = {name.replace(new, before): value for name, value in theirs.items()}
    back = read_as(VIT, theirs)
    assert (back.state.keys(), back.unused) == (state.keys(), ())
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = made.eval()(images)
        torch.testing.assert_close(ours.eval()(images), expected, atol=1e-5, rtol=0)
