"""A captioner: the encoder and the decoder together."""

import json
from dataclasses import replace

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.models import build
from saccade.models.captioner import Captioner, CaptionerConfig
from saccade.models.words.caption_lstm import CaptionLstmConfig
from saccade.models.words.decoding import greedy
from saccade.models.words.grids import GridConfig
from saccade.models.words.hard_attention import HardAttentionConfig
from saccade.models.words.transformer import CaptionTransformerConfig

CNN = {"img_size": 64, "widths": (4, 4, 4, 6), "stem_chs": 4}
VIT = {"img_size": (32, 48), "embed_dim": 8, "depth": 2, "num_heads": 2}
LSTM = CaptionLstmConfig(vocab=12, embed=4, hidden=5, attention=6, dropout=0.0)
TRANSFORMER = CaptionTransformerConfig(words=12, width=8, heads=2, hidden=16, depth=1, dropout=0.0)
KINDS = {
    "lstm on a map": CaptionerConfig(
        grid=GridConfig(network="resnet18", options=CNN, pool=(3, 4)), decoder=LSTM
    ),
    "lstm on patches": CaptionerConfig(grid=GridConfig(options=VIT), decoder=LSTM),
    "transformer": CaptionerConfig(grid=GridConfig(options=VIT, tuned=1), decoder=TRANSFORMER),
}
WORDS = torch.tensor([[1, 9, 4, 7], [1, 4, 0, 0]])


def made(name: str) -> tuple[Captioner, torch.Tensor]:
    torch.manual_seed(0)
    model = Captioner(KINDS[name]).eval()
    return model, torch.randn(2, 3, *model.encoder.img_size)


@pytest.mark.parametrize("name", KINDS)
@torch.no_grad()
def test_words_and_maps(name) -> None:
    model, images = made(name)
    rows, columns = model.grid
    logits, weights = model(images, WORDS)
    assert logits.shape == (2, 4, 12)
    assert weights.shape == (2, 4, rows * columns)
    torch.testing.assert_close(weights[0].sum(-1), torch.ones(4))
    state = model.read(images)
    for t in range(2):
        step = model.step(WORDS[:, t], state)
        state = step.state
        torch.testing.assert_close(step.logits, logits[:, t])
        torch.testing.assert_close(step.weights, weights[:, t])
    for text in greedy(model, model.read(images), max_length=4):
        assert text.weights.shape == (len(text.words), rows * columns)


@pytest.mark.parametrize("name", KINDS)
@torch.no_grad()
def test_the_config_and_the_weights_make_it_again(name) -> None:
    model, images = made(name)
    told = json.loads(json.dumps(model.config.to_dict()))
    assert CaptionerConfig.from_dict(told) == model.config
    again = Captioner(CaptionerConfig.from_dict(told)).eval()
    again.load_state_dict(model.state_dict())
    assert torch.equal(again(images, WORDS).logits, model(images, WORDS).logits)
    assert again.preprocessing == model.preprocessing


@torch.no_grad()
def test_annotations_made_once_say_the_same() -> None:
    model, images = made("lstm on patches")
    annotations = model.annotate(images)
    assert torch.equal(model(annotations, WORDS).logits, model(images, WORDS).logits)


def test_a_frozen_encoder_learns_nothing() -> None:
    model, images = made("lstm on a map")
    model.train()
    before = {name: value.clone() for name, value in model.encoder.state_dict().items()}
    model(images, WORDS).logits.sum().backward()
    learning = [name for name, p in model.named_parameters() if p.requires_grad]
    assert learning
    assert all(name.startswith("decoder.") for name in learning)
    now = model.encoder.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in before.items())


def test_pretrained_weights_stay() -> None:
    network = build("vit_tiny_patch16_224", **VIT)
    weight = network.blocks[0].attn.qkv.weight.detach().clone()
    model = Captioner(CaptionerConfig(grid=GridConfig.of(network), decoder=LSTM), network)
    assert torch.equal(model.encoder.network.blocks[0].attn.qkv.weight, weight)
    assert model.config.decoder.features == 8


def test_special_tokens_have_no_place_on_the_grid() -> None:
    grid = GridConfig(options=VIT, special=True)
    model = Captioner(CaptionerConfig(grid=grid, decoder=LSTM))
    assert (model.grid, model.prefix) == (None, ("cls",))
    assert model(torch.randn(2, 3, 32, 48), WORDS).weights.shape == (2, 4, 7)


def test_hard_attention_tells_its_places() -> None:
    hard = replace(LSTM, hard=HardAttentionConfig(semi_sampling=1.0))
    model = Captioner(CaptionerConfig(grid=GridConfig(options=VIT), decoder=hard)).train()
    assert model.follow(torch.randn(2, 3, 32, 48), WORDS).chosen.shape == (2, 4, 6)
    with pytest.raises(ConfigError, match="a transformer decoder"):
        made("transformer")[0].follow(torch.randn(2, 3, 32, 48), WORDS)


def test_what_cannot_work_is_told() -> None:
    model, images = made("lstm on patches")
    with pytest.raises(ShapeError, match="the images"):
        model(images[..., :32], WORDS)
    with pytest.raises(ConfigError, match="grid and decoder"):
        CaptionerConfig.from_dict({"grid": {}})
    with pytest.raises(ConfigError, match="lstm or transformer"):
        CaptionerConfig.from_dict({"grid": {}, "decoder": {"kind": "rnn"}})
    with pytest.raises(ConfigError, match="CaptionTransformerConfig"):
        CaptionerConfig.from_dict({"grid": {}, "decoder": {"kind": "transformer", "wide": 2}})
    with pytest.raises(ConfigError, match="GridConfig"):
        CaptionerConfig.from_dict({"grid": {"net": "x"}, "decoder": {"kind": "lstm"}})
