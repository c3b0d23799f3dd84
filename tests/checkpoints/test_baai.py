"""The authors' names of EVA-02, both ways; what computes turns or guesses patches is ignored."""

import pytest
import torch

from saccade.checkpoints import baai
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.origins import find_origin, read_names
from saccade.models import build

NETWORKS = {
    "eva02_tiny_patch14_336": (baai.EVA02_PACKED, "blocks.0.mlp.w12.weight"),
    "eva02_base_patch14_448": (baai.EVA02, "blocks.0.mlp.ffn_ln.bias"),
    "eva02_base_patch16_clip_224": (baai.EVA02, "blocks.0.attn.inner_attn_ln.weight"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_there_and_back(name):
    layout, known = NETWORKS[name]
    ours = build(name, depth=1, embed_dim=48, num_heads=3).state_dict()
    theirs = write_as(layout, ours)
    assert known in theirs
    assert find_origin(theirs).layout is layout
    back = read_as(layout, theirs)
    assert (back.state.keys(), back.unused) == (ours.keys(), ())
    assert all(torch.equal(back.state[key], value) for key, value in ours.items())


def test_biases_stand_alone_beside_three_matrices(normal):
    ours = {"blocks.3.attn.q_proj.weight": normal(4, 4), "blocks.3.attn.q_proj.bias": normal(4)}
    theirs = write_as(baai.EVA02, ours)
    assert set(theirs) == {"blocks.3.attn.q_proj.weight", "blocks.3.attn.q_bias"}


def test_what_is_computed_is_ignored(normal):
    more = ["rope.freqs_cos", "blocks.0.attn.rope.freqs_sin", "mask_token", "lm_head.bias"]
    plain = {"blocks.0.mlp.w1.weight": normal(4, 4), "blocks.0.attn.q_proj.weight": normal(4, 4)}
    found, origin = read_names({**plain, **{name: normal(2) for name in more}})
    assert origin is not None
    assert set(found.ignored) == set(more)
    assert set(found.state) == {"blocks.0.mlp.fc1_g.weight", "blocks.0.attn.q_proj.weight"}
    found, origin = read_names({"cls_token": normal(1, 1, 4), **{name: normal(2) for name in more}})
    assert origin is None  # EVA's own names are ours
    assert set(found.ignored) == set(more)
