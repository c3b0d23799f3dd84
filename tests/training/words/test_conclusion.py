import json

import pytest
import yaml

from saccade.checkpoints.native import read
from saccade.checkpoints.word_weights import load_words
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.journal import read_journal
from saccade.training.run import train
from tests.training.words.small import small, source_of, write_data

NUMBERS = {
    "caption": {"bleu1", "bleu2", "bleu3", "bleu4", "cider", "rouge", "exact"},
    "translate": {"bleu1", "bleu2", "bleu3", "bleu4", "exact"},
    "ask": {"accuracy"},
}


@pytest.fixture(scope="module")
def finished(place, tmp_path_factory):
    """Train for each task once, when it is asked for."""
    found = {}

    def give(task: str):
        if task not in found:
            out = str(tmp_path_factory.mktemp(task))
            found[task] = train(source_of(place, task), small(task, out=out, epochs=1))
        return found[task]

    return give


@pytest.mark.parametrize("task", NUMBERS)
def test_a_run_leaves_weights_numbers_and_reasons(task: str, finished) -> None:
    run = finished(task)
    assert run.finished
    assert {path.name for path in run.folder.iterdir()} >= {
        *("config.json", "recipe.yaml", "manifest.json", "metrics.jsonl", "metrics.csv"),
        *("best.safetensors", "last.safetensors"),
    }
    for part in ("val", "test"):
        assert {f"{part}_{name}" for name in NUMBERS[task]} <= set(run.metrics)
    assert run.test.to_dict().keys() == {"count", *NUMBERS[task]}
    assert run.metrics["train_loss"] > 0
    assert run.pictures == {"caption": 24, "translate": 12, "ask": 48}[task]
    assert json.dumps(run.to_dict())
    best = load_words(run.folder, task=task)
    assert best.card.epoch == 1
    assert best.card.metrics
    assert (best.source is not None, best.target is not None) == (task != "caption", task != "ask")
    assert run.classes == best.answers
    assert bool(run.classes) == (task == "ask")


@pytest.mark.parametrize("task", NUMBERS)
def test_the_diary_tells_what_was_written(task: str, finished) -> None:
    events = read_journal(finished(task).folder / "metrics.jsonl")
    assert [one["event"] for one in events][:2] == ["choices", "start"]
    epoch = next(one for one in events if one["event"] == "epoch")
    if task == "ask":
        assert set(epoch["per_kind"]) <= {one or "all" for one in epoch["per_kind"]}
    else:
        assert all({"written", "references"} == set(one) for one in epoch["texts"])
    assert events[-1]["event"] == "end"
    assert events[-1]["test"] == finished(task).test.to_dict()


def test_a_finished_run_is_told_again(finished) -> None:
    run = finished("translate")
    again = train(None, TrainConfig(), resume=run.folder)
    assert again.metrics == run.metrics
    assert again.choices == ()


def test_a_recipe_does_it_again(finished, tmp_path) -> None:
    run = finished("translate")
    told = yaml.safe_load((run.folder / "recipe.yaml").read_text())
    source = read(run.last).card.training["data"]["source"]
    again = train(source, TrainConfig.from_dict({**told, "out": str(tmp_path)}))
    mine, other = read(run.best).state, read(again.best).state
    assert all(mine[name].equal(other[name]) for name in mine)


def test_without_parts_to_judge_the_last_epoch_is_the_best(tmp_path) -> None:
    write_data(tmp_path, count=8, pairs=6)
    for name in ("val.fw", "val.bw", "test.fw", "test.bw"):
        (tmp_path / "pairs" / name).unlink()
    config = small("translate", out=str(tmp_path / "runs"), val_fraction=0.0)
    run = train(source_of(tmp_path, "translate"), config)
    assert (run.metrics["best_epoch"], run.test) == (2, None)


@pytest.mark.slow
def test_what_could_not_be_used_is_named_once(place, tmp_path) -> None:
    write_data(tmp_path, count=16)
    images = sorted((tmp_path / "scenes" / "images").iterdir())
    for image in (images[0], images[13], images[15]):  # of train, val and test
        image.write_bytes(image.read_bytes()[:60])
    with (tmp_path / "scenes" / "captions.jsonl").open("a") as file:
        file.write('{"image": "none", "caption": "a"}\n')
    config = small("caption", out=str(tmp_path / "runs"), epochs=1)
    run = train(source_of(tmp_path, "caption"), config)
    names = [file.name for file in run.bad]
    assert len(names) == len(set(names)) == 4
    assert {image.name for image in (images[0], images[13], images[15])} == {
        name.rpartition("/")[2] for name in names if name.endswith(".png")
    }
    assert run.pictures == 16 + 1  # the one that is not there


@pytest.mark.parametrize("task", NUMBERS)
def test_no_data_is_one_sentence(task: str, tmp_path) -> None:
    with pytest.raises(DataError, match=f"data to {task} with, got none; try a file such as"):
        train(None, TrainConfig(task=task, out=str(tmp_path)))
