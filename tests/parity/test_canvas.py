"""Images that patches do not divide, against the libraries that pad them."""

import pytest
import torch

from saccade.models import build
from tests.foreign import foreign

SIZES = [(30, 44), (33, 32), (25, 40)]


def parts(peer, *, seed: int = 0) -> dict[str, torch.Tensor]:
    """Draw all weights of a peer and give them."""
    generator = torch.Generator().manual_seed(seed)
    for value in peer.parameters():
        value.data.normal_(std=0.2, generator=generator)
    return peer.state_dict()


@pytest.mark.parametrize("size", SIZES)
def test_a_vision_transformer_pads_as_timm_does(timm, normal, size: tuple[int, int]) -> None:
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
    free = {"dynamic_img_size": True, "dynamic_img_pad": True}
    theirs = timm.models.VisionTransformer(**sizes, **free, num_classes=5).eval()
    ours = build("vit_tiny_patch16_224", **sizes, num_classes=5).eval()
    ours.load_state_dict(parts(theirs))
    ours.set_input_size(size, img_fit="pad")
    images = normal(2, 3, *size)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), atol=1e-5, rtol=0)
        features = theirs.forward_features(images)
        torch.testing.assert_close(ours.tokens(images), features, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", SIZES)
def test_eva_pads_as_timm_does(timm, normal, size: tuple[int, int]) -> None:
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
    turns = {"use_rot_pos_emb": True, "swiglu_mlp": True, "ref_feat_shape": (4, 4)}
    free = {"dynamic_img_size": True, "dynamic_img_pad": True}
    theirs = timm.models.eva.Eva(**sizes, **turns, **free, num_classes=5).eval()
    ours = build("eva02_tiny_patch14_224", **sizes, **turns, mlp_ratio=4.0, num_classes=5).eval()
    ours.load_state_dict(parts(theirs))
    ours.set_input_size(size, img_fit="pad")
    images = normal(2, 3, *size)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(62, 90), (33, 64)])
def test_swin_pads_as_transformers_does(transformers, normal, size: tuple[int, int]) -> None:
    module = foreign("transformers.models.swin.modeling_swin")
    theirs = module.SwinEmbeddings(
        transformers.SwinConfig(image_size=64, patch_size=4, embed_dim=8, num_channels=3)
    ).eval()
    sizes = {"embed_dim": 8, "depths": (1, 1), "num_heads": (1, 2), "window_size": 4}
    ours = build("swin_tiny_patch4_window7_224", **sizes, img_size=64, windows="hf").eval()
    state = parts(theirs)
    names = {"proj": "patch_embeddings.projection", "norm": "norm"}
    for own, other in names.items():
        layer = ours.patch_embed.get_submodule(own)
        layer.load_state_dict({key: state[f"{other}.{key}"] for key in ("weight", "bias")})
    ours.set_input_size(size, img_fit="pad")
    images = normal(2, 3, *size)
    with torch.no_grad():
        wanted, (rows, columns) = theirs(images)
        found = ours.patch_embed(ours.canvas.cut(images))
    assert found.shape[1:3] == (rows, columns)
    torch.testing.assert_close(found.flatten(1, 2), wanted, atol=1e-5, rtol=0)
