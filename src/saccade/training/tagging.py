"""Measuring a model on pictures that have any number of labels.

Axes: n pictures, K classes.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from saccade.data.batches import Batch, Batches
from saccade.data.sets import BadFile
from saccade.training.evaluate import judged_rows, unique_rows
from saccade.training.measures.multilabel import LabelScores, label_scores

Tick = Callable[[int], None]


def tag_scores(
    model: nn.Module,
    batches: Batches,
    *,
    thresholds: Sequence[float] | None = None,
    tick: Tick | None = None,
) -> LabelScores:
    """Measure a model; it is left in the mode it was in.

    Args:
        model: turns images (b c h w) into logits (b K).
        batches: pictures with `multi`, prepared for the model.
        thresholds: one for each class, found on other pictures; when None they are found on these.
        tick: called after each batch with its position.

    Raises:
        DataError: no picture can be read, or the model's outputs are not the set's classes.
    """
    rows, bad = probability_rows(model, batches, tick=tick)
    return label_scores(unique_rows(rows), batches.images, thresholds=thresholds, bad=bad)


def probability_rows(
    model: nn.Module, batches: Batches, *, tick: Tick | None = None
) -> tuple[Tensor, list[BadFile]]:
    """Give index and probabilities of each picture (n 1+K), and who was broken.

    The first half of `tag_scores`: the rows of several processes are gathered and summed up.

    Args:
        model: turns images (b c h w) into logits (b K).
        batches: pictures, prepared for the model: all of a set or a share of them.
        tick: called after each batch with its position.

    Returns:
        Rows in float64, none of them when no picture can be read; and the broken pictures.
    """
    return judged_rows(model, batches, tick=tick, judge=_probabilities)


def _probabilities(logits: Tensor, batch: Batch) -> Tensor:
    indices = torch.tensor(batch.indices, dtype=torch.float64)
    return torch.cat([indices[:, None], logits.double().sigmoid()], dim=1)
