"""Judging a model with a distillation token: each of its heads, their mean, and their agreement.

Source: Touvron et al., arXiv:2012.12877, section 5.2 and table 3, which compares the class
embedding, the distillation embedding and both.
Axes: b batch, n pictures, k classes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from saccade.data.batches import Batches
from saccade.models.deit import DistilledDeiT
from saccade.training.evaluate import LABEL, Scores, judged_rows, scores_from_rows
from saccade.training.scale.processes import World


def judged_heads(
    model: DistilledDeiT, batches: Batches, *, tick: Callable[[int], None] | None = None
) -> tuple[Scores, dict[str, float | None]]:
    """Measure a model whose logits are the mean of two heads, in one pass.

    Args:
        model: left in the mode it was in.
        batches: labelled pictures: all of a set, or this process's share of them.
        tick: called after each batch with its position.

    Returns:
        Scores of the mean; and the accuracy of each head, "accuracy_cls" and "accuracy_dist",
        with the share of pictures in which they agree, "heads_agree".

    Raises:
        DataError: no picture can be read, or one has no label of the model.
    """
    with _overheard(model.head) as first, _overheard(model.head_dist) as second:
        rows, bad = judged_rows(model, batches, tick=tick)
    if len(rows):
        rows = torch.cat([rows, torch.stack([torch.cat(first), torch.cat(second)], dim=1)], dim=1)
    feed = batches.feed
    shares = World(feed.rank, feed.processes).gathered((rows, bad))
    rows = torch.cat([own for own, _ in shares if len(own)] or [rows])
    scores = scores_from_rows(rows, batches.images, bad=[file for _, own in shares for file in own])
    return scores, _summed(scores.rows)


def _summed(rows: Tensor) -> dict[str, float | None]:
    """Sum up rows (n ...) whose last two columns are the answers of the heads."""
    first, second = rows[:, -2], rows[:, -1]
    return {
        "accuracy_cls": (first == rows[:, LABEL]).double().mean().item(),
        "accuracy_dist": (second == rows[:, LABEL]).double().mean().item(),
        "heads_agree": (first == second).double().mean().item(),
    }


@contextmanager
def _overheard(head: nn.Module) -> Iterator[list[Tensor]]:
    """Note the likeliest classes (b) that a head gives for each batch."""
    answers: list[Tensor] = []

    def note(_: nn.Module, __: object, logits: Tensor) -> None:
        answers.append(logits.detach().argmax(dim=1).double().cpu())

    handle = head.register_forward_hook(note)
    try:
        yield answers
    finally:
        handle.remove()
