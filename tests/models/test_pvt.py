"""PVT: sizes, the authors' names, the network in loops at any size, and what a trace sees."""

from typing import Any

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.pvt import PVT, stretched
from saccade.models.pvt_config import PVTConfig
from tests.models import slow_pvt
from tests.models.drawn import drawn, noise, sized

TINY: dict[str, Any] = {
    "img_size": (64, 32),
    "in_chans": 2,
    "num_classes": 3,
    "depths": (1, 1, 1, 2),
    "embed_dims": (4, 4, 8, 8),
    "num_heads": (1, 2, 2, 4),
    "mlp_ratios": (2, 2, 1, 1),
}


def tiny(**changes: object) -> PVT:
    """A small network with drawn weights, in eval mode and double precision."""
    return drawn(PVT(PVTConfig(**{**TINY, **changes})))


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("pvt_tiny", 13_229_288, 1.9329),
        ("pvt_small", 24_485_864, 3.8157),
        ("pvt_medium", 44_208_104, 6.6592),
        ("pvt_large", 61_369_320, 9.8138),
    ],
)
def test_sizes(name: str, parameters: int, giga: float) -> None:
    _, count, found = sized(name)
    assert count == CATALOG[name].parameters == parameters
    assert round(found, 4) == giga


def test_names_are_those_of_the_authors() -> None:
    with torch.device("meta"):
        names = set(build("pvt_tiny").state_dict())
    wanted = {"cls_token"} | {f"pos_embed{stage}" for stage in (1, 2, 3, 4)}
    homes = {"norm", "head"}
    for stage in (1, 2, 3, 4):
        homes |= {f"patch_embed{stage}.proj", f"patch_embed{stage}.norm"}
        parts = ["norm1", "norm2", "mlp.fc1", "mlp.fc2", "attn.q", "attn.kv", "attn.proj"]
        parts += ["attn.sr", "attn.norm"] if stage < 4 else []
        homes |= {f"block{stage}.{index}.{part}" for index in (0, 1) for part in parts}
    wanted |= {f"{home}.{part}" for home in homes for part in ("weight", "bias")}
    assert names == wanted


@pytest.mark.parametrize("size", [(64, 32), (32, 64), (96, 64)], ids=str)
@torch.no_grad()
def test_slowly(size: tuple[int, int]) -> None:
    # Tables for 64x32 pixels, read at another size; 32x64 has as many positions as 64x32.
    model, images = tiny(), noise(2, 2, *size)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.set_input_size(size)
    fields = {"depths": TINY["depths"], "heads": TINY["num_heads"], "native": (64, 32)}
    wanted = torch.stack([slow_pvt.logits(state, one, **fields) for one in images])
    torch.testing.assert_close(model(images), wanted, atol=1e-10, rtol=1e-10)


@torch.no_grad()
def test_a_trace_shows_where_queries_and_keys_lie() -> None:
    model, images = tiny(), noise(2, 2, 64, 32)
    plain = model(images)
    with record(model) as trace:
        watched = model(images)
    torch.testing.assert_close(watched, plain, atol=1e-12, rtol=0)
    names = [f"block{stage}.0.attn" for stage in (1, 2, 3, 4)] + ["block4.1.attn"]
    assert [layer.name for layer in trace.layers] == names
    places = [layer.place for layer in trace.layers]
    grids = [((16, 8), (2, 1)), ((8, 4), (2, 1)), ((4, 2), (2, 1))]
    assert [(place.queries, place.keys) for place in places[:3]] == grids
    assert [layer.weights.shape[-2:] for layer in trace.layers[3:]] == [(3, 3)] * 2
    assert (places[3:], trace.layout) == ([None] * 2, model.layout)  # a class token and 2x1


@torch.no_grad()
def test_the_pyramid() -> None:
    model, images = tiny(), noise(2, 2, 64, 32)
    steps = [tuple(x.shape) for x in model.walk(images)]
    assert steps == [(2, 4, 16, 8), (2, 4, 8, 4), (2, 8, 4, 2), (2, 3, 8)]
    *maps, last = model.walk(images)
    assert torch.equal(model.tokens(images), model.finish(last))
    assert torch.equal(model.features(images), model.finish(last)[:, 0])
    assert torch.equal(model.finish(maps[0]), maps[0])


def test_positions() -> None:
    model = tiny()
    assert model.layout.tokens == 3
    assert torch.equal(model.position_table(), model.pos_embed4[0, 1:])
    kept = model.pos_embed4[:, 0].clone()
    model.set_input_size((32, 96))
    assert [model.get_parameter(f"pos_embed{i}").shape[1] for i in (1, 2, 3, 4)] == [192, 48, 12, 4]
    assert torch.equal(model.pos_embed4[:, 0], kept)
    assert model.pos_embed1.dtype == torch.float64
    table = torch.tensor([[[9.0], [0.0], [4.0]]])  # a token beside two columns; quarters between
    found = stretched(table, (1, 2), (1, 4)).flatten()
    torch.testing.assert_close(found, torch.tensor([9.0, 0.0, 1.0, 3.0, 4.0]))
    assert stretched(table, (1, 2), (1, 2)) is table


def test_sizes_that_do_not_fit() -> None:
    model = tiny()
    with pytest.raises(ConfigError, match="divisible by the patch side 32") as error:
        model.set_input_size((64, 50))
    assert "32 or 64" in str(error.value)
    assert model.config.image == (64, 32)
    with pytest.raises(ShapeError, match="expected the images as"):
        model(noise(1, 2, 64, 64))
