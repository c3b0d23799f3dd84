"""Windowed attention against timm's and torchvision's Swin, with the same weights."""

import pytest
import torch

from saccade.attention import WindowedAttention
from tests.foreign import foreign

pytestmark = pytest.mark.parity


def drawn(generator: torch.Generator, **options: int) -> WindowedAttention:
    layer = WindowedAttention(8, heads=2, **options).double()
    for parameter in layer.parameters():
        parameter.data.normal_(std=0.5, generator=generator)
    return layer


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("grid", [(8, 12), (4, 4), (4, 12)], ids=str)
def test_timm_agrees_where_windows_fit(
    grid: tuple[int, int], shift: int, generator: torch.Generator
) -> None:
    swin = foreign("timm.models.swin_transformer")
    ours = drawn(generator, window_size=4, shift=shift)
    theirs = swin.SwinTransformerBlock(8, grid, 2, window_size=4, shift_size=shift).double()
    theirs.attn.load_state_dict(ours.state_dict())
    x = torch.randn(2, 8, *grid, generator=generator, dtype=torch.float64)
    wanted = theirs._attn(x.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(ours(x), wanted, atol=1e-12, rtol=0)


def test_timm_shrinks_the_window_with_the_map(generator: torch.Generator) -> None:
    swin = foreign("timm.models.swin_transformer")
    ours = drawn(generator, window_size=4, shift=2)
    theirs = swin.SwinTransformerBlock(8, (3, 8), 2, window_size=4, shift_size=2).double()
    state = ours.state_dict()
    table = state["relative_position_bias_table"].view(7, 7, 2)
    state["relative_position_bias_table"] = table[1:6].reshape(-1, 2)
    theirs.attn.load_state_dict(state)
    x = torch.randn(2, 8, 3, 8, generator=generator, dtype=torch.float64)
    wanted = theirs._attn(x.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(ours(x), wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("grid", [(7, 9), (8, 5), (5, 6)], ids=str)
def test_torchvision_agrees_where_windows_stick_out(
    grid: tuple[int, int], shift: int, generator: torch.Generator
) -> None:
    swin = foreign("torchvision.models.swin_transformer")
    ours = drawn(generator, window_size=4, shift=shift)
    x = torch.randn(2, 8, *grid, generator=generator, dtype=torch.float64)
    wanted = swin.shifted_window_attention(
        x.movedim(1, -1),
        ours.qkv.weight,
        ours.proj.weight,
        ours._bias((4, 4), x)[None],
        [4, 4],
        2,
        [shift, shift],
        qkv_bias=ours.qkv.bias,
        proj_bias=ours.proj.bias,
    )
    torch.testing.assert_close(ours(x), wanted.movedim(-1, 1), atol=1e-12, rtol=0)
