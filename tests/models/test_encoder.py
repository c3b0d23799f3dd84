"""The pre-norm block."""

import torch
from torch import nn

from saccade.attention import MultiHeadAttention
from saccade.layers import Mlp
from saccade.models.encoder import Block


def block_of(**options: object) -> Block:
    return Block(8, MultiHeadAttention(8, 2), Mlp(8, 12), **options)


def test_equations_2_and_3(drawn, normal) -> None:
    block, x = drawn(block_of().double()), normal(2, 3, 8, dtype=torch.float64)
    attended = block.attn(block.norm1(x)) + x  # eq. 2
    expected = block.mlp(block.norm2(attended)) + attended  # eq. 3
    torch.testing.assert_close(block(x), expected, atol=1e-12, rtol=0)


def test_factors_scale_each_feature_of_both_branches(drawn, normal) -> None:
    block, x = drawn(block_of(init_values=0.1).double()), normal(2, 3, 8, dtype=torch.float64)
    attended = block.attn(block.norm1(x)) * block.ls1.gamma + x
    expected = block.mlp(block.norm2(attended)) * block.ls2.gamma + attended
    torch.testing.assert_close(block(x), expected, atol=1e-12, rtol=0)
    assert set(block_of().state_dict()) == set(block.state_dict()) - {"ls1.gamma", "ls2.gamma"}


def test_branches_that_say_nothing_leave_the_tokens_alone(drawn, normal) -> None:
    block, x = drawn(block_of()), normal(2, 3, 8)
    for last in (block.attn.proj, block.mlp.fc2):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    assert torch.equal(block(x), x)


def test_options_reach_the_parts() -> None:
    block = block_of(eps=1e-3, init_values=0.2, drop_path=0.3)
    assert (block.norm1.eps, block.norm2.eps) == (1e-3, 1e-3)
    assert (block.ls1.init, block.drop_path.probability) == (0.2, 0.3)


def test_stochastic_depth_leaves_out_whole_branches(drawn, normal) -> None:
    block, x = drawn(block_of(drop_path=0.9)).train(), normal(64, 3, 8)
    same = (block(x) == x).flatten(1).all(1)  # both branches dropped: 81 of 100 images
    assert 32 < int(same.sum()) < 64
