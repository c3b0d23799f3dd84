"""PVT v2: sizes, maps of any size, and what a trace sees."""

from typing import Any

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.models.catalog import CATALOG
from saccade.models.pvt_config import PVTv2Config
from saccade.models.pvt_v2 import PVTv2
from tests.models.drawn import drawn, noise, sized

TINY: dict[str, Any] = {
    "img_size": (64, 40),
    "num_classes": 3,
    "depths": (1, 1, 1, 1),
    "embed_dims": (4, 4, 8, 8),
    "num_heads": (1, 2, 2, 4),
    "mlp_ratios": (2, 2, 1, 1),
}


def tiny(**changes: object) -> PVTv2:
    """A small network with drawn weights, in eval mode and double precision."""
    return drawn(PVTv2(PVTv2Config(**{**TINY, **changes})))


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("pvt_v2_b0", 3_666_760, 0.566),
        ("pvt_v2_b1", 14_009_000, 2.108),
        ("pvt_v2_b2", 25_362_856, 4.027),
        ("pvt_v2_b2_li", 22_553_512, 3.889),
        ("pvt_v2_b3", 45_238_696, 6.897),
        ("pvt_v2_b4", 62_556_072, 10.101),
        ("pvt_v2_b5", 81_956_008, 11.717),
    ],
)
def test_sizes(name: str, parameters: int, giga: float) -> None:
    _, count, found = sized(name)
    assert count == CATALOG[name].parameters == parameters
    assert round(found, 3) == giga


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("size", [(64, 40), (29, 97), (32, 32)], ids=str)
@torch.no_grad()
def test_maps_of_any_size(size: tuple[int, int], linear: bool) -> None:
    model, images = tiny(linear=linear), noise(2, 3, *size)
    steps = [tuple(x.shape[2:]) for x in model.walk(images)]
    assert steps == [tuple(-(-side // step) for side in size) for step in (4, 8, 16, 32)]
    model.set_input_size(size)
    assert model.layout.grid == steps[-1]
    assert model.tokens(images).shape == (2, model.layout.tokens, 8)
    assert torch.equal(model.features(images), model.end(images).mean((2, 3)))
    assert torch.equal(model.head(model.features(images)), model(images))


@pytest.mark.parametrize("linear", [False, True])
@torch.no_grad()
def test_a_trace_shows_where_queries_and_keys_lie(linear: bool) -> None:
    model, images = tiny(linear=linear), noise(2, 3, 64, 40)
    plain = model(images)
    with record(model) as trace:
        watched = model(images)
    torch.testing.assert_close(watched, plain, atol=1e-12, rtol=0)
    assert [layer.name for layer in trace.layers] == [f"stages.{i}.blocks.0.attn" for i in range(4)]
    queries, keys = [(16, 10), (8, 5), (4, 3), (2, 2)], [(2, 1), (2, 1), (2, 1), (2, 2)]
    assert [layer.place.queries for layer in trace.layers] == queries
    assert [layer.place.keys for layer in trace.layers] == ([(7, 7)] * 4 if linear else keys)


@torch.no_grad()
def test_each_stage_gives_normed_maps() -> None:
    model = tiny()
    for stage in model.stages:
        stage.norm.weight.fill_(1), stage.norm.bias.fill_(0)
    for found in model.walk(noise(1, 3, 64, 40)):
        torch.testing.assert_close(found.mean(1), torch.zeros_like(found[:, 0]))
    assert model.finish(found) is found


def test_fresh_weights() -> None:
    model = PVTv2(PVTv2Config(**{**TINY, "embed_dims": (64, 64, 64, 64), "mlp_ratios": (1,) * 4}))
    # A kernel of 3x3 for each unit: variance 2/9. The first kernel: 2/(49·64).
    inside = model.stages[0].blocks[0].mlp.dwconv
    assert inside.weight.std().item() == pytest.approx((2 / 9) ** 0.5, rel=0.15)
    assert model.patch_kernel().std().item() == pytest.approx((2 / 49 / 64) ** 0.5, rel=0.05)
    assert inside.bias.abs().max() == 0
    assert model.position_table() is None


def test_images_that_are_too_small() -> None:
    model = tiny()
    with pytest.raises(ConfigError) as error:
        model.set_input_size((28, 64))
    assert str(error.value) == (
        "expected an image of at least 29 pixels a side, so that each stage has a key, got 28x64; "
        "try img_size=29"
    )
    with pytest.raises(ShapeError, match="at least 8 positions a side, got 7x16"):
        model(noise(1, 3, 28, 64))
    tiny(linear=True).set_input_size(1)
