"""The same network in another library: timm or transformers, imported when it is asked for.

A peer reads the file with its own loader where it has one for it, so that reading is compared too;
otherwise it gets our weights in its own names. Nothing is downloaded, and no code in a file is run.
"""

from pathlib import Path
from typing import Literal

from saccade.checkpoints.peer import Peer
from saccade.checkpoints.timm_peer import timm_peer
from saccade.checkpoints.transformers_peer import transformers_peer
from saccade.errors import ConfigError
from saccade.models.classifier import Classifier

PeerName = Literal["timm", "hf"]


def find_peer(ours: Classifier, path: str | Path, against: PeerName) -> Peer:
    """Make the same network in another library.

    Args:
        ours: the network as saccade read it.
        path: the file or folder that it was read from.
        against: "timm" or "hf" (transformers).

    Raises:
        MissingExtra: the library is not installed, or cannot be imported.
        ConfigError: the library is none of the two, or has no such network.
        CheckpointError: it does not take the weights.
    """
    if against == "timm":
        return timm_peer(ours, Path(path))
    if against == "hf":
        return transformers_peer(ours, Path(path))
    raise ConfigError("against timm or hf", repr(against), "--against timm")
