import subprocess
import sys

import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.resuming import resumed


def test_a_config_survives_being_written() -> None:
    config = TrainConfig(model="vit_tiny_patch16_224", img_size=(96, 128), epochs=3, flip=False)
    assert config.to_dict()["img_size"] == [96, 128]
    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epochs": 0}, "expected epochs above 0, got 0; try epochs=1"),
        ({"epochs": 2.5}, "expected a whole number for epochs, got 2.5; try epochs=1"),
        (
            {"batch_size": True},
            "expected a whole number for batch_size, got True; try batch_size=1",
        ),
        ({"lr": "fast"}, "expected lr above 0, got 'fast'; try lr=0.001"),
        ({"lr": float("nan")}, "expected lr above 0, got nan; try lr=0.001"),
        ({"smoothing": 1.0}, "expected smoothing from 0 to below 1, got 1.0; try smoothing=0.1"),
        ({"clip_grad": -1}, "expected clip_grad of at least 0, got -1; try clip_grad=0"),
        (
            {"localisation_factor": 0},
            "expected localisation_factor above 0, got 0; try localisation_factor=0.1",
        ),
        ({"on_bad": "cry"}, "expected on_bad skip or fail, got 'cry'; try on_bad=skip"),
        ({"device": "tpu"}, "expected device auto, cpu, cuda or mps, got 'tpu'; try device=auto"),
        ({"in_chans": 2}, "expected in_chans of 1 or 3, got 2; try in_chans=3"),
        (
            {"img_size": (0, 4)},
            "expected img_size as a side or (height, width) above 0, got (0, 4); try img_size=224",
        ),
        ({"epoch": 3}, "expected an option of training, got 'epoch'; try epochs"),
    ],
)
def test_what_cannot_work_is_told(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_dict(values)
    assert str(caught.value) == sentence


def test_options_of_the_model_may_come_as_text() -> None:
    given = {"attention-stages": "[2, 3]", "attention": "non_local", "drop_rate": "0.1"}
    given["attention_options"] = '{"scale": true}'
    config = TrainConfig(model_kwargs=given)
    assert config.model_kwargs == {
        "attention_stages": [2, 3],
        "attention": "non_local",
        "drop_rate": 0.1,
        "attention_options": {"scale": True},
    }
    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            3,
            "expected model_kwargs as a table of names and values, got 3; "
            "try model_kwargs={'num_heads': 4}",
        ),
        (
            {"img-size": "8"},
            "expected img_size as an option of its own, got it in model_kwargs; try img_size=",
        ),
        (
            {"num_classes": 8},
            "expected num_classes as the data have them, got it in model_kwargs; try no number",
        ),
    ],
)
def test_options_of_the_model_that_cannot_work(given: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(model_kwargs=given)
    assert str(caught.value) == sentence


def test_going_on_takes_the_options_of_the_run() -> None:
    saved = TrainConfig(epochs=10, lr=0.01, workers=2)
    assert resumed(TrainConfig(), saved) == saved
    assert resumed(TrainConfig(epochs=10, workers=1), saved) == TrainConfig(
        epochs=10, lr=0.01, workers=1
    )
    with pytest.raises(ConfigError) as caught:
        resumed(TrainConfig(epochs=20), saved)
    assert str(caught.value) == (
        "expected epochs=10 as the run was started with, got epochs=20; try leaving it out, or a "
        "new run with the weights as checkpoint"
    )


def test_reading_options_loads_no_torch() -> None:
    code = "import sys, saccade.training.config as c; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
