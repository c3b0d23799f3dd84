"""Which class do the nearest known pictures have? A judgement of features that learns nothing.

Sources: Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination",
CVPR 2018, arXiv:1805.01978, section 3.4 (weighted votes); Caron et al., arXiv:2104.14294, section
4.1 (k = 20).
Axes: n known pictures, q questions, d features, k neighbours.
"""

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError, DataError, ShapeError

Votes = Literal["similarity", "uniform"]
K = 20
TEMPERATURE = 0.07


def neighbour_votes(
    known: Tensor,
    labels: Tensor,
    questions: Tensor,
    *,
    classes: int,
    k: int = K,
    temperature: float = TEMPERATURE,
    votes: Votes = "similarity",
    chunk: int = 1024,
) -> Tensor:
    """Let the k nearest known pictures, by the cosine, vote for their classes.

    Args:
        known: features (n d) of pictures whose class is known.
        labels: their classes (n), int64.
        questions: features (q d) to judge.
        classes: how many there are.
        k: neighbours that vote; all of them where fewer are known.
        temperature: of the votes exp(cosine / temperature), above 0.
        votes: "similarity" as above, "uniform" for one vote each.
        chunk: questions at a time, which bounds the memory to chunk * n numbers.

    Returns:
        Shares of the votes (q classes); each row sums to 1.

    Raises:
        ConfigError: an option that cannot work.
        DataError: nothing is known, or a label is no class.
        ShapeError: the features differ in length, or labels are missing.
    """
    _check(known, labels, questions, classes)
    for name, value in {"k": k, "temperature": temperature, "chunk": chunk}.items():
        if value <= 0:
            raise ConfigError(f"{name} above 0", str(value), f"{name}=1")
    if votes not in get_args(Votes):
        raise ConfigError("votes similarity or uniform", repr(votes), 'votes="similarity"')
    known = F.normalize(known.float(), dim=1)
    labels = labels.to(known.device)
    rows = []
    for start in range(0, len(questions), chunk):
        part = questions[start : start + chunk]
        cosines = F.normalize(part.float(), dim=1) @ known.T
        near = cosines.topk(min(k, len(known)), dim=1)
        # exp((cosine - largest) / T) gives the same shares and never overflows.
        weights = ((near.values - near.values[:, :1]) / temperature).exp()
        weights = torch.ones_like(weights) if votes == "uniform" else weights
        counted = torch.zeros(len(part), classes, device=known.device)
        rows.append(counted.scatter_add_(1, labels[near.indices], weights))
    counted = torch.cat(rows) if rows else torch.zeros(0, classes)
    return counted / counted.sum(dim=1, keepdim=True)


def neighbour_accuracy(
    known: Tensor,
    labels: Tensor,
    questions: Tensor,
    answers: Tensor,
    *,
    k: int = K,
    temperature: float = TEMPERATURE,
) -> float:
    """Give the share of the questions, 0 to 1, whose neighbours vote for the right class.

    Args:
        known: features (n d) of pictures whose class is known.
        labels: their classes (n), int64.
        questions: features (q d) to judge.
        answers: their classes (q), int64.
        k: neighbours that vote.
        temperature: of the votes.

    Raises:
        DataError: there is no question, or nothing is known.
    """
    if not len(questions) or not len(labels):
        raise DataError("features with labels on both sides", f"{len(labels)}, {len(questions)}")
    classes = 1 + int(max(labels.max(), answers.max()))
    shares = neighbour_votes(
        known, labels, questions, classes=classes, k=k, temperature=temperature
    )
    return (shares.argmax(dim=1).cpu() == answers.cpu()).double().mean().item()


def _check(known: Tensor, labels: Tensor, questions: Tensor, classes: int) -> None:
    if known.dim() != 2 or questions.dim() != 2 or known.shape[1] != questions.shape[1]:
        raise ShapeError(
            "known features (n d) and questions (q d) of one length",
            f"{tuple(known.shape)} and {tuple(questions.shape)}",
            "features of the same model",
        )
    if labels.shape != known.shape[:1]:
        raise ShapeError(f"{len(known)} labels (n)", str(tuple(labels.shape)), "one for each")
    if not len(known):
        raise DataError("at least one picture whose class is known", "none")
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        got = f"{int(labels.min())} to {int(labels.max())}"
        raise DataError(f"labels from 0 to {classes - 1}", got, "pictures with labels")
