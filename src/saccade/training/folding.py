"""Cross-validation: each picture is measured once, by a model that has not seen it.

Source: Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", Journal of the
Royal Statistical Society B 36, 1974; Kohavi, "A Study of Cross-Validation and Bootstrap for
Accuracy Estimation and Model Selection", IJCAI 1995 (stratified folds).
"""

import io
import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from saccade.checkpoints.native import read
from saccade.data.batches import Batches
from saccade.data.sets import ImageSet, Splits
from saccade.errors import ConfigError, DataError
from saccade.files import write_bytes, write_text
from saccade.training.config import TrainConfig
from saccade.training.evaluate import Scores, judged_rows, scores_from_rows
from saccade.training.facts import fingerprint
from saccade.training.folders import new_folder
from saccade.training.journal import Show
from saccade.training.measures.multilabel import LabelScores, label_scores
from saccade.training.score_files import write_label_scores, write_scores
from saccade.training.start import pick_device, resumed_start, run_card
from saccade.training.tagging import probability_rows

PLAN, DONE, ROWS, SUMMARY = "folds.json", "fold.json", "rows.npy", "summary.json"


class Train(Protocol):
    """What does a run: `saccade.training.run.train`."""

    def __call__(
        self,
        source: str | None,
        config: TrainConfig,
        *,
        resume: Path | None = None,
        progress: Show | None = None,
        splits: Splits | None = None,
    ) -> Any:  # noqa: ANN401
        """Train; the result has the `folder` and the `metrics` of the run."""


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What came of all folds.

    Args:
        folder: with fold1, fold2 ... and the summary.
        folds: of each fold its number, run, pictures, goal, and goal of its best epoch.
        goal: name of what was measured: "accuracy", or "map" where pictures have several labels.
        mean: of the goal over the folds.
        spread: standard deviation of the goal over the folds.
        scores: of all pictures together, each measured by the model that has not seen it.
    """

    folder: Path
    folds: tuple[Mapping[str, Any], ...]
    goal: str
    mean: float
    spread: float
    scores: Scores | LabelScores

    def to_dict(self) -> dict[str, Any]:
        """Write the result as plain values, fit for JSON."""
        return {
            "goal": self.goal,
            "mean": self.mean,
            "spread": self.spread,
            "folds": [dict(one) for one in self.folds],
            "together": self.scores.to_dict(),
            "note": "measured with the weights of the last epoch; the best epoch was chosen on the "
            "same pictures, so its goal flatters",
        }


@dataclass(frozen=True, slots=True)
class _Fold:
    """One fold: where it is, what it learns from, what it is measured on."""

    number: int
    folder: Path
    splits: Splits
    places: tuple[int, ...]


def folds(images: ImageSet, k: int, *, seed: int) -> list[tuple[ImageSet, ImageSet]]:
    """Share a set out k times into pictures to learn from and pictures to measure on.

    Each picture is measured on once. Classes are spread evenly: the folds' numbers of pictures of a
    class differ by one at most, and so do their sizes. Where a picture may have several labels, its
    rarest one counts.

    Args:
        images: the set.
        k: number of folds, 2 to as many as there are pictures.
        seed: which pictures; the same seed gives the same folds.

    Raises:
        ConfigError: there cannot be so many folds.
    """
    return [
        (
            images.subset("train", [i for i in range(len(images)) if i not in own]),
            images.subset("val", sorted(own)),
        )
        for own in _shares(images, k, seed)
    ]


def cross_validate(
    source: str,
    config: TrainConfig,
    images: ImageSet,
    k: int,
    *,
    train: Train,
    resume: Path | None = None,
    progress: Show | None = None,
) -> CrossValidation:
    """Train k models, each on all folds but one, and measure each on the fold it has not seen.

    Folds that are finished are not done again; one that was broken off goes on.

    Args:
        source: of the pictures.
        config: of each run; what is None is chosen anew for each fold.
        images: the pictures to share out, with labels.
        k: number of folds.
        train: what does a run.
        resume: the folder of a cross-validation that was broken off.
        progress: called with each event.

    Raises:
        ConfigError: there cannot be so many folds, or several processes were started.
        DataError: the folder to go on in is that of another cross-validation.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("one process for folds", "several", "each fold as a run of its own")
    shares = _shares(images, k, config.seed)
    plan = {"source": source, "k": k, "seed": config.seed, "fingerprint": fingerprint(images)}
    folder = _begin(plan, config) if resume is None else _check_plan(resume, plan)
    told: list[Mapping[str, Any]] = []
    rows: list[Tensor] = []
    pairs = folds(images, k, seed=config.seed)
    for number, (pair, own) in enumerate(zip(pairs, shares, strict=True), start=1):
        splits = Splits(*pair, None, images.classes)
        fold = _Fold(number, folder / f"fold{number}", splits, tuple(sorted(own)))
        if progress is not None:
            progress({"event": "fold", "fold": number, "folds": k, "folder": str(fold.folder)})
        result, found = _one_fold(source, config, fold, train, progress)
        told.append(result)
        rows.append(found)
    return _summed_up(folder, images, told, torch.cat(rows))


def _shares(images: ImageSet, k: int, seed: int) -> list[set[int]]:
    """Deal the pictures out, class by class, going on where the last class ended."""
    if not 2 <= k <= len(images):
        raise ConfigError(f"2 to {len(images)} folds", str(k), "folds=5")
    members: dict[int, list[int]] = {}
    for index, label in enumerate(images.labels):
        members.setdefault(label, []).append(index)
    order: list[int] = []
    for label, own in sorted(members.items()):
        random.Random(f"{seed}/folds/{label}").shuffle(own)
        order += own
    return [set(order[start::k]) for start in range(k)]


def _begin(plan: Mapping[str, Any], config: TrainConfig) -> Path:
    folder = new_folder(Path(config.out))
    told = {**plan, "config": config.to_dict()}
    write_text(folder / PLAN, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return folder


def _check_plan(folder: Path, plan: Mapping[str, Any]) -> Path:
    """See that a folder holds a cross-validation of the same pictures, shared out the same way."""
    try:
        told = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"a cross-validation at {folder / PLAN}", str(error), "the folder that holds fold1"
        ) from error
    for name in ("k", "seed", "fingerprint"):
        if told.get(name) != plan[name]:
            raise DataError(
                f"{name} {told.get(name)} as in {folder}", str(plan[name]), "a new folder"
            )
    return folder


def _one_fold(
    source: str, config: TrainConfig, fold: _Fold, train: Train, progress: Show | None
) -> tuple[Mapping[str, Any], Tensor]:
    """Do one fold, or read what came of it when it is done."""
    done = fold.folder / DONE
    if done.exists():
        rows = torch.from_numpy(np.load(fold.folder / ROWS))
        return json.loads(done.read_text(encoding="utf-8")), rows
    begun = _begun(fold.folder)
    if begun is None:
        own = replace(config, out=str(fold.folder))
        run = train(source, own, progress=progress, splits=fold.splits)
    else:
        run = train(source, TrainConfig(), resume=begun, progress=progress, splits=fold.splits)
    rows = _measure(Path(run.folder), fold.splits.part("val"), config)
    scores = _scores(rows, fold.splits.part("val"))
    name, goal = _goal(scores)
    result = {
        "fold": fold.number,
        "run": Path(run.folder).relative_to(fold.folder.parent).as_posix(),
        "pictures": len(rows),
        name: goal,
        "loss": scores.loss,
        "best": run.metrics.get(f"val_{name}"),
        "best_epoch": run.metrics.get("best_epoch"),
    }
    rows[:, 0] = torch.tensor(fold.places, dtype=rows.dtype)[rows[:, 0].long()]
    buffer = io.BytesIO()
    np.save(buffer, rows.numpy())
    write_bytes(fold.folder / ROWS, buffer.getvalue())
    write_text(done, json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    return result, rows


def _begun(folder: Path) -> Path | None:
    """Find a run of a fold that can be gone on with."""
    runs = [path.parent for path in folder.glob("*/last.safetensors")]
    return max(runs, key=lambda run: (len(run.name), run.name), default=None)


def _measure(run: Path, val: ImageSet, config: TrainConfig) -> Tensor:
    """Measure the last weights of a run on the pictures that it has not learned from."""
    path = run / "last.safetensors"
    checkpoint = read(path)
    start = resumed_start(checkpoint, run_card(checkpoint, origin=str(path)), origin=str(path))
    model = start.model.to(pick_device(config.device))
    batches = Batches(val, start.preprocessing, batch_size=64, workers=config.workers)
    rows, _ = (judged_rows if val.multi is None else probability_rows)(model, batches)
    return rows


def _scores(rows: Tensor, images: ImageSet) -> Scores | LabelScores:
    return (scores_from_rows if images.multi is None else label_scores)(rows, images)


def _goal(scores: Scores | LabelScores) -> tuple[str, float]:
    if isinstance(scores, LabelScores):
        return "map", scores.mean_average_precision
    return "accuracy", scores.accuracy


def _summed_up(
    folder: Path, images: ImageSet, told: Sequence[Mapping[str, Any]], rows: Tensor
) -> CrossValidation:
    """Write what came of all folds."""
    scores = _scores(rows, images)
    name, _ = _goal(scores)
    goals = [float(one[name]) for one in told]
    found = CrossValidation(folder, tuple(told), name, mean(goals), stdev(goals), scores)
    if isinstance(scores, LabelScores):
        write_label_scores(folder, images, scores)
    else:
        write_scores(folder, images, scores)
    text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1)
    write_text(folder / SUMMARY, text + "\n")
    return found
