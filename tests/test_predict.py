"""Pictures in, classes and attention out: the same alone, in batches, from files and memory."""

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from saccade.data.decode import open_picture
from saccade.data.geometry import Geometry
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.inspection.record import record
from saccade.predict import load
from tests.samples import paint, save_model, write_bad, write_good


@pytest.fixture
def predictor(tmp_path):
    save_model(tmp_path / "model.safetensors")
    return load(tmp_path / "model.safetensors")


def by_hand(predictor, path):
    pixels, geometry = predictor.preprocessing.apply(*open_picture(path))
    images = predictor.preprocessing.normalize(torch.from_numpy(np.ascontiguousarray(pixels))[None])
    return images, geometry


def test_one_picture_by_hand(predictor, tmp_path):
    (path,) = write_good(tmp_path, 1)
    said = predictor(path)
    images, _ = by_hand(predictor, path)
    with torch.no_grad():
        logits = predictor.model(images)[0]
    torch.testing.assert_close(said.logits, logits)
    order = logits.argsort(descending=True).tolist()
    assert [index for _, index, _ in said.top] == order
    assert [name for name, _, _ in said.top] == [("cat", "dog", "고양이")[i] for i in order]
    odds = [float(p) for p in (logits.exp() / logits.exp().sum())[order]]
    assert [p for _, _, p in said.top] == pytest.approx(odds, rel=1e-5)
    assert len(predictor(path, top=2).top) == 2


def test_a_batch_says_what_each_picture_says_alone(predictor, tmp_path):
    paths = write_good(tmp_path, 7)
    together = list(predictor.predict(paths, batch_size=3))
    assert [one.name for one in together] == [str(path) for path in paths]
    for one, path in zip(together, paths, strict=True):
        torch.testing.assert_close(one.logits, predictor(path).logits)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "CMYK", "I;16"])
def test_a_picture_in_memory_is_seen_like_its_file(predictor, tmp_path, mode):
    if mode == "I;16":
        deep = np.random.default_rng(0).integers(0, 65536, (9, 12)).astype(np.uint16)
        picture = Image.fromarray(deep)
    else:
        picture = paint(mode="RGBA" if mode == "RGBA" else "RGB").convert(mode)
    path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
    picture.save(path)
    torch.testing.assert_close(predictor(picture).logits, predictor(path).logits)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_is_turned_upright(predictor, tmp_path, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    paint(12, 9).save(tmp_path / "x.png", exif=exif)
    (view,) = predictor.look([tmp_path / "x.png"])
    turned = {1: 0, 3: 180, 6: 270, 8: 90}[orientation]
    upright = paint(12, 9).rotate(turned, expand=True)
    assert np.array_equal(view.pictures[0], upright)
    assert view.geometries[0].orientation == orientation
    with Image.open(tmp_path / "x.png") as stored:
        torch.testing.assert_close(predictor(stored).logits, view.predictions[0].logits)


def test_looking_equals_recording_by_hand(predictor, tmp_path):
    paths = write_good(tmp_path, 3)
    views = list(predictor.look(paths, batch_size=2))
    assert [len(view.predictions) for view in views] == [2, 1]
    for view, own in zip(views, (paths[:2], paths[2:]), strict=True):
        cut = [by_hand(predictor, path) for path in own]
        with torch.no_grad(), record(predictor.model) as trace:
            predictor.model(torch.cat([images for images, _ in cut]))
        torch.testing.assert_close(view.trace.attention, trace.attention)
        assert view.trace.names == tuple(str(path) for path in own)
        assert view.geometries == tuple(geometry for _, geometry in cut)
        assert [Geometry.from_dict(one) for one in view.trace.geometries] == [g for _, g in cut]
        for picture, path in zip(view.pictures, own, strict=True):
            assert np.array_equal(picture, Image.open(path))  # not cut, not resized
        quiet = next(predictor.predict(own))
        torch.testing.assert_close(quiet.logits, view.predictions[0].logits)


def test_broken_files_are_left_out_and_named_once(predictor, tmp_path):
    good = write_good(tmp_path / "good", 3)
    bad = write_bad(tmp_path / "bad")
    Image.new("L", (1_500_000, 1)).save(tmp_path / "bad" / "line.png")
    bad.append(tmp_path / "bad" / "line.png")
    mixed = [bad[0], good[0], *bad[1:6], good[1], *bad[6:], good[2]]
    alone = [one.logits for one in predictor.predict(good, batch_size=1)]
    for _ in range(2):
        said = list(predictor.predict(mixed, batch_size=1))
        assert [one.name for one in said] == [str(path) for path in good]
        assert all(torch.equal(a.logits, b) for a, b in zip(said, alone, strict=True))
        assert [file.name for file in predictor.bad] == [str(path) for path in bad]
    assert list(predictor.predict(bad)) == []
    with pytest.raises(DataError, match="a readable picture at"):
        predictor(bad[0])


def test_senseless_options_and_weights_are_told(predictor):
    with pytest.raises(ConfigError, match="top and batch_size of at least 1, got 0 and 1"):
        predictor(paint(), top=0)
    with pytest.raises(ConfigError, match="got 5 and 0"):
        list(predictor.predict([], batch_size=0))
    predictor.model.head.bias.data[0] = float("nan")
    with pytest.raises(CheckpointError, match=r"weights that give numbers in .*model.safetensors"):
        predictor(paint())


def test_paths_may_be_text(predictor, tmp_path):
    (path,) = write_good(tmp_path, 1)
    by_text, by_path = (next(predictor.predict([one])) for one in (str(path), path))
    assert torch.equal(by_text.logits, by_path.logits)
    assert predictor.bad == []
