"""saccade train on forty small pictures: the run folder, YAML, going on, Ctrl-C."""

import csv
import json
import signal
import time

import pytest

from saccade.checkpoints.native import read
from saccade.training.journal import read_journal
from tests.cli.test_broken_files import named
from tests.cli.test_main import started


def rows(folder):
    """The epochs of a run, without the time they took."""
    with (folder / "metrics.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def test_a_run_leaves_weights_numbers_and_reasons(run, data, tmp_path):
    done = run("train", data, "--epochs", 2, "--out", tmp_path, "--seed", 3, "--json")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if not line.startswith("caution: ")]
    reasons = [line.split()[0] for line in told]
    told, folder = json.loads(done.out), tmp_path / "1"
    assert told["folder"] == str(folder)
    assert told["finished"] is True
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "recipe.yaml", "manifest.json", "metrics.jsonl", "metrics.csv"),
        *("best.safetensors", "best.json", "last.safetensors", "last.json"),
    }
    assert [row["epoch"] for row in rows(folder)] == ["1", "2"]
    assert [event["event"] for event in read_journal(folder / "metrics.jsonl")][-1] == "end"
    config = json.loads((folder / "config.json").read_text())
    assert (config["config"]["epochs"], config["config"]["seed"]) == (2, 3)
    assert all(choice["reason"] for choice in config["choices"])
    assert reasons == [choice["name"] for choice in config["choices"]]
    card = read(folder / "best.safetensors").card
    assert card.classes == ("dark", "light")
    text = run("train", data, "--epochs", 1, "--out", tmp_path).out
    assert "test accuracy: " in text
    assert f"run: {tmp_path / '2'} " in text


def test_broken_files_are_named_and_change_nothing(run, place, broken, tmp_path):
    words = ["--epochs", 1, "--out", tmp_path, "--val-fraction", 0]
    clean = run("train", place / "classes", *words)
    mixed = run("train", place / "classes_mixed", *words)
    assert (clean.code, mixed.code) == (0, 0)
    assert "left out" not in clean.err
    told = mixed.err[mixed.err.index("10 of 30 files could not be used and were left out:\n") :]
    assert named(told) == broken
    # Two broken files are found only when their pixels are read, so the batches differ.
    assert [row["step"] for row in rows(tmp_path / "2")] == ["1"]
    words = run("train", place / "classes_mixed", "--on-bad", "fail", "--out", tmp_path).sentence
    assert words.startswith("expected only good pictures in")


def test_a_yaml_file_stands_below_the_flags(run, data, tmp_path):
    options = tmp_path / "options.yaml"
    options.write_text(f"epochs: 2\nbatch_size: 10\nimg_size: [8, 10]\nout: {tmp_path}\n")
    assert run("train", data, "--config", options, "--epochs", 1).code == 0
    config = json.loads((tmp_path / "1" / "config.json").read_text())["config"]
    assert (config["epochs"], config["batch_size"], config["img_size"]) == (1, 10, [8, 10])
    options.write_text("epchs: 2\n")
    done = run("train", data, f"--config={options}")
    assert (done.code, "Did you mean --epochs?" in done.err) == (2, True)
    for text in ("epochs: [1\n", "\x00"):
        options.write_text(text)
        assert "a YAML file of options at" in run("train", data, "--config", options).sentence
    words = run("train", data, "--config", tmp_path / "none.yaml").sentence
    assert "got No such file or directory" in words


def test_a_finished_run_is_told_again(run, data, tmp_path):
    first = run("train", data, "--epochs", 2, "--out", tmp_path)
    before = (tmp_path / "1" / "best.safetensors").read_bytes()
    again = run("train", "--resume", tmp_path / "1")
    assert (again.code, again.err) == (0, "")
    accuracies = [line for line in first.out.splitlines() if "accuracy" in line]
    assert [line for line in again.out.splitlines() if "accuracy" in line] == accuracies
    assert (tmp_path / "1" / "best.safetensors").read_bytes() == before
    words = run("train", "--resume", tmp_path / "1", "--epochs", 3).sentence
    assert "epochs=2 as the run was started with" in words


def test_what_cannot_be_trained_on_is_told(run, data, tmp_path):
    assert "pictures to train on, got none" in run("train").sentence
    assert "no such folder" in run("train", tmp_path / "none").sentence
    assert "vit_tiny_patch16_224" in run("train", data, "--model", "vit_tny").sentence
    assert "batch_size above 0" in run("train", data, "--batch-size", 0).sentence
    assert "got no such file" in run("train", "--resume", tmp_path / "9").sentence
    (tmp_path / "file").write_text("")
    assert "to make a folder" in run("train", data, "--out", tmp_path / "file").sentence


@pytest.mark.slow
def test_ctrl_c_stops_between_two_steps_and_the_run_goes_on(run, data, tmp_path):
    words = ["train", data, "--epochs", 10, "--batch-size", 4]
    process = started(*words, "--out", tmp_path / "a")
    table = tmp_path / "a" / "1" / "metrics.csv"
    while not table.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "to go on: saccade train --resume " in err
    assert err.endswith("error: interrupted\n")
    assert 1 <= len(rows(tmp_path / "a" / "1")) < 10
    assert run("train", "--resume", tmp_path / "a" / "1").code == 0
    assert run(*words, "--out", tmp_path / "b").code == 0
    assert rows(tmp_path / "a" / "1") == rows(tmp_path / "b" / "1")


def test_options_of_the_model_come_by_name(run, data, tmp_path):
    words = ["train", data, "--model", "resnet14_small_32", "--epochs", 1, "--out", tmp_path]
    more = ["attention", "non_local", "attention-stages", "[2]", "layers", "[1, 1]"]
    more += ["widths", "[8, 16]", "attention_options", '{"scale": true}']
    for name, value in zip(more[::2], more[1::2], strict=True):
        words += [f"--model-kwargs.{name}", value]
    assert run(*words).code == 0
    config = read(tmp_path / "1" / "best.safetensors").card.config
    assert (config["attention"], config["attention_options"]) == ("non_local", {"scale": True})
    assert (config["attention_stages"], config["widths"]) == ((2,), (8, 16))
    assert run(*words, "--model-kwargs.attention_stage", "[2]").sentence == (
        "expected an option of resnet14_small_32, got 'attention_stage'; try attention_stages or "
        "attention_role"
    )
