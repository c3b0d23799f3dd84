"""Every bad checkpoint ends a command with 1 and one line, never with a traceback."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.native import read, save
from tests.samples import PICO, drawn_model, save_model


def missing(path):
    return "no such file"


def empty(path):
    path.write_bytes(b"")
    return "an empty file"


def text(path):
    path.write_text("I am no weight file\n" * 9)
    return "neither whole safetensors nor a whole torch file"


def cut(path):
    save_model(path)
    path.write_bytes(path.read_bytes()[:5000])
    return "a damaged one"


def folder(path):
    path.mkdir()
    return "a folder with no weight file"


def evil(path):
    torch.save({"head.weight": print}, path)
    return "neither whole safetensors nor"


def nameless(path):
    save_file(drawn_model().state_dict(), path)
    return "weights that do not say whose they are"


def one_too_few(path):
    model = save_model(path)
    state = {name: v for name, v in model.state_dict().items() if name != "norm.bias"}
    save(path, state, read(path).card)
    return "1 missing (norm.bias)"


def no_numbers(path):
    model = save_model(path)
    state = {name: torch.full_like(v, torch.nan) for name, v in model.state_dict().items()}
    save(path, state, read(path).card)
    return "logits that are none"


BAD = [missing, empty, text, cut, folder, evil, nameless, one_too_few, no_numbers]


@pytest.mark.parametrize("make", BAD)
def test_a_bad_checkpoint_is_one_line(run, place, tmp_path, make):
    path = tmp_path / "model.safetensors"
    words = make(path)
    for command in ("predict", "inspect"):
        sentence = run(command, path, place / "clean").sentence
        assert words in sentence
        assert str(path) in sentence


def test_a_name_needs_weights_that_fit_it(run, place):
    clean = place / "clean"
    words = run("predict", PICO, clean).sentence
    assert words.endswith(f"got only its name; try saccade ... {PICO} --checkpoint FILE")
    weights = place / "model.safetensors"
    assert run("predict", PICO, clean, "--checkpoint", weights).code == 0
    words = run("predict", "vit_tiny_patch16_224", clean, "--checkpoint", weights).sentence
    assert f"got those of {PICO}" in words
