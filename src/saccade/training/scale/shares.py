"""Where a checkpoint of shares lies, and what is known of its run."""

import json
from pathlib import Path
from typing import Any

from saccade.errors import CheckpointError

CARD = "card.json"


def find_shares(folder: Path) -> Path | None:
    """Give the folder of a whole checkpoint: this one, or the one it was about to replace."""
    for place in (folder, folder.with_name(f"{folder.name}.old")):
        if (place / CARD).is_file():
            return place
    return None


def read_card(folder: Path) -> dict[str, Any]:
    """Read what is known of a run.

    Raises:
        CheckpointError: the folder holds no checkpoint.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"a checkpoint in {folder}", str(error)) from error
    return card


def newest(folder: Path) -> Path | None:
    """Give the shares of a run, unless it was saved whole after them.

    Args:
        folder: of the run, which may have gone on with another number of processes.
    """
    shares, whole = find_shares(folder / "last"), folder / "last.safetensors"
    if shares is None or not whole.is_file():
        return shares
    return shares if (shares / CARD).stat().st_mtime > whole.stat().st_mtime else None
