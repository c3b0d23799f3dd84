"""Attention-augmented convolution: other sizes, memory, start, and what cannot work."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import AugmentedConv
from saccade.attention.augmented_conv import resize_table
from saccade.errors import ConfigError, ShapeError

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]
SMALL = {"out_channels": 8, "heads": 2, "key_channels": 6, "value_channels": 4}


def test_names_and_sizes() -> None:
    layer = AugmentedConv(12, out_channels=160, size=(7, 5))
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert shapes == {
        "key_rel_h": (13, 20),
        "key_rel_w": (9, 20),
        "conv.weight": (144, 12, 3, 3),
        "qkv.weight": (336, 12, 1, 1),
        "attn_out.weight": (16, 16, 1, 1),
    }
    assert AugmentedConv(64).parts == (160, 160, 8)
    assert AugmentedConv(3).heads == 2


def test_maps_of_another_size_stretch_the_tables(normal: Draw, drawn: Fill) -> None:
    layer = drawn(AugmentedConv(4, size=(3, 5), **SMALL))
    other = AugmentedConv(4, size=(6, 4), **SMALL)
    state = layer.state_dict()
    state["key_rel_h"] = resize_table(state["key_rel_h"], 6)
    state["key_rel_w"] = resize_table(state["key_rel_w"], 4)
    other.load_state_dict(state)
    x = normal(2, 4, 6, 4)
    torch.testing.assert_close(layer(x), other(x))
    layer.set_size((6, 4))
    torch.testing.assert_close(layer(x), other(x), atol=0, rtol=0)
    assert layer.key_rel_h.requires_grad
    assert "size=(6, 4)" in repr(layer)


def test_attention_alone(normal: Draw, drawn: Fill) -> None:
    layer = drawn(AugmentedConv(4, heads=2, key_channels=2, value_channels=4, size=(3, 3)))
    assert layer.conv is None
    assert not [name for name, _ in layer.named_parameters() if name.startswith("conv")]
    assert layer(normal(2, 4, 3, 3)).shape == (2, 4, 3, 3)


def peak(layer: nn.Module, x: Tensor) -> int:
    """The most bytes that live at once during a forward and a backward pass."""
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        layer(x).sum().backward()
    events = [e for e in profile.kineto_results.events() if e.name() == "[memory]"]
    live = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        live += event.nbytes()
        most = max(most, live)
    return most


def test_no_map_of_all_pairs_is_made_unless_someone_looks(normal: Draw, drawn: Fill) -> None:
    options = {"heads": 1, "key_channels": 8, "value_channels": 4, "size": (48, 48)}
    layer, x = drawn(AugmentedConv(8, **options)), normal(1, 8, 48, 48)
    pairs = 4 * (48 * 48) ** 2
    assert peak(layer, x) < pairs / 2
    layer.tap.listeners.append(lambda *_: None)
    assert peak(layer, x) > pairs


def test_fresh_tables_have_variance_one_over_d() -> None:
    layer = AugmentedConv(8, heads=1, key_channels=64, value_channels=4, size=(40, 40))
    for table in (layer.key_rel_h, layer.key_rel_w):
        assert abs(float(table.detach().mean())) < 0.02
        assert float(table.detach().std()) == pytest.approx(1 / 8, rel=0.1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"key_channels": 7},
            "expected key_channels and value_channels in 2 equal heads, got 7 and 4; try 6 and 4",
        ),
        (
            {"value_channels": 10},
            "expected at most 8 value_channels, the channels of the output, got 10; "
            "try value_channels=8",
        ),
        (
            {"kernel_size": 4},
            "expected an odd kernel_size, so that a window has a centre, got 4; try kernel_size=5",
        ),
        ({"size": (3,)}, "expected size as (rows, columns), got (3,); try size=(14, 14)"),
        (
            {"size": (0, 3)},
            "expected positive channels, heads, key_channels, value_channels, stride and size, "
            "got (4, 8), 2, 6, 4, 1 and (0, 3); try the defaults",
        ),
    ],
)
def test_errors(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        AugmentedConv(4, **{**SMALL, **options})
    assert str(error.value) == sentence


def test_an_empty_map(normal: Draw) -> None:
    with pytest.raises(ShapeError) as error:
        AugmentedConv(4, **SMALL)(normal(1, 4, 0, 3))
    assert str(error.value) == "expected a map with positions, got (1, 4, 0, 3); try a larger image"


def test_a_map_of_other_channels(normal: Draw) -> None:
    with pytest.raises(ShapeError) as error:
        AugmentedConv(4, **SMALL)(normal(1, 5, 3, 3))
    assert str(error.value) == (
        "expected the feature map as (b c h w), c=4, got (1, 5, 3, 3); "
        "try a tensor whose axes are image, channel, row, column"
    )
