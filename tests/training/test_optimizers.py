import pytest
import torch
from torch import nn

from saccade.models import build
from saccade.training.optimizers import (
    decays,
    freeze,
    layer_ids,
    make_optimizer,
    parameter_groups,
    rest,
)
from tests.foreign import foreign
from tests.training.conftest import small_model


def test_matrices_decay_and_nothing_else() -> None:
    model = small_model()
    decayed = {name for name, p in model.named_parameters() if decays(name, p)}
    assert decayed == {
        "patch_embed.proj.weight",
        "head.weight",
        *(
            f"blocks.{block}.{part}.weight"
            for block in (0, 1)
            for part in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")
        ),
    }


def test_tokens_and_tables_of_tables_do_not_decay() -> None:
    table = torch.zeros(1, 5, 8)
    for name in ("cls_token", "dist_token", "reg_token", "pos_embed", "pos_embed.x", "a.pos_embed"):
        assert not decays(name, table)
    assert decays("blocks.0.pos_proj.weight", table)


@pytest.mark.parametrize("opt", ["adamw", "sgd"])
def test_a_step_by_hand(opt) -> None:
    # AdamW: decay first, then a step of lr in the direction of the sign. SGD: along the gradient,
    # which is 1, and the decay is part of it.
    layer = nn.Linear(1, 1)
    nn.init.constant_(layer.weight, 2.0)
    nn.init.constant_(layer.bias, 2.0)
    optimizer = make_optimizer(layer, opt=opt, lr=0.1, weight_decay=0.5)
    assert all(group["fused"] for group in optimizer.param_groups)
    layer(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    by_hand = 2.0 * (1 - 0.1 * 0.5) - 0.1
    assert abs(layer.weight.item() - by_hand) < 1e-6
    assert abs(layer.bias.item() - (2.0 - 0.1)) < 1e-6


def test_frozen_parameters_and_those_without_a_gradient_stay() -> None:
    layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    layers[0].weight.requires_grad_(False)
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    optimizer = make_optimizer(layers, lr=0.1, weight_decay=0.1)
    layers[0](torch.ones(1, 2)).sum().backward()
    optimizer.step()
    changed = [n for n, v in layers.state_dict().items() if not torch.equal(v, before[n])]
    assert changed == ["0.bias"]


def test_layers_by_hand() -> None:
    # Two blocks: layer 0 before them, 1 and 2, the norm with the last, 3 is the head.
    model = small_model()
    layers = layer_ids(model)
    assert layers["cls_token"] == layers["pos_embed"] == layers["patch_embed.proj.bias"] == 0
    assert (layers["blocks.0.norm1.weight"], layers["blocks.1.mlp.fc2.bias"]) == (1, 2)
    assert (layers["norm.weight"], layers["head.weight"]) == (2, 3)
    assert layer_ids(nn.ModuleDict({"model": model}))["model.blocks.1.norm1.bias"] == 2
    groups = parameter_groups(model, 0.05, layer_decay=0.5)
    assert sum(len(group["params"]) for group in groups) == len(layers)
    scales = sorted({group["lr_scale"] for group in groups})
    assert scales == [0.125, 0.25, 0.5, 1.0]
    assert {group["weight_decay"] for group in groups} == {0.0, 0.05}
    assert all("lr_scale" not in group for group in parameter_groups(model, 0.05))
    assert set(layer_ids(nn.Linear(1, 1)).values()) == {0}


def test_only_the_head_learns_and_frozen_norms_rest() -> None:
    net = build("resnet14_small_32", num_classes=3, layers=(1, 1), widths=(4, 8))
    freeze(net, "backbone")
    learning = [name for name, p in net.named_parameters() if p.requires_grad]
    assert learning == ["fc.weight", "fc.bias"]
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
    rest(net.train())
    assert norms
    assert not any(norm.training for norm in norms)
    assert net.training
    freeze(net, "none")
    assert all(p.requires_grad for p in net.parameters())


TIMM = ("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "swin_tiny_patch4_window7_224")


@pytest.mark.parity
@pytest.mark.parametrize("name", [*TIMM, "beit_base_patch16_224", "resnet18", "mixer_b16_224"])
def test_layers_are_timms(name) -> None:
    timm, optim = foreign("timm"), foreign("timm.optim")
    with torch.device("meta"):
        ours, theirs = build(name), timm.create_model(name)
    groups = optim.param_groups_layer_decay(theirs, 0.05, layer_decay=0.75)
    names = {id(p): own for own, p in theirs.named_parameters()}
    scales = {names[id(p)]: group["lr_scale"] for group in groups for p in group["params"]}
    layers = layer_ids(ours)
    last = max(layers.values())
    assert {own: 0.75 ** (last - layer) for own, layer in layers.items()} == pytest.approx(scales)


@pytest.mark.parametrize("layer_decay", [1.0, 0.5])
def test_localisation_networks_learn_at_their_own_rate(layer_decay) -> None:
    model = build("st_cnn_tutorial")
    groups = parameter_groups(model, 0.1, layer_decay=layer_decay, localisation_factor=0.01)
    rates = {id(one): group["lr_scale"] for group in groups for one in group["params"]}
    named = {name: rates[id(one)] for name, one in model.named_parameters()}
    plain = parameter_groups(model, 0.1, layer_decay=layer_decay)
    before = {id(one): group.get("lr_scale", 1.0) for group in plain for one in group["params"]}
    for name, one in model.named_parameters():
        factor = 0.01 if ".localisation." in name else 1.0
        assert named[name] == pytest.approx(factor * before[id(one)])
    assert sum(".localisation." in name for name in named) == 8
    assert len(named) == sum(len(group["params"]) for group in groups)


def test_a_model_without_a_warp_has_no_such_rate() -> None:
    groups = parameter_groups(build("cnn_mnist"), 0.1, localisation_factor=0.01)
    assert not any("lr_scale" in group for group in groups)
