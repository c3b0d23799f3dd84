"""What the benchmarks of words share: train once, write with the best weights, keep the rows."""

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from rounds import RESULTS, save_json

from saccade.checkpoints.word_weights import WordWeights, load_words
from saccade.data.words.lexicon import END, Lexicon
from saccade.data.words.pairs import PairSet
from saccade.data.words.word_epochs import padded
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import Hypothesis, WordModel
from saccade.training.config import TrainConfig
from saccade.training.journal import Record
from saccade.training.result import Run
from saccade.training.run import train

_BATCH = 32


def trained(source: str, config: TrainConfig) -> tuple[Run, float]:
    """Train, and tell each epoch in a line; give the run, and the minutes of one core it took."""

    def show(record: Record) -> None:
        if record["event"] == "epoch":
            kept = ("epoch", "train_loss", "seconds")
            told = {k: v for k, v in record.items() if k in kept or k.startswith("val_")}
            shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in told.items()}
            print(shown, flush=True)

    before = time.process_time()
    run = train(source, config, progress=show)
    return run, round((time.process_time() - before) / 60, 2)


def write_pairs(folder: Path, parts: Mapping[str, PairSet]) -> str:
    """Write parts as parallel files, so that a run sees the very same ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pairs in parts.items():
        for ending, texts in (("src", pairs.sources), ("tgt", pairs.targets)):
            path = folder / f"{name}.{ending}"
            path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return str(folder)


@torch.inference_mode()
def translate(
    weights: WordWeights, texts: Sequence[str], *, beam: int = 5, longest: int = 80
) -> list[Hypothesis]:
    """Translate texts by beam search, in their order."""
    model, source = cast("WordModel", weights.model), cast("Lexicon", weights.source)
    found: list[Hypothesis] = []
    for begin in range(0, len(texts), _BATCH):
        ids = padded([source.encode(text, end=True) for text in texts[begin : begin + _BATCH]])
        state = model.read(ids, ids != 0)
        found += [own[0] for own in beam_search(model, state, beam=beam, max_length=longest)]
    return found


def texts_of(weights: WordWeights, hypotheses: Sequence[Hypothesis]) -> list[str]:
    """Give hypotheses as texts."""
    target = cast("Lexicon", weights.target)
    return [target.decode([*one.words, END]) for one in hypotheses]


def best_of(run: Run) -> WordWeights:
    """Load the best weights of a run."""
    return load_words(run.best)


def keep(name: str, row: Mapping[str, Any], keys: Sequence[str], numbers: Sequence[str]) -> None:
    """Add a row to a result, in place of one with the same keys, and sum the seeds up."""
    path = RESULTS / f"{name}.json"
    kept = json.loads(path.read_text())["runs"] if path.is_file() else []
    same = tuple(row[key] for key in keys)
    rows = [one for one in kept if tuple(one[key] for key in keys) != same] + [dict(row)]
    save_json(name, {"rows": summed(rows, [k for k in keys if k != "seed"], numbers), "runs": rows})
    print(json.dumps({key: row[key] for key in (*keys, *numbers) if key in row}), flush=True)


def summed(
    rows: Sequence[Mapping[str, Any]], keys: Sequence[str], numbers: Sequence[str]
) -> list[dict[str, Any]]:
    """Give the mean and the standard deviation over the seeds."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    told = []
    for group, own in groups.items():
        one: dict[str, Any] = dict(zip(keys, group, strict=True))
        one["seeds"] = len(own)
        for name in numbers:
            values = [row[name] for row in own if row.get(name) is not None]
            if values:
                one[name] = round(statistics.mean(values), 4)
                one[f"{name} spread"] = round(statistics.stdev(values), 4) if len(values) > 1 else 0
        told.append(one)
    return told
