"""Windowed attention: what the layer keeps, whatever its weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import WindowedAttention
from saccade.attention.place import Place
from saccade.attention.reading import whole
from saccade.errors import ConfigError, ShapeError

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]
SMALL = {"heads": 2, "window_size": 4}


@pytest.mark.parametrize("shift", [0, 2])
def test_a_position_reads_its_window_only(shift: int, normal: Draw, drawn: Fill) -> None:
    layer, x = drawn(WindowedAttention(4, shift=shift, **SMALL)), normal(1, 4, 8, 8)
    other = x.clone()
    other[:, :, 3, 4] += 1
    changed = (layer(other) - layer(x)).abs().amax((0, 1)) > 1e-6
    rows, columns = (slice(0, 4), slice(4, 8)) if shift == 0 else (slice(2, 6), slice(2, 6))
    wanted = torch.zeros(8, 8, dtype=torch.bool)
    wanted[rows, columns] = True
    assert torch.equal(changed, wanted)


def test_moving_a_map_by_windows_moves_the_output(normal: Draw, drawn: Fill) -> None:
    layer, x = drawn(WindowedAttention(4, **SMALL)), normal(2, 4, 8, 12)
    moved = layer(x.roll((4, 8), (2, 3)))
    torch.testing.assert_close(moved, layer(x).roll((4, 8), (2, 3)))


def test_the_border_rules_differ_only_in_windows_that_stick_out(normal: Draw, drawn: Fill) -> None:
    plain = drawn(WindowedAttention(4, **SMALL))
    x = normal(1, 4, 5, 8)
    outs = []
    for boundary in ("zero", "mask", "reflect"):
        layer = WindowedAttention(4, boundary=boundary, **SMALL)
        layer.load_state_dict(plain.state_dict())
        outs.append(layer(x))
    for one, other in ((0, 1), (1, 2), (0, 2)):
        torch.testing.assert_close(outs[one][:, :, :4], outs[other][:, :, :4])
        assert (outs[one][:, :, 4] - outs[other][:, :, 4]).abs().max() > 1e-3


def test_a_small_map_is_one_window_and_uses_the_inner_table(normal: Draw, drawn: Fill) -> None:
    large = drawn(WindowedAttention(4, shift=2, **SMALL))
    small = WindowedAttention(4, heads=2, window_size=3)
    state = large.state_dict()
    table = state["relative_position_bias_table"].view(7, 7, 2)
    state["relative_position_bias_table"] = table[1:6, 1:6].reshape(25, 2)
    small.load_state_dict(state)
    x = normal(1, 4, 3, 3)
    torch.testing.assert_close(large(x), small(x))


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
def test_gradients_are_finite_where_a_window_is_all_padding(
    boundary: str, watched: bool, normal: Draw, drawn: Fill
) -> None:
    layer = drawn(WindowedAttention(4, shift=2, boundary=boundary, **SMALL))
    if watched:
        layer.tap.listeners.append(lambda *_: None)
    x = normal(1, 4, 5, 5).requires_grad_()
    layer(x).square().sum().backward()
    assert x.grad.isfinite().all()
    assert all(parameter.grad.isfinite().all() for parameter in layer.parameters())


def test_the_map_comes_stitched_and_unshifted(normal: Draw, drawn: Fill) -> None:
    # With no content in the scores and a table that prefers the key above, row by row.
    layer = drawn(WindowedAttention(4, shift=2, **SMALL))
    layer.qkv.weight.data.zero_()
    layer.relative_position_bias_table.data.zero_()
    layer.relative_position_bias_table.data.view(7, 7, 2)[4, 3] = 50.0  # one row down, no column
    heard: list[tuple[Tensor, Place]] = []
    layer.tap.listeners.append(lambda _, weights, place: heard.append((whole(weights), place)))
    layer(normal(1, 4, 8, 8))
    ((weights, place),) = heard
    assert weights.shape == (1, 2, 64, 16)
    assert place.index.shape == (64, 16)
    for query in range(64):
        row, column = divmod(query, 8)
        if row in (0, 2, 6):  # the first row of a window
            continue
        picture = place.spread(weights[0, 0, query], query)
        assert picture[row - 1, column] > 0.99


def test_dropout_is_for_training_only(normal: Draw, drawn: Fill) -> None:
    layer = drawn(WindowedAttention(4, attn_drop=0.5, proj_drop=0.5, **SMALL))
    x = normal(1, 4, 8, 8)
    torch.testing.assert_close(layer(x), layer(x), atol=0, rtol=0)
    layer.train()
    assert not torch.equal(layer(x), layer(x))
    layer.tap.listeners.append(lambda *_: None)
    assert not torch.equal(layer(x), layer(x))


def test_names_and_sizes() -> None:
    shapes = {name: tuple(p.shape) for name, p in WindowedAttention(96, heads=3).named_parameters()}
    assert shapes == {
        "relative_position_bias_table": (169, 3),
        "qkv.weight": (288, 96),
        "qkv.bias": (288,),
        "proj.weight": (96, 96),
        "proj.bias": (96,),
    }
    assert [WindowedAttention(c).heads for c in (64, 12, 6, 5)] == [8, 4, 2, 1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "expected heads that divide the 4 channels, got 3; try heads=2"),
        (
            {"shift": 4},
            "expected a window_size of at least 1 and a shift from 0 to below it, got 4 and 4; "
            "try shift=2",
        ),
        (
            {"window_size": 0},
            "expected a window_size of at least 1 and a shift from 0 to below it, got 0 and 0; "
            "try window_size=7",
        ),
        (
            {"boundary": "wrap"},
            "expected boundary zero, mask, reflect, late or whole, got 'wrap'; try boundary='zero'",
        ),
    ],
)
def test_errors(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        WindowedAttention(4, **{**SMALL, **options})
    assert str(error.value) == sentence


def test_a_map_of_other_channels(normal: Draw) -> None:
    with pytest.raises(ShapeError, match=r"c=4, got \(1, 5, 8, 8\)"):
        WindowedAttention(4, **SMALL)(normal(1, 5, 8, 8))
    with pytest.raises(ShapeError, match="expected a map with positions, got 0x3"):
        WindowedAttention(4, **SMALL)(normal(1, 4, 0, 3))
