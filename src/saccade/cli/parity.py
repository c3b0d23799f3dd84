"""saccade parity: the same weights here and in another library, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from saccade.checkpoints.parity import Difference
    from saccade.predict import Predictor


def parity(
    checkpoint: str,
    /,
    *pictures: str,
    against: Literal["timm", "hf"] = "timm",
    model: str | None = None,
    tolerance: float = 1e-4,
    seed: int = 0,
    batch_size: int = 2,
    json: Switch = False,
) -> int:
    """Compare logits, features and attention with those of timm or transformers.

    Args:
        checkpoint: a weight file, the folder of a run or of a model, or an id of the hub.
        pictures: files, folders or patterns; a batch of seeded noise when none is named.
        against: the library timm, or "hf" for transformers.
        model: the model's name, for files that do not say it.
        tolerance: largest difference that passes, over the largest number of the other library
            (over 1 if that is more).
        seed: of the noise.
        batch_size: images of noise, or pictures at most.
        json: print the rows as JSON.
    """
    from saccade.checkpoints.parity import compare
    from saccade.checkpoints.peers import find_peer
    from saccade.predict import load

    predictor = load(checkpoint, model=model)
    images = _images(predictor, pictures, seed, batch_size)
    peer = find_peer(predictor.model, predictor.origin, against)
    rows = compare(predictor.model, peer, images)
    passed = all(row.relative <= tolerance for row in rows)
    if json:
        _tell_json(rows, peer.name, peer.how, passed=passed)
    else:
        _tell(rows, peer.name, peer.how, tolerance)
    return 0 if passed else 1


def _images(predictor: Predictor, pictures: Sequence[str], seed: int, batch_size: int) -> Tensor:
    import numpy as np
    import torch

    config = predictor.model.config
    if not pictures:
        generator = torch.Generator().manual_seed(seed)
        size = (batch_size, config.in_chans, *config.image)
        return torch.randn(size, generator=generator)
    from pathlib import Path

    from saccade.cli.sources import find
    from saccade.data.decode import open_picture

    paths, _ = find(pictures)
    cut = [predictor.preprocessing.apply(*open_picture(Path(path))) for path in paths[:batch_size]]
    pixels = np.stack([array for array, _ in cut])
    return predictor.preprocessing.normalize(torch.from_numpy(pixels))


def _tell(rows: Sequence[Difference], peer: str, how: str, tolerance: float) -> None:
    output.note(f"{peer}: {how}")
    output.table(
        {"quantity": "left", "saccade": "right", peer: "right", "largest difference": "right"},
        [
            (
                row.quantity,
                f"{row.ours:.6f}",
                f"{row.peer:.6f}",
                f"{row.largest:.2e}" + (" !" if row.relative > tolerance else ""),
            )
            for row in rows
        ],
    )
    worst = max(row.relative for row in rows)
    word = "within" if worst <= tolerance else "above"
    output.line(f"largest relative difference {worst:.2e}, {word} the tolerance of {tolerance:g}")


def _tell_json(rows: Sequence[Difference], peer: str, how: str, *, passed: bool) -> None:
    from dataclasses import asdict

    output.as_json({"peer": peer, "how": how, "passed": passed, "rows": [asdict(r) for r in rows]})
