"""Swin transformers: sizes, costs, maps that lie on the image, and other sizes of images."""

import copy

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.swin import ENTRIES
from saccade.models.swin import PatchMerging, Swin
from saccade.models.swin_config import SwinConfig

TINY = {"embed_dim": 8, "depths": (2, 2), "num_heads": (1, 2), "window_size": 4, "num_classes": 5}
# Multiply-adds of one image in billions, rounded.
COSTS = {
    "swin_tiny_patch4_window7_224": 4.4906,
    "swin_small_patch4_window7_224": 8.7409,
    "swin_base_patch4_window7_224": 15.4309,
    "swin_base_patch4_window12_384": 47.0831,
    "swin_large_patch4_window7_224": 34.4758,
    "swin_large_patch4_window12_384": 103.9191,
}


def tiny(**changes: object) -> Swin:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Swin(SwinConfig(**{**TINY, "img_size": (32, 48), **changes})).eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ENTRIES)
def test_parameters_and_multiply_adds(name: str) -> None:
    with torch.device("meta"):
        model = build(name).eval()
        found = multiply_adds(model, torch.zeros(1, 3, *model.config.image))
    assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters
    assert round(found / 1e9, 4) == COSTS[name]
    assert (model.name, f"{model.config.image[0]}") == (name, name.rsplit("_", 1)[1])


def test_merging_by_hand() -> None:
    # One feature; the positions 1 2 / 3 4 are merged in the order 1 3 2 4, the norm left out.
    merging = PatchMerging(1, 1e-5)
    merging.norm = nn.Identity()
    merging.reduction.weight.data = torch.eye(4)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 2, 2, 1)
    assert merging(x).flatten().tolist() == [1, 3, 2, 4]
    odd = merging(x[:, :1])
    assert odd.flatten().tolist() == [1, 0, 2, 0]


@torch.no_grad()
def test_every_stage_gives_its_map() -> None:
    model = tiny(depths=(1, 1, 1), num_heads=(1, 2, 4), img_size=(36, 52))
    images = noise(2, 3, 36, 52)
    maps = list(model.walk(images))
    assert [tuple(x.shape) for x in maps] == [(2, 8, 9, 13), (2, 16, 5, 7), (2, 32, 3, 4)]
    last = model.finish(maps[-1])
    torch.testing.assert_close(last.mean(1), torch.zeros(2, 3, 4), atol=1e-6, rtol=0)
    assert torch.equal(model.tokens(images), last.flatten(2).mT)
    assert torch.equal(model.features(images), last.mean((2, 3)))
    assert torch.equal(model.head(model.features(images)), model(images))
    assert model.finish(maps[0]) is maps[0]
    assert model.layout.grid == (3, 4)


@torch.no_grad()
def test_recorded_maps_lie_on_the_image() -> None:
    model, images = tiny(), noise(1, 3, 32, 48)
    with record(model) as trace:
        model(images)
    assert [layer.name for layer in trace.layers] == [
        f"layers.{stage}.blocks.{block}.attn" for stage in (0, 1) for block in (0, 1)
    ]
    for layer, heads, grid in zip(
        trace.layers, (1, 1, 2, 2), 2 * [(8, 12)] + 2 * [(4, 6)], strict=True
    ):
        assert layer.place.queries == layer.place.keys == grid
        assert layer.weights.shape[1:3] == (heads, grid[0] * grid[1])
    # The first position reads the 4x4 window in the corner; shifted by 2, only 2x2 of it.
    for number, side in ((0, 4), (1, 2)):
        layer = trace.layers[number]
        picture = layer.place.spread(layer.weights[0, 0, 0], 0)
        assert float(picture[:side, :side].sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("windows", ["timm", "torchvision", "hf"])
@torch.no_grad()
def test_any_size_and_back(windows: str) -> None:
    model = tiny(windows=windows, img_size=32)
    images, table = (
        noise(1, 3, 32, 32),
        model.get_parameter("layers.0.blocks.1.attn.relative_position_bias_table"),
    )
    for size in ((64, 32), (36, 20), (4, 48)):
        other = copy.deepcopy(model)
        other.set_input_size(size)
        assert other.config.image == size
        assert bool(other(noise(1, 3, *size)).isfinite().all())
    other = copy.deepcopy(model)
    other.set_input_size(64)
    grown = other.config.cut(0, 0)[0]
    assert grown == ((8, 8) if windows == "timm" else (4, 4))
    other.set_input_size(32)
    assert other.config.cut(0, 0)[0] == (4, 4)
    if windows != "timm":
        assert torch.equal(other(images), model(images))
    assert table.shape == (49, 1)


@torch.no_grad()
def test_windows_are_chosen_and_tables_resized_by_the_rule() -> None:
    model = tiny(img_size=32)
    for rule in ("timm", "hf"):
        other = copy.deepcopy(model)
        other.set_input_size(64, rule=rule, window_size=8)
        assert (other.config.window_size[0], other.config.ref_img_size) == ((8, 8), None)
        assert other.config.cut(1, 1) == ((8, 8), (0, 0))
        name = "layers.0.blocks.0.attn.relative_position_bias_table"
        middle = other.get_parameter(name)[112], model.get_parameter(name)[24]
        torch.testing.assert_close(*middle)  # offset 0
    before = copy.deepcopy(model.config)
    with pytest.raises(
        ConfigError, match=r"divisible by the patch side 4, got 62x64; try 60x64 or 64x64"
    ):
        model.set_input_size((62, 64))
    with pytest.raises(ConfigError, match="expected a resize rule, got 'none'"):
        model.set_input_size(64, rule="none")  # type: ignore[arg-type]
    assert model.config == before


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"the images as \(b c h w\), c=3, h=32, w=48"):
        tiny()(noise(1, 3, 48, 32))
