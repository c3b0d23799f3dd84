"""What a forecast knows of a model: by hand, against autograd, against a counter."""

import pytest
import torch

from saccade.errors import ConfigError, UnknownName
from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.training.scale.shape import nearest_shape, shape_of

TINY = {"img_size": 12, "patch_size": 4, "embed_dim": 16, "depth": 2, "num_heads": 2}
NAME = "vit_tiny_patch16_224"


def kept(block: torch.nn.Module, tokens: torch.Tensor, *, half: bool) -> int:
    """Bytes that autograd keeps of a block, beside its weights and their copies."""
    weights = {p.untyped_storage().data_ptr() for p in block.parameters()}
    shapes = {tuple(p.shape) for p in block.parameters()}
    shapes |= {shape[::-1] for shape in shapes}
    found, alive = {}, []

    def pack(value: torch.Tensor) -> torch.Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in weights and tuple(value.shape) not in shapes:
            found[storage.data_ptr()] = storage.nbytes()
            alive.append(value)
        return value

    watched = torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value)
    with watched, torch.autocast("cpu", torch.bfloat16, enabled=half):
        block(tokens)
    return sum(found.values())


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize(
    "changes", [{}, {"mlp_ratio": 2.0}, {"init_values": 1e-5}, {"drop_path_rate": 0.1}]
)
def test_a_block_keeps_to_the_byte_what_the_table_says(changes, half) -> None:
    model = build(NAME, **TINY, **changes).train()
    shape = shape_of(NAME, {**TINY, **changes})
    pictures = 7
    tokens = torch.randn(pictures, shape.tokens, shape.width, requires_grad=True)
    found = kept(model.blocks[0], tokens, half=half)
    assert found == pictures * shape.kept_by_block(2 if half else 4)


@pytest.mark.parametrize(
    "changes", [{"qk_norm": True}, {"act": "quick_gelu"}, {"mlp": "swiglu_packed"}]
)
def test_what_other_blocks_keep(changes) -> None:
    model, shape = build(NAME, **TINY, **changes).train(), shape_of(NAME, {**TINY, **changes})
    tokens = torch.randn(7, shape.tokens, shape.width, requires_grad=True)
    found = kept(model.blocks[0], tokens, half=False)
    assert found == pytest.approx(7 * shape.kept_by_block(4), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"mlp": "swiglu_packed"}, {"reg_tokens": 3}])
def test_multiply_adds_are_those_that_are_counted(changes) -> None:
    changes = {**TINY, "num_classes": 5, **changes}
    model = build(NAME, **changes)
    counted = multiply_adds(model, torch.zeros(1, 3, 12, 12))
    assert shape_of(NAME, changes).multiply_adds == counted


def test_the_huge_model_of_the_paper() -> None:
    shape = shape_of("vit_huge_patch14_224")
    assert shape.parameters == 632_045_800
    assert shape.multiply_adds == 167_295_109_120
    assert shape.tokens == 16 * 16 + 1
    assert shape.other_parameters == shape.parameters - 32 * shape.block_parameters
    d, h = 1280, 5120
    assert shape.block_parameters == 4 * d * d + 4 * d + 2 * d * h + h + d + 4 * d


def test_a_number_of_parameters_finds_its_published_shape() -> None:
    assert nearest_shape(632e6) == shape_of("vit_huge_patch14_224")


def test_a_number_between_two_scales_the_width() -> None:
    shape = nearest_shape(140e6)
    assert shape.name == "vit_base_patch16_224, its width 768 scaled to 972"
    assert shape.changes == {"embed_dim": 972}
    assert shape.parameters == pytest.approx(140e6, rel=0.03)
    assert shape.depth == 12


def test_what_cannot_be_forecast_says_so() -> None:
    with pytest.raises(ConfigError, match="a vision transformer of equal blocks"):
        shape_of("resnet14_small_32")
    with pytest.raises(UnknownName):
        shape_of("vit_hug_patch14_224")
    with pytest.raises(ConfigError, match="from 1M to 1000B parameters, got 12"):
        nearest_shape(12)
