"""The pre-norm block."""

import torch
from torch import nn

from saccade.models.encoder import Block


def test_equations_2_and_3(drawn, normal) -> None:
    block, x = drawn(Block(8, 2, 12).double()), normal(2, 3, 8, dtype=torch.float64)
    attended = block.attn(block.norm1(x)) + x  # eq. 2
    expected = block.mlp(block.norm2(attended)) + attended  # eq. 3
    torch.testing.assert_close(block(x), expected, atol=1e-12, rtol=0)


def test_branches_that_say_nothing_leave_the_tokens_alone(drawn, normal) -> None:
    block, x = drawn(Block(8, 2, 12)), normal(2, 3, 8)
    for last in (block.attn.proj, block.mlp.fc2):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    assert torch.equal(block(x), x)


def test_options_reach_the_parts() -> None:
    block = Block(
        8, 2, 12, activation="gelu_tanh", eps=1e-3, qkv_bias=False, dropouts=(0.1, 0.2, 0.3)
    )
    assert (block.norm1.eps, block.norm2.eps) == (1e-3, 1e-3)
    assert block.attn.qkv.bias is None
    assert block.mlp.act.approximate == "tanh"
    rates = (block.attn.attn_drop.p, block.attn.proj_drop.p, block.mlp.drop.p)
    assert (*rates, block.drop_path.probability) == (0.1, 0.2, 0.2, 0.3)


def test_stochastic_depth_leaves_out_whole_branches(drawn, normal) -> None:
    block, x = drawn(Block(8, 2, 12, dropouts=(0.0, 0.0, 0.9))).train(), normal(64, 3, 8)
    same = (block(x) == x).flatten(1).all(1)  # both branches dropped: 81 of 100 images
    assert 32 < int(same.sum()) < 64
