import torch
from torch import nn

from saccade.training.optimizers import decays, make_optimizer
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


def test_a_step_by_hand() -> None:
    # One step of AdamW: decay first, then a step of lr in the direction of the sign.
    layer = nn.Linear(1, 1)
    nn.init.constant_(layer.weight, 2.0)
    nn.init.constant_(layer.bias, 2.0)
    optimizer = make_optimizer(layer, lr=0.1, weight_decay=0.5)
    assert all(group["fused"] for group in optimizer.param_groups)
    layer(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    assert abs(layer.weight.item() - (2.0 * (1 - 0.1 * 0.5) - 0.1)) < 1e-6
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
