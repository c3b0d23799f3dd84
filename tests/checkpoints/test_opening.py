"""Every kind of file and folder is told by what is in it."""

import hashlib
import json
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.google import write_google
from saccade.checkpoints.load import load_model
from saccade.checkpoints.opening import open_source, sha256, weight_file
from saccade.errors import CheckpointError

PICO = "vit_pico_patch2_8"


def shards(folder, state, files=2):
    names, table = list(state), {}
    for number in range(files):
        file = f"model-{number + 1:05}-of-{files:05}.safetensors"
        save_file({name: state[name] for name in names[number::files]}, folder / file)
        table |= dict.fromkeys(names[number::files], file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    return folder


def test_shards_are_one(saved, tmp_path):
    model, _ = saved(bare=True)
    folder = tmp_path / "sharded"
    folder.mkdir()
    shards(folder, model.state_dict())
    for path in (folder, folder / "model.safetensors.index.json"):
        found = load_model(path, model=PICO)
        assert found.report.complete
        assert len(found.report.files) == 2
        assert torch.equal(found.model.pos_embed, model.pos_embed)


def test_shards_that_lie_are_refused(saved, tmp_path):
    model, _ = saved(bare=True)
    folder = tmp_path / "sharded"
    folder.mkdir()
    index = shards(folder, model.state_dict()) / "model.safetensors.index.json"
    table = json.loads(index.read_text())
    table["weight_map"]["more"] = "model-00001-of-00002.safetensors"
    index.write_text(json.dumps(table))
    with pytest.raises(CheckpointError, match=r"1 missing \(more\)"):
        open_source(folder)
    table["weight_map"]["more"] = "../../etc/passwd"
    index.write_text(json.dumps(table))
    with pytest.raises(CheckpointError, match="paths to elsewhere"):
        open_source(folder)


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors"])
def test_what_a_file_holds_counts_and_not_its_name(saved, tmp_path, name):
    model, _ = saved()
    write_google(tmp_path / "google.npz", model)
    (tmp_path / "google.npz").rename(tmp_path / name)
    found = open_source(tmp_path / name)
    assert (found.how, found.rule) == ("Google's vit", "google")
    assert found.about.kind == "ViTConfig"
    assert set(found.mapped.state) == set(model.state_dict())


def test_a_torch_file_in_a_folder(saved, tmp_path):
    model, _ = saved()
    folder = tmp_path / "f"
    folder.mkdir()
    torch.save({"state_dict": model.state_dict()}, folder / "checkpoint.pth")
    assert weight_file(folder).name == "checkpoint.pth"
    assert set(open_source(folder).mapped.state) == set(model.state_dict())
    (folder / "other.pt").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"a folder with checkpoint.pth, other.pt"):
        weight_file(folder)


def test_pickles_in_archives_never_run(tmp_path):
    array = np.array([print], dtype=object)
    np.savez(tmp_path / "evil.npz", weights=array)
    with pytest.raises(CheckpointError, match="a pickle"):
        open_source(tmp_path / "evil.npz")


def test_broken_archives_and_configs_are_one_sentence(tmp_path, saved):
    with zipfile.ZipFile(tmp_path / "cut.npz", "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY")
    with pytest.raises(CheckpointError, match="damaged"):
        open_source(tmp_path / "cut.npz")
    model, _ = saved()
    folder = tmp_path / "f"
    folder.mkdir()
    save_file(model.state_dict(), folder / "model.safetensors")
    for text, words in (("{", "JSON in"), ("[]", "a JSON object in")):
        (folder / "config.json").write_text(text)
        with pytest.raises(CheckpointError, match=words):
            open_source(folder)


def test_a_sum_by_hand(tmp_path):
    (tmp_path / "a").write_bytes(b"saccade")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"saccade").hexdigest()


def test_shapes_that_no_table_can_take_are_one_sentence(tmp_path):
    state = {
        "register_tokens": torch.ones(4),
        "cls_token": torch.ones(4),
        "pos_embed": torch.ones(4),
    }
    torch.save({**state, "blocks.0.ls1.gamma": torch.ones(4)}, tmp_path / "x.pth")
    with pytest.raises(CheckpointError, match=r"that go together in .*, got others \(IndexError"):
        open_source(tmp_path / "x.pth")


def test_plain_networks_say_what_pixels_they_want(saved, tmp_path):
    model, _ = saved()
    for home, mean in (("model", 0.485), ("teacher", 0.485), ("state_dict", 0.5)):
        torch.save({home: model.state_dict()}, tmp_path / "x.pth")
        found = load_model(tmp_path / "x.pth", model=PICO)
        assert found.card.preprocessing["mean"][0] == mean
