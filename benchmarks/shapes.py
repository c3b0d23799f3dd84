"""Do words look at what they name? Captions of coloured shapes whose boxes are known.

    python benchmarks/shapes.py [--seeds 0 1 2] [--count 6000] [--writers recurrent transformer]

Scenes of one or two shapes, 64 pixels, drawn anew for each seed: COUNT to learn from (a tenth of
them chooses the best epoch) and 500 to test. A captioner learns from nothing: its network of
pictures too. Exact: share of captions that say what is there, in any of the ways that are right;
strict: in the very words that are learned. Mass: share of a word's attention in the box of what it
names, over all words of right captions that name something, beside that of an even map; pointing:
how often the highest cell lies in the box. Written by beam search with 5. Minutes: of one core,
training and judging. Results go to benchmarks/results/shapes.json.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from captions import written
from torch import Tensor
from word_runs import best_of, keep, trained

from saccade.checkpoints.word_weights import WordWeights
from saccade.data.geometry import Geometry
from saccade.data.words.captions import open_captions
from saccade.data.words.lexicon import END, Lexicon
from saccade.data.words.scene_captions import right_captions
from saccade.data.words.scene_sets import ScenePlan, SceneSet
from saccade.data.words.scene_writing import write_scenes
from saccade.data.words.scenes import SceneRules
from saccade.models.captioner import Captioner
from saccade.models.words.decoding import Hypothesis
from saccade.training.config import TrainConfig
from saccade.training.word_options import WordOptions
from saccade.training.words.looking import score_looking

EPOCHS, TEST = 12, 500
RULES = SceneRules(least=1, most=2)


def measured(seed: int, count: int, writer: str, place: Path) -> dict[str, Any]:
    """Train once and test."""
    write_scenes(place / "train", ScenePlan(count=count, seed=seed, rules=RULES))
    made = write_scenes(place / "test", ScenePlan(count=TEST, seed=seed, start=count, rules=RULES))
    config = TrainConfig(
        task="caption", epochs=EPOCHS, seed=seed, threads=1,
        out=str(place / "runs"), words=WordOptions(writer=cast("Any", writer), judged=200),
    )  # fmt: skip
    run, minutes = trained(str(place / "train"), config)
    weights = best_of(run)
    test = open_captions(place / "test", val_fraction=0.0)["train"]
    found = written(weights, test)
    lexicon = cast("Lexicon", weights.target)
    texts = [lexicon.decode([*one.words, END]) for one in found]
    right = [
        text in {one.text for one in right_captions(scene)}
        for text, scene in zip(texts, made.scenes, strict=True)
    ]
    strict = [text == one.text for text, one in zip(texts, made.captions["en"], strict=True)]
    looking = score_looking(looks(weights, made, found, strict))
    return {
        "writer": writer,
        "seed": seed,
        "count": count,
        "exact": round(100 * sum(right) / TEST, 2),
        "strict": round(100 * sum(strict) / TEST, 2),
        "mass": round(looking.mass, 4),
        "even": round(looking.uniform, 4),
        "times": round(looking.times, 3),
        "pointing": round(100 * looking.pointing, 2),
        "words": looking.words,
        "minutes": minutes,
    }


def looks(
    weights: WordWeights, made: SceneSet, found: Sequence[Hypothesis], strict: Sequence[bool]
) -> Iterator[tuple[Tensor, Tensor, Geometry]]:
    """Give the maps and boxes of the words that name something, of captions in the very words."""
    model, lexicon = cast("Captioner", weights.model), cast("Lexicon", weights.target)
    rows, columns = model.grid or (1, 1)
    for scene, sentence, one, fine in zip(
        made.scenes, made.captions["en"], found, strict, strict=True
    ):
        if not fine or one.weights is None:
            continue
        things = sentence.things([lexicon.words[number] for number in one.words])
        named = [(k, thing) for k, thing in enumerate(things) if thing is not None]
        maps = one.weights[[k for k, _ in named]].reshape(-1, rows, columns)
        boxes = torch.tensor([scene.things[thing].box for _, thing in named])
        yield maps, boxes, Geometry.of((scene.side, scene.side))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--writers", nargs="*", default=["recurrent", "transformer"])
    arguments = parser.parse_args()
    numbers = ("exact", "strict", "mass", "even", "times", "pointing", "words", "minutes")
    for seed in arguments.seeds:
        for writer in arguments.writers:
            with tempfile.TemporaryDirectory() as place:
                row = measured(seed, arguments.count, writer, Path(place))
            keep("shapes", row, ("writer", "seed"), numbers)


if __name__ == "__main__":
    main()
