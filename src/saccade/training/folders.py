"""Folders of runs: runs/train/1, runs/train/2, ..."""

from pathlib import Path

from saccade.errors import OutputError


def new_folder(parent: Path) -> Path:
    """Make the folder with the next free number; two runs that start at once get one each.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        taken = [int(p.name) for p in parent.iterdir() if p.name.isdecimal() and p.name.isascii()]
        number = max(taken, default=0) + 1
        while True:
            try:
                (parent / str(number)).mkdir()
            except FileExistsError:
                number += 1
            else:
                return parent / str(number)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"to make a folder in {parent}", why, "another folder") from error
