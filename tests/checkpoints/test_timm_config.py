"""timm's config.json: read by hand, and written so that timm builds the model from the folder."""

import torch
from safetensors.torch import save_file

from saccade.checkpoints.convert import convert
from saccade.checkpoints.load import load_model
from saccade.checkpoints.timm_config import about_timm, pixels_of
from saccade.models import build

CONFIG = {
    "architecture": "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
    "num_classes": 3,
    "global_pool": "token",
    "label_names": ["a", "b", "c"],
    "pretrained_cfg": {
        "input_size": [3, 224, 240],
        "interpolation": "bicubic",
        "crop_pct": 0.9,
        "crop_mode": "border",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    },
}


def test_by_hand():
    about = about_timm(CONFIG)
    assert about.model == "vit_tiny_patch16_224"
    expected = {"img_size": (224, 240), "num_classes": 3, "global_pool": "token"}
    assert about.config == expected
    assert about.classes == ("a", "b", "c")
    assert about.preprocessing["crop_mode"] == "pad"
    assert about.preprocessing["img_size"] == [224, 240]


def test_what_is_missing_stays_open():
    about = about_timm({"architecture": "vit_tiny_patch16_224"})
    assert (about.config, about.classes, about.preprocessing) == ({}, (), {})
    assert about_timm({"architecture": "some_new_model", "num_classes": 3}).config == {}
    assert pixels_of({"interpolation": "random"}) == {}


def test_our_folder_says_which_model_it_is(saved, tmp_path):
    _, path = saved()
    convert(path, tmp_path / "t", "timm", changes={"img_size": 12})
    loaded = load_model(tmp_path / "t")
    assert (loaded.model.name, loaded.model.config.img_size) == ("vit_pico_patch2_8", (12, 12))
    assert loaded.card.classes == ("a", "b", "c")


def test_timm_builds_the_model_from_our_folder(timm, tmp_path, drawn):
    ours = drawn(build("vit_tiny_patch16_224", img_size=(32, 48), num_classes=3), std=0.02)
    path = tmp_path / "vit_tiny_patch16_224.safetensors"
    save_file(ours.state_dict(), path)
    convert(path, tmp_path / "t", "timm", changes={"img_size": (32, 48)})
    peer = timm.create_model(f"local-dir:{tmp_path / 't'}", pretrained=True).eval()
    images = torch.randn(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(peer(images), ours(images), atol=1e-5, rtol=1e-5)
    assert peer.pretrained_cfg["crop_pct"] == 0.9
