"""The decoder of the first transformer, writing about pictures."""

import json
from dataclasses import asdict

import pytest
import torch

import saccade
from saccade.models.words.transformer import CaptionTransformer, CaptionTransformerConfig
from tests.models.words.slow_transformer import rewritten

SMALL = {"words": 11, "width": 16, "heads": 2, "hidden": 5, "depth": 2}
WORDS = torch.tensor([[1, 5, 9, 3, 4], [1, 4, 10, 0, 0]])


@pytest.fixture
def writer(drawn) -> CaptionTransformer:
    config = CaptionTransformerConfig(**SMALL, memory_dim=7, grid=(2, 3))
    return drawn(CaptionTransformer(config), std=0.5)


@torch.no_grad()
def test_cells_may_be_hidden_or_moved(writer, normal) -> None:
    annotations = normal(2, 6, 7)
    logits, weights = writer(annotations, WORDS)
    assert writer.grid == (2, 3)
    assert weights.shape == (2, 5, 6)
    mask = torch.tensor([[True] * 6, [True, True, False, True, True, False]])
    alone = writer(annotations[1:, mask[1]], WORDS[1:])
    torch.testing.assert_close(writer(annotations, WORDS, mask).logits[1:], alone.logits)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(0))
    moved = writer(annotations[:, order], WORDS)
    torch.testing.assert_close(moved.logits, logits)
    torch.testing.assert_close(moved.weights, weights[:, :, order])


@torch.no_grad()
def test_greedy_is_what_teacher_forcing_finds(writer, normal) -> None:
    rewritten(writer, normal(2, 6, 7))


@torch.no_grad()
def test_a_recording_sees_every_attention(writer, normal) -> None:
    with saccade.record(writer) as trace:
        writer(normal(2, 6, 7), WORDS)
    writing = [f"decoder.layers.{n}.{kind}" for n in range(2) for kind in ("attn", "cross")]
    assert [layer.name for layer in trace.layers] == writing


def test_the_number_of_parameters() -> None:
    model = CaptionTransformer(CaptionTransformerConfig(**SMALL, memory_dim=7))
    d, h, norm = 16, 5, 2 * 16
    layer = 2 * 4 * (d * d + d) + 2 * d * h + h + d + 3 * norm
    expected = 11 * d + (2 * 7) + (7 * d + d) + 2 * layer + norm
    assert sum(one.numel() for one in model.parameters()) == expected


def test_configs_travel_as_json() -> None:
    config = CaptionTransformerConfig(**SMALL, grid=(2, 3))
    assert CaptionTransformerConfig(**json.loads(json.dumps(asdict(config)))) == config
