"""Weight files that do not fit or cannot be read: each is refused in one sentence."""

import math

import pytest
import torch

from saccade.checkpoints.create import create_model
from saccade.checkpoints.native import read, save
from saccade.errors import CheckpointError, ConfigError

PICO = "vit_pico_patch2_8"


def refused(path, name=PICO, **changes):
    with pytest.raises(CheckpointError) as caught:
        create_model(name, checkpoint_path=path, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_of_another_model_are_refused(saved):
    _, path = saved()
    sentence = refused(path, "vit_tiny_patch16_224")
    assert sentence.startswith(f"expected weights of vit_tiny_patch16_224 in {path}")
    assert sentence.endswith(f"got those of {PICO}; try {PICO}")
    _, path = saved(bare=True)
    assert "missing" in refused(path, "vit_tiny_patch16_224")
    assert "of another shape (cls_token (1, 1, 64)" in refused(path, "vit_nano_patch4_28")


def test_one_tensor_too_few_or_too_many_is_named(saved):
    model, path = saved()
    state, card = model.state_dict(), read(path).card
    save(path, {k: v for k, v in state.items() if k != "norm.bias"}, card)
    assert "1 missing (norm.bias)" in refused(path)
    save(path, {**state, "norm.extra": torch.zeros(1)}, card)
    assert "1 unexpected (norm.extra)" in refused(path)


def test_damaged_files_are_told_in_one_sentence(saved, tmp_path):
    _, path = saved()
    whole = path.read_bytes()
    for data, words in (
        (whole[: len(whole) // 2], "damaged"),
        (whole[:40], "damaged"),
        (b"", "an empty file"),
        (b"hello, I am no weight file", "neither whole safetensors nor a whole torch file"),
    ):
        path.write_bytes(data)
        assert words in refused(path)
    assert "no such file" in refused(tmp_path / "none.safetensors")
    (tmp_path / "empty").mkdir()
    assert "a folder with no weight file" in refused(tmp_path / "empty")


class Malicious:
    def __reduce__(self):
        return (open, ("was_here", "w"))


def test_code_in_a_pickle_never_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"head.weight": Malicious()}, tmp_path / "evil.pth")
    assert "asks to run code" in refused(tmp_path / "evil.pth")
    assert not (tmp_path / "was_here").exists()


@pytest.mark.parametrize(
    "field",
    [{"new_in_2030": 1}, {"img_size": "abc"}, {"embed_dim": None}, {"depth": 1.5}, {"depth": -1}],
)
def test_a_card_that_cannot_be_built_is_blamed_and_not_the_changes(saved, field):
    _, path = saved(**field)
    sentence = refused(path)
    assert sentence.startswith(f"expected a config of {PICO} in {path}")
    assert "the version of saccade that wrote it" in sentence
    assert refused(path, drop_path_rate=0.1) == sentence


def test_a_change_that_cannot_work_is_blamed_and_not_the_card(saved):
    _, path = saved()
    with pytest.raises(ConfigError, match=r"an option of .*'drop_rat'"):
        create_model(PICO, checkpoint_path=path, drop_rat=0.1)
    with pytest.raises(ConfigError, match="drop_path_rate in"):
        create_model(PICO, checkpoint_path=path, drop_path_rate=1.5)


def test_weights_that_are_no_numbers_load(saved):
    model, path = saved()
    state = {**model.state_dict(), "norm.bias": torch.full((64,), math.nan)}
    save(path, state, read(path).card)
    assert create_model(PICO, checkpoint_path=path).norm.bias.isnan().all()
