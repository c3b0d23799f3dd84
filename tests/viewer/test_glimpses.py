"""The drawing of glimpses: the path, what was seen, what would have been answered."""

import pytest
import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.data.ready import prepared
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError
from saccade.models import build
from saccade.predict import Predictor
from saccade.viewer.glimpses import draw_glimpses, write_glimpses

PIXELS = Preprocessing(img_size=(16, 16), in_chans=1, mean=(0.2,), std=(0.5,))


@pytest.fixture
def predictor() -> Predictor:
    changes = {"img_size": 16, "glimpse_size": 4, "scales": 2, "glimpses": 3, "hidden_size": 8}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build("ram_mnist", num_classes=2, runs=1, **changes).eval()
    return Predictor(model=model, preprocessing=PIXELS, classes=("a", "b"), name="ram_mnist")


def test_a_glimpse_is_drawn_as_it_was_seen(predictor):
    """A white picture: within it a patch is white, outside it has the mean brightness."""
    picture = Image.new("RGB", (16, 16), (255, 255, 255))
    ready = prepared(picture, Geometry.of((16, 16)), "white", preprocessing=PIXELS)
    drawn = draw_glimpses(predictor.model, ready, PIXELS, side=160)
    assert drawn.height >= 160
    looks = predictor.model.first_run(torch.full((1, 1, 16, 16), (1 - 0.2) / 0.5))
    cell = (drawn.width - 160) // 3 - 8
    for time, box in enumerate(looks.boxes[0, :, 1].tolist()):
        inside = max(map(abs, box)) <= 1
        coarse = drawn.crop(
            (168 + time * (cell + 8), cell + 8, 168 + time * (cell + 8) + cell, 2 * cell + 8)
        )
        shades = {value[0] for _, value in coarse.getcolors()}
        assert (shades == {255}) == inside


def test_pictures_are_written_below_each_other(predictor, tmp_path):
    for name in ("a", "b"):
        Image.new("L", (16, 16), 200).save(tmp_path / f"{name}.png")
    (tmp_path / "c.png").write_bytes(b"no picture")
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    bad = write_glimpses(predictor, paths, tmp_path / "out.png")
    assert [file.name for file in bad] == [str(paths[2])]
    one = write_glimpses(predictor, paths, tmp_path / "one.png", limit=1)
    assert one == []
    sizes = []
    for name in ("out", "one"):
        with Image.open(tmp_path / f"{name}.png") as written:
            sizes.append(written.size)
    assert sizes[0] == (sizes[1][0], 2 * sizes[1][1] + 8)


def test_what_cannot_be_drawn_is_refused(predictor, tmp_path):
    (tmp_path / "c.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="pictures to draw glimpses of"):
        write_glimpses(predictor, [tmp_path / "c.png"], tmp_path / "out.png")
    vit = build("vit_pico_patch2_8").eval()
    other = Predictor(model=vit, preprocessing=PIXELS, classes=(), name="vit")
    with pytest.raises(ConfigError, match="a model that takes glimpses"):
        write_glimpses(other, [], tmp_path / "out.png")
