"""saccade train: only printing the recipe, running it again from its file, and folds."""

import json

import pytest


def test_a_dry_run_prints_choices_reasons_and_cautions(run, data, tmp_path):
    words = ["--dry-run", "--lr", 0.9, "--out", tmp_path / "runs"]
    done = run("train", data, *words)
    assert done.code == 0
    assert "scratch-small" in done.out
    assert "as asked for" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 100
    assert not (tmp_path / "runs").exists()
    told = json.loads(run("train", data, *words, "--json").out)
    assert {"name": "lr", "value": 0.9, "reason": "given", "paper": ""} in told["choices"]
    assert any("0.9" in sentence for sentence in told["cautions"])


def test_a_group_is_set_by_dots_and_unknown_names_are_answered(run, data):
    told = json.loads(run("train", data, "--dry-run", "--augment.mixup", 0.4, "--json").out)
    assert {"name": "augment.mixup", "value": 0.4, "reason": "given", "paper": ""} in told[
        "choices"
    ]
    wrong = run("train", data, "--dry-run", "--augment.mixpu", 0.4)
    assert wrong.code == 2
    assert "--augment.mixup" in wrong.out + wrong.err


def test_the_recipe_of_a_run_does_it_again(run, data, tmp_path):
    first = run("train", data, "--epochs", 1, "--augment.erase", 0.5, "--out", tmp_path, "--json")
    recipe = tmp_path / "1" / "recipe.yaml"
    again = run("train", data, "--config", recipe, "--json")
    one, two = json.loads(first.out), json.loads(again.out)
    assert two["folder"] == str(tmp_path / "2")
    for name in ("train_loss", "val_loss", "test_loss"):
        assert one["metrics"][name] == two["metrics"][name]


@pytest.mark.slow
def test_folds_measure_each_picture_once(run, data, tmp_path):
    words = ["--folds", 2, "--epochs", 1, "--out", tmp_path]
    done = run("train", data, *words)
    assert done.code == 0
    assert "over 2 folds" in done.out
    (summary,) = tmp_path.rglob("summary.json")
    assert len(json.loads(summary.read_text())["folds"]) == 2
