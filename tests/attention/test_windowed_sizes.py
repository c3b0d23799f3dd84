"""Windowed attention: windows that are no squares, that stick out, and that change."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import WindowedAttention
from saccade.attention.place import Place
from saccade.attention.reading import whole
from saccade.errors import ConfigError
from saccade.layers.relative_table import resize_bias_table
from tests.foreign import foreign

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]
Grid = tuple[int, int]
GRIDS: list[Grid] = [(8, 9), (7, 6), (5, 10), (4, 12), (3, 7), (2, 2), (1, 5)]
BOUNDARIES = ["zero", "mask", "reflect", "late", "whole"]


def made(drawn: Fill, **options: object) -> WindowedAttention:
    layer = drawn(WindowedAttention(8, heads=2, **options), std=0.5)
    assert isinstance(layer, WindowedAttention)
    return layer.double()


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("boundary", BOUNDARIES)
@torch.no_grad()
def test_the_map_and_its_place_make_the_output(
    boundary: str, grid: Grid, normal: Draw, drawn: Fill
) -> None:
    layer = made(drawn, window_size=(4, 3), shift=(2, 1), boundary=boundary)
    x = normal(2, 8, *grid, dtype=torch.float64)
    heard: list[tuple[Tensor, Place]] = []
    plain = layer(x)
    layer.tap.listeners.append(lambda _, weights, place: heard.append((whole(weights), place)))
    torch.testing.assert_close(layer(x), plain, atol=1e-12, rtol=0)
    ((weights, place),) = heard
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    values = nn.functional.linear(x.flatten(2).mT, layer.qkv.weight, layer.qkv.bias)[..., 16:]
    beside = layer.qkv.bias[16:].expand(2, 1, 8)  # what is filled in has the bias for a value
    read = torch.cat([values, beside], dim=1)[:, place.index]  # (b i j c), -1 is the last
    mixed = torch.einsum("bmij,bijmd->bimd", weights, read.unflatten(-1, (2, 4))).flatten(2)
    torch.testing.assert_close(layer.proj(mixed).mT.unflatten(2, grid), plain, atol=1e-12, rtol=0)


@pytest.mark.parity
@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
@torch.no_grad()
def test_timm_agrees_where_zeros_come_after_the_shift(
    grid: Grid, shift: int, normal: Draw, drawn: Fill
) -> None:
    swin = foreign("timm.models.swin_transformer")
    theirs = swin.SwinTransformerBlock(8, grid, 2, window_size=4, shift_size=shift).double()
    window = theirs.window_size
    shifts = tuple(min(by, side - 1) for by, side in zip((shift, shift), window, strict=True))
    ours = made(drawn, window_size=window, shift=shifts, boundary="late")
    theirs.attn.load_state_dict(ours.state_dict())
    x = normal(2, 8, *grid, dtype=torch.float64)
    wanted = theirs._attn(x.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(ours(x), wanted, atol=1e-12, rtol=0)


@pytest.mark.parity
@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
@torch.no_grad()
def test_torchvision_agrees_where_windows_stay_whole(
    grid: Grid, shift: int, normal: Draw, drawn: Fill
) -> None:
    swin = foreign("torchvision.models.swin_transformer")
    ours = made(drawn, window_size=4, shift=shift, boundary="whole")
    theirs = swin.ShiftedWindowAttention(8, [4, 4], [shift, shift], 2).double().eval()
    theirs.load_state_dict(ours.state_dict(), strict=False)
    x = normal(2, 8, *grid, dtype=torch.float64)
    wanted = theirs(x.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(ours(x), wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize("rule", ["bicubic", "geometric"])
def test_windows_change(rule: str, normal: Draw, drawn: Fill) -> None:
    layer = made(drawn, window_size=4, shift=2)
    table = layer.relative_position_bias_table.detach().clone()
    x = normal(1, 8, 8, 8, dtype=torch.float64)
    before = layer(x)
    layer.resize_windows(4, 2, rule=rule)
    assert torch.equal(layer(x), before)
    layer.resize_windows((3, 5), (1, 2), rule=rule)
    wanted = resize_bias_table(table, (4, 4), (3, 5), rule=rule)
    assert torch.equal(layer.relative_position_bias_table, wanted)
    assert next(iter(layer.state_dict())) == "relative_position_bias_table"
    assert (layer.window_size, layer.shift) == ((3, 5), (1, 2))
    assert layer(x).shape == x.shape


def test_an_error_of_sides() -> None:
    with pytest.raises(ConfigError) as error:
        WindowedAttention(8, heads=2, window_size=(4, 2), shift=(1, 2))
    assert str(error.value) == (
        "expected a window_size of at least 1 and a shift from 0 to below it, got (4, 2) and "
        "(1, 2); try shift=(2, 1)"
    )
