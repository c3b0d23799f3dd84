"""saccade reconstruct: what does a model make of pictures that it sees in part?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.training.options import MaskTarget


def reconstruct(
    run: Path,
    /,
    *pictures: str,
    out: Annotated[Path, Parameter(alias="-o")] = Path("reconstruction.png"),
    count: int = 8,
    seed: int = 0,
    target: MaskTarget | None = None,
) -> int:
    """Draw pictures, what a pre-trained model saw of them, and what it guesses, into one PNG.

    Args:
        run: the folder of a run with --objective mae, masked-patches or next-patch, or a published
            masked autoencoder with its decoder.
        pictures: files, folders or patterns.
        out: the PNG to write.
        count: how many pictures to draw at most.
        seed: of what is hidden.
        target: what a published decoder guesses, which its file does not say: pixels for those
            called mae_visualize_..., else norm-pixels.
    """
    from saccade.cli.sources import find
    from saccade.data.decode import open_picture, shown
    from saccade.data.images import BadFile
    from saccade.errors import ConfigError, DataError
    from saccade.training.pretraining.extra import open_lesson
    from saccade.training.pretraining.reconstruction import write_picture

    if count < 1:
        raise ConfigError("a count of 1 or more", str(count), "--count 8")
    paths, bad = find(pictures)
    lesson, pixels = open_lesson(run, target=target)
    good: list[Path] = []
    for path in paths:
        if len(good) == count:
            break
        try:
            open_picture(path)
            good.append(path)
        except DataError as error:
            bad.append(BadFile(shown(path), error.got))
    if not good:
        raise DataError("pictures that can be read", f"{bad[0].name}: {bad[0].reason}")
    write_picture(lesson, pixels, good, out, chance=str(seed))
    output.line(f"{out}: {len(good)} pictures, guessed: {lesson.target.told}")
    output.skipped(bad, of=len(good) + len(bad))
    return 0
