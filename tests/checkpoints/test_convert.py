"""What we write is read by us without a change, and by the libraries that it is written for."""

import json
from dataclasses import asdict

import pytest
import torch

from saccade.checkpoints.convert import convert
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import Card, save
from saccade.errors import CheckpointError, ConfigError, OutputError
from saccade.models import build
from tests.foreign import foreign

TINY = "vit_tiny_patch16_224"
CHANGES = {"img_size": (32, 48), "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3}
NAMES = ("cat", "dog", "고양이")
TARGETS = {"saccade": "w.safetensors", "timm": "t", "hf": "h", "google": "g.npz"}
TARGETS["torchvision"] = "tv.pth"


@pytest.fixture
def tiny(tmp_path, drawn):
    """A small model and the file it was saved to."""

    def write(name=TINY, **changes):
        model = drawn(build(name, num_classes=3, **{**CHANGES, **changes}))
        path = tmp_path / "source.safetensors"
        pixels = {"mean": [0.4, 0.5, 0.6], "std": [0.2] * 3, "crop_mode": "squash"}
        card = Card(model=name, config=asdict(model.config), classes=NAMES, preprocessing=pixels)
        save(path, model, card)
        return model, path

    return write


def images(*size):
    return torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("to", TARGETS)
def test_there_and_back(tiny, tmp_path, to):
    model, path = tiny()
    target = tmp_path / TARGETS[to]
    done = convert(path, target, to)
    assert done.report.complete
    assert all(file.is_file() for file in done.files)
    told = {} if to in ("hf", "google", "saccade") else {**CHANGES, "model": TINY}
    name = told.pop("model", None)
    back = load_model(target, model=name, changes=told)
    state = back.model.state_dict()
    assert all(torch.equal(state[key], value) for key, value in model.state_dict().items())
    if to in ("saccade", "timm", "hf", "google"):
        assert back.card.classes == NAMES
        assert list(back.card.preprocessing["mean"]) == [0.4, 0.5, 0.6]
    rules = {"timm": "timm", "hf": "hf", "google": "timm", "saccade": "timm"}
    assert back.card.rule == rules.get(to, "timm")


@pytest.mark.parity
def test_transformers_reads_the_folder(tiny, tmp_path):
    foreign("torchvision")
    transformers = foreign("transformers")
    model, path = tiny(img_size=32)
    convert(path, tmp_path / "hf", "hf")
    peer = transformers.ViTForImageClassification.from_pretrained(tmp_path / "hf").eval()
    assert list(peer.config.id2label.values()) == list(NAMES)
    with torch.no_grad():
        torch.testing.assert_close(
            peer(images(32, 32)).logits, model(images(32, 32)), atol=1e-5, rtol=1e-5
        )
    peer.save_pretrained(tmp_path / "theirs")
    found = load_model(tmp_path / "theirs")
    assert found.report.complete
    with torch.no_grad():
        again = found.model.eval()(images(32, 32))
    torch.testing.assert_close(again, model(images(32, 32)), atol=1e-5, rtol=1e-5)


def test_timm_reads_the_file(timm, tiny, tmp_path):
    model, path = tiny()
    convert(path, tmp_path / "timm.pth", "timm")
    peer = timm.create_model(
        TINY, num_classes=3, checkpoint_path=str(tmp_path / "timm.pth"), **CHANGES
    ).eval()
    with torch.no_grad():
        expected = model(images(32, 48))
        torch.testing.assert_close(peer(images(32, 48)), expected, atol=1e-5, rtol=1e-5)


def test_what_has_no_place_is_refused(tiny, tmp_path):
    _, path = tiny(representation_size=8)
    with pytest.raises(CheckpointError, match="a tanh layer before the head; try --to hf"):
        convert(path, tmp_path / "t", "timm")
    assert not (tmp_path / "t").exists()
    with pytest.raises(ConfigError, match="got 'keras'; try saccade or timm"):
        convert(path, tmp_path / "t", "keras")  # type: ignore[arg-type]


def test_nothing_is_overwritten_and_nothing_half_written(tiny, tmp_path):
    _, path = tiny()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="a new or empty folder at"):
        convert(path, tmp_path / "full", "hf")
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["full", "source.json", "source.safetensors"]


def test_a_folder_tells_what_it_is(tiny, tmp_path):
    _, path = tiny()
    convert(path, tmp_path / "hf", "hf", changes={"img_size": (48, 48)}, pos_resize="hf")
    config = json.loads((tmp_path / "hf" / "config.json").read_text())
    assert (config["model_type"], config["image_size"], config["hidden_size"]) == ("vit", 48, 24)
    pixels = json.loads((tmp_path / "hf" / "preprocessor_config.json").read_text())
    assert pixels["size"] == {"height": 48, "width": 48}
