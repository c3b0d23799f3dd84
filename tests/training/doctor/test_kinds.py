import pytest

from saccade.training.doctor.kinds import kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("digits", "data"),
        ("hf:beans", "data"),
        ("no/such/folder", "data"),
        ("shards/train-{000..127}.tar", "data"),
        ("weights.safetensors", "checkpoint"),
        ("weights.pth.tar", "checkpoint"),
        ("ViT-B_16.npz", "checkpoint"),
        ("timm/vit_tiny_patch16_224.augreg_in21k", "checkpoint"),
    ],
)
def test_by_name(name, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kind_of(name) == kind


def test_folders(tmp_path):
    assert kind_of(str(tmp_path)) == "data"
    (tmp_path / "model.safetensors").touch()
    assert kind_of(str(tmp_path)) == "checkpoint"
    (tmp_path / "config.json").touch()
    assert kind_of(str(tmp_path)) == "checkpoint"
    (tmp_path / "metrics.jsonl").touch()
    assert kind_of(str(tmp_path)) == "run"
