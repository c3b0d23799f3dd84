"""How good features are, by a linear probe or by their neighbours, held out or in folds.

Source: the two judgements of Caron et al., arXiv:2104.14294, table 2.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from saccade.errors import ConfigError, DataError
from saccade.training.measures.features import Features
from saccade.training.measures.neighbours import TEMPERATURE, K, neighbour_votes
from saccade.training.measures.probe import Scaling, fit_probe, folds_of

Method = Literal["linear", "knn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """How features are judged.

    Args:
        method: "linear" for a logistic regression, "knn" for votes of the nearest pictures.
        penalty: scikit-learn's C of the linear probe; chosen on the known pictures when None.
        scaling: of the features before the linear probe; see `fit_probe`.
        k: neighbours that vote.
        temperature: of their votes.

    Raises:
        ConfigError: there is no such method.
    """

    method: Method = "linear"
    penalty: float | None = None
    scaling: Scaling = "common"
    k: int = K
    temperature: float = TEMPERATURE

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ConfigError("method linear or knn", repr(self.method), 'method="linear"')

    def answers(
        self, known: Features, asked: Tensor, *, classes: int, seed: int
    ) -> tuple[Tensor, float | None]:
        """Give the class of each asked picture (q), and the penalty where there is one."""
        if self.method == "linear":
            probe = fit_probe(
                known.features,
                known.labels,
                classes=classes,
                penalty=self.penalty,
                scaling=self.scaling,
                seed=seed,
            )
            return probe.logits(asked).argmax(dim=1), probe.penalty
        votes = neighbour_votes(
            *known, asked, classes=classes, k=self.k, temperature=self.temperature
        )
        return votes.argmax(dim=1), None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureScore:
    """How good features are.

    Args:
        accuracy: share of the asked pictures that are judged right, 0 to 1.
        per_class: the same for each class; None for one without pictures.
        count: pictures that were asked.
        folds: accuracy of each fold; empty where known and asked pictures are two parts.
        penalties: of the linear probe, one for each fit.
    """

    accuracy: float
    per_class: tuple[float | None, ...]
    count: int
    folds: tuple[float, ...] = ()
    penalties: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Write the score as plain values, fit for JSON."""
        return asdict(self)


def judge_features(
    known: Features, asked: Features, judge: Judge, *, classes: int, seed: int = 0
) -> FeatureScore:
    """Judge the features of some pictures by those of others.

    Args:
        known: of pictures to learn from.
        asked: of pictures to judge.
        judge: how.
        classes: how many there are.
        seed: of the folds that choose a penalty.

    Raises:
        DataError: a picture has no label.
    """
    _check(asked)
    answers, penalty = judge.answers(known, asked.features, classes=classes, seed=seed)
    penalties = () if penalty is None else (penalty,)
    return _score(answers, asked.labels, classes, (), penalties)


def cross_judge(
    features: Features, judge: Judge, *, classes: int, folds: int = 5, seed: int = 0
) -> FeatureScore:
    """Judge each picture by the features of those in the other folds.

    Args:
        features: of all pictures.
        judge: how; a penalty is chosen anew for each fold, on the other folds alone.
        classes: how many there are.
        folds: how many, each with its share of every class.
        seed: of the folds.

    Raises:
        DataError: a picture has no label, or a class fewer pictures than there are folds.
    """
    _check(features)
    answers = torch.zeros_like(features.labels)
    shares, penalties = [], []
    for known, asked in folds_of(features.labels, folds, seed=seed):
        rest = Features(features.features[known], features.labels[known])
        told = judge.answers(rest, features.features[asked], classes=classes, seed=seed)
        answers[asked] = told[0]
        shares.append((told[0] == features.labels[asked]).double().mean().item())
        penalties += [] if told[1] is None else [told[1]]
    return _score(answers, features.labels, classes, tuple(shares), tuple(penalties))


def _check(asked: Features) -> None:
    if not len(asked.labels) or int(asked.labels.min()) < 0:
        raise DataError("a label for every picture that is judged", "one without", "labelled data")


def _score(
    answers: Tensor,
    labels: Tensor,
    classes: int,
    folds: tuple[float, ...],
    penalties: tuple[float, ...],
) -> FeatureScore:
    right = (answers.cpu() == labels).double()
    own = [right[labels == index] for index in range(classes)]
    return FeatureScore(
        accuracy=right.mean().item(),
        per_class=tuple(part.mean().item() if len(part) else None for part in own),
        count=len(labels),
        folds=folds,
        penalties=penalties,
    )
