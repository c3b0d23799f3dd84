"""BEiT of transformers, with every kind of positions."""

import pytest
import torch

from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
from saccade.models import build
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 48,
    "image_size": 32,
    "patch_size": 8,
    "num_labels": 3,
}
OWN, SHARED = "use_relative_position_bias", "use_shared_relative_position_bias"
ABSOLUTE = "use_absolute_position_embeddings"


@pytest.mark.parity
@pytest.mark.parametrize(
    "flags",
    [
        {OWN: True},
        {SHARED: True},
        {OWN: True, SHARED: True, ABSOLUTE: True},
        {ABSOLUTE: True, "use_mean_pooling": False},
        {OWN: True, "layer_scale_init_value": 0.0, "use_mean_pooling": False},
    ],
    ids=str,
)
def test_logits_and_back(flags, tmp_path):
    network = peer("Beit", "ForImageClassification", **SMALL, **flags)
    config = there_and_back(network, tmp_path, images(32, 32)).model.config
    assert config.use_shared_rel_pos_bias == flags.get(SHARED, False)
    assert config.use_abs_pos_emb == flags.get(ABSOLUTE, False)


@pytest.mark.parity
def test_another_size(tmp_path):
    network = peer("Beit", "ForImageClassification", **SMALL, **{SHARED: True, ABSOLUTE: True})
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path, changes={"img_size": (40, 48)}).model.eval()
    with torch.no_grad():
        wanted = network(images(40, 48), interpolate_pos_encoding=True).logits
        close(ours(images(40, 48)), wanted)


@pytest.mark.parity
def test_a_network_that_guesses_hidden_patches(tmp_path):
    flags = {SHARED: True, "use_mask_token": True, "vocab_size": 5}
    network = peer("Beit", "ForMaskedImageModeling", **SMALL, **flags)
    network.save_pretrained(tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.report.complete
    with torch.no_grad():
        found = network(images(32, 32), bool_masked_pos=torch.zeros(2, 16, dtype=torch.bool))
        tokens = loaded.model.eval().tokens(images(32, 32))
        close(network.lm_head(tokens[:, 1:]), found.logits)


def test_other_activations_are_refused():
    with pytest.raises(CheckpointError, match='hidden_act="gelu" in a beit'):
        about_transformers({"model_type": "beit", "hidden_act": "gelu_new"}, None, set())


def test_a_norm_elsewhere_is_refused():
    with torch.device("meta"):
        config = build("beit_base_patch16_224", fc_norm=False).config
    fields = {name: getattr(config, name) for name in dir(config) if not name.startswith("_")}
    with pytest.raises(CheckpointError, match="fc_norm=True, as transformers computes a beit"):
        transformers_config("beit", fields, ())
