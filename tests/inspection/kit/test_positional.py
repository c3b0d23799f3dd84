"""How models tell positions, found without asking for their class."""

import pytest
import torch
from torch import nn

from saccade.errors import TraceError
from saccade.inspection.kit.positional import position_kernels
from saccade.layers.rotary import rotary_turns
from tests.contract.small import small


def kernels_of(name: str, drawn):
    model = drawn(small(name))
    config = model.config
    return model, position_kernels(model, torch.zeros(1, config.in_chans, *config.image))


def test_a_table() -> None:
    model = small("vit_tiny_patch16_224").train()
    model.blocks[0].eval()
    (kernel,) = position_kernels(model, torch.zeros(1, 3, *model.config.image))
    assert (kernel.kind, kernel.layer, kernel.grid) == ("table", "", (2, 3))
    assert model.training
    assert not model.blocks[0].training
    assert model.blocks[1].training
    assert not any(part._forward_pre_hooks for part in model.modules())


def test_turns_beside_a_table(drawn) -> None:
    model, (table, turns) = kernels_of("eva02_tiny_patch14_224", drawn)
    assert (table.kind, turns.kind, turns.layer) == ("table", "turns", "")
    config = model.config
    made = rotary_turns((2, 3), config.embed_dim // config.num_heads, reference=config.reference)
    both = (made.cosine[0] * made.cosine[5] + made.sine[0] * made.sine[5]).mean()
    torch.testing.assert_close(turns.values[0, -1, -1], both)


def test_biases_of_each_layer_and_of_windows(drawn) -> None:
    _, kernels = kernels_of("beit_base_patch16_224", drawn)
    told = [kernel for kernel in kernels if kernel.kind == "bias"]
    assert [kernel.layer for kernel in told] == ["blocks.0.attn", "blocks.1.attn"]
    model, windows = kernels_of("swin_tiny_patch4_window7_224", drawn)
    assert {kernel.kind for kernel in windows} == {"bias"}
    assert windows[0].layer == "layers.0.blocks.0.attn"
    table = model.get_parameter("layers.0.blocks.0.attn.relative_position_bias_table")
    torch.testing.assert_close(windows[0].values[:, 0, 0], table[-1].detach())


def test_a_model_without_positions() -> None:
    with pytest.raises(TraceError, match="a model with positions: a table, turns or biases, got"):
        position_kernels(nn.Conv2d(3, 4, 1), torch.zeros(1, 3, 4, 4))
