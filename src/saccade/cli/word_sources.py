"""What the commands of words are given: a model, and what people wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.writing_words import writing_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saccade.checkpoints.word_weights import WordTask, WordWeights
    from saccade.data.images import BadFile


def find_model(
    task: WordTask, given: Sequence[str], model: str | None
) -> tuple[WordWeights, tuple[str, ...]]:
    """Load the model that is meant: that of --model, of the first argument, or of the newest run.

    Args:
        task: that it must be for.
        given: the arguments of the command.
        model: what --model says.

    Returns:
        The model, and the arguments that do not name it.

    Raises:
        CheckpointError: there is none, or it is for something else.
    """
    from saccade.checkpoints.word_weights import load_words
    from saccade.writing.finding import names_weights, newest_run

    if model is None and given and names_weights(given[0]):
        model, given = given[0], given[1:]
    if model is None:
        model = str(newest_run(task))
        told = writing_words()["newest"]
        output.note(told.format(path=model, command=f"saccade {task}"))
    return load_words(model, task=task), tuple(given)


def read_references(
    file: Path | None,
) -> tuple[Mapping[Path, tuple[str, ...]], Sequence[BadFile]]:
    """Read what people wrote of pictures.

    Args:
        file: of captions, or a folder that holds one.

    Returns:
        The captions of each picture, by its path without links; and what could not be used.

    Raises:
        DataError: it cannot be read.
    """
    from saccade.data.words.captions import open_captions

    if file is None:
        return {}, ()
    sets = open_captions(file, val_fraction=0).values()
    found = {
        path.resolve(): captions
        for own in sets
        for path, captions in zip(own.paths, own.captions, strict=True)
    }
    return found, [problem for own in sets for problem in own.problems]
