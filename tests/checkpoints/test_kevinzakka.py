"""Weights of the public recurrent attention models."""

import pytest
import torch

from saccade.checkpoints import kevinzakka
from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.origins import find_origin
from saccade.data.images import open_images
from saccade.models import build
from saccade.predict import load

_THEIRS = {"ram_mnist": kevinzakka.RAM, "ram_mnist_hidden": kevinzakka.RAM_HIDDEN}


@pytest.mark.parametrize("name", list(_THEIRS))
def test_a_round_trip(name, tmp_path, generator):
    model = build(name, runs=2).eval()
    theirs = write_as(_THEIRS[name], model.state_dict())
    assert {"sensor.fc1.weight", "rnn.h2h.bias", "locator.fc.weight"} <= theirs.keys()
    assert ("locator.fc_lt.weight" in theirs) == (name == "ram_mnist_hidden")
    assert find_origin(theirs).layout is _THEIRS[name]
    path = tmp_path / "weights.pth.tar"
    torch.save({"epoch": 3, "model_state": theirs}, path)
    found = load_model(path, changes={"runs": 2})
    assert found.model.name == name
    assert found.model.config == model.config
    assert found.report.missing == found.report.unused == ()
    images = torch.randn(3, 1, 28, 28, generator=generator)
    with torch.no_grad():
        assert found.model.eval()(images).equal(model(images))


@pytest.mark.shared_data
def test_the_published_weights_read_digits(shared_data):
    folder = shared_data / "weights" / "ram_kevinzakka"
    predictor = load(folder / "ram_6_8x8_2_model_best.pth.tar")
    assert predictor.name == "ram_mnist"
    assert predictor.preprocessing.mean == (0.1307,)
    digits = open_images(str(shared_data / "mnist"), val_fraction=0.0).train
    answers = [predictor(digits.load(index).image).top[0][1] for index in range(60)]
    right = sum(a == b for a, b in zip(answers, digits.labels, strict=False))
    assert right >= 55
