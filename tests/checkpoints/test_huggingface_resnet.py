"""Residual networks of transformers: ResNet and BiT."""

import pytest
import torch

from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from saccade.models import build
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {"depths": (1, 2, 1), "hidden_sizes": (16, 32, 64), "num_labels": 3}
SMALL_BIT = {"depths": (1, 2), "hidden_sizes": (128, 256), "embedding_size": 32, "num_labels": 3}


@pytest.mark.parity
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"layer_type": "basic"},
        {"layer_type": "basic", "hidden_sizes": (64, 64, 128)},
        {"embedding_size": 10, "hidden_sizes": (10, 21, 34)},
    ],
    ids=str,
)
def test_logits_and_back(changes, tmp_path):
    network = peer("ResNet", "ForImageClassification", **{**SMALL, **changes})
    there_and_back(network, tmp_path, images(50, 67))


@pytest.mark.parity
def test_logits_of_bit_and_back(tmp_path):
    network = peer("Bit", "ForImageClassification", **SMALL_BIT)
    there_and_back(network, tmp_path, images(50, 67))


def test_wide_networks_are_called_so():
    sizes = {"hidden_sizes": [768, 1536, 3072, 6144], "embedding_size": 192}
    about = about_transformers({"model_type": "bit", **sizes}, None, {"head.fc.weight"})
    assert (about.config["width_factor"], about.config["stem_chs"]) == (3, 64)
    assert about.config["channels"] == (256, 512, 1024, 2048)


def test_the_size_of_the_pictures_is_that_of_the_processor():
    pixels = {"size": {"shortest_edge": 448}, "do_center_crop": True, "crop_size": 384}
    about = about_transformers({"model_type": "bit"}, pixels, set())
    assert about.config["img_size"] == [384, 384]
    assert about.config["num_classes"] == 0


@pytest.mark.parity
def test_without_a_head(tmp_path):
    network = peer("ResNet", "Model", **{**SMALL, "num_labels": 2})
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path).model.eval()
    with torch.no_grad():
        close(ours(images(64, 64)), network(images(64, 64)).pooler_output.flatten(1))


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("resnet", {"downsample_in_bottleneck": True}, "downsample_in_bottleneck=false"),
        ("resnet", {"downsample_in_first_stage": True}, "downsample_in_first_stage=false"),
        ("resnet", {"hidden_act": "gelu"}, 'hidden_act="relu"'),
        ("bit", {"layer_type": "bottleneck"}, 'layer_type="preactivation"'),
        ("bit", {"global_padding": "SAME"}, 'global_padding=null .* got "SAME"'),
        ("bit", {"embedding_size": 256}, "other channels than its stem"),
        ("bit", {"output_stride": 16}, "output_stride=32 in a BiT of 4 stages"),
    ],
)
def test_what_ours_does_not_compute(kind, change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({"model_type": kind, **change}, None, set())


@pytest.mark.parametrize(
    ("kind", "name", "changes", "sentence"),
    [
        ("resnet", "legacy_seresnet50", {}, "caffe=False, as transformers computes a resnet"),
        ("resnet", "resnet50", {"cardinality": 32, "base_width": 4}, "cardinality=1"),
        ("bit", "resnetv2_50x1_bit", {"pool_padding": "lowest"}, "pool_padding='zero'"),
        ("bit", "resnetv2_50x1_bit", {"eps": "google"}, "eps='timm'"),
    ],
)
def test_what_transformers_does_not_compute(kind, name, changes, sentence):
    with torch.device("meta"):
        config = build(name, **changes).config
    fields = {field: getattr(config, field) for field in config.__slots__}
    with pytest.raises(CheckpointError, match=sentence):
        transformers_config(kind, fields, ())
