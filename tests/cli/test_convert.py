"""saccade convert: a table of what became of each tensor, and sums of every file."""

import hashlib
import json

import torch

from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import read, save
from tests.samples import save_model


def test_the_table_and_the_sums(run, tmp_path):
    model = save_model(tmp_path / "a.safetensors")
    done = run("convert", tmp_path / "a.safetensors", tmp_path / "hf", "--to", "hf")
    assert done.code == 0
    assert f"{model.name}: 100.0 % loaded" in done.out
    assert f"loaded {len(model.state_dict()):>10}"[:6] in done.out
    for file in (tmp_path / "a.safetensors", tmp_path / "hf" / "model.safetensors"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() in done.out
    back = load_model(tmp_path / "hf").model
    assert torch.equal(back.pos_embed, model.pos_embed)


def test_json_and_another_size(run, tmp_path):
    save_model(tmp_path / "a.safetensors")
    words = ("--to", "google", "--img-size", "12", "8", "--pos-resize", "google", "--json")
    done = run("convert", tmp_path / "a.safetensors", tmp_path / "g.npz", *words)
    told = json.loads(done.out)
    assert told["coverage"] == 100.0
    assert len(told["resized"]) == 1
    assert str(tmp_path / "g.npz") in told["sha256"]


def test_what_is_missing_is_an_error_until_it_is_allowed(run, tmp_path):
    path = tmp_path / "a.safetensors"
    model = save_model(path)
    state = {name: value for name, value in model.state_dict().items() if name != "norm.bias"}
    save(path, state, read(path).card)
    target = tmp_path / "b.safetensors"
    done = run("convert", path, target)
    assert (done.code, done.sentence.count("\n")) == (1, 0)
    assert "1 missing (norm.bias)" in done.sentence
    assert not target.exists()
    done = run("convert", path, target, "--allow-partial")
    assert done.code == 0
    assert "random" in done.out
    assert "norm.bias" in done.out
