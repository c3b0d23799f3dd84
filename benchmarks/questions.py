"""Does a small model answer questions about pictures, and does it look at what it is asked about?

    python benchmarks/questions.py [--seeds 0 1 2] [--count 6000]

Scenes of two to four shapes, 64 pixels, drawn anew for each seed, with up to three questions each
of nine kinds ("what colour is the circle left of the square?"): COUNT scenes to learn from (a tenth
of them chooses the best epoch), 500 to test. The model learns from nothing, its network of pictures
too. Blind: the best of three guessers that see no picture. Mass: share of the last look's attention
in the boxes of what holds the answer, beside that of an even map. Minutes: of one core, training
and judging. Results go to benchmarks/results/questions.json.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from word_runs import best_of, keep, trained

from saccade.data.geometry import Geometry
from saccade.data.words.scene_baselines import blind
from saccade.data.words.scene_sets import ScenePlan, SceneSet
from saccade.data.words.scene_writing import write_scenes
from saccade.data.words.scenes import SceneRules
from saccade.models.question import QuestionAnswerer
from saccade.training.config import TrainConfig
from saccade.training.words.looking import score_looking

EPOCHS, TEST, SIDE = 20, 500, 64
RULES = SceneRules(least=2, most=4, alike=0.4, side=SIDE)


def measured(seed: int, count: int, place: Path) -> dict[str, Any]:
    """Train once and test."""
    plan = {"seed": seed, "rules": RULES, "questions": 3}
    known = write_scenes(place / "train", ScenePlan(count=count, **plan))
    made = write_scenes(place / "test", ScenePlan(count=TEST, start=count, **plan))
    config = TrainConfig(
        task="ask", epochs=EPOCHS, seed=seed, threads=1, out=str(place / "runs")
    )  # fmt: skip
    run, minutes = trained(str(place / "train"), config)
    answers, right, looks = answered(run, made)
    flat = [[q for own in part.questions for q in own] for part in (known, made)]
    looking = score_looking(looks)
    kinds: dict[str, list[bool]] = {}
    for question, one in zip(flat[1], right, strict=True):
        kinds.setdefault(question.kind, []).append(one)
    return {
        "seed": seed,
        "count": count,
        "questions": len(right),
        "answers": answers,
        "accuracy": round(100 * sum(right) / len(right), 2),
        "blind": round(100 * max(blind(*flat)), 2),
        "mass": round(looking.mass, 4),
        "even": round(looking.uniform, 4),
        "times": round(looking.times, 3),
        "kinds": {name: round(100 * sum(own) / len(own), 2) for name, own in kinds.items()},
        "minutes": minutes,
    }


@torch.inference_mode()
def answered(
    run: Any,
    made: SceneSet,
) -> tuple[int, list[bool], list[tuple[Tensor, Tensor, Geometry]]]:
    """Answer every question; tell which answers are right, and where it was looked for them."""
    weights = best_of(run)
    model, source = cast("QuestionAnswerer", weights.model), weights.source
    if source is None or weights.preprocessing is None:
        raise TypeError("an answerer without words or preprocessing")
    right: list[bool] = []
    looks: list[tuple[Tensor, Tensor, Geometry]] = []
    for scene, questions in zip(made.scenes, made.questions, strict=True):
        pixels, _ = weights.preprocessing.apply(scene.painted(), Geometry.of((SIDE, SIDE)))
        image = weights.preprocessing.normalize(torch.from_numpy(pixels)[None])
        for question in questions:
            found = model(image, torch.tensor([source.encode(question.text())]))
            fine = weights.answers[int(found.logits.argmax())] == question.answer
            right.append(fine)
            if fine:
                looks += list(_looks(found.weights[0, -1], question, scene, model))
    return len(weights.answers), right, looks


def _looks(
    weights: Tensor,
    question: Any,
    scene: Any,
    model: QuestionAnswerer,
) -> Iterator[tuple[Tensor, Tensor, Geometry]]:
    """Give the last look with the box of the one thing that holds the answer."""
    if len(question.seen) == 1:
        box = torch.tensor([scene.things[question.seen[0]].box])
        yield weights.reshape(1, *model.grid), box, Geometry.of((SIDE, SIDE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--count", type=int, default=6000)
    arguments = parser.parse_args()
    numbers = ("accuracy", "blind", "mass", "even", "times", "minutes")
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as place:
            row = measured(seed, arguments.count, Path(place))
        keep("questions", row, ("seed",), numbers)


if __name__ == "__main__":
    main()
