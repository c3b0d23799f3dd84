"""The report of models that lack something: positions, a prefix token, colours, a square."""

import base64

import numpy as np
import pytest
import torch

from saccade.inspection.kit.positions import position_similarity
from saccade.predict import load
from saccade.viewer.pack import pack
from saccade.viewer.report import Options, report
from tests.samples import save_model, write_good


@pytest.fixture
def of(tmp_path):
    def make(**changes):
        model = save_model(tmp_path / "model.safetensors", **changes)
        predictor = load(tmp_path / "model.safetensors")
        views = predictor.look(write_good(tmp_path, 2))
        data = report(predictor, views, Options(title="Test", honest=False))
        pack(data, title="Test")
        return data, model

    return make


@pytest.mark.parametrize("kind", ["learn", "learn2d", "sincos2d"])
def test_positions_are_those_of_the_model(of, kind):
    data, model = of(pos_embed=kind)
    read = np.frombuffer(base64.b64decode(data["positions"]["similarity"]), "<f4")
    expected = position_similarity(model.position_table(), (4, 4)).reshape(-1)
    torch.testing.assert_close(torch.tensor(read), expected)
    assert data["positions"]["grid"] == [4, 4]


def test_a_model_without_positions(of):
    assert of(pos_embed="none")[0]["positions"] is None


def test_a_model_without_a_prefix_token(of):
    data, _ = of(global_pool="avg")
    assert data["model"]["prefix"] == []
    rows = np.frombuffer(base64.b64decode(data["pictures"][0]["rollout"]), "<f4")
    assert rows.shape == (16 * 16,)


@pytest.mark.parametrize("channels", [1, 3])
def test_filters_have_the_channels_of_the_model(of, channels):
    filters = of(in_chans=channels)[0]["filters"]
    assert filters["channels"] == channels
    assert filters["size"] == [2, 2]
    sizes = {len(base64.b64decode(image)) for image in filters["images"]}
    assert sizes == {2 * 2 * channels}
    assert 0 < sum(filters["explained"]) <= 1.0001


def test_a_model_of_long_pictures_and_patches(of):
    data, _ = of(img_size=(6, 16), patch_size=(3, 4))
    assert data["model"]["img_size"] == [6, 16]
    assert (data["model"]["patch"], data["model"]["grid"]) == ([3, 4], [2, 4])
    assert data["filters"]["size"] == [3, 4]
    assert data["pictures"][0]["box"]["size"] == (16, 6)
