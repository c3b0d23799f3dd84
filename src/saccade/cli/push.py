"""saccade push: publish a model."""

from __future__ import annotations

from pathlib import Path

from saccade.cli import output
from saccade.cli.switch import Switch


def push(
    model: str,
    target: str,
    /,
    *,
    private: Switch = False,
    folder: Switch = False,
    message: str = "Weights written by saccade",
) -> int:
    """Upload a model to the Hugging Face hub, with a page written from its run.

    Args:
        model: a weight file, the folder of a run or of a model, or an id of the hub.
        target: OWNER/NAME on the hub; with --folder a folder to write instead.
        private: make it private.
        folder: write the folder that would be uploaded, and upload nothing.
        message: for the history on the hub.
    """
    from saccade.checkpoints.publish import push_to_hub, save_pretrained

    if folder:
        output.line(f"folder: {save_pretrained(model, Path(target))}")
        return 0
    output.line(push_to_hub(model, target, private=private, commit_message=message))
    return 0
