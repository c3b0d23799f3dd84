"""How good a classifier is on labelled pictures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.data.batches import Batches
from saccade.data.sets import BadFile
from saccade.errors import DataError


@dataclass(frozen=True, slots=True)
class Scores:
    """What was measured; a picture that cannot be read is counted nowhere but in `bad`.

    Args:
        accuracy: share of the pictures whose likeliest class is right, 0-1.
        top5: share whose class is among the five likeliest, 0-1.
        loss: mean cross-entropy, without smoothing.
        per_class: accuracy of each class; None for a class without pictures.
        count: pictures that were read.
        bad: pictures that could not be read.
    """

    accuracy: float
    top5: float
    loss: float
    per_class: tuple[float | None, ...]
    count: int
    bad: tuple[BadFile, ...]

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON."""
        return {**asdict(self), "per_class": list(self.per_class)}


def evaluate(
    model: nn.Module, batches: Batches, *, tick: Callable[[int], None] | None = None
) -> Scores:
    """Measure a classifier; it is left in the mode it was in.

    Args:
        model: turns images (b c h w) into logits (b classes).
        batches: labelled pictures, prepared for the model.
        tick: called after each batch with its position.

    Raises:
        DataError: a picture has no label, a label is no output of the model, or none can be read.
    """
    device = next(model.parameters()).device
    rows: list[Tensor] = []
    bad: list[BadFile] = []
    with evaluating(model), torch.no_grad():
        for batch in batches.epoch(0):
            bad += batch.bad
            if len(batch):
                images = batches.preprocessing.normalize(batch.images.to(device))
                rows.append(_judged(model(images).float().cpu(), batch.labels))
            if tick is not None:
                tick(batch.position)
    if not rows:
        raise DataError(f"pictures in {batches.images.name}", "none that can be read")
    labels, correct, top5, loss = torch.cat(rows).unbind(dim=1)
    classes = len(batches.images.classes)
    return Scores(
        accuracy=correct.mean().item(),
        top5=top5.mean().item(),
        loss=loss.mean().item(),
        per_class=tuple(_mean(correct[labels == index]) for index in range(classes)),
        count=len(labels),
        bad=tuple(bad),
    )


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout and the like off, and each module back to its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _judged(logits: Tensor, labels: Tensor) -> Tensor:
    """Give (label, right or not, in the first five or not, loss) for each picture (b 4)."""
    classes = logits.shape[1]
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise DataError(
            f"labels from 0 to {classes - 1}",
            f"{int(labels.min())} to {int(labels.max())}",
            "the data that the model was trained for",
        )
    best = logits.topk(min(5, classes), dim=1).indices
    hits = best == labels[:, None]
    loss = F.cross_entropy(logits, labels, reduction="none")
    columns = [labels.double(), hits[:, 0].double(), hits.any(dim=1).double(), loss.double()]
    return torch.stack(columns, dim=1)


def _mean(values: Tensor) -> float | None:
    return values.mean().item() if len(values) else None
