"""What `load` makes of a file: a run folder, a file with and without a card, with changes."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.errors import CheckpointError
from saccade.predict import load
from tests.samples import PICO, drawn_model, paint, save_model, write_good


def test_a_run_folder_gives_its_best_weights(tmp_path):
    save_model(tmp_path / "last.safetensors", seed=1)
    assert load(tmp_path).origin == str(tmp_path / "last.safetensors")
    best = save_model(tmp_path / "best.safetensors", seed=2)
    found = load(tmp_path)
    assert torch.equal(found.model.pos_embed, best.pos_embed)
    assert (found.name, found.classes) == (PICO, ("cat", "dog", "고양이"))
    with pytest.raises(CheckpointError, match=r"one of best.safetensors, last.safetensors, "):
        load(tmp_path / "..")


def test_a_file_without_a_card_goes_by_its_name(tmp_path):
    model = drawn_model(depth=3)
    for name in (f"{PICO}.safetensors", f"{PICO}.augreg_in1k.safetensors"):
        save_file(model.state_dict(), tmp_path / name)
        found = load(tmp_path / name)
        assert found.classes == ("0", "1", "2")
        assert found.preprocessing.img_size == (8, 8)
    save_file(model.state_dict(), tmp_path / "mine.safetensors")
    assert load(tmp_path / "mine.safetensors").name == PICO  # by names and shapes
    named = load(tmp_path / "mine.safetensors", model=PICO, classes=["a", "b", "c"])
    assert named.classes == ("a", "b", "c")
    with pytest.raises(CheckpointError, match=r"3 class names for .*, got 2; try classes="):
        load(tmp_path / "mine.safetensors", model=PICO, classes=["a", "b"])


def test_the_size_and_the_channels_of_the_pictures_follow_the_model(tmp_path):
    save_model(tmp_path / "model.safetensors")
    wide = load(tmp_path / "model.safetensors", img_size=(10, 16))
    (view,) = wide.look(write_good(tmp_path, 1))
    assert view.trace.attention.shape == (1, 2, 4, 41, 41)
    assert view.geometries[0].size == (16, 10)
    grey = drawn_model(in_chans=1, depth=3)
    save_file(grey.state_dict(), tmp_path / f"{PICO}.safetensors")
    assert load(tmp_path / f"{PICO}.safetensors", in_chans=1)(paint()).logits.shape == (3,)


def test_a_preprocessing_that_cannot_work_is_told(tmp_path):
    save_model(tmp_path / "odd.safetensors", preprocessing={"std": [0, 0, 0]})
    with pytest.raises(CheckpointError, match=r"preprocessing of pictures in .*std above 0"):
        load(tmp_path / "odd.safetensors")
