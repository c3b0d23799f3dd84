"""saccade finetune: from weights, at their size and at a larger one."""

import json

import pytest

from saccade.checkpoints.native import read
from saccade.checkpoints.publish import save_pretrained
from saccade.models import build


@pytest.fixture
def weights(tmp_path):
    model = build("vit_pico_patch2_8", depth=1, patch_size=4, img_size=16, num_classes=4)
    return save_pretrained(model, tmp_path / "weights")


def test_a_larger_size_makes_batch_and_rate_smaller(run, data, weights, tmp_path) -> None:
    words = ["finetune", weights, data, "--epochs", 1, "--out", tmp_path / "runs"]
    done = run(*words, "--size", 32, "--json")
    assert done.code == 0
    choices = {choice["name"]: choice for choice in json.loads(done.out)["choices"]}
    assert (choices["batch_size"]["value"], choices["lr"]["value"]) == (8, 2.5e-5)
    assert "32x32 pixels instead of 16x16: 4 times the memory" in choices["batch_size"]["reason"]
    assert choices["lr"]["reason"].endswith("0.0001 for steps of 32 pictures, here 8")
    kept = read(tmp_path / "runs" / "1" / "best.safetensors")
    assert tuple(kept.card.config["img_size"]) == (32, 32)
    assert kept.state["pos_embed"].shape == (1, 65, 64)


def test_without_a_size_that_of_the_weights_stays(run, data, weights, tmp_path) -> None:
    done = run("finetune", weights, data, "--epochs", 1, "--out", tmp_path / "runs", "--json")
    choices = {choice["name"]: choice for choice in json.loads(done.out)["choices"]}
    assert (choices["batch_size"]["value"], choices["lr"]["value"]) == (32, 1e-4)
    assert "no such file" in run("finetune", tmp_path / "none", data).sentence


def test_a_size_that_does_not_fit_names_two_that_do(run, data, weights, tmp_path) -> None:
    words = ["finetune", weights, data, "--epochs", 1, "--out", tmp_path / "runs"]
    sentence = run(*words, "--size", 30).sentence
    assert "28" in sentence
    assert "32" in sentence


def test_a_rectangle_and_a_policy(run, data, weights, tmp_path) -> None:
    words = ["finetune", weights, data, "--epochs", 1, "--out", tmp_path / "runs"]
    assert run(*words, "--size", "24x16", "--grad-checkpointing").code == 0
    assert run(*words, "--size", "22x15", "--img-fit", "pad").code == 0
    first, second = (read(tmp_path / "runs" / number / "best.safetensors") for number in "12")
    assert tuple(first.card.config["img_size"]) == (24, 16)
    told = second.card.config
    assert (tuple(told["img_size"]), told["img_fit"]) == ((22, 15), "pad")
    assert second.state["pos_embed"].shape == first.state["pos_embed"].shape == (1, 25, 64)
    assert run("eval", tmp_path / "runs" / "2", data).code == 0
    pictures = ["predict", tmp_path / "runs" / "2", data / "test"]
    assert run(*pictures).code == run(*pictures, "--size", "30", "--img-fit", "crop").code == 0
    assert "a side or (height, width)" in run(*pictures, "--size", "big").sentence
    assert "img_size as a side" in run(*words, "--size", "big").sentence
