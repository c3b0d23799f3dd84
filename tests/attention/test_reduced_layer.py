"""Spatial-reduction attention: laws, sizes, and what cannot work."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention, ReducedAttention
from saccade.errors import ConfigError, ShapeError

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]


def test_without_a_reduction_it_is_multi_head_attention(normal: Draw, drawn: Fill) -> None:
    layer = drawn(ReducedAttention(8, heads=2, reduction=1))
    whole = MultiHeadAttention(8, 2)
    whole.proj.load_state_dict(layer.proj.state_dict())
    for name in ("weight", "bias"):
        joined = torch.cat([layer.q.get_parameter(name), layer.kv.get_parameter(name)])
        setattr(whole.qkv, name, nn.Parameter(joined.detach()))
    x = normal(2, 8, 3, 5)
    wanted = whole(x.flatten(2).mT).mT.view(x.shape)
    torch.testing.assert_close(layer(x), wanted)


def test_what_the_reduction_leaves_over_is_read_by_nobody(normal: Draw, drawn: Fill) -> None:
    layer, x = drawn(ReducedAttention(4, heads=2, reduction=3)), normal(1, 4, 7, 8)
    other = x.clone()
    other[:, :, 6], other[:, :, :, 6:] = 9, 9
    torch.testing.assert_close(layer(x)[:, :, :6, :6], layer(other)[:, :, :6, :6])


def test_moving_by_the_reduction_moves_the_output(normal: Draw, drawn: Fill) -> None:
    layer, x = drawn(ReducedAttention(4, heads=2)), normal(2, 4, 6, 8)
    torch.testing.assert_close(layer(x.roll((2, 4), (2, 3))), layer(x).roll((2, 4), (2, 3)))


def test_dropout_is_for_training_only(normal: Draw, drawn: Fill) -> None:
    layer = drawn(ReducedAttention(4, heads=2, attn_drop=0.5, proj_drop=0.5))
    x = normal(1, 4, 8, 8)
    torch.testing.assert_close(layer(x), layer(x), atol=0, rtol=0)
    layer.train()
    assert not torch.equal(layer(x), layer(x))
    layer.tap.listeners.append(lambda *_: None)
    assert not torch.equal(layer(x), layer(x))


def test_names_and_sizes() -> None:
    layer = ReducedAttention(64, heads=1, reduction=8)
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert shapes == {
        "q.weight": (64, 64),
        "q.bias": (64,),
        "kv.weight": (128, 64),
        "kv.bias": (128,),
        "proj.weight": (64, 64),
        "proj.bias": (64,),
        "sr.weight": (64, 64, 8, 8),
        "sr.bias": (64,),
        "norm.weight": (64,),
        "norm.bias": (64,),
    }
    plain = {name for name, _ in ReducedAttention(64, reduction=1).named_parameters()}
    assert plain == {name for name in shapes if not name.startswith(("sr", "norm"))}
    assert ReducedAttention(64, linear=True).sr.kernel_size == (1, 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "expected heads that divide the 4 channels, got 3; try heads=2"),
        ({"reduction": 0}, "expected a reduction of at least 1, got 0; try reduction=2"),
        ({"channels": 0}, "expected at least one channel, got 0; try channels=64"),
    ],
)
def test_errors(options: dict[str, int], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        ReducedAttention(**{"channels": 4, **options})
    assert str(error.value) == sentence


def test_a_map_smaller_than_the_reduction(normal: Draw) -> None:
    with pytest.raises(ShapeError) as error:
        ReducedAttention(4, reduction=4)(normal(1, 4, 3, 9))
    assert str(error.value) == (
        "expected a map of at least 4 positions a side, got 3x9; try reduction=3"
    )
