import json
import shutil

import pytest
import torch

import saccade
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import Card, save
from saccade.checkpoints.publish import Named, push_to_hub, save_pretrained
from saccade.errors import CheckpointError
from saccade.models import build

CLASSES = ("cat", "dog", "새")


@pytest.fixture
def named() -> Named:
    model = build("vit_pico_patch2_8", num_classes=3, depth=2).eval()
    torch.nn.init.normal_(model.head.weight)
    config = {name: getattr(model.config, name) for name in model.config.__dataclass_fields__}
    pixels = {"img_size": [8, 8], "mean": [0.5] * 3, "std": [0.5] * 3}
    metrics = {"val_accuracy": 0.75, "best_epoch": 2}
    training = {"config": {"lr": 0.001, "out": "secret"}, "data": {"train": 90}}
    card = Card(
        model=model.name,
        config=config,
        classes=CLASSES,
        preprocessing=pixels,
        metrics=metrics,
        training=training,
        epoch=3,
        step=30,
    )
    return Named(model, card)


def test_a_folder_is_read_back_whole(named, tmp_path) -> None:
    folder = save_pretrained(named, tmp_path / "bird")
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "config.json"}
    loaded = load_model(folder)
    pixels = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(loaded.model(pixels), named.model(pixels))
    assert loaded.card.classes == CLASSES
    assert saccade.load(folder).classes == CLASSES
    config = json.loads((folder / "config.json").read_text())
    assert (config["architecture"], config["num_classes"]) == ("vit_pico_patch2_8", 3)
    assert config["label_names"] == list(CLASSES)
    page = (folder / "README.md").read_text()
    assert page.startswith("---\nlibrary_name: saccade\n")
    for told in ("# bird", "cat, dog, 새", "| val_accuracy | 0.75 |", "3 epochs, 30 steps"):
        assert told in page
    assert "secret" not in page


def test_the_file_of_a_run_and_a_bare_model_can_be_published(named, tmp_path) -> None:
    save(tmp_path / "best.safetensors", named.model, named.card)
    again = save_pretrained(tmp_path / "best.safetensors", tmp_path / "a")
    assert load_model(again).card.metrics == named.card.metrics
    bare = save_pretrained(named.model, tmp_path / "b")
    assert load_model(bare).card.classes == ()
    nameless = build("vit_pico_patch2_8")
    nameless.name = ""
    with pytest.raises(CheckpointError, match="expected a model of the catalogue, got a ViT"):
        save_pretrained(nameless, tmp_path / "c")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub that is a folder here; what it was asked."""
    module = pytest.importorskip("huggingface_hub.hub_mixin")
    asked = []

    class Hub:
        def __init__(self, token=None) -> None:
            asked.append(token)

        def create_repo(self, repo_id, private=None, exist_ok=False, **_):
            asked.append((repo_id, private))
            return type("Address", (), {"repo_id": repo_id})()

        def upload_folder(self, *, repo_id, folder_path, commit_message, **_):
            shutil.copytree(folder_path, tmp_path / "hub")
            return f"https://hub/{repo_id}: {commit_message}"

    monkeypatch.setattr(module, "HfApi", Hub)
    return asked


@pytest.mark.parity
def test_the_hub_gets_the_folder(named, hub, tmp_path) -> None:
    address = push_to_hub(named, "me/bird", private=True, token="t", commit_message="first")
    assert address == "https://hub/me/bird: first"
    assert hub == ["t", ("me/bird", True)]
    assert load_model(tmp_path / "hub").card.classes == CLASSES
    assert "# me/bird" in (tmp_path / "hub" / "README.md").read_text()


@pytest.mark.parity
def test_timm_loads_the_folder(timm, tmp_path) -> None:
    model = build("vit_tiny_patch16_224", num_classes=5, img_size=(64, 96)).eval()
    torch.nn.init.normal_(model.head.weight)
    folder = save_pretrained(model, tmp_path / "tiny")
    theirs = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(theirs(pixels), model(pixels), atol=1e-5, rtol=0)
