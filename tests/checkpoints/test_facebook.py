"""Files of Facebook Research: DeiT III, DINOv2 in chunks, DINOv3, DINO, MoCo, MAE."""

import pytest
import torch

from saccade.checkpoints import facebook
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.opening import open_source
from saccade.checkpoints.origins import find_origin, read_names
from saccade.errors import CheckpointError

DINO = {
    "cls_token": (1, 1, 4),
    "pos_embed": (1, 5, 4),
    "blocks.0.norm1.weight": (4,),
    "blocks.0.ls1.gamma": (4,),
    "blocks.0.mlp.fc1.weight": (8, 4),
    "norm.weight": (4,),
}
TURNED = {
    "cls_token": (1, 1, 4),
    "reg_token": (1, 4, 4),
    "blocks.0.attn.q_bias": (4,),
    "blocks.0.attn.v_bias": (4,),
    "blocks.0.gamma_2": (4,),
}
TABLES = {
    "DEIT3": {**DINO, "blocks.1.ls2.gamma": (4,)},
    "DINOV2": DINO,
    "DINOV2_GATED": DINO,
    "DINOV2_REGISTERS": {**DINO, "reg_token": (1, 4, 4)},
    "DINOV2_REGISTERS_GATED": {**DINO, "reg_token": (1, 4, 4)},
    "DINOV3": {**TURNED, "blocks.0.mlp.fc1.weight": (8, 4)},
    "DINOV3_GATED": {**TURNED, "blocks.0.mlp.fc1_g.weight": (8, 4), "blocks.0.mlp.fc2.bias": (4,)},
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_works_both_ways(name, normal):
    layout = getattr(facebook, name)
    ours = {key: normal(*shape) for key, shape in TABLES[name].items()}
    theirs = write_as(layout, ours)
    back = read_as(layout, theirs)
    assert (back.state.keys(), back.unused) == (ours.keys(), ())
    assert all(torch.equal(back.state[key], value) for key, value in ours.items())


def test_blocks_within_chunks_are_counted_as_a_whole(normal):
    theirs = {
        "mask_token": normal(1, 4),
        "blocks.0.1.norm1.weight": normal(4),
        "blocks.3.39.mlp.w12.weight": normal(4, 4),
        "blocks.3.39.ls1.gamma": normal(4),
    }
    found, origin = read_names(theirs)
    assert origin is not None
    assert origin.rule == "dino"
    assert set(found.state) == {
        "blocks.1.norm1.weight",
        "blocks.39.mlp.fc1.weight",
        "blocks.39.ls1.gamma",
    }
    assert found.ignored == ("mask_token",)


def test_keys_of_dinov3_have_no_bias(normal):
    bias, ones = normal(12), torch.ones(4)
    theirs = {"storage_tokens": normal(1, 4, 4), "blocks.0.ls1.gamma": normal(4)}
    theirs |= {"blocks.0.attn.qkv.bias": bias, "mask_token": normal(1, 4)}
    masked = {"blocks.0.attn.qkv.bias_mask": torch.cat([ones, 0 * ones, ones])}
    found, origin = read_names({**theirs, **masked, "rope_embed.periods": normal(4)})
    assert origin.layout is facebook.DINOV3
    assert set(found.ignored) == {"mask_token", "rope_embed.periods"}
    assert torch.equal(found.state["blocks.0.attn.q_bias"], bias[:4])
    assert torch.equal(found.state["blocks.0.attn.v_bias"], bias[8:])
    assert torch.equal(found.state["reg_token"], theirs["storage_tokens"])
    with pytest.raises(CheckpointError, match="keys without a bias"):
        read_names(theirs)
    theirs["blocks.0.attn.qkv.bias"][4:8] = 0
    assert "blocks.0.attn.q_bias" in read_names(theirs)[0].state


def test_moco_is_taken_without_what_it_compares_with(normal, tmp_path):
    net = {"cls_token": normal(1, 1, 4), "norm.weight": normal(4)}
    heads = {"head.0.weight": normal(2, 2), "head.1.running_mean": normal(2)}
    state = {f"module.base_encoder.{name}": value for name, value in {**net, **heads}.items()}
    state |= {f"module.momentum_encoder.{name}": value + 1 for name, value in net.items()}
    torch.save({"state_dict": {**state, "module.predictor.0.bias": normal(2)}}, tmp_path / "c.pth")
    found = open_source(tmp_path / "c.pth").mapped
    assert torch.equal(found.state["norm.weight"], net["norm.weight"])
    assert set(found.state) == set(net)
    assert len(found.ignored) == len(heads) + len(net) + 1


def test_deit3_is_told_from_beit(normal):
    deit = {"blocks.0.gamma_1": normal(4), "pos_embed": normal(1, 4, 4)}
    deit["blocks.0.attn.qkv.bias"] = normal(12)
    assert find_origin(deit).layout is facebook.DEIT3
    assert find_origin({"blocks.0.gamma_1": normal(4), "blocks.0.attn.q_bias": normal(4)}) is None


@pytest.mark.parametrize("wrapping", ["module.backbone.", "backbone.", "module.", ""])
def test_dino_is_unwrapped_and_its_teacher_taken(wrapping, normal, tmp_path):
    net = {f"{wrapping}cls_token": normal(1, 1, 4), f"{wrapping}norm.weight": normal(4)}
    heads = {}
    if "backbone" in wrapping:
        before = wrapping.removesuffix("backbone.")
        heads = {f"{before}head.mlp.0.weight": normal(2, 2)}
    student = {name: value + 1 for name, value in {**net, **heads}.items()}
    torch.save({"student": student, "teacher": {**net, **heads}, "epoch": 3}, tmp_path / "c.pth")
    found = open_source(tmp_path / "c.pth")
    assert set(found.mapped.state) == {"cls_token", "norm.weight"}
    assert torch.equal(found.mapped.state["norm.weight"], net[f"{wrapping}norm.weight"])
    assert (found.rule, len(found.mapped.ignored)) == ("dino", len(heads))


def test_the_decoder_of_mae_is_ignored_by_name(normal, tmp_path):
    state = {"cls_token": normal(1, 1, 4), "blocks.0.norm1.weight": normal(4)}
    extra = {"decoder_blocks.0.norm1.weight": normal(4), "decoder_pred.bias": normal(4)}
    extra["mask_token"] = normal(1, 1, 4)
    torch.save({"model": {**state, **extra}}, tmp_path / "mae.pth")
    found = open_source(tmp_path / "mae.pth")
    assert set(found.mapped.state) == set(state)
    assert set(found.mapped.ignored) == set(extra)
    assert found.rule == "deit"
