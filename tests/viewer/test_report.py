"""What the page is given: every number in it is decoded and compared with the trace."""

import base64
import io
import math

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from saccade.data.images import BadFile
from saccade.errors import TraceError
from saccade.inspection.kit.distance import attention_distance, attention_entropy
from saccade.inspection.kit.rollout import rollout
from saccade.predict import Predictor, load
from saccade.viewer.pack import pack
from saccade.viewer.report import Options, report
from tests.samples import paint, save_model, write_bad, write_good


@pytest.fixture
def predictor(tmp_path) -> Predictor:
    save_model(tmp_path / "model.safetensors")
    return load(tmp_path / "model.safetensors")


def gathered(predictor, paths, skipped=(), **options):
    """The report, and the attention of all pictures (image layer head query key)."""
    views = list(predictor.look(paths, batch_size=2))
    data = report(predictor, views, Options(title="Test", honest=False, **options), skipped)
    pack(data, title="Test")  # JSON can hold all of it
    return data, torch.cat([view.trace.attention for view in views]), views


def floats(text: str, kind: str = "<f4") -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def shown(picture: dict) -> Image.Image:
    head, _, body = picture["src"].partition(",")
    assert head in ("data:image/jpeg;base64", "data:image/png;base64")
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_the_maps_are_those_of_the_trace(predictor, tmp_path):
    data, attention, _ = gathered(predictor, write_good(tmp_path, 3))
    assert len(data["pictures"]) == 3
    for picture, own in zip(data["pictures"], attention, strict=True):
        assert picture["attention"]["encoding"] == "u16row"
        shares = floats(picture["attention"]["data"], "<u2").reshape(own.shape)
        largest = floats(picture["rowmax"]).reshape(own.shape[:-1])
        assert np.abs(shares / 65535 * largest[..., None] - own.numpy()).max() < 1e-5
        assert np.array_equal(largest, own.amax(dim=-1))
        read = floats(picture["rollout"]).reshape(17, 17)
        np.testing.assert_allclose(read, rollout(own[None])[0], rtol=1e-6)


def test_the_box_leads_from_the_picture_to_the_crop(predictor, tmp_path):
    paint(20, 10).save(tmp_path / "wide.png")
    data, _, _ = gathered(predictor, [tmp_path / "wide.png"])
    box = data["pictures"][0]["box"]
    # crop_pct 0.8 makes the short side 8 / 0.8 = 10, so nothing is resized; 8x8 from the middle.
    assert (box["size"], box["scale"], box["offset"]) == ((8, 8), (1.0, 1.0), (-6.0, -1.0))
    paint(40, 20).save(tmp_path / "larger.png")
    data, _, _ = gathered(predictor, [tmp_path / "larger.png"])
    box = data["pictures"][0]["box"]
    corners = [(x * box["scale"][0] + box["offset"][0]) for x in (12, 28)]
    assert corners == [0.0, 8.0]
    assert (2 * box["scale"][1] + box["offset"][1]) == 0.0


def test_statistics_are_over_all_pictures(predictor, tmp_path):
    paths = write_good(tmp_path, 5)
    data, attention, _ = gathered(predictor, paths, pictures=2)
    layout = predictor.model.layout
    distance, entropy = attention_distance(attention, layout), attention_entropy(attention)
    assert data["n_images"] == 5
    for name, values in (("distance", distance), ("entropy", entropy)):
        got = data[name]
        np.testing.assert_allclose(got["mean"], values.mean(dim=0), atol=1e-5)
        np.testing.assert_allclose(got["std"], values.std(dim=0, correction=0), atol=1e-5)
        np.testing.assert_allclose(data["pictures"][1][name], values[1], atol=1e-5)
    assert data["entropy"]["uniform"] == pytest.approx(math.log(17))
    assert len(data["pictures"]) == 2
    assert [note["en"] for note in data["notes"]] == [
        "The page shows the first 2 of 5 pictures; the statistics use all."
    ]
    assert "5장 중 처음 2장" in data["notes"][0]["ko"]


def test_maps_beyond_the_limit_are_left_out_and_the_rollout_stays(predictor, tmp_path):
    one = 2 * 2 * 4 * 17 * 17  # bytes: u16, layers, heads, queries, keys
    data, _, _ = gathered(predictor, write_good(tmp_path, 3), map_bytes=2 * one)
    assert [picture["attention"] is None for picture in data["pictures"]] == [False, False, True]
    assert all(len(floats(picture["rollout"])) == 17 * 17 for picture in data["pictures"])
    assert all(len(floats(picture["rowmax"])) == 2 * 4 * 17 for picture in data["pictures"])
    assert "rollout only" in data["notes"][0]["en"]
    assert gathered(predictor, write_good(tmp_path, 3))[0]["notes"] == []


def test_the_pictures_in_the_page_are_the_upright_originals(predictor, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    paint(30, 20).save(tmp_path / "1.jpg")
    paint(30, 20).save(tmp_path / "2.png")
    paint(30, 20).save(tmp_path / "3.jpg", exif=exif)
    paint(30, 20, mode="L").save(tmp_path / "4.png")
    paths = sorted(path for path in tmp_path.iterdir() if path.suffix in (".jpg", ".png"))
    data, _, views = gathered(predictor, paths)
    originals = [picture for view in views for picture in view.pictures]
    assert [shown(one).format for one in data["pictures"]] == ["JPEG", "PNG", "PNG", "PNG"]
    for picture, original in zip(data["pictures"], originals, strict=True):
        assert np.array_equal(shown(picture).convert("RGB"), original)
        assert (picture["width"], picture["height"]) == original.size
    assert data["pictures"][2]["width"] == 20


def test_answers_truths_and_provenance(predictor, tmp_path):
    (path,) = write_good(tmp_path, 1)
    data, _, (view,) = gathered(predictor, [path], command="me", truths={str(path): "dog"})
    (picture,) = data["pictures"]
    assert (picture["name"], picture["truth"]) == ("good_00.png", "dog")
    label, index, probability = view.predictions[0].top[0]
    assert picture["top"][0]["label"] == label
    assert picture["top"][0]["index"] == index
    assert picture["top"][0]["probability"] == pytest.approx(probability, abs=1e-6)
    assert data["provenance"]["checkpoint"] == "model.safetensors"
    assert data["provenance"]["command"] == "me"
    assert data["model"]["grid"] == [4, 4]
    assert (data["model"]["depth"], data["model"]["heads"]) == (2, 4)


def test_files_that_were_left_out_are_listed(predictor, tmp_path):
    bad = write_bad(tmp_path / "bad")
    skipped = [BadFile("first.jpg", "why")]
    data, _, _ = gathered(predictor, [*bad, *write_good(tmp_path, 1)], skipped)
    names = [file["name"] for file in data["skipped"]]
    assert names == ["first.jpg", *(str(path) for path in bad)]
    assert all(file["reason"] for file in data["skipped"])
    with pytest.raises(TraceError, match=r"at least one readable picture, got first.jpg: why"):
        report(predictor, [], Options(title="Test"), skipped)
