"""What `saccade eval` refuses of networks that label pixels."""

import pytest

from saccade.checkpoints.native import save
from saccade.checkpoints.pixel_weights import pixel_card
from saccade.cli.main import main
from saccade.cli.segment_scores import is_of_pixels
from saccade.data.segmentation.classes import PixelClass, PixelClasses
from saccade.data.transforms import Preprocessing
from saccade.models import build
from tests.pixel_scenes import write_scenes


@pytest.fixture
def weights(tmp_path) -> str:
    model = build("ccnet_small", num_classes=2, width=2, depths=(1, 1, 1, 1))
    classes = PixelClasses((PixelClass("cat", 0), PixelClass("dog", 1)))
    card = pixel_card(model, classes, Preprocessing(img_size=(16, 24), crop_mode="pad"))
    save(tmp_path / "pets.safetensors", model, card)
    return str(tmp_path / "pets.safetensors")


def test_other_classes_are_refused(weights, tmp_path, capsys) -> None:
    data = write_scenes(tmp_path / "scenes", {"val": 1})
    assert main(["eval", weights, str(data)]) == 1
    assert "the model's 2 classes of pixels (cat, dog), got ground" in capsys.readouterr().err
    assert main(["eval", weights, str(data), "--size", "32"]) == 1
    assert "options of a model of words or pixels, got --size" in capsys.readouterr().err
    assert main(["eval", weights, str(data), "--part", "test"]) == 1


def test_what_is_of_pixels(weights, tmp_path) -> None:
    assert is_of_pixels(weights)
    assert not is_of_pixels(str(tmp_path / "none"))
    assert not is_of_pixels(str(tmp_path / "pets.json"))
