"""What every model of the catalogue promises."""

import copy
import gc
import tracemalloc
from pathlib import Path

import pytest
import torch
from torch import nn

from saccade.inspection import record
from saccade.models import build, list_models
from saccade.models.catalog import CATALOG

each_model = pytest.mark.parametrize("name", list_models())


@pytest.fixture(scope="module", params=list_models())
def small(request: pytest.FixtureRequest) -> nn.Module:
    """Each model with two of its blocks, on a grid of 2x3 patches."""
    patch = int(CATALOG[request.param].changes["patch_size"])
    size = (2 * patch, 3 * patch)
    return build(request.param, depth=2, img_size=size, num_classes=5).eval()


def images(model: nn.Module, count: int = 2) -> torch.Tensor:
    """Seeded noise of the size that the model takes."""
    generator = torch.Generator().manual_seed(0)
    config = model.config
    return torch.randn(count, config.in_chans, *config.image, generator=generator)


@each_model
def test_shapes(name: str) -> None:
    with torch.device("meta"):
        model = build(name, depth=2)
        pixels = torch.empty(2, model.config.in_chans, *model.config.image)
        kernel, table = model.patch_kernel(), model.position_table()
        tokens, features, logits = model.tokens(pixels), model.features(pixels), model(pixels)
    width, classes = model.config.embed_dim, model.config.num_classes
    assert tokens.shape == (2, model.layout.tokens, width)
    assert features.shape == (2, width)
    assert logits.shape == (2, classes)
    assert kernel.shape == (width, model.config.in_chans, *model.layout.patch)
    assert table.shape == (model.layout.grid[0] * model.layout.grid[1], width)


def test_recording_changes_nothing(small: nn.Module) -> None:
    pixels = images(small)
    with torch.no_grad():
        plain = small(pixels)
        with record(small) as trace:
            watched = small(pixels)
        again = small(pixels)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert torch.equal(again, plain)
    tokens = small.layout.tokens
    assert trace.attention.shape == (2, 2, small.config.num_heads, tokens, tokens)


def test_another_size_and_other_classes(small: nn.Module) -> None:
    other = copy.deepcopy(small)
    patch = other.layout.patch
    other.set_input_size((3 * patch[0], 2 * patch[1]))
    other.reset_classifier(7)
    with torch.no_grad():
        assert other(images(other, 1)).shape == (1, 7)
    assert (other.layout.grid, other.name) == ((3, 2), small.name)


def test_the_state_dict_round_trips(small: nn.Module) -> None:
    with torch.device("meta"):
        other = type(small)(small.config)
    other.load_state_dict(small.state_dict(), strict=True, assign=True)
    pixels = images(small, 1)
    with torch.no_grad():
        assert torch.equal(other.eval()(pixels), small(pixels))


@pytest.mark.slow
@each_model
def test_recording_the_whole_model_changes_nothing(name: str) -> None:
    model = build(name).eval()
    pixels = images(model, 1)
    with torch.no_grad():
        plain = model(pixels)
        with record(model, layers=[0, -1]) as trace:
            watched = model(pixels)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert len(trace.layers) == 2


def resident() -> int:
    """Memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def calls(model: nn.Module, pixels: torch.Tensor, count: int) -> None:
    """Record as often as `count`."""
    with torch.no_grad():
        for _ in range(count):
            with record(model) as trace:
                model(pixels)
            assert trace.bytes


def test_hundreds_of_recordings_leave_nothing_behind() -> None:
    model = build("vit_pico_patch2_8", depth=2).eval()
    pixels = images(model, 1)
    calls(model, pixels, 20)
    gc.collect()
    before = len(gc.get_objects())
    calls(model, pixels, 300)
    gc.collect()
    assert len(gc.get_objects()) - before < 50


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_recordings_leave_nothing_behind() -> None:
    model = build("vit_pico_patch2_8").eval()
    pixels = images(model, 1)
    calls(model, pixels, 1000)
    gc.collect()
    objects, pages = len(gc.get_objects()), resident()
    tracemalloc.start()
    calls(model, pixels, 10)
    start, _ = tracemalloc.get_traced_memory()
    calls(model, pixels, 9_990)
    gc.collect()
    end, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert end - start < 100_000
    assert len(gc.get_objects()) - objects < 100
    assert resident() - pages < 20_000_000


def test_a_long_recording_takes_time_in_proportion() -> None:
    model = build("vit_pico_patch2_8", depth=1).eval()
    pixels = images(model, 1)
    with torch.no_grad(), record(model) as trace:
        for _ in range(500):
            model(pixels)
    assert trace.attention.shape[0] == 500
    assert trace.bytes == trace.attention.numel() * 4
