"""Maps of whole pictures, from wherever they come."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.classic.saliency import saliency
from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing, to_array
from saccade.errors import ConfigError, DataError, UnknownName
from saccade.explanation import explain
from saccade.explanation.gaze_sources import (
    Whole,
    classic_source,
    file_source,
    over_picture,
    squashed,
    view_source,
)
from tests.samples import drawn_model, paint

CUT = Preprocessing(img_size=(8, 8), crop_pct=0.8)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "one.png"
    paint(24, 16).save(path)
    return path, paint(24, 16)


def test_a_classic_method_sees_the_picture_or_a_smaller_one(picture) -> None:
    path, image = picture
    pixels = torch.from_numpy(to_array(image))[None].float() / 255
    torch.testing.assert_close(
        classic_source("spectral_residual")(path, image), saliency(pixels, "spectral_residual")[0]
    )
    assert classic_source("spectral_residual", side=12)(path, image).shape == (8, 12)
    with pytest.raises(UnknownName, match="saliency method"):
        classic_source("itty")(path, image)


def test_a_view_lies_over_the_whole_picture(picture) -> None:
    path, image = picture
    whole = Whole(drawn_model(), squashed(CUT))
    values = view_source(whole, "rollout")(path, image)
    found = explain(whole, [path], method="rollout", honest=False)
    assert found.geometries[0].box == (0.0, 0.0, 24.0, 16.0)
    assert values.shape == (16, 24)
    expected = torch.nn.functional.interpolate(
        found.map[:, None].detach(), (16, 24), mode="bilinear", align_corners=False
    )[0, 0]
    torch.testing.assert_close(values, expected)
    with pytest.raises(ConfigError, match="a layer from -2 to 1"):
        view_source(whole, "raw_attention", options={"layer": 9})(path, image)


def test_what_a_crop_leaves_out_is_as_low_as_the_map_gets(picture) -> None:
    path, image = picture
    values = view_source(Whole(drawn_model(), CUT), "rollout")(path, image)
    left = explain(Whole(drawn_model(), CUT), [path], method="rollout", honest=False)
    assert values.shape == (16, 24)
    assert bool((values[:, 0] == left.map.min()).all())  # the crop begins further right
    assert float(values.max()) > float(left.map.min())


def test_maps_of_files(picture, tmp_path, normal) -> None:
    path, image = picture
    folder, values = tmp_path / "maps", normal(4, 6)
    folder.mkdir()
    source = file_source(folder)
    with pytest.raises(DataError, match=r"a map of one\.png .* got none; try a file one\.npy"):
        source(path, image)
    Image.fromarray((np.arange(24, dtype=np.uint8) * 10).reshape(4, 6)).save(folder / "one.png")
    torch.testing.assert_close(source(path, image), torch.arange(24.0).view(4, 6) * 10)
    np.savez(folder / "one.npz", other=np.zeros(3), map=values.numpy())
    torch.testing.assert_close(source(path, image), values.double())
    np.save(folder / "one.npy", values.numpy())
    torch.testing.assert_close(source(path, image), values.double())
    geometry = Geometry.of((24, 16)).cropped(4, 0, (16, 16))
    (folder / "one.json").write_text(json.dumps({"geometry": geometry.to_dict()}))
    laid = source(path, image)
    torch.testing.assert_close(laid, over_picture(values.double(), geometry))
    assert laid.shape == (16, 24)
    assert bool((laid[:, :4] == values.min().double()).all())


@pytest.mark.parametrize("array", [np.zeros((2, 3, 4)), np.full((2, 2), np.nan), np.zeros((0, 3))])
def test_files_that_hold_no_map(picture, tmp_path, array) -> None:
    path, image = picture
    np.save(tmp_path / "one.npy", array)
    with pytest.raises(DataError, match=r"finite numbers \(rows, columns\) in one\.npy"):
        file_source(tmp_path)(path, image)


def test_a_broken_file_and_no_folder(picture, tmp_path) -> None:
    path, image = picture
    (tmp_path / "one.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"a map in one\.npz"):
        file_source(tmp_path)(path, image)
    with pytest.raises(DataError, match="a folder of maps at"):
        file_source(tmp_path / "none")
