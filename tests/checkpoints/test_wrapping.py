"""A network is found in what is around it, and all else is told of."""

import pytest
import torch

from saccade.checkpoints.wrapping import unwrap

NET = {"cls_token": 1, "patch_embed.proj.weight": 2, "blocks.0.norm1.weight": 3}


def named(prefix, number=1.0):
    return {prefix + name: torch.full((2,), value * number) for name, value in NET.items()}


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "backbone.", "encoder.", "module.backbone.", "visual.",
     "visual.trunk.", "model.vit.", "base_encoder.", "whatever.it.is."],
)  # fmt: skip
def test_what_stands_before_every_name_is_taken_off(prefix):
    found, left = unwrap(named(prefix))
    assert (set(found), left) == (set(NET), ())


def test_weights_that_nothing_is_around_stay_whole():
    state = {**named(""), "head.mlp.0.weight": torch.ones(2), "model.x": torch.ones(2)}
    assert unwrap(state) == (state, ())


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("teacher.backbone.", "student.backbone."),
        ("model_ema.module.", "model."),
        ("module.base_encoder.", "module.momentum_encoder."),
        ("target_encoder.", "encoder."),
    ],
)
def test_of_two_networks_the_better_one_is_taken(better, worse):
    found, left = unwrap({**named(worse, 5.0), **named(better)})
    assert set(left) == set(named(worse))
    assert all(torch.equal(found[name], value) for name, value in named("").items())


def test_what_is_of_no_use_is_left_out_and_what_is_unknown_stays():
    useless = [
        "text.cls",
        "logit_scale",
        "criterion.weight",
        "train_metrics.acc",
        "projector.0.bias",
    ]
    state = {**named("model."), **{name: torch.ones(1) for name in [*useless, "adapter.weight"]}}
    found, left = unwrap(state)
    assert set(left) == set(useless)
    assert set(found) == {*NET, "adapter.weight"}


@pytest.mark.parametrize("outside", ["head", "fc", "classifier", "module.head"])
def test_a_head_beside_the_network_is_its_own(outside):
    state = {**named("backbone."), f"{outside}.weight": torch.ones(5, 2)}
    assert unwrap(state)[0]["head.weight"].shape == (5, 2)
    own = {**state, "backbone.head.weight": torch.ones(3, 2)}
    found, left = unwrap(own)
    assert (len(found["head.weight"]), left) == (3, (f"{outside}.weight",))


def test_the_projection_of_open_clip_is_a_head_without_a_bias():
    state = {**named("visual.trunk."), "visual.head.proj.weight": torch.ones(5, 2)}
    found, _ = unwrap({**state, "text.x": torch.ones(1)})
    assert torch.equal(found["head.weight"], torch.ones(5, 2))
    assert torch.equal(found["head.bias"], torch.zeros(5))
