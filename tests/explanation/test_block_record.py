"""What relevance rules need of a block, whoever computes its attention."""

import pytest
import torch

from saccade.errors import TraceError
from saccade.explanation.block_record import block_records
from saccade.explanation.transformer_attribution import transformer_attribution
from saccade.inspection.graded import held_maps
from tests.samples import drawn_model


def foreign(timm, *, fused: bool, **changes):
    """A small vision transformer of timm, wide enough that every output has positive parts."""
    sizes = {"img_size": 16, "patch_size": 8, "embed_dim": 32, "num_heads": 2, "depth": 2}
    model = timm.models.VisionTransformer(**sizes, num_classes=3, **changes).eval()
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.4, generator=generator)
    for block in model.blocks:
        block.attn.fused_attn = fused
    return model


@pytest.mark.parametrize("changes", [{}, {"qk_norm": True}, {"qkv_bias": False}], ids=str)
def test_a_map_that_the_model_made_itself_is_as_good(timm, changes, normal) -> None:
    images = normal(2, 3, 16, 16)
    own, other = (
        transformer_attribution(foreign(timm, fused=fused, **changes), images, 1)
        for fused in (True, False)
    )
    torch.testing.assert_close(own.map, other.map, atol=1e-8, rtol=1e-5)
    sums = other.details["relevance"]
    torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-4, rtol=0)


def test_the_same_weights_in_both_libraries(timm, normal) -> None:
    # Ours and timm's have the same names, so that the weights go over as they are.
    ours = drawn_model()
    theirs = timm.models.VisionTransformer(
        img_size=8,
        patch_size=2,
        embed_dim=ours.config.embed_dim,
        num_heads=ours.config.num_heads,
        mlp_ratio=ours.blocks[0].mlp.fc1.out_features / ours.config.embed_dim,
        depth=2,
        num_classes=3,
    ).eval()
    theirs.load_state_dict(ours.state_dict())
    images = normal(2, 3, 8, 8)
    own, other = (transformer_attribution(model, images, 2).map for model in (ours, theirs))
    torch.testing.assert_close(own, other, atol=1e-8, rtol=1e-5)


def test_a_map_of_other_scores_is_refused(timm, normal) -> None:
    model = foreign(timm, fused=False)
    model.blocks[1].attn.scale = 0.9
    with pytest.raises(TraceError, match="a map that is no softmax of queries and keys over the"):
        transformer_attribution(model, normal(1, 3, 16, 16))


def test_operands_by_hand(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with block_records(model) as passage, held_maps(model) as held:
        model(images)
    block, reading, map_ = passage.blocks[0], held.readings[0], held.maps[0].detach()
    for own, other in zip(block.operands(reading, map_), block.operands(None, map_), strict=True):
        torch.testing.assert_close(own, other, atol=1e-6, rtol=1e-4)
