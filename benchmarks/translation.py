"""What does attention give a translator? BLEU on a tenth that nobody learned from.

    python benchmarks/translation.py tatoeba FILE [--seeds 0 1 2]
    python benchmarks/translation.py multi30k FOLDER [--seeds 0]

tatoeba: FILE is a table with English and Korean in its first two columns; Korean is read. A tenth
of the Korean sentences is kept for the test, a twentieth of the rest chooses the best epoch.
multi30k: FOLDER has train.de(.gz), train.en(.gz) and val.*; a tenth of the training pairs is kept
for the test, val chooses the best epoch. The options are those that `saccade train` chooses, epochs
aside; the twin without attention differs in that alone. Written by beam search with 5. BLEU is
sacrebleu's (13a, small letters, as the models write); "own" is BLEU-4 of the library's own measure.
Minutes: of one core, training and judging. Results go to benchmarks/results/translation.json.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, cast

from word_runs import best_of, keep, texts_of, trained, translate, write_pairs

from saccade.data.words.pairs import PairSet, open_pairs
from saccade.training.config import TrainConfig
from saccade.training.word_options import WordOptions
from saccade.training.words.sacre import chrf, sacre_bleu
from saccade.training.words.scoring import score_translations

EPOCHS = {"tatoeba": 20, "multi30k": 5}
SIDES = {"tatoeba": ("2", "1"), "multi30k": ("de", "en")}


def parts_of(task: str, source: str, seed: int) -> dict[str, PairSet]:
    """Keep a tenth for the test."""
    sides = SIDES[task]
    opened = open_pairs(source, sides=sides, seed=seed, val_fraction=0.1)
    if task == "multi30k":
        cut = _cut(opened["train"], seed, 0.1)
        return {"train": cut["train"], "val": opened["val"], "test": cut["val"]}
    rest = _cut(opened["train"], seed, 0.05)
    return {"train": rest["train"], "val": rest["val"], "test": opened["val"]}


def _cut(pairs: PairSet, seed: int, share: float) -> dict[str, PairSet]:
    with tempfile.TemporaryDirectory() as place:
        written = write_pairs(Path(place), {"train": pairs})
        return open_pairs(written, sides=("src", "tgt"), seed=seed, val_fraction=share)


def measured(task: str, source: str, attention: str, seed: int, place: Path) -> dict[str, Any]:
    """Train once and test."""
    parts = parts_of(task, source, seed)
    config = TrainConfig(
        task="translate", epochs=EPOCHS[task], seed=seed, threads=1, out=str(place / "runs"),
        words=WordOptions(attention=cast("Any", attention), sides="src,tgt", judged=300),
    )  # fmt: skip
    run, minutes = trained(write_pairs(place / "data", parts), config)
    weights, test = best_of(run), parts["test"]
    found = translate(weights, test.sources)
    texts = texts_of(weights, found)
    references = [test.references(index) for index in range(len(test))]
    own = score_translations(texts, references, lower=True)
    for index in range(0, len(test), max(1, len(test) // 5)):
        print(f"{test.sources[index]} -> {texts[index]}   ({references[index][0]})", flush=True)
    return {
        "task": task,
        "attention": attention,
        "seed": seed,
        "train": len(parts["train"]),
        "test": len(test),
        "bleu": round(sacre_bleu(texts, references, lowercase=True).score, 2),
        "chrf": round(chrf([t.lower() for t in texts], _low(references)).score, 2),
        "own": round(100 * own.bleu[3], 2),
        "exact": round(100 * own.exact, 2),
        "minutes": minutes,
    }


def _low(references: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [tuple(text.lower() for text in own) for own in references]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("task", choices=tuple(EPOCHS))
    parser.add_argument("source")
    parser.add_argument("--attention", nargs="*", default=["additive", "none"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    arguments = parser.parse_args()
    numbers = ("bleu", "chrf", "own", "exact", "minutes")
    for seed in arguments.seeds:
        for attention in arguments.attention:
            with tempfile.TemporaryDirectory() as place:
                row = measured(arguments.task, arguments.source, attention, seed, Path(place))
            keep("translation", row, ("task", "attention", "seed"), numbers)


if __name__ == "__main__":
    main()
