"""Swin of transformers."""

import pytest
import torch

from saccade.checkpoints.convert import convert
from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from saccade.models import build
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {"embed_dim": 12, "depths": (2, 2), "num_heads": (2, 4), "num_labels": 3}


@pytest.mark.parity
@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"image_size": 32, "window_size": 4}, (32, 32)),
        ({"image_size": 48, "window_size": 3, "qkv_bias": False, "mlp_ratio": 2.0}, (48, 48)),
        ({"image_size": 40, "window_size": 4}, (40, 40)),
        ({"image_size": [40, 56], "window_size": 3, "num_channels": 3}, (40, 56)),
    ],
)
def test_logits_and_back(changes, size, tmp_path):
    network = peer("Swin", "ForImageClassification", **SMALL, **changes)
    loaded = there_and_back(network, tmp_path, images(*size))
    assert loaded.model.config.windows == "hf"


@pytest.mark.parity
def test_another_size_as_there(tmp_path):
    network = peer("Swin", "ForImageClassification", **SMALL, image_size=32, window_size=4)
    network.save_pretrained(tmp_path)
    pixels = images(52, 72)
    ours = load_model(tmp_path, changes={"img_size": (52, 72)}).model.eval()
    with torch.no_grad():
        close(ours(pixels), network(pixels).logits)


@pytest.mark.parity
def test_a_size_that_the_patch_does_not_divide(tmp_path):
    network = peer("Swin", "ForImageClassification", **SMALL, image_size=30, window_size=4)
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path).model.eval()
    with torch.no_grad():
        close(ours(images(30, 30)), network(images(30, 30)).logits)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"use_absolute_embeddings": True}, "use_absolute_embeddings=false in a swin"),
        ({"layer_norm_eps": 1e-3}, "layer_norm_eps=1e-05 .* got 0.001"),
        ({"hidden_act": "relu"}, 'hidden_act="gelu" .* got "relu"'),
    ],
)
def test_what_ours_does_not_compute(change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({"model_type": "swin", **change}, None, set())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"window_size": (7, 7, 7, 14), "img_size": 448}, "windows of 7, 14 positions"),
        ({"img_size": 256}, "one window for all stages of a Swin"),
        ({"norm_eps": 1e-3}, "norm_eps=1e-05, as transformers computes a swin, got 0.001"),
    ],
)
def test_what_transformers_does_not_compute(changes, sentence):
    with torch.device("meta"):
        config = build("swin_tiny_patch4_window7_224", **changes).config
    fields = {name: getattr(config, name) for name in config.__slots__}
    with pytest.raises(CheckpointError, match=sentence):
        transformers_config("swin", fields, ())


@pytest.mark.parity
def test_torchvision_cuts_windows_in_its_own_way(tmp_path):
    network = peer("Swin", "ForImageClassification", **SMALL, image_size=32, window_size=4)
    network.save_pretrained(tmp_path / "theirs")
    name = "swin_tiny_patch4_window7_224"
    changes = {"embed_dim": 12, "depths": (2, 2), "num_heads": (2, 4), "window_size": 4}
    changes = {**changes, "img_size": 32, "num_classes": 3}
    convert(tmp_path / "theirs", tmp_path / "swin.pth", "torchvision")
    again = load_model(tmp_path / "swin.pth", model=name, changes=changes)
    assert again.model.config.windows == "torchvision"
