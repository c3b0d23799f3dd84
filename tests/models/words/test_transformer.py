"""The first transformer, from words to words."""

import json
from dataclasses import asdict

import pytest
import torch

import saccade
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import greedy
from saccade.models.words.transformer import Transformer, TransformerConfig
from tests.models.words.slow_transformer import rewritten

SMALL = {"words": 11, "width": 16, "heads": 2, "hidden": 5, "depth": 2}
SOURCE = torch.tensor([[5, 9, 3, 2], [7, 2, 0, 0]])
WORDS = torch.tensor([[1, 5, 9, 3, 4], [1, 4, 10, 0, 0]])


def counted(config: TransformerConfig) -> int:
    """Parameters in closed form; an attention has 4 matrices, a norm a factor and a shift."""
    d, h, v, n = config.width, config.hidden, config.words, config.depth
    attention, perceptron, norm = 4 * (d * d + d), 2 * d * h + h + d, 2 * d
    layers = (config.encoder_depth or n) * (attention + perceptron + 2 * norm)
    layers += n * (2 * attention + perceptron + 3 * norm)
    source = 0 if config.share == "all" else (config.source_words or v) * d
    head = (v * d + v) if config.share == "none" else 0
    return v * d + source + head + layers + (2 * 2 * d if config.norm_first else 0)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("share", ["all", "output", "none"])
def test_the_number_of_parameters(share, norm_first: bool) -> None:
    sizes = {} if share == "all" else {"source_words": 13, "encoder_depth": 3}
    config = TransformerConfig(**SMALL, **sizes, share=share, norm_first=norm_first)
    model = Transformer(config)
    assert sum(one.numel() for one in model.parameters()) == counted(config)
    assert len({one.data_ptr() for one in model.state_dict().values()}) == len(model.state_dict())


def test_the_base_model() -> None:
    assert counted(TransformerConfig()) == 63_082_496  # table 3 says 65 million


@pytest.mark.slow
def test_the_base_model_is_what_the_form_says() -> None:
    model = Transformer(TransformerConfig())
    assert sum(one.numel() for one in model.parameters()) == 63_082_496


@pytest.fixture(params=["all", "none"])
def model(request, drawn) -> Transformer:
    first = request.param == "none"
    config = TransformerConfig(**SMALL, share=request.param, norm_first=first)
    return drawn(Transformer(config), std=0.5)


@torch.no_grad()
def test_padding_changes_nothing(model) -> None:
    logits, weights = model(SOURCE, WORDS)
    alone = model(SOURCE[1:, :2], WORDS[1:, :3])
    torch.testing.assert_close(logits[1:, :3], alone.logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(weights[1:, :3, :2], alone.weights, atol=1e-6, rtol=0)
    assert (weights[1, :, 2:] == 0).all()
    told = model(SOURCE, WORDS, SOURCE != 0)
    torch.testing.assert_close(told.logits, logits, atol=0, rtol=0)


@torch.no_grad()
def test_the_order_of_source_words_matters(model) -> None:
    turned = model(SOURCE[:1].flip(1), WORDS[:1]).logits
    assert not torch.allclose(turned, model(SOURCE[:1], WORDS[:1]).logits, atol=1e-4)


def test_a_source_without_words(model) -> None:
    logits, weights = model.train()(torch.zeros(1, 3, dtype=torch.int64), WORDS[:1])
    assert (weights == 0).all()
    logits.square().mean().backward()
    assert all(one.grad is None or one.grad.isfinite().all() for one in model.parameters())


def test_configs_travel_as_json() -> None:
    config = TransformerConfig(**SMALL, share="output", source_words=5)
    assert TransformerConfig(**json.loads(json.dumps(asdict(config)))) == config


@torch.no_grad()
def test_greedy_is_what_teacher_forcing_finds(model) -> None:
    rewritten(model, SOURCE)


@torch.no_grad()
def test_a_beam_may_share_its_memory(model) -> None:
    state = model.read(SOURCE)
    shared = beam_search(model, state, beam=3, max_length=3)
    model.shares_memory = False
    copied = beam_search(model, state, beam=3, max_length=3)
    assert [beam[0].words for beam in shared] == [beam[0].words for beam in copied]
    alone = beam_search(model, state, beam=1, max_length=3)
    texts = greedy(model, state, max_length=3)
    assert [beam[0].words for beam in alone] == [text.words for text in texts]


@torch.no_grad()
def test_a_recording_sees_every_attention(model) -> None:
    with saccade.record(model) as trace:
        _, weights = model(SOURCE, WORDS)
    writing = [f"decoder.layers.{n}.{kind}" for n in range(2) for kind in ("attn", "cross")]
    assert [one.name for one in trace.layers] == ["layers.0.attn", "layers.1.attn", *writing]
    torch.testing.assert_close(trace.layers[-1].weights.mean(1), weights, atol=1e-6, rtol=0)
