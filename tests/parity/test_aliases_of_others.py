"""Calls that other tools have, against those tools."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import saccade
from tests.foreign import foreign

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
SIZES = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}


def by_hook(model: nn.Module, part: nn.Module, images: Tensor) -> Tensor:
    """What a part of a model gives, with a hook, as people write it."""
    found: list[Tensor] = []
    hook = part.register_forward_hook(lambda module, inputs, output: found.append(output))
    with torch.no_grad():
        model(images)
    hook.remove()
    return found[0]


@pytest.mark.parametrize("name", ["vit", "deit"])
def test_attentions_of_transformers(name: str, normal) -> None:
    library = foreign("transformers")
    config = getattr(library, f"{'ViT' if name == 'vit' else 'DeiT'}Config")
    kind = getattr(library, f"{'ViT' if name == 'vit' else 'DeiT'}Model")
    sizes = {**SIZES, "num_hidden_layers": 3, "image_size": 16, "patch_size": 4}
    torch.manual_seed(0)
    eager = kind(config(**sizes, attn_implementation="eager")).eval()
    fused = kind(config(**sizes, attn_implementation="sdpa")).eval()
    fused.load_state_dict(eager.state_dict())
    images = normal(2, 3, 16, 16)
    with torch.no_grad():
        theirs = eager(images, output_attentions=True).attentions
        _, trace = saccade.run_with_cache(fused, images)
    ours = trace.as_tuple()
    assert isinstance(ours, tuple)
    assert [one.shape for one in ours] == [one.shape for one in theirs]
    for own, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, their, atol=1e-6, rtol=0)


@pytest.mark.parametrize("pool", ["cls", "mean"])
def test_the_recorder_of_vit_pytorch(pool: str, normal) -> None:
    library, theirs = foreign("vit_pytorch"), foreign("vit_pytorch.recorder")
    torch.manual_seed(0)
    sizes = {"image_size": 16, "patch_size": 4, "num_classes": 5, "dim": 16, "depth": 3}
    model = library.ViT(**sizes, heads=2, mlp_dim=16, pool=pool).eval()
    images = normal(2, 3, 16, 16)
    preds, attns = saccade.Recorder(model)(images)
    other = theirs.Recorder(model)
    their_preds, their_attns = other(images)
    assert other.eject() is model
    torch.testing.assert_close(preds, their_preds, atol=1e-6, rtol=0)
    torch.testing.assert_close(attns, their_attns, atol=1e-6, rtol=0)
    simple = library.SimpleViT(**sizes, heads=2, mlp_dim=16).eval()
    assert saccade.Recorder(simple)(images)[1].shape == (2, 3, 2, 16, 16)


def test_the_last_map_of_timm(timm: Any, normal) -> None:
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", img_size=32, depth=2, num_classes=3).eval()
    images = normal(2, 3, 32, 32)
    ours = saccade.get_last_selfattention(model, images)
    for block in model.blocks:
        block.attn.fused_attn = False
    theirs = by_hook(model, model.blocks[-1].attn.attn_drop, images)
    assert theirs.shape == (2, 3, 5, 5)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_a_late_class_token_is_not_the_last_layer(timm: Any, normal) -> None:
    torch.manual_seed(0)
    model = timm.create_model("cait_xxs24_224", img_size=64, depth=2, num_classes=3).eval()
    images = normal(1, 3, 64, 64)
    ours = saccade.get_last_selfattention(model, images)
    _, trace = saccade.run_with_cache(model, images, layers="blocks.1.*")
    assert trace.layers[-1].name == "blocks.1.attn"
    assert torch.equal(ours, trace["blocks.1.attn"])


def test_windows_are_laid_out_over_all_keys(timm: Any, normal) -> None:
    sizes = {"img_size": 64, "window_size": 4, "depths": (1, 2), "num_heads": (1, 2)}
    model = timm.create_model("swin_tiny_patch4_window7_224", **sizes, num_classes=3).eval()
    last = saccade.get_last_selfattention(model, normal(1, 3, 64, 64))
    assert last.shape == (1, 2, 64, 64)
    torch.testing.assert_close(last.sum(-1), torch.ones(1, 2, 64))
    assert (last[0, 0] > 1e-6).sum(-1).unique().numel() > 1  # shifted windows at the border are cut
