"""CNN and ST-CNN: sizes of the paper, the identity start, what learns, what cannot work."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import saccade
from saccade.checkpoints.native import Card, save
from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.inspection.pictures import Mesh, pictures
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries import st_cnn
from saccade.models.st_cnn import STCNN, ConvPool
from saccade.models.st_cnn_config import STCNNConfig

WARPED = ["st_cnn_affine", "st_cnn_projective", "st_cnn_tps", "st_cnn_tutorial"]
each_warp = pytest.mark.parametrize("warp", ["attention", "affine", "projective", "thin_plate"])


def tiny(warp: str = "none", **changes: object) -> STCNN:
    options = {"filters": (3, 5), "loc_filters": (2, 3), "loc_hidden": 16, "num_classes": 4}
    return STCNN(STCNNConfig(warp=warp, **{**options, **changes})).eval()


@pytest.mark.parametrize("name", list(st_cnn.ENTRIES))
def test_parameters(name: str) -> None:
    with torch.device("meta"):
        model = build(name)
    assert sum(one.numel() for one in model.parameters()) == CATALOG[name].parameters
    assert (model.transformer is None) == (name not in WARPED)


def test_all_have_about_as_many_parameters() -> None:
    counts = [CATALOG[name].parameters for name in ("cnn_mnist", *WARPED[:3])]
    assert max(counts) < 1.01 * min(counts)


@pytest.mark.parametrize("size", [(28, 28), (29, 33)])
@pytest.mark.parametrize("ceil_mode", [True, False])
def test_the_config_knows_the_maps(size: tuple[int, int], ceil_mode: bool, normal) -> None:
    model = tiny("affine", img_size=size, ceil_mode=ceil_mode, loc_kernel_sizes=(5, 4))
    images = normal(1, 1, *size)
    with torch.no_grad():
        steps = list(model.walk(images))
        seen = model.transformer.localisation.blocks(F.avg_pool2d(images, 2))
    assert len(steps) == model.steps == 2
    assert steps[-1].shape == (1, 5, *model.config.grid)
    assert seen.shape == (1, 3, *model.config.loc_grid)


def test_a_stage_slowly(normal) -> None:
    block, x = ConvPool(2, 3, 3, ceil_mode=True).double(), normal(1, 2, 5, 6, dtype=torch.float64)
    kernel, bias = block.conv.weight, block.conv.bias
    conv = torch.empty(3, 3, 4, dtype=torch.float64)
    for f in range(3):
        for i in range(3):
            for j in range(4):
                conv[f, i, j] = (kernel[f] * x[0, :, i : i + 3, j : j + 3]).sum() + bias[f]
    wanted = torch.empty(3, 2, 2, dtype=torch.float64)
    for i in range(2):  # the second of them has one row only
        for j in range(2):
            part = conv[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            wanted[:, i, j] = part.flatten(1).amax(1).clamp_min(0)
    torch.testing.assert_close(block(x)[0], wanted)


@each_warp
def test_it_starts_as_the_plain_network(warp: str, normal) -> None:
    model, plain, images = tiny(warp), tiny(), normal(3, 1, 28, 28)
    plain.load_state_dict(
        {k: v for k, v in model.state_dict().items() if not k.startswith("transformer")}
    )
    with torch.no_grad():
        torch.testing.assert_close(model.warped(images), images, atol=1e-5, rtol=0)
        torch.testing.assert_close(model(images), plain(images), atol=1e-4, rtol=0)
    model.reset_parameters()
    with torch.no_grad():
        torch.testing.assert_close(model.warped(images), images, atol=1e-5, rtol=0)


@each_warp
def test_the_localisation_learns(warp: str, normal) -> None:
    model = tiny(warp).train()
    model(normal(3, 1, 28, 28)).square().sum().backward()
    last = model.transformer.localisation.fc2
    assert float(last.weight.grad.abs().max()) > 0
    assert float(last.bias.grad.abs().max()) > 0


def test_a_warp_moves_what_is_read(normal) -> None:
    """The numbers of an affine warp by hand: read three pixels further to the right."""
    model, images = tiny("affine", padding_mode="zeros"), normal(1, 1, 28, 28)
    with torch.no_grad():
        model.transformer.localisation.fc2.bias[2] = 3 * 2 / 27
        seen = model.warped(images)
    torch.testing.assert_close(seen[..., :25], images[..., 3:], atol=1e-5, rtol=0)
    assert float(seen[..., 25:].abs().max()) < 1e-4


def test_the_output_is_averaged(normal) -> None:
    model, images = tiny("affine", img_size=42, pool=2), normal(1, 1, 42, 42)
    with torch.no_grad():
        seen = model.warped(images)
    wanted = images.reshape(1, 1, 21, 2, 21, 2).mean((3, 5))
    torch.testing.assert_close(seen, wanted, atol=1e-5, rtol=0)


def test_the_trace_shows_where_it_looked(normal) -> None:
    model, images = tiny("thin_plate"), normal(2, 1, 28, 28)
    with record(model) as trace, torch.no_grad():
        model(images)
    (layer,) = trace.layers
    assert layer.name == "transformer"
    assert layer.weights.shape == (2, 28, 28, 2)
    (picture,) = pictures(layer)
    assert isinstance(picture, Mesh)
    edge = 27 / 28  # centre of the outermost pixel
    torch.testing.assert_close(picture.points[0, 0, 0], torch.tensor([-edge, -edge]))


def test_the_tutorials_network(normal) -> None:
    model = build("st_cnn_tutorial").eval()
    assert model.transformer.localisation.fc1.in_features == 90
    assert (model.hidden.in_features, model.head.in_features) == (320, 50)
    images = normal(2, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(model.warped(images), images, atol=1e-5, rtol=0)
        assert torch.equal(model(images), model(images))
        model.train()
        assert not torch.equal(model(images), model(images))  # dropout


def test_a_checkpoint_brings_it_back(tmp_path: Path, drawn: Callable[..., STCNN], normal) -> None:
    model = drawn(tiny("thin_plate", img_size=42, pool=2), 0.1)
    path = tmp_path / "net.safetensors"
    save(path, model, Card(model="st_cnn_tps", config=dataclasses.asdict(model.config)))
    found = saccade.create_model("st_cnn_tps", checkpoint_path=path).eval()
    images = normal(2, 1, 42, 42)
    assert found.config == model.config
    with torch.no_grad():
        assert torch.equal(found(images), model(images))


def test_another_size(normal) -> None:
    model = tiny("affine", img_size=(28, 42))
    model.set_input_size((42, 28))
    with torch.no_grad():
        assert model(normal(1, 1, 42, 28)).shape == (1, 4)
    with pytest.raises(ConfigError, match=r"have \(12, 3\) positions.* got 28x28, which leaves"):
        model.set_input_size(28)
    assert model.config.image == (42, 28)


def test_images_of_another_size_are_refused() -> None:
    wrong: Tensor = torch.zeros(1, 1, 27, 28)
    with pytest.raises(ShapeError, match="h=28, w=28, got"):
        tiny("affine")(wrong)
