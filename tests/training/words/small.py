"""Tiny data of words with the parts train, val and test, and options under which runs are short."""

import json
from dataclasses import replace
from pathlib import Path

from saccade.data.words.scene_sets import ScenePlan
from saccade.data.words.scene_writing import write_scenes
from saccade.data.words.scenes import SceneRules
from saccade.data.words.tasks import reverse_pairs
from saccade.training.config import TrainConfig

RULES = SceneRules(side=16, least=1, most=2)
SMALL = {"hidden": 8, "embed": 8, "least": 1, "split": "words"}
EYES = {"layers": [1], "widths": [8], "stem_chs": 4, "block": "basic", "stem": "deep"}
SOURCES = {"caption": "captions.jsonl", "ask": "questions.jsonl", "translate": "pairs"}


def part_of(number: int, count: int) -> str:
    """The last eighth is tested, the eighth before it validates."""
    return "train" if number < count * 3 // 4 else "val" if number < count * 7 // 8 else "test"


def write_data(folder: Path, count: int = 24, *, pairs: int = 12) -> Path:
    """Write captions.jsonl and questions.jsonl about scenes, and parallel files of reversals."""
    made = write_scenes(folder / "scenes", ScenePlan(count=count, rules=RULES, questions=2))
    parts = {name: part_of(at, count) for at, name in enumerate(made.names)}
    captions = [
        {"image": name, "captions": [own.text, f"this is {own.text}"], "split": parts[name]}
        for name, own in zip(made.names, made.captions["en"], strict=True)
    ]
    _lines(folder / "scenes" / "captions.jsonl", captions)
    lines = (folder / "scenes" / "questions.jsonl").read_text().splitlines()
    asked = [json.loads(line) for line in lines]
    asked = [{**one, "split": parts[one["image"]]} for one in asked]
    _lines(folder / "scenes" / "questions.jsonl", asked)
    write_pairs(folder / "pairs", pairs)
    return folder


def write_pairs(folder: Path, count: int = 12) -> None:
    """Write train.fw, train.bw and so on: letters, and the same backwards."""
    folder.mkdir()
    drawn = reverse_pairs(count, symbols=4, least=2, most=4)
    for part in ("train", "val", "test"):
        rows = [at for at in range(count) if part_of(at, count) == part]
        own = drawn.subset(part, rows)
        (folder / f"{part}.fw").write_text("".join(f"{text}\n" for text in own.sources))
        (folder / f"{part}.bw").write_text("".join(f"{text}\n" for text in own.targets))


def source_of(folder: Path, task: str) -> str:
    """Where the data of a task are."""
    return str(folder / "pairs" if task == "translate" else folder / "scenes" / SOURCES[task])


def small(task: str, *, words: dict | None = None, **changes) -> TrainConfig:
    """The config of a short run; `words` changes some of that group."""
    told = {"task": task, "epochs": 2, "batch_size": 6, "threads": 1, "words": {**SMALL}}
    if task == "translate":
        told["words"]["sides"] = "fw,bw"
    else:
        told |= {"model": "resnet18", "img_size": 16, "model_kwargs": EYES}
    told["words"] |= words or {}
    return TrainConfig(**{**told, **changes})


def without(config: TrainConfig, *names: str) -> TrainConfig:
    """The config with some options left open again."""
    return replace(config, **dict.fromkeys(names))


def _lines(path: Path, records: list[dict]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
