"""DINOv3 of transformers, which has no head."""

import pytest
import torch

from saccade.checkpoints.huggingface import about_transformers, transformers_config
from saccade.checkpoints.huggingface_dinov3 import GATED, PLAIN
from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.origins import find_origin
from saccade.errors import CheckpointError
from saccade.models import build
from tests.checkpoints.hf_peers import close, images, peer, there_and_back

SMALL = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "num_register_tokens": 4,
    "patch_size": 8,
    "image_size": [32, 48],
}
CHANGES = [
    {},
    {"use_gated_mlp": True, "hidden_act": "silu"},
    {"use_gated_mlp": True, "hidden_act": "silu", "intermediate_size": 42},
    {"query_bias": False, "value_bias": False, "rope_theta": 50.0, "num_register_tokens": 0},
]


@pytest.mark.parity
@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_tokens_and_back(changes, tmp_path):
    network = peer("DINOv3ViT", "Model", **{**SMALL, **changes})
    loaded = there_and_back(network, tmp_path, images(32, 48))
    with torch.no_grad():
        vector = network(images(32, 48)).pooler_output
        close(loaded.model.eval()(images(32, 48)), vector)


@pytest.mark.parity
def test_another_size(tmp_path):
    network = peer("DINOv3ViT", "Model", **SMALL)
    network.save_pretrained(tmp_path)
    ours = load_model(tmp_path, changes={"img_size": (40, 24)}).model.eval()
    with torch.no_grad():
        close(ours.tokens(images(40, 24)), network(images(40, 24)).last_hidden_state)


@pytest.mark.parametrize("layout", [PLAIN, GATED])
def test_names_in_memory_are_read(layout, normal):
    block = ("norm1.weight", "attn.qkv.weight", "attn.q_bias", "gamma_1", "gamma_2")
    block = (*block, "mlp.fc1.weight") if layout is PLAIN else (*block, "mlp.fc1_g.weight")
    ours = {f"blocks.{i}.{name}": normal(6, 2) for i in (0, 11) for name in block}
    ours["reg_token"] = normal(1, 4, 2)
    if layout is GATED:
        ours |= {f"blocks.{i}.mlp.fc1_x.weight": normal(6, 2) for i in (0, 11)}
    theirs = write_as(layout, ours)
    for prefix in ("", "model."):
        named = {
            name.replace("layer.", f"{prefix}layer.", 1): value for name, value in theirs.items()
        }
        found = find_origin(named)
        assert found is not None
        assert found.layout is layout
        back = read_as(layout, named)
        assert back.unused == ()
        assert back.state.keys() == ours.keys()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key_bias": True}, "key_bias=false in a dinov3_vit of transformers, .* got true"),
        ({"value_bias": False}, "value_bias=true"),
        ({"hidden_act": "silu"}, 'hidden_act="gelu"'),
    ],
)
def test_what_ours_does_not_compute(change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        about_transformers({"model_type": "dinov3_vit", **change}, None, set())


def test_a_head_is_refused():
    with torch.device("meta"):
        config = build("vit_small_patch16_dinov3", num_classes=3).config
    fields = {"num_classes": config.num_classes, "in_chans": 3}
    with pytest.raises(CheckpointError, match="without a head, as transformers has it"):
        transformers_config("dinov3_vit", fields, ())
