"""What makes the attending LSTM: presets, closed-form counts, refusals."""

import json

import pytest

from saccade.errors import ConfigError
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.caption_lstm import CaptionLstm
from saccade.models.words.hard_attention import HardAttentionConfig


def test_the_published_sizes() -> None:
    assert CaptionLstmConfig.tutorial(9490).parameters == 20_483_859
    assert CaptionLstmConfig.official(10_000).parameters == 35_333_450


def test_the_closed_form_of_the_tutorial() -> None:
    enc, att, dec, emb, v = 7, 5, 6, 4, 11
    config = CaptionLstmConfig(
        vocab=v,
        features=enc,
        embed=emb,
        hidden=dec,
        attention=att,
        query_bias=True,
        gate="vector",
        deep_output="none",
    )
    expected = (
        att * enc + att + dec * att + att + att + 1 + v * emb + 4 * dec * (emb + enc + dec)
    ) + (8 * dec + 2 * (enc * dec + dec) + dec * enc + enc + dec * v + v)
    assert config.parameters == expected


@pytest.mark.parametrize("gate", ["none", "scalar", "vector"])
@pytest.mark.parametrize("deep", ["none", "linear", "tanh"])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_closed_form_counts_the_model(gate, deep, layers) -> None:
    config = CaptionLstmConfig(
        vocab=11,
        features=7,
        embed=4,
        hidden=6,
        attention=5,
        gate=gate,
        deep_output=deep,
        init_layers=layers,
        context_layers=layers - 1,
        one_bias=layers == 2,
    )
    model = CaptionLstm(config)
    assert sum(p.numel() for p in model.parameters()) == config.parameters


@pytest.mark.slow
def test_the_tutorials_decoder_has_its_size() -> None:
    model = CaptionLstm(CaptionLstmConfig.tutorial(9490))
    assert sum(p.numel() for p in model.parameters()) == 20_483_859


def test_it_goes_through_json() -> None:
    config = CaptionLstmConfig(vocab=9, hard=HardAttentionConfig(at_test="argmax"))
    assert CaptionLstmConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    plain = CaptionLstmConfig.official(9)
    assert CaptionLstmConfig.from_dict(json.loads(json.dumps(plain.to_dict()))) == plain


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"gate": "two"}, "gate none or scalar or vector"),
        ({"hidden": 0}, "a positive hidden"),
        ({"init_layers": 3}, "init_layers 1 or 2"),
        ({"dropout": 1.0}, "dropout in"),
        ({"temperature": 0.0}, "positive temperature"),
        ({"end": 9}, "below 9"),
        ({"start": 0}, "three words"),
    ],
)
def test_what_cannot_work_is_told(change, told) -> None:
    with pytest.raises(ConfigError, match=told):
        CaptionLstmConfig(vocab=9, **change)


def test_an_unknown_field_is_told() -> None:
    with pytest.raises(ConfigError, match="widht"):
        CaptionLstmConfig.from_dict({"vocab": 9, "widht": 3})
