"""Models of transformers with random weights: both ways to attend, and the maps they give."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.foreign import foreign
from tests.parity.foreign_models import STAGES, SWIN
from tests.parity.foreign_seen import alike, close, facts, seen

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
PLAIN: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "image_size": 64,
}
BY_16: dict[str, Any] = {**PLAIN, "patch_size": 16}
STEPS = "2 pooled 16x16 of 2x2, 2 pooled 8x8 of 2x2, 2 pooled 4x4 of 2x2, "
# name, options, what is recognised, ways to attend
MODELS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("ViT", PLAIN, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("DeiT", PLAIN, "2 tokens 4x4 cls dist", ("sdpa", "eager")),
    ("Dinov2", BY_16, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("Dinov2WithRegisters", BY_16, "2 tokens 4x4 cls reg0 reg1 reg2 reg3", ("sdpa", "eager")),
    ("DINOv3ViT", {**BY_16, "num_register_tokens": 2}, "2 tokens 4x4 cls reg0 reg1",
     ("sdpa", "eager")),
    ("Beit", {**PLAIN, "use_relative_position_bias": True}, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("Data2VecVision", PLAIN, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("CLIPVision", BY_16, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("SiglipVision", BY_16, "2 tokens 4x4, 1 one question 1x1 of 4x4", ("sdpa", "eager")),
    ("ViTMSN", PLAIN, "2 tokens 4x4 cls", ("sdpa", "eager")),
    ("Swin", {**SWIN, "image_size": 64}, STAGES, ("sdpa", "eager")),
    ("Swinv2", {**SWIN, "image_size": 64}, STAGES, ("eager",)),
    ("Pvt", {"image_size": 64}, f"{STEPS}2 tokens 2x2 cls", ("eager",)),
    ("PvtV2", {"image_size": 64}, f"{STEPS}2 tokens 2x2", ("eager",)),
    ("Segformer", {}, f"{STEPS}2 tokens 2x2", ("sdpa", "eager")),
    ("MobileViT", {"image_size": 64},
     "2 windows of a grid 8x8, 4 windows of a grid 4x4, 3 windows of a grid 2x2", ("eager",)),
]  # fmt: skip


def made(name: str, options: dict[str, Any], way: str) -> nn.Module:
    library = foreign("transformers")
    chosen = {key: value for key, value in options.items() if key != "img_size"}
    config = getattr(library, f"{name}Config")(**chosen)
    config._attn_implementation = way
    torch.manual_seed(0)
    return getattr(library, f"{name}Model")(config).eval()


@pytest.mark.parametrize(("name", "options", "told", "ways"), MODELS, ids=[m[0] for m in MODELS])
def test_both_ways_and_its_own_maps(
    name: str, options: dict[str, Any], told: str, ways: tuple[str, ...]
) -> None:
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    models = [made(name, options, way) for way in ways]
    traces = [seen(model, images) for model in models]
    assert facts(models[0], images) == told
    alike(traces[0], traces[-1])
    with torch.no_grad():
        answer = models[-1](images, output_attentions=True)
    for layer, own in zip(traces[-1].layers, getattr(answer, "attentions", ()), strict=False):
        map_ = own[0] if isinstance(own, tuple) else own
        if layer.weights.shape == map_.shape:
            close(layer.weights, map_)


def test_shuffled_patches_have_no_grid() -> None:
    """A masked autoencoder puts patches in a random order, also where it masks none."""
    model = made("ViTMAE", {**PLAIN, "mask_ratio": 0.0}, "sdpa")
    assert facts(model, torch.randn(2, 3, 64, 64)) == "2 unknown"


def test_the_classifier_around_a_tower() -> None:
    library = foreign("transformers")
    torch.manual_seed(0)
    model = library.ViTForImageClassification(library.ViTConfig(**PLAIN, num_labels=5))
    trace = seen(model, torch.randn(2, 3, 64, 64))
    assert (trace.grid.prefix, trace.grid.grid) == (("cls",), (4, 4))
