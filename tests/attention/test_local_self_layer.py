"""Local self-attention: the layer."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention import LocalSelfAttention
from saccade.attention.place import Place
from saccade.errors import ConfigError, ShapeError
from saccade.kernels import using
from saccade.kernels.window import Window
from saccade.layers.neighbours import neighbour_index
from tests.kernels.slow_window import attend_slowly

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]


def project(layer: LocalSelfAttention, x: Tensor) -> list[Tensor]:
    """Queries, keys and values of a layer."""
    return [
        torch.einsum("oc,bchw->bohw", projection.weight[:, :, 0, 0], x)
        for projection in (layer.q, layer.k, layer.v)
    ]


@pytest.mark.parametrize("wish", ["auto", "torch"])
@pytest.mark.parametrize("positions", ["relative", "per_head", "none"])
@pytest.mark.parametrize(("size", "boundary"), [((3, 5), "zero"), ((1, 4), "mask")])
def test_slowly(
    wish: str, positions: str, size: tuple[int, int], boundary: str, normal: Draw, drawn: Fill
) -> None:
    options = {"out_channels": 8, "heads": 2, "kernel_size": 3, "boundary": boundary}
    layer = drawn(LocalSelfAttention(4, positions=positions, scale=0.5, **options).double())
    x = normal(2, 4, *size, dtype=torch.float64)
    q, k, v = project(layer, x)
    tables = (None, None) if layer.rows is None else [t.view(-1, 3, 2) for t in layer.tables()]
    wanted, _ = attend_slowly(0.5 * q, k, v, *tables, Window(2, 3, boundary=boundary))
    with using(wish):
        torch.testing.assert_close(layer(x), wanted, atol=1e-12, rtol=0)


def test_stride_averages_after_the_attention(normal: Draw, drawn: Fill) -> None:
    options = {"heads": 1, "kernel_size": 3}
    fine, coarse = LocalSelfAttention(2, **options), LocalSelfAttention(2, stride=2, **options)
    coarse.load_state_dict(drawn(fine).state_dict())
    x = normal(1, 2, 4, 6)
    torch.testing.assert_close(coarse(x), F.avg_pool2d(fine(x), 2))
    odd = coarse(x[..., :3, :5])
    assert odd.shape == (1, 2, 2, 3)
    torch.testing.assert_close(odd[..., 1, 2], fine(x[..., :3, :5])[..., 2, 4])


def test_what_the_tap_tells(normal: Draw, drawn: Fill) -> None:
    layer = drawn(LocalSelfAttention(4, heads=2, kernel_size=3))
    heard: list[tuple[Tensor, Place]] = []
    layer.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
    layer(normal(2, 4, 3, 5))
    ((weights, place),) = heard
    assert (weights.shape, place.queries, place.keys) == ((2, 2, 15, 9), (3, 5), (3, 5))
    assert torch.equal(place.index, neighbour_index((3, 5), 3))
    assert place.spread(weights[0, 0, 7], 7).sum().item() == pytest.approx(1)


def test_parameters() -> None:
    # 64 to 64 channels: three projections of 64·64, two tables of 7·4 for heads of 8.
    count = sum(p.numel() for p in LocalSelfAttention(64).parameters())
    assert count == 3 * 64 * 64 + 2 * 7 * 4
    per_head = LocalSelfAttention(64, positions="per_head")
    assert sum(p.numel() for p in per_head.parameters()) == 3 * 64 * 64 + 8 * 2 * 7 * 4
    names = dict(LocalSelfAttention(4, heads=2).named_parameters())
    assert list(names) == ["rows", "columns", "q.weight", "k.weight", "v.weight"]


def test_the_start_is_calm(generator: torch.Generator) -> None:
    # Unit tables would give q·r the standard deviation 16 for d = 256; here it is near 1.
    layer = LocalSelfAttention(256, heads=1)
    for table in (layer.rows, layer.columns):
        assert table.std().item() == pytest.approx(1 / 16, rel=0.2)
    assert layer.q.weight.std().item() == pytest.approx((2 / 256) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"heads": 3}, "expected heads that divide the 8 channels into even parts, got 3; try 2"),
        ({"heads": 8}, "expected heads that divide the 8 channels into even parts, got 8; try 4"),
        ({"heads": 3, "positions": "none"}, "expected heads that divide the 8 channels, got 3"),
        ({"out_channels": 7, "heads": 1}, "expected an even number of channels to cut"),
        ({"kernel_size": 4}, "expected an odd kernel_size, so that a window has a centre, got 4"),
        ({"boundary": "wrap"}, "expected boundary zero, mask or reflect, got 'wrap'"),
        ({"positions": "absolute"}, "expected positions out of relative, per_head, none"),
        ({"stride": 0}, "expected a stride of at least 1, got 0"),
    ],
)
def test_options_that_cannot_work(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as told:
        LocalSelfAttention(8, **{"heads": 2, **options})
    assert str(told.value).replace("heads=", "").startswith(message)


def test_wrong_maps() -> None:
    layer = LocalSelfAttention(8, heads=2)
    with pytest.raises(ShapeError, match=r"expected the feature map as \(b c h w\), c=8, got"):
        layer(torch.zeros(1, 4, 3, 3))
    with pytest.raises(ShapeError, match="expected the feature map as floating point numbers"):
        layer(torch.zeros(1, 8, 3, 3, dtype=torch.int64))
