"""What makes a model that answers questions: kept as JSON, checked."""

import json

import pytest

from saccade.errors import ConfigError
from saccade.models.question_config import QuestionConfig

CONFIG = QuestionConfig(vocab=9, answers=4, features=5, grid=(2, 3))


def test_a_config_survives_json() -> None:
    assert QuestionConfig.from_dict(json.loads(json.dumps(CONFIG.to_dict()))) == CONFIG
    with pytest.raises(ConfigError, match=r"the fields of a QuestionConfig.*'colour'"):
        QuestionConfig.from_dict({**CONFIG.to_dict(), "colour": 3})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hops": 0}, "a positive hops, got 0; try hops=2"),
        ({"grid": (3,)}, "grid as .rows, columns."),
        ({"reader": "cnn"}, "reader out of gru, bag, transformer, got 'cnn'"),
        ({"positions": "round"}, "positions out of learn, learn2d, sincos2d, none"),
        ({"dropout": 1.0}, "dropout in .0, 1."),
        ({"pad": 9}, "pad from 0 to 8, got 9"),
    ],
)
def test_what_cannot_work_is_told(change: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        QuestionConfig.from_dict({**CONFIG.to_dict(), **change})
