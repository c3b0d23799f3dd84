"""The vision transformer: its numbers and its laws."""

import pytest
import torch
from torch import nn

from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig
from tests.models import slow_vit

TINY = {
    "img_size": (4, 6),
    "patch_size": 2,
    "embed_dim": 8,
    "depth": 2,
    "num_heads": 2,
    "num_classes": 3,
}
VARIANTS = [
    {},
    {"pos_embed": "learn2d"},
    {"pos_embed": "sincos2d"},
    {"pos_embed": "sincos2d", "sincos": "big_vision"},
    {"pos_embed": "none"},
    {"global_pool": "avg"},
    {"global_pool": "avg", "class_token": True},
    {"global_pool": "avg", "pos_embed": "learn2d"},
    {"representation_size": 5},
    {"num_classes": 0},
    {"qkv_bias": False},
    {"act": "gelu_tanh", "norm_eps": 1e-3},
    {"patch_size": (2, 3), "in_chans": 1, "mlp_ratio": 1.5, "num_heads": 4},
    {"reg_tokens": 2, "init_values": 0.5, "act": "quick_gelu", "qk_norm": True},
    {"reg_tokens": 2, "no_embed_class": True, "global_pool": "map", "class_token": True},
    {"reg_tokens": 1, "global_pool": "map", "pool_include_prefix": True, "pre_norm": True},
    {"global_pool": "avg", "fc_norm": True, "reg_tokens": 1, "no_embed_class": True},
    {"global_pool": "avgmax", "class_token": True, "mlp": "swiglu_packed", "mlp_ratio": 3},
    {"global_pool": "max", "class_token": True, "final_norm": False, "pos_embed": "learn2d"},
    {"no_embed_class": True, "pos_embed": "sincos2d", "fc_norm": True},
]
each_variant = pytest.mark.parametrize("changes", VARIANTS, ids=str)


def tiny(**changes: object) -> ViT:
    return ViT(ViTConfig(**{**TINY, **changes}))


def images(normal, model: ViT, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return normal(3, model.config.in_chans, *model.config.image, dtype=dtype)


def test_by_hand() -> None:
    # One pixel, one patch, one feature pair, no blocks' influence: the branches' last layers are
    # zero, so the token is (1, 3) + 0; its norm is (-1, 1); the head reads 2·(-1) + 5·1 = 3.
    model = tiny(
        img_size=1, patch_size=1, in_chans=1, embed_dim=2, num_heads=1, depth=1, num_classes=1,
        global_pool="avg", pos_embed="none",
    )  # fmt: skip
    for part in (model.blocks[0].attn.proj, model.blocks[0].mlp.fc2):
        nn.init.zeros_(part.weight)
    model.patch_embed.proj.weight.data = torch.tensor([1.0, 3.0]).reshape(2, 1, 1, 1)
    model.patch_embed.proj.bias.data.zero_()
    model.head.weight.data = torch.tensor([[2.0, 5.0]])
    torch.testing.assert_close(model(torch.ones(1, 1, 1, 1)), torch.tensor([[3.0]]))


@each_variant
@torch.no_grad()
def test_slowly(drawn, normal, changes: dict[str, object]) -> None:
    model = drawn(tiny(**changes)).double()
    pixels = images(normal, model, torch.float64)
    weights = {name: x.numpy() for name, x in model.state_dict().items()}
    for picture, logits in zip(pixels, model(pixels), strict=True):
        expected = slow_vit.forward(model.config, weights, picture.numpy())
        torch.testing.assert_close(logits, torch.from_numpy(expected), atol=1e-10, rtol=0)
    single = model.float()(pixels.float()).double()
    torch.testing.assert_close(single, model.double()(pixels), atol=1e-5, rtol=1e-5)


@each_variant
def test_every_parameter_gets_a_gradient(drawn, normal, changes: dict[str, object]) -> None:
    model = drawn(tiny(**changes)).train()
    model(images(normal, model)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_without_positions_the_order_of_patches_does_not_matter(drawn, normal) -> None:
    model = drawn(tiny(pos_embed="none"))
    x = images(normal, model)
    order = torch.tensor([4, 2, 0, 5, 1, 3])
    patches = x.reshape(3, 3, 2, 2, 3, 2).permute(0, 1, 3, 5, 2, 4).flatten(4)[..., order]
    moved = patches.reshape(3, 3, 2, 2, 2, 3).permute(0, 1, 4, 2, 5, 3).reshape(x.shape)
    tokens, others = model.tokens(x), model.tokens(moved)
    torch.testing.assert_close(others[:, 1:], tokens[:, 1:][:, order], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(model(moved), model(x), atol=1e-5, rtol=1e-5)
    assert (drawn(tiny())(moved) - drawn(tiny())(x)).abs().max() > 1e-3


def test_each_image_is_treated_alone(drawn, normal) -> None:
    model = drawn(tiny()).double()
    x = images(normal, model, torch.float64)
    for index, logits in enumerate(model(x)):
        torch.testing.assert_close(model(x[index : index + 1])[0], logits, atol=1e-12, rtol=0)


def test_a_zero_head_says_its_bias_and_teaches_nothing_below(normal) -> None:
    model = tiny(zero_head=True, head_bias=-6.9)
    logits = model(images(normal, model))
    assert torch.equal(logits, torch.full((3, 3), -6.9))
    logits.square().sum().backward()
    below = [p.grad for name, p in model.named_parameters() if not name.startswith("head")]
    assert not any(gradient.any() for gradient in below)
    assert model.head.weight.grad.any()


def test_the_form_of_gelu_changes_the_numbers_a_little(drawn, normal) -> None:
    exact, tanh = drawn(tiny(), 0.5), tiny(act="gelu_tanh").eval()
    tanh.load_state_dict(exact.state_dict())
    x = images(normal, exact)
    assert 1e-6 < float((exact(x) - tanh(x)).abs().max().detach()) < 1e-2


def test_stochastic_depth_grows_linearly_from_zero() -> None:
    rates = [block.drop_path.probability for block in tiny(depth=5, drop_path_rate=0.2).blocks]
    assert rates == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2])
    assert tiny(depth=1, drop_path_rate=0.2).blocks[0].drop_path.probability == 0.0
