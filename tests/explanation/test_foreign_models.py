"""Explanations and switches of models that other libraries wrote."""

import pytest
import torch

from saccade import ablate
from saccade.errors import TraceError
from saccade.explanation import explain

METHODS = ("rollout", "raw_attention", "grad_rollout", "generic_attention", "gradcam")


def drawn_foreign(model):
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2, generator=generator)
    return model.eval()


def check(model, images, grid, *methods: str) -> None:
    """Maps lie on the grid, the logits stay, and heads of the last layer can be muted."""
    with torch.no_grad():
        answer = model(images)
    logits = getattr(answer, "logits", answer)
    for method in methods:
        found = explain(model, images, method=method, honest=False)
        assert found.map.shape[1:] == grid
        torch.testing.assert_close(found.logits, logits, atol=1e-5, rtol=0)
    layer = explain(model, images, method=methods[0], honest=False).provenance["layers"][-1]
    with torch.no_grad(), ablate(model, f"{layer}.heads[0]"):
        muted = model(images)
    assert not torch.allclose(getattr(muted, "logits", muted), logits)


@pytest.mark.parametrize(
    "name", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "beit_base_patch16_224"]
)
def test_timm(timm, normal, name) -> None:
    sizes = {"patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 2, "num_classes": 5}
    model = drawn_foreign(timm.create_model(name, img_size=32, **sizes))
    extra = ("legrad", "transformer_attribution") if name.startswith("vit") else ("legrad",)
    check(model, normal(2, 3, 32, 32), (4, 4), *METHODS, *extra)


def test_timm_swin(timm, normal) -> None:
    sizes = {"window_size": 7, "embed_dim": 16, "depths": (1, 2), "num_heads": (1, 2)}
    model = timm.create_model("swin_tiny_patch4_window7_224", img_size=56, num_classes=5, **sizes)
    model, images = drawn_foreign(model), normal(1, 3, 56, 56)
    assert explain(model, images, method="gradcam", honest=False).map.shape == (1, 7, 7)
    with pytest.raises(TraceError, match="same tokens read each other"):
        explain(model, images, method="rollout", honest=False)


def test_torchvision(torchvision, normal) -> None:
    model = torchvision.models.VisionTransformer(32, 8, 2, 2, 24, 48, num_classes=5)
    check(drawn_foreign(model), normal(2, 3, 32, 32), (4, 4), *METHODS)


def test_transformers(transformers, normal) -> None:
    config = transformers.ViTConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        image_size=32,
        patch_size=8,
        num_labels=5,
    )
    model = drawn_foreign(transformers.ViTForImageClassification(config))
    check(model, normal(2, 3, 32, 32), (4, 4), *METHODS)
