"""config.json of transformers: what it says of a model, and what we write."""

import pytest
import torch

from saccade.checkpoints.convert import convert
from saccade.checkpoints.huggingface import about_transformers
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from tests.foreign import foreign

CONFIG = {
    "model_type": "vit",
    "hidden_size": 192,
    "num_hidden_layers": 12,
    "num_attention_heads": 3,
    "intermediate_size": 768,
    "image_size": [32, 48],
    "patch_size": 16,
    "hidden_act": "gelu",
    "id2label": {"1": "dog", "0": "cat"},
}
SMALL = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": 32,
    "patch_size": 8,
    "num_labels": 3,
}
MODELS = {
    "vit": ("ViT", "ForImageClassification", {"intermediate_size": 48}),
    "pooler": ("ViT", "Model", {"intermediate_size": 48}),
    "mae": ("ViTMAE", "Model", {"intermediate_size": 48, "mask_ratio": 0.0}),
    "distilled": ("DeiT", "ForImageClassificationWithTeacher", {"intermediate_size": 48}),
    "dinov2": ("Dinov2", "Model", {}),
    "gated": ("Dinov2", "Model", {"use_swiglu_ffn": True, "mlp_ratio": 4}),
    "registers": ("Dinov2WithRegisters", "Model", {}),
    "beit": (
        "Beit",
        "ForImageClassification",
        {"intermediate_size": 48, "use_relative_position_bias": True},
    ),
    "shared": (
        "Beit",
        "ForImageClassification",
        {
            "intermediate_size": 48,
            "use_shared_relative_position_bias": True,
            "use_mean_pooling": False,
        },
    ),
}


def test_a_config_by_hand():
    about = about_transformers(CONFIG, None, {"head.weight", "cls_token"})
    assert about.classes == ("cat", "dog")
    assert about.config["img_size"] == (32, 48)
    assert about.config["mlp_ratio"] == 4.0
    assert about.config["norm_eps"] == 1e-12  # what transformers takes where the file is silent
    assert about.config["num_classes"] == 2
    bare = about_transformers(CONFIG, None, {"cls_token"})
    assert (bare.config["num_classes"], bare.classes) == (0, ())


def test_labels_that_are_none():
    labels = {str(index): f"LABEL_{index}" for index in range(5)}
    about = about_transformers({**CONFIG, "id2label": labels}, None, {"head.weight"})
    assert (about.classes, about.config["num_classes"]) == ((), 5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_type": "bert"}, "got 'bert'; try another model"),
        ({"hidden_act": "quick_gelu"}, "hidden_act gelu or gelu_new, got 'quick_gelu'"),
    ],
)
def test_other_models_are_refused(change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({**CONFIG, **change}, None, set())


@pytest.mark.parametrize("kind", MODELS)
def test_a_folder_that_transformers_wrote_and_one_that_it_reads(kind, tmp_path):
    foreign("torchvision")
    transformers = foreign("transformers")
    stem, ending, more = MODELS[kind]
    config = getattr(transformers, f"{stem}Config")(**SMALL, **more)
    peer = getattr(transformers, f"{stem}{ending}")(config).eval()
    for parameter in peer.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=torch.Generator().manual_seed(0))
    peer.save_pretrained(tmp_path / "theirs")
    loaded = load_model(tmp_path / "theirs")
    assert loaded.report.complete
    assert loaded.card.rule == "hf"
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    more = {"noise": torch.arange(16.0).expand(2, -1)} if kind == "mae" else {}
    with torch.no_grad():
        found, ours = peer(images, **more), loaded.model.eval()
        if ending == "Model":
            close(ours.tokens(images), found.last_hidden_state)
        else:
            close(ours(images), found.logits)
    if kind in ("mae", "pooler"):
        return
    convert(tmp_path / "theirs", tmp_path / "ours", "hf")
    again = getattr(transformers, f"{stem}{ending}").from_pretrained(tmp_path / "ours").eval()
    with torch.no_grad():
        close(again(images)[0], found[0])


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
