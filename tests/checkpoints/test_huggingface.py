"""config.json of transformers: what it says of a model, and what we write."""

import pytest
import torch

from saccade.checkpoints.huggingface import FAMILIES, about_transformers, as_computed, kind_of
from saccade.checkpoints.mapping import Mapped
from saccade.errors import CheckpointError

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
        ({"hidden_act": "relu"}, "hidden_act gelu, gelu_new, .* got 'relu'"),
    ],
)
def test_other_models_are_refused(change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({**CONFIG, **change}, None, set())


def test_all_that_is_written_is_read():
    assert {"vit", "deit", "dinov2", "dinov3_vit", "beit", "swin", "pvt", "bit"} <= set(FAMILIES)
    for kind, family in FAMILIES.items():
        about = about_transformers({"model_type": kind}, None, {"cls_token"})
        assert about.config, kind
        assert family.stem


def test_networks_that_transformers_lacks_are_refused():
    with pytest.raises(CheckpointError, match="DINOv3, BEiT, Swin, PVT, BiT or ResNet"):
        kind_of({"stem.proj.weight": torch.zeros(1)}, {})


def test_a_layer_that_classifiers_do_not_compute_is_left_out():
    names = ("pre_logits.fc.weight", "head.weight")
    state = {name: torch.zeros(1) for name in names}
    mapped = Mapped(state, {name: (f"their {name}",) for name in names}, (), ("other",))
    found = as_computed(mapped)
    assert list(found.state) == ["head.weight"]
    assert found.ignored == ("other", "their pre_logits.fc.weight")
    bare = Mapped({names[0]: state[names[0]]}, {}, (), ())
    assert as_computed(bare) is bare
