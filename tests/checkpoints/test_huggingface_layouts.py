"""transformers' names: what its models are made of becomes ours, and files are written for it."""

import pytest
import torch

from saccade.checkpoints import huggingface_layouts as layouts
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.origins import find_origin

BLOCK = {
    "norm1.weight": (4,),
    "norm2.bias": (4,),
    "attn.qkv.weight": (12, 4),
    "attn.proj.bias": (4,),
    "mlp.fc1.weight": (8, 4),
    "mlp.fc2.bias": (4,),
}
PLAIN = {
    "cls_token": (1, 1, 4),
    "pos_embed": (1, 5, 4),
    "patch_embed.proj.weight": (4, 3, 2, 2),
    "norm.weight": (4,),
    "head.bias": (3,),
    **{f"blocks.{i}.{name}": shape for i in (0, 11) for name, shape in BLOCK.items()},
}
VIT = {**PLAIN, "blocks.0.attn.qkv.bias": (12,)}
DINO = {**VIT, "blocks.0.ls1.gamma": (4,), "blocks.11.ls2.gamma": (4,)}
BEIT = {
    **{name: shape for name, shape in PLAIN.items() if name not in ("norm.weight", "pos_embed")},
    "fc_norm.weight": (4,),
    "blocks.0.attn.q_bias": (4,),
    "blocks.0.attn.v_bias": (4,),
    "blocks.0.gamma_1": (4,),
    "blocks.0.attn.relative_position_bias_table": (12, 2),
}
TABLES = {
    "VIT": {**VIT, "pre_logits.fc.weight": (4, 4)},
    "VIT_5": VIT,
    "DEIT": {**VIT, "dist_token": (1, 1, 4)},
    "DEIT_5": {**VIT, "dist_token": (1, 1, 4)},
    "DEIT_DISTILLED": {**VIT, "dist_token": (1, 1, 4), "head_dist.weight": (3, 4)},
    "DEIT_SINGLE": {**VIT, "reg_token": (1, 1, 4), "head.weight": (3, 4)},
    "DEIT_SINGLE_5": {**VIT, "reg_token": (1, 1, 4), "head.weight": (3, 4)},
    "DINOV2": DINO,
    "DINOV2_5": DINO,
    "DINOV2_GATED": DINO,
    "REGISTERS": {**DINO, "reg_token": (1, 4, 4)},
    "REGISTERS_5": {**DINO, "reg_token": (1, 4, 4)},
    "REGISTERS_GATED": {**DINO, "reg_token": (1, 4, 4)},
    "BEIT": BEIT,
    "BEIT_5": BEIT,
}


def drawn(shapes, normal):
    return {name: normal(*shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_works_both_ways(name, normal):
    layout, ours = getattr(layouts, name), drawn(TABLES[name], normal)
    theirs = write_as(layout, ours)
    back = read_as(layout, theirs)
    assert back.unused == ()
    assert back.state.keys() == ours.keys()
    assert all(torch.equal(back.state[key], value) for key, value in ours.items())


@pytest.mark.parametrize("name", TABLES)
def test_each_is_told_by_its_names(name, normal):
    layout = getattr(layouts, name)
    theirs = write_as(layout, drawn(TABLES[name], normal))
    for prefix in ("", *{key.split(".")[0] + "." for key in theirs if ".embeddings." in key}):
        bare = {key.removeprefix(prefix): value for key, value in theirs.items()}
        found = find_origin(bare)
        assert found is not None
        assert found.layout.name == layout.name
        assert read_as(found.layout, bare).unused == ()


def test_names_in_files_by_hand(normal):
    theirs = write_as(layouts.VIT, drawn(VIT, normal))
    for name in (
        "vit.embeddings.patch_embeddings.projection.weight",
        "vit.encoder.layer.11.attention.attention.value.weight",
        "vit.encoder.layer.0.attention.output.dense.bias",
        "vit.encoder.layer.0.layernorm_before.weight",
        "vit.encoder.layer.0.intermediate.dense.weight",
        "vit.encoder.layer.0.output.dense.bias",
        "vit.layernorm.weight",
        "classifier.bias",
    ):
        assert name in theirs


def test_what_only_training_needs_is_ignored(normal):
    theirs = write_as(layouts.VIT, drawn(VIT, normal))
    extra = {"decoder.decoder_norm.weight": normal(1), "decoder.mask_token": normal(1)}
    found = read_as(layouts.VIT, {**theirs, **extra})
    assert found.ignored == tuple(extra)


def test_a_class_token_takes_its_place_along(normal):
    token, table = normal(1, 1, 4), normal(1, 5, 4)
    folded = layouts.FoldedClass().read([token, table], {})
    assert torch.equal(folded[0], token + table[:, :1])
    assert torch.equal(folded[1], table[:, 1:])
    again = layouts.FoldedClass().write(folded, {})
    assert torch.equal(again[0] + again[1][:, :1], token + table[:, :1])
