"""BEiT: sizes, costs, tables of biases, other sizes of images."""

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection import record
from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.beit import Beit, BeitConfig
from saccade.models.catalog import CATALOG
from saccade.models.entries.beit import ENTRIES

# Multiply-adds of one image in billions, rounded.
COSTS = {
    "beit_base_patch16_224": 17.5638,
    "beit_base_patch16_384": 55.4844,
    "beit_large_patch16_224": 61.5547,
    "beit_large_patch16_384": 191.0663,
    "beit_large_patch16_512": 361.9863,
    "beitv2_base_patch16_224": 17.5638,
    "beitv2_large_patch16_224": 61.5547,
}
TINY = {"embed_dim": 16, "depth": 2, "num_heads": 2, "patch_size": 8, "num_classes": 5}


def tiny(**changes: object) -> Beit:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Beit(BeitConfig(**{**TINY, "img_size": (16, 24), **changes})).eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ENTRIES)
def test_parameters_and_multiply_adds(name: str) -> None:
    with torch.device("meta"):
        model = build(name).eval()
        found = multiply_adds(model, torch.zeros(1, 3, *model.config.image))
    assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters
    assert round(found / 1e9, 4) == COSTS[name]
    assert f"{model.config.image[0]}" == name.rsplit("_", 1)[1]


def test_biases_start_at_nothing_and_then_count() -> None:
    model, images = tiny(init_values=1.0), noise(1, 3, 16, 24)
    with record(model) as before:
        model(images)
    table = model.blocks[1].attn.relative_position_bias_table
    assert table.shape == (3 * 5 + 3, 2)
    assert not bool(table.any())
    with torch.no_grad():
        table[8, 0] = 9.0  # head 0: the offset from row 1 to row 0, one column to the right
        table[8 + 3 + 5, 1] = 9.0  # head 1: every patch reads the class token
    with record(model) as after:
        model(images)
    assert torch.equal(before.layers[0].weights, after.layers[0].weights)
    own = after.layers[1].weights[0]
    pairs = [(i, j) for i in range(1, 7) for j in range(1, 7) if float(own[0, i, j]) > 0.9]
    # Offset (0, 1) of query minus key is row 1 · 5 + 3 = 8 of the table.
    assert pairs == [(2, 1), (3, 2), (5, 4), (6, 5)]
    assert bool((own[1, 1:, 0] > 0.9).all())


def test_kinds_of_tables() -> None:
    shared = tiny(use_rel_pos_bias=False, use_shared_rel_pos_bias=True)
    names = [name for name in shared.state_dict() if name.endswith("bias_table")]
    assert names == ["rel_pos_bias.relative_position_bias_table"]
    none = tiny(use_rel_pos_bias=False, use_abs_pos_emb=True)
    assert not [name for name in none.state_dict() if name.endswith("bias_table")]
    assert none.position_table().shape == (6, 16)
    assert tiny().position_table() is None
    both = tiny(use_shared_rel_pos_bias=True)
    with torch.no_grad():
        both.rel_pos_bias.relative_position_bias_table[-1] = 9.0
        with record(both) as trace:
            both(noise(1, 3, 16, 24))
    assert all(bool((layer.weights[0, :, 0, 0] > 0.9).all()) for layer in trace.layers)


@pytest.mark.parametrize("rule", ["timm", "hf", "google"])
def test_other_sizes_keep_constant_tables(rule: str) -> None:
    model = tiny(use_shared_rel_pos_bias=True, use_abs_pos_emb=True)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("table"):
                value.copy_(torch.tensor([0.5, -0.5]).expand_as(value))
    model.set_input_size((40, 16), rule=rule)
    assert model.layout.grid == (5, 2)
    for name, value in model.named_parameters():
        if name.endswith("table"):
            assert value.shape == (9 * 3 + 3, 2)
            torch.testing.assert_close(value, torch.tensor([0.5, -0.5]).expand_as(value))
            assert value.requires_grad
    assert model(noise(1, 3, 40, 16)).shape == (1, 5)


def test_a_size_that_does_not_fit() -> None:
    with pytest.raises(ConfigError, match="16x24 or 24x24"):
        tiny().set_input_size((20, 24))


def test_gradients_with_and_without_checkpoints() -> None:
    found = []
    for kept in (True, False):
        model = tiny(use_shared_rel_pos_bias=True).train()
        model.set_grad_checkpointing(not kept)
        model(noise(2, 3, 16, 24)).square().sum().backward()
        found.append({name: value.grad for name, value in model.named_parameters()})
    assert all(value is not None for value in found[0].values())
    for name, value in found[0].items():
        torch.testing.assert_close(value, found[1][name])
