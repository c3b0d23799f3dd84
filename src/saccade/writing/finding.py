"""Which weights are meant: named ones, or those of the newest run for a task."""

from pathlib import Path

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read_card
from saccade.checkpoints.opening import weight_file
from saccade.checkpoints.word_weights import WordTask
from saccade.errors import CheckpointError

RUNS = Path("runs")
_BEST, _LAST = "best.safetensors", "last.safetensors"
_DATA = {"caption": "captions.tsv", "translate": "pairs.tsv", "ask": "questions.jsonl"}


def names_weights(text: str) -> bool:
    """Tell whether a text names weights: a .safetensors file, or the folder of a run with some."""
    path = Path(text)
    try:
        own = [path / name for name in (_BEST, _LAST)]
        return path.suffix == ".safetensors" or any(file.is_file() for file in own)
    except (OSError, ValueError):  # a sentence that no file can be called
        return False


def card_of(path: str | Path) -> Card | None:
    """Read the card of weights, and none of them.

    Args:
        path: a weight file, or the folder of a run.

    Returns:
        None where the path has weights without a card, or none.
    """
    try:
        file = weight_file(Path(path))
        return read_card(file) if file.is_file() else None
    except (CheckpointError, OSError, ValueError):
        return None


def word_card_of(path: str | Path) -> Card | None:
    """Read the card of a model of words, and none of its weights.

    Args:
        path: a weight file, or the folder of a run.

    Returns:
        None where the path has weights of another kind, or none.
    """
    card = card_of(path)
    return card if card is not None and card.words else None


def newest_run(task: WordTask, runs: Path = RUNS) -> Path:
    """Find the run for a task whose best weights were written last.

    Args:
        task: that its model must be for.
        runs: folder with folders of runs, such as train/1.

    Raises:
        CheckpointError: there is none.
    """
    found = sorted(runs.glob(f"*/*/{_BEST}"), key=_written, reverse=True)
    for file in found:
        card = word_card_of(file)
        if card is not None and card.words.get("task") == task:
            return file.parent
    raise CheckpointError(
        f"a model to {task} with, or a run of one in {runs}",
        "none",
        f"saccade train {_DATA[task]} --task {task}, or --model FILE",
    )


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
