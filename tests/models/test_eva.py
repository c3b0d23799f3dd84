"""EVA, EVA-02 and DINOv3: sizes, costs, turns, registers, other sizes of images."""

import pytest
import torch
from torch import Tensor

from saccade.attention.multi_head import SplitAttention
from saccade.errors import ConfigError
from saccade.inspection import record
from saccade.inspection.cost import multiply_adds
from saccade.layers.gated_mlp import SplitSwiGLU
from saccade.layers.mlp import Mlp, PackedSwiGLU
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.eva import ENTRIES
from saccade.models.eva import Eva
from saccade.models.eva_config import EvaConfig

# Multiply-adds of one image in billions, rounded.
COSTS = {
    "eva_giant_patch14_224": 267.0315,
    "eva_giant_patch14_336": 620.3192,
    "eva02_tiny_patch14_224": 1.6975,
    "eva02_tiny_patch14_336": 4.6623,
    "eva02_small_patch14_224": 6.1236,
    "eva02_small_patch14_336": 15.4505,
    "eva02_base_patch14_224": 23.1612,
    "eva02_base_patch14_448": 106.8863,
    "eva02_large_patch14_224": 80.9994,
    "eva02_large_patch14_448": 361.7472,
    "vit_small_patch16_dinov3": 6.2453,
    "vit_small_plus_patch16_dinov3": 8.0926,
    "vit_base_patch16_dinov3": 23.5745,
    "vit_large_patch16_dinov3": 82.369,
    "vit_huge_plus_patch16_dinov3": 224.7748,
}
TINY = {"embed_dim": 16, "depth": 2, "num_heads": 2, "patch_size": 8, "num_classes": 5}
TURNED = {"use_rot_pos_emb": True, "ref_feat_shape": 4, "swiglu_mlp": True}
CENTRED = {"use_rot_pos_emb": True, "rope_type": "dinov3", "rope_rotate_half": True}
CENTRED |= {"use_abs_pos_emb": False, "num_reg_tokens": 2, "init_values": 0.5}


def tiny(**changes: object) -> Eva:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Eva(EvaConfig(**{**TINY, "img_size": (16, 24), **changes})).eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ENTRIES)
def test_parameters_and_multiply_adds(name: str) -> None:
    with torch.device("meta"):
        model = build(name).eval()
        assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters
        if name in COSTS:
            found = multiply_adds(model, torch.zeros(1, 3, *model.config.image))
            assert round(found / 1e9, 4) == COSTS[name]


def test_parts_by_option() -> None:
    assert isinstance(tiny().blocks[0].mlp, Mlp)
    packed = tiny(**TURNED, mlp_ratio=8 / 3).blocks[0]
    assert isinstance(packed.mlp, PackedSwiGLU)
    assert packed.mlp.fc1.weight.shape == (84, 16)
    assert packed.attn.q_bias is not None
    split = tiny(**TURNED, qkv_fused=False, scale_mlp=True, mlp_ratio=8 / 3).blocks[0]
    assert isinstance(split.attn, SplitAttention)
    assert split.attn.k_proj.bias is None
    assert isinstance(split.mlp, SplitSwiGLU)
    assert split.mlp.norm.weight.shape == (42,)
    even = tiny(swiglu_mlp=True, swiglu_align_to=40, mlp_ratio=2.6).blocks[0].mlp
    assert even.fc1_g.weight.shape == (80, 16)
    inner = tiny(scale_attn_inner=True, qk_norm=True, qkv_bias=False).blocks[0].attn
    assert (inner.norm.weight.shape, inner.q_norm.weight.shape) == ((16,), (8,))
    assert inner.q_bias is None


@pytest.mark.parametrize("options", [TURNED, CENTRED], ids=["cat", "dinov3"])
def test_turns_tell_places(options: dict[str, object]) -> None:
    told = {**options, "use_abs_pos_emb": False, "init_values": 1.0}
    model, plain = tiny(**told), tiny(**{**told, "use_rot_pos_emb": False})
    plain.load_state_dict(model.state_dict())
    patch = noise(1, 3, 8, 8).repeat(1, 1, 2, 3)  # six patches that look alike
    with torch.no_grad():
        for block in (*model.blocks, *plain.blocks):
            block.attn.qkv.weight.mul_(30)
    with record(model) as trace, record(plain) as without:
        model(patch)
        plain(patch)
    special = len(model.layout.prefix)
    blind = without.layers[0].weights[..., special:, special:]
    assert float(blind.std(dim=-1).max()) < 1e-6
    seen = trace.layers[0].weights[..., special:, special:]
    assert float(seen.std(dim=-1).amax(dim=-1).min()) > 1e-2


def test_layout_and_pools() -> None:
    model = tiny(**CENTRED)
    assert model.layout.prefix == ("cls", "reg1", "reg2")
    images = noise(1, 3, 16, 24)
    with torch.no_grad():
        tokens = model.tokens(images)
        pooled = model.fc_norm(tokens[:, 3:].mean(dim=1))
        torch.testing.assert_close(model.features(images), pooled)
        classed = tiny(**CENTRED, global_pool="token")
        assert torch.equal(classed.features(images), classed.tokens(images)[:, 0])


def test_turns_survive_other_types_and_sizes() -> None:
    model = tiny(**CENTRED).to(torch.bfloat16)
    assert not list(model.buffers())  # they are computed, in float32
    assert model._turns(torch.zeros(1)).sine.dtype == torch.float32
    model.set_input_size((40, 8))
    assert model(noise(1, 3, 40, 8).bfloat16()).dtype == torch.bfloat16
    with pytest.raises(ConfigError, match="40x8 or 48x8"):
        model.set_input_size((44, 8))


def test_gradients_with_and_without_checkpoints() -> None:
    found = []
    for kept in (True, False):
        model = tiny(**CENTRED).train()
        model.set_grad_checkpointing(not kept)
        model(noise(2, 3, 16, 24)).square().sum().backward()
        found.append({name: value.grad for name, value in model.named_parameters()})
    assert all(value is not None for value in found[0].values())
    for name, value in found[0].items():
        torch.testing.assert_close(value, found[1][name])
