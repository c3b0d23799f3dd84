"""A map lies where its patches lie, also where the model adds borders or takes them away."""

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.checkpoints.convert import convert
from saccade.checkpoints.publish import save_pretrained
from saccade.errors import CheckpointError, ConfigError
from saccade.inspection.pictures import heat
from saccade.layers.patches import split_patches
from saccade.predict import load
from tests.samples import save_model


@pytest.fixture
def weights(tmp_path):
    pixels = {"crop_pct": 1.0, "interpolation": "nearest", "mean": [0.0], "std": [1.0]}
    save_model(
        tmp_path / "model.safetensors", preprocessing=pixels, img_size=(30, 44), patch_size=10,
        img_fit="pad",
    )  # fmt: skip
    return tmp_path / "model.safetensors"


def marked(width: int, height: int, x: int, y: int, *, times: int = 1) -> Image.Image:
    """A black picture with one white pixel, enlarged so many times."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[y, x] = 255
    return Image.fromarray(pixels.repeat(times, 0).repeat(times, 1))


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize(
    ("fit", "size", "x", "y"),
    [
        *(("pad", (30, 44), x, y) for x, y in ((0, 0), (43, 29), (10, 9), (39, 20))),
        *(("crop", (30, 44), x, y) for x, y in ((2, 0), (41, 29), (11, 10), (12, 9))),
        *(("pad", (25, 37), x, y) for x, y in ((0, 0), (36, 24), (9, 10))),
        *(("crop", (25, 37), x, y) for x, y in ((3, 2), (32, 21), (13, 11), (12, 12))),
    ],
)
def test_the_token_of_a_marked_pixel_is_found(weights, tmp_path, fit, size, x, y, times) -> None:
    predictor = load(weights, img_size=size, img_fit=fit)
    height, width = size
    marked(width, height, x, y, times=times).save(tmp_path / "x.png")
    (view,) = predictor.look([tmp_path / "x.png"])
    geometry, layout = view.geometries[0], predictor.model.layout
    sides = layout.img_size
    assert (geometry.size, view.trace.size) == ((sides[1], sides[0]), sides)
    point = geometry.upright_to_model((x + 0.5) * times, (y + 0.5) * times)
    token = layout.token_at(*point)
    # What the model really sees, cut into patches: the white one.
    images = torch.from_numpy(np.array(marked(width, height, x, y))).permute(2, 0, 1)[None]
    seen = split_patches(predictor.model.canvas.cut(images.float()), layout.patch)[0].sum(dim=1)
    assert seen.nonzero().flatten().tolist() == [token - 1]
    layer = view.trace.layers[0]
    wanted = layer.weights[0, :, token, 1:].reshape(-1, *layout.grid)
    assert torch.equal(heat(layer, at=point), wanted)


def test_the_map_covers_what_was_kept(weights, tmp_path) -> None:
    marked(88, 60, 0, 0).save(tmp_path / "x.png")
    for fit, corners in (("crop", (4, 0, 84, 60)), ("pad", (0, 0, 100, 60))):
        (view,) = load(weights, img_fit=fit).look([tmp_path / "x.png"])
        box = view.geometries[0]
        found = (*box.model_to_upright(0, 0), *box.model_to_upright(*box.size))
        assert found == pytest.approx(corners)


def test_the_card_remembers_and_other_libraries_are_told_of_no_borders(weights, tmp_path) -> None:
    assert load(weights).model.config.img_fit == "pad"
    cropped = load(weights, img_fit="crop")
    assert (cropped.model.layout.grid, cropped.preprocessing.img_size) == ((3, 4), (30, 44))
    convert(weights, tmp_path / "c.safetensors", "saccade", changes={"img_fit": "crop"})
    assert load(tmp_path / "c.safetensors").model.config.img_fit == "crop"
    with pytest.raises(CheckpointError, match=r"got 30x44 with .*try img_size=\(30, 50\)"):
        convert(weights, tmp_path / "timm", "timm")
    convert(weights, tmp_path / "timm", "timm", changes={"img_size": (30, 50)})
    assert not (save_pretrained(weights, tmp_path / "own") / "config.json").exists()
    assert load(tmp_path / "own").model.config.img_fit == "pad"
    with pytest.raises(ConfigError, match="try 20x30 or 30x40, or img_fit="):
        load(weights, img_size=(25, 33), img_fit="error")
