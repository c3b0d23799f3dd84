"""PVT of transformers, both versions."""

import pytest
import torch

from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {
    "depths": (1, 2, 1, 1),
    "hidden_sizes": (8, 16, 24, 32),
    "num_attention_heads": (1, 2, 3, 4),
    "mlp_ratios": (2, 2, 2, 3),
    "num_labels": 3,
}


@pytest.mark.parity
@pytest.mark.parametrize(
    "changes",
    [{}, {"qkv_bias": False, "layer_norm_eps": 1e-3}, {"sequence_reduction_ratios": (4, 2, 2, 1)}],
    ids=str,
)
def test_logits_and_back(changes, tmp_path):
    network = peer("Pvt", "ForImageClassification", **{**SMALL, "image_size": 64, **changes})
    there_and_back(network, tmp_path, images(64, 64))


@pytest.mark.parity
def test_fewer_stages(tmp_path):
    few = {key: value[:2] for key, value in SMALL.items() if isinstance(value, tuple)}
    few |= {"sequence_reduction_ratios": (2, 1), "patch_sizes": (4, 2), "strides": (4, 2)}
    few |= {"num_encoder_blocks": 2, "image_size": 32, "num_labels": 3}
    network = peer("Pvt", "ForImageClassification", **few)
    there_and_back(network, tmp_path, images(32, 32))


@pytest.mark.parity
@pytest.mark.parametrize("linear", [False, True])
def test_logits_of_the_second_version_and_back(linear, tmp_path):
    network = peer(
        "PvtV2", "ForImageClassification", **SMALL, image_size=64, linear_attention=linear
    )
    there_and_back(network, tmp_path, images(64, 64))
    ours = load_model(tmp_path / "theirs", changes={"img_size": (72, 90)}).model.eval()
    with torch.no_grad():
        close(ours(images(72, 90)), network(images(72, 90)).logits)


@pytest.mark.parity
def test_without_a_head(tmp_path):
    network = peer("PvtV2", "Model", **SMALL, image_size=64)
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path).model.eval()
    with torch.no_grad():
        wanted = network(images(64, 64)).last_hidden_state
        close(ours.end(images(64, 64)), wanted)
        close(ours(images(64, 64)), wanted.mean(dim=(2, 3)))


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("pvt", {"patch_sizes": [8, 2, 2, 2]}, r"patch_sizes=\[4, 2, 2, 2\] in a pvt"),
        ("pvt_v2", {"strides": [4, 4, 2, 2]}, r"strides=\[4, 2, 2, 2\] .* got \[4, 4, 2, 2\]"),
        ("pvt_v2", {"hidden_act": "relu"}, 'hidden_act="gelu"'),
        ("pvt", {"num_encoder_blocks": 3}, "num_encoder_blocks=4"),
    ],
)
def test_what_ours_does_not_compute(kind, change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({"model_type": kind, **change}, None, set())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"embed_norm_eps": 1e-5},
            r"one small number .* got norm_eps=1e-06 and embed_norm_eps=1e-05",
        ),
        ({"mlp_ratios": (2.5, 2.0)}, "whole numbers of mlp_ratios"),
        ({"img_size": (32, 64)}, "img_size"),
    ],
)
def test_what_transformers_does_not_compute(change, sentence):
    fields = {"img_size": (32, 32), "in_chans": 3, "num_classes": 2, "depths": (1, 1)}
    fields |= {"embed_dims": (8, 8), "num_heads": (1, 1), "mlp_ratios": (2.0, 2.0)}
    fields |= {"sr_ratios": (2, 1), "norm_eps": 1e-6, "embed_norm_eps": 1e-6, "qkv_bias": True}
    assert transformers_config("pvt", fields, ())["mlp_ratios"] == [2, 2]
    with pytest.raises(CheckpointError, match=sentence):
        transformers_config("pvt", {**fields, **change}, ())
