"""What the config of a recurrent translator refuses."""

import dataclasses
import json

import pytest

from saccade.errors import ConfigError
from saccade.models.seq2seq_config import Seq2SeqConfig


def made(**changes: object) -> Seq2SeqConfig:
    return Seq2SeqConfig(**{"source_words": 9, "target_words": 8, **changes})


def test_it_goes_through_json() -> None:
    config = made(order="luong", attention=None, layers=2)
    assert Seq2SeqConfig(**json.loads(json.dumps(dataclasses.asdict(config)))) == config


def test_the_seed_variant() -> None:
    config = Seq2SeqConfig.seed_variant(9, 8, hidden=16)
    assert (config.cell, config.attention, config.order, config.bias) == (
        "rnn", "dot", "seed", False,
    )  # fmt: skip
    assert (config.memory, made().memory) == (16, 512)
    assert dataclasses.replace(config, attention=None).attention is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"target_words": 2}, r"three numbers below target_words=2, got \(0, 1, 2\)"),
        ({"pad": 1}, r"pad, start and end as three numbers below source_words=9, got \(1, 1, 2\)"),
        ({"end": 8}, r"got \(0, 1, 8\); try target_words=9 or more"),
        ({"hidden": 0}, "a positive hidden, got 0"),
        ({"dropout": 1}, "a dropout from 0 to below 1, got 1"),
        ({"cell": "elman"}, "cell out of rnn, lstm, gru, got 'elman'"),
        ({"attention": "cosine"}, "attention out of additive, dot, .*, None, got 'cosine'"),
        ({"order": "vaswani"}, "order out of bahdanau, luong, seed, got 'vaswani'"),
        ({"output": "deep"}, "output out of plain, maxout, got 'deep'"),
        ({"attention": "dot"}, "an encoder of one direction for dot, whose sizes must agree"),
        ({"order": "luong", "output": "maxout"}, "output='maxout' .* order bahdanau only"),
        ({"output": "maxout", "attention": None}, "got order='bahdanau', attention=None"),
        ({"input_feeding": True}, "input_feeding with attention in the order luong only"),
        ({"order": "seed"}, "cell='rnn' in the order seed, got 'gru'; try Seq2SeqConfig.seed_v"),
    ],
)
def test_errors(changes: dict, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        made(**changes)
