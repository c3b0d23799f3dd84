"""Vision transformers of transformers: read, and written so that transformers reads them."""

import pytest
import torch

from saccade.checkpoints.convert import convert
from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from saccade.models import build
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": 32,
    "patch_size": 8,
}
WIDE = {"intermediate_size": 48, "num_labels": 3}
GATED = {"use_swiglu_ffn": True, "mlp_ratio": 4, "num_labels": 3}
CLASSIFIER, TEACHER = "ForImageClassification", "ForImageClassificationWithTeacher"
MODELS = {
    "vit": ("ViT", CLASSIFIER, WIDE),
    "quick": ("ViT", CLASSIFIER, {**WIDE, "hidden_act": "quick_gelu", "image_size": [32, 48]}),
    "single": ("DeiT", CLASSIFIER, WIDE),
    "distilled": ("DeiT", TEACHER, WIDE),
    "dinov2": ("Dinov2", "Model", {}),
    "dinov2 gated": ("Dinov2", "Model", GATED),
    "dinov2 classifier": ("Dinov2", CLASSIFIER, {"num_labels": 3}),
    "dinov2 gated classifier": ("Dinov2", CLASSIFIER, GATED),
    "registers": ("Dinov2WithRegisters", "Model", {}),
    "registers classifier": ("Dinov2WithRegisters", CLASSIFIER, {"num_labels": 3}),
    "registers gated": ("Dinov2WithRegisters", CLASSIFIER, {**GATED, "num_register_tokens": 2}),
}


@pytest.mark.parity
@pytest.mark.parametrize("kind", MODELS)
def test_logits_and_back(kind, tmp_path):
    stem, ending, more = MODELS[kind]
    network = peer(stem, ending, **{**SMALL, **more})
    there_and_back(network, tmp_path, images(32, 48 if kind == "quick" else 32))


@pytest.mark.parity
@pytest.mark.parametrize("kind", ["single", "dinov2 classifier", "registers classifier"])
def test_another_size(kind, tmp_path):
    stem, ending, more = MODELS[kind]
    network = peer(stem, ending, **{**SMALL, **more})
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path, changes={"img_size": (48, 40)}).model.eval()
    more = {"interpolate_pos_encoding": True} if stem == "DeiT" else {}
    with torch.no_grad():
        close(ours(images(48, 40)), network(images(48, 40), **more).logits)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("stem", "more"),
    [("ViT", {}), ("ViTMAE", {"mask_ratio": 0.0}), ("ViTMSN", {})],
)
def test_networks_that_are_only_read(stem, more, tmp_path):
    network = peer(stem, "Model", **{**SMALL, "intermediate_size": 48, **more})
    network.save_pretrained(tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.report.complete
    shown = {"noise": torch.arange(16.0).expand(2, -1)} if stem == "ViTMAE" else {}
    with torch.no_grad():
        found = network(images(32, 32), **shown)
        close(loaded.model.eval().tokens(images(32, 32)), found.last_hidden_state)
        if stem == "ViT":
            close(loaded.model(images(32, 32)), found.pooler_output)


@pytest.mark.parity
def test_a_file_of_ours_keeps_both_parts_of_the_vector(tmp_path):
    network = peer("Dinov2", CLASSIFIER, **SMALL, num_labels=3)
    network.save_pretrained(tmp_path / "theirs")
    convert(tmp_path / "theirs", tmp_path / "ours.safetensors", "saccade")
    loaded = load_model(tmp_path / "ours.safetensors")
    assert loaded.model.config.global_pool == "token_avg"
    with torch.no_grad():
        close(loaded.model.eval()(images(32, 32)), network(images(32, 32)).logits)
    with pytest.raises(CheckpointError, match="class token and mean side by side"):
        convert(tmp_path / "ours.safetensors", tmp_path / "timm", "timm")


def test_a_pooler_that_bends_otherwise_is_refused():
    config = {"model_type": "vit", "pooler_act": "relu"}
    with pytest.raises(CheckpointError, match=r'pooler_act="tanh" .* got "relu"'):
        about_transformers(config, None, {"pre_logits.fc.weight"})


@pytest.mark.parametrize(
    ("kind", "name", "changes", "sentence"),
    [
        ("vit", "vit_tiny_patch16_224", {"global_pool": "avg"}, "global_pool='token'"),
        ("vit", "vit_tiny_patch16_224", {"representation_size": 8}, "representation_size=None"),
        ("vit", "vit_tiny_patch16_224", {"pos_embed": "none"}, "pos_embed='learn'"),
        ("dinov2", "vit_small_patch14_dinov2", {"num_classes": 3}, "global_pool='token_avg'"),
        ("dinov2", "deit3_small_patch16_224", {"num_classes": 0}, "no_embed_class=False"),
    ],
)
def test_what_transformers_does_not_compute(kind, name, changes, sentence):
    with torch.device("meta"):
        config = build(name, **changes).config
    fields = {field: getattr(config, field) for field in config.__slots__}
    with pytest.raises(CheckpointError, match=sentence):
        transformers_config(kind, fields, ())
