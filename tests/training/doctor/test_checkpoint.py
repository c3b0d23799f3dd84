"""What is said of weight files: whole, holed, broken, nameless."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file

from saccade.errors import CheckpointError
from saccade.training.doctor.checkpoint import examine_checkpoint
from tests.samples import PICO, drawn_model, save_model


def codes(found):
    return {remark.code: remark for remark in found.remarks}


def test_our_own_file(tmp_path):
    path = tmp_path / "own.safetensors"
    model = save_model(path, preprocessing={"mean": [0.4] * 3, "std": [0.2] * 3})
    found = examine_checkpoint(str(path))
    assert found.model == PICO
    assert found.files == (
        (path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()),
    )
    assert found.parameters == sum(value.numel() for value in model.parameters())
    assert found.classes == (3, 3)
    assert found.grid == (4, 4)
    assert {"whole", "labels", "pixels", "other_count"} == set(codes(found))
    assert "num_classes=3" in codes(found)["other_count"].english
    rows = dict(found.rows())
    assert rows["positions"] == "4 x 4"
    assert "100.0 %" in rows["coverage"]
    assert "(as the file says)" in rows["pictures"]


def test_what_a_file_does_not_say(tmp_path):
    state = drawn_model().state_dict()
    path = tmp_path / "plain.safetensors"
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    found = examine_checkpoint(str(path), model=PICO)
    assert {"no_labels", "pixels_assumed"} <= set(codes(found))
    assert "(assumed)" in dict(found.rows())["pictures"]


def test_holes_zeros_nan_and_strangers(tmp_path):
    state = {name: value.clone() for name, value in drawn_model(depth=3).state_dict().items()}
    state["head.weight"].zero_()
    state["blocks.1.mlp.fc1.weight"].zero_()
    state["blocks.0.attn.qkv.weight"][0, 0] = float("nan")
    del state["norm.bias"]
    state["stranger.weight"] = torch.ones(2, dtype=torch.float16)
    path = tmp_path / "sick.safetensors"
    save_file(state, path)
    found = examine_checkpoint(str(path), model=PICO)
    said = codes(found)
    assert said["not_finite"].names == ("blocks.0.attn.qkv.weight",)
    assert said["missing"].names == ("norm.bias",)
    assert said["unused"].names == ("stranger.weight",)
    assert said["zero_head"].names == ("head.weight",)
    assert said["zero"].names == ("blocks.1.mlp.fc1.weight",)
    assert found.remarks[0].severity == "problem"
    assert found.to_dict()["coverage"] < 100


def test_half_precision_and_no_head(tmp_path):
    state = {
        name: value.bfloat16() for name, value in drawn_model(num_classes=0).state_dict().items()
    }
    path = tmp_path / "half.safetensors"
    save_file(state, path)
    found = examine_checkpoint(str(path), model=PICO)
    assert {"half", "no_head"} <= set(codes(found))
    assert list(found.dtypes) == ["bfloat16"]


def test_nobody_knows_it(tmp_path):
    path = tmp_path / "strange.safetensors"
    save_file({"a.weight": torch.ones(2, 2)}, path)
    found = examine_checkpoint(str(path))
    assert found.model is None
    assert codes(found)["unknown"].severity == "problem"
    assert dict(found.rows())["model"] == "not recognised"
    with pytest.raises(CheckpointError, match="no such file"):
        examine_checkpoint(str(tmp_path / "none.safetensors"))
