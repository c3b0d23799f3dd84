"""Does attention align, and what does a decoder without it forget? Reversing and rewriting dates.

    python benchmarks/sequences.py [--tasks reverse dates] [--seeds 0 1 2]

Reverse: sequences of 3 to 20 of 20 letters, to be written backwards; 10,000 to learn from, 500 that
choose the best epoch, 1,000 to test. Dates: one of twelve spellings, Korean ones too, to ISO 8601,
by characters; 8,000, 500 and 1,000. The same recurrent translator learns with attention and
without. Exact: share of test texts that are right to the last sign, by beam search with 5, also by
the length of the source. Along: share of attention on the antidiagonal of a reversed sequence (half
a word wide), beside that of an even map. Digits: alignment error of the year's digits of dates
whose year stands in digits once. Minutes: of one core, training and judging. Results go to
benchmarks/results/sequences.json, the plot over the length to sequences.svg.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from plots import Line, write_lines
from rounds import RESULTS
from word_runs import best_of, keep, texts_of, trained, translate, write_pairs

from saccade.checkpoints.word_weights import WordWeights
from saccade.data.words.lexicon import Lexicon
from saccade.data.words.pairs import PairSet
from saccade.data.words.tasks import date_pairs, reverse_pairs
from saccade.models.words.decoding import Hypothesis
from saccade.training.config import TrainConfig
from saccade.training.word_options import WordOptions
from saccade.training.words.aligning import alignment_error, diagonal_mass

SIZES = {"reverse": (10_000, 500, 1_000), "dates": (8_000, 500, 1_000)}
EPOCHS = {"reverse": 8, "dates": 6}
SPLITS = {"reverse": "spaces", "dates": "jamo"}


def parts_of(task: str, seed: int) -> dict[str, PairSet]:
    """Draw a task and cut it into parts that do not meet."""
    count = sum(SIZES[task])
    if task == "reverse":
        every = reverse_pairs(count, symbols=20, least=3, most=20, seed=seed)
    else:
        every = date_pairs(count, seed=seed)
    begins, found = 0, {}
    for name, size in zip(("train", "val", "test"), SIZES[task], strict=True):
        found[name] = every.subset(name, range(begins, begins + size))
        begins += size
    return found


def measured(task: str, attention: str, seed: int, place: Path) -> dict[str, Any]:
    """Train once and test."""
    parts = parts_of(task, seed)
    config = TrainConfig(
        task="translate", epochs=EPOCHS[task], seed=seed, threads=1, smoothing=0.0,
        out=str(place / "runs"),
        words=WordOptions(
            attention=cast("Any", attention), split=SPLITS[task], hidden=128, embed=64, dropout=0.0,
            sides="src,tgt", longest=100, least=1,
        ),
    )  # fmt: skip
    run, minutes = trained(write_pairs(place / "data", parts), config)
    weights, test = best_of(run), parts["test"]
    found = translate(weights, test.sources)
    texts = texts_of(weights, found)
    right = [own == true for own, true in zip(texts, test.targets, strict=True)]
    row = {
        "task": task,
        "attention": attention,
        "seed": seed,
        "exact": 100 * sum(right) / len(right),
        "minutes": minutes,
        "by_length": by_length(weights, test.sources, right),
    }
    if attention != "none":
        row |= looked(task, weights, test, found)
    return row


def by_length(
    weights: WordWeights, sources: Sequence[str], right: Sequence[bool]
) -> dict[str, float]:
    """Give the share of exact texts by the number of signs of the source, in percent."""
    groups: dict[int, list[bool]] = {}
    for source, one in zip(sources, right, strict=True):
        groups.setdefault(len(cast("Lexicon", weights.source).ids(source)), []).append(one)
    return {str(n): round(100 * sum(own) / len(own), 2) for n, own in sorted(groups.items())}


def looked(
    task: str, weights: WordWeights, test: PairSet, found: Sequence[Hypothesis]
) -> dict[str, float]:
    """Measure where the right texts looked."""
    source, target = cast("Lexicon", weights.source), cast("Lexicon", weights.target)
    along, even, maps, links = [], [], [], []
    for text, true, one in zip(test.sources, test.targets, found, strict=True):
        count = len(source.ids(text))
        if one.weights is None or list(one.words) != target.ids(true):
            continue
        own = one.weights[:, :count]
        if task == "reverse":
            along.append(diagonal_mass(own, anti=True))
            even.append(1 / count)
        elif text.count(true[:4]) == 1:
            begin = text.index(true[:4])
            cut = len(source.ids(text[:begin]))
            maps.append(own[:4])
            links.append([(k, cut + k) for k in range(4)])
    if task == "reverse":
        return {"along": sum(along) / len(along), "along even": sum(even) / len(even)}
    return {"digits": alignment_error(maps, links), "dates with digits": len(maps)}


def plot() -> None:
    """Draw the exact texts over the length of the source, mean over the seeds."""
    runs = json.loads((RESULTS / "sequences.json").read_text())["runs"]
    lines = []
    for attention in ("additive", "none"):
        own = [r for r in runs if r["task"] == "reverse" and r["attention"] == attention]
        points: dict[int, list[float]] = {}
        for row in own:
            for length, value in cast("Mapping[str, float]", row["by_length"]).items():
                points.setdefault(int(length), []).append(value)
        name = "with attention" if attention == "additive" else "without"
        means = [(n, sum(v) / len(v), min(v), max(v)) for n, v in sorted(points.items())]
        lines.append(Line(name, tuple(means)))
    axes = ("letters to reverse", "exact, % (mean, least and most of the seeds)")
    write_lines(RESULTS / "sequences.svg", lines, axes=axes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tasks", nargs="*", default=["reverse", "dates"])
    parser.add_argument("--attention", nargs="*", default=["additive", "none"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        for task in arguments.tasks:
            for attention in arguments.attention:
                with tempfile.TemporaryDirectory() as place:
                    row = measured(task, attention, seed, Path(place))
                numbers = ("exact", "along", "along even", "digits", "minutes")
                keep("sequences", row, ("task", "attention", "seed"), numbers)
    plot()


if __name__ == "__main__":
    main()
