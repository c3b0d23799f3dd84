import json
from pathlib import Path

from saccade.data.sets import BadFile
from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice
from saccade.training.result import Run, each_once
from saccade.training.words.conclusion import TestScores


def made(**changes) -> Run:
    told = {
        "folder": Path("runs/1"),
        "config": TrainConfig(),
        "choices": (Choice("lr", 0.1, "a reason"),),
        "classes": ("a", "b"),
        "finished": True,
        "metrics": {"best_epoch": 2},
        "test": None,
        "bad": (BadFile("x.png", "broken"),),
        "pictures": 7,
        "seconds": 1.23456,
    }
    return Run(**{**told, **changes})


def test_a_run_is_plain_values() -> None:
    run = made(test=TestScores(3, {"bleu4": 0.5, "cider": None}))
    told = json.loads(json.dumps(run.to_dict()))
    assert told["folder"] == "runs/1"
    assert told["seconds"] == 1.235
    assert told["test"] == {"count": 3, "bleu4": 0.5, "cider": None}
    assert told["bad"] == [{"name": "x.png", "reason": "broken"}]
    assert told["choices"][0]["name"] == "lr"
    assert made().to_dict()["test"] is None


def test_where_the_weights_are() -> None:
    run = made()
    assert (run.best, run.last) == (
        Path("runs/1/best.safetensors"),
        Path("runs/1/last.safetensors"),
    )
    assert run.main


def test_bad_files_are_named_once_in_the_order_they_came() -> None:
    one, other, third = BadFile("a", "x"), BadFile("b", "x"), BadFile("a", "y")
    assert each_once([one, other], (one,), [], [third, other]) == (one, other, third)
    assert each_once() == ()
