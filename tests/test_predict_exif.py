"""The EXIF policy of a checkpoint holds wherever its pictures are read."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from saccade.checkpoints.convert import convert
from saccade.checkpoints.native import read
from saccade.cli.main import main
from saccade.predict import load
from saccade.training.config import TrainConfig
from saccade.training.run import train
from saccade.viewer.embedding import data_uri
from tests.samples import save_model


@pytest.fixture
def pictures(tmp_path):
    """The same pixels twice: turned.jpg shall be turned by a quarter, plain.jpg not."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 4, 3)).astype(np.uint8)
    picture = Image.fromarray(pixels.repeat(8, 0).repeat(8, 1))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for name, note in (("turned", exif), ("plain", Image.Exif())):
        for place in (tmp_path, tmp_path / "data" / "a", tmp_path / "data" / "b"):
            place.mkdir(parents=True, exist_ok=True)
            picture.save(place / f"{name}.jpg", exif=note)
    return tmp_path / "turned.jpg", tmp_path / "plain.jpg"


def weights(folder, exif: str):
    path = folder / f"{exif}.safetensors"
    save_model(path, ("a", "b", "c"), preprocessing={"exif": exif}, img_size=(12, 8))
    return path


def test_the_card_decides(pictures, tmp_path) -> None:
    turned, _ = pictures
    for exif in ("apply", "ignore"):
        predictor = load(weights(tmp_path, exif))
        one, two = (predictor(path).logits for path in pictures)
        assert torch.equal(one, two) == (exif == "ignore")
        with Image.open(turned) as opened:
            torch.testing.assert_close(predictor(opened).logits, one)
        (view,) = predictor.look([turned])
        assert view.pictures[0].size == ((32, 48) if exif == "ignore" else (48, 32))
        assert view.geometries[0].orientation == (1 if exif == "ignore" else 6)
        assert view.trace.geometries[0]["orientation"] == view.geometries[0].orientation
        torch.testing.assert_close(view.predictions[0].logits, one)


def test_the_page_shows_what_the_model_saw(pictures, tmp_path) -> None:
    turned, _ = pictures
    (view,) = load(weights(tmp_path, "ignore")).look([turned])
    kind, _, code = data_uri(turned, view.pictures[0], view.geometries[0]).partition(",")
    with Image.open(io.BytesIO(base64.b64decode(code))) as shown:
        assert (kind, shown.size) == ("data:image/jpeg;base64", (32, 48))
        assert shown.getexif().get(ExifTags.Base.Orientation) is None


def test_eval_follows_and_conversion_keeps_it(pictures, tmp_path, capsys) -> None:
    ignoring = weights(tmp_path, "ignore")
    convert(ignoring, tmp_path / "again.safetensors", "saccade")
    assert read(tmp_path / "again.safetensors").card.preprocessing["exif"] == "ignore"
    found = {}
    for name in ("ignore", "again", "apply"):
        path = weights(tmp_path, name) if name == "apply" else tmp_path / f"{name}.safetensors"
        words = ["eval", str(path), str(tmp_path / "data"), "--json", "--val-fraction", "0"]
        assert main(words) == 0
        found[name] = json.loads(capsys.readouterr().out)["loss"]
    assert found["ignore"] == found["again"] != found["apply"]


def test_training_writes_it_into_the_card(pictures, tmp_path) -> None:
    options = {"epochs": 1, "val_fraction": 0.0, "threads": 1, "out": str(tmp_path / "runs")}
    run = train(str(tmp_path / "data"), TrainConfig(**options))
    assert (run.config.exif, run.config.img_fit) == ("apply", "error")
    train(str(tmp_path / "data"), TrainConfig(exif="ignore", **options))
    again = TrainConfig(checkpoint=str(tmp_path / "runs" / "2"), **options)
    assert train(str(tmp_path / "data"), again).config.exif == "ignore"
    back = TrainConfig(checkpoint=str(tmp_path / "runs" / "2"), exif="apply", **options)
    assert train(str(tmp_path / "data"), back).config.exif == "apply"
    kept = [read(tmp_path / "runs" / str(n) / "best.safetensors").card for n in range(1, 5)]
    policies = [card.preprocessing["exif"] for card in kept]
    assert policies == ["apply", "ignore", "ignore", "apply"]
