"""A run computes no more of the last block than the head reads: the same logits and gradients."""

import pytest
import torch

from saccade.inspection.record import record
from saccade.models import build

SMALL = {"img_size": 8, "patch_size": 4, "embed_dim": 8, "depth": 2, "num_heads": 2}
CASES = [
    ("vit_tiny_patch16_224", {}),
    ("vit_tiny_patch16_224", {"reg_tokens": 2, "qk_norm": True, "init_values": 0.1}),
    ("vit_tiny_patch16_224", {"global_pool": "avg"}),
    ("deit_tiny_distilled_patch16_224", {}),
]


def passed(name: str, changes: dict, *, lean: bool):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build(name, num_classes=3, **SMALL, **changes).double().train()
        images = torch.rand(2, 3, 8, 8, dtype=torch.float64)
    model.set_lean_training(lean)
    logits = model(images)
    logits.square().sum().backward()
    return model, logits, {n: p.grad for n, p in model.named_parameters()}


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_the_same_logits_and_gradients(name: str, changes: dict) -> None:
    _, logits, gradients = passed(name, changes, lean=False)
    _, lean, found = passed(name, changes, lean=True)
    torch.testing.assert_close(lean, logits, rtol=0, atol=1e-12)
    torch.testing.assert_close(found, gradients, rtol=0, atol=1e-12)


def test_the_last_block_answers_for_the_class_token_alone() -> None:
    model, _, _ = passed(*CASES[0], lean=True)
    images = torch.rand(2, 3, 8, 8, dtype=torch.float64)
    assert model.read_tokens(images).shape == (2, 1, 8)
    assert model.eval().read_tokens(images).shape == (2, 5, 8)


def test_a_map_that_is_watched_is_whole() -> None:
    model, _, _ = passed(*CASES[0], lean=True)
    with record(model) as trace, torch.no_grad():
        model(torch.rand(2, 3, 8, 8, dtype=torch.float64))
    assert trace.attention.shape == (2, 2, 2, 5, 5)
