"""A linear probe: how much of the classes a straight line finds in features that do not learn.

The probe is a logistic regression, fitted by L-BFGS until it stands still, so nothing has to be
tuned but one number, which is chosen on the known pictures alone. It can be written into a model
as its head, exactly: what the features were shifted and scaled by goes into weights and bias.

Sources: Alain, Bengio, "Understanding intermediate layers using linear classifier probes",
arXiv:1610.01644; L-BFGS on frozen features as in Radford et al., arXiv:2103.00020, appendix A.3;
head first, then all: Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform
Out-of-Distribution", ICLR 2022, arXiv:2202.10054.
Axes: n pictures, d features, k classes.
Differs: Radford et al. choose the penalty on a validation part; here it is cross-validated.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor, nn

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.models.classifier import Classifier

Scaling = Literal["common", "each", "none"]
PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
FALLBACK = 0.1  # where a class has too few pictures to choose
MANY = 20_000  # pictures above which the penalty is chosen on a part of them
_FOLDS = 5
_LARGE = 4_000_000  # numbers
_NEVER = 10.0  # how far below all others the bias of a class without pictures lies


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear classifier of features.

    Args:
        weight: float64 (k d), of the features as they are.
        bias: float64 (k).
        penalty: scikit-learn's C, the inverse of the strength of the penalty.
        tried: mean cross-entropy of each penalty on pictures that were held out; empty where
            there was nothing to choose.
    """

    weight: Tensor
    bias: Tensor
    penalty: float
    tried: tuple[tuple[float, float], ...] = ()

    def logits(self, features: Tensor) -> Tensor:
        """Judge features (n d): logits (n k) in float64."""
        return features.double() @ self.weight.T + self.bias

    def accuracy(self, features: Tensor, labels: Tensor) -> float:
        """Give the share of features (n d) that are judged as labelled (n), 0 to 1."""
        return (self.logits(features).argmax(dim=1) == labels).double().mean().item()


def fit_probe(
    features: Tensor,
    labels: Tensor,
    *,
    classes: int,
    penalty: float | None = None,
    scaling: Scaling = "common",
    seed: int = 0,
) -> Probe:
    """Fit a probe.

    Args:
        features: (n d).
        labels: their classes (n), int64.
        classes: how many there are; one without pictures is never the answer.
        penalty: scikit-learn's C, above 0; when None the one of `PENALTIES` with the least
            cross-entropy in five-fold cross-validation.
        scaling: before the fit features are shifted to mean 0 and divided by one "common" number,
            so that a penalty means the same for every model; or "each" by its own deviation; or
            "none". It is undone in the weights.
        seed: of the folds.

    Raises:
        ConfigError: an option that cannot work.
        DataError: fewer than two classes have pictures, or a label is no class.
        ShapeError: features and labels do not go together.
    """
    x, y = _checked(features, labels, classes)
    if penalty is not None and penalty <= 0:
        raise ConfigError("a penalty C above 0", str(penalty), "penalty=0.1")
    if scaling not in get_args(Scaling):
        raise ConfigError(f"scaling in {get_args(Scaling)}", repr(scaling), 'scaling="common"')
    tried: tuple[tuple[float, float], ...] = ()
    # On small matrices threads only wait for each other, ten times longer on a busy machine.
    with threadpool_limits(limits=1 if x.size < _LARGE else None):
        if penalty is None:
            tried = _tried(x, y, scaling, seed)
            penalty = min(tried, key=lambda pair: pair[1])[0] if tried else FALLBACK
        weight, bias = _fitted(x, y, penalty, scaling)
    seen = np.unique(y)
    whole, biases = np.zeros((classes, x.shape[1])), np.full(classes, bias.min() - _NEVER)
    whole[seen], biases[seen] = weight, bias
    return Probe(torch.from_numpy(whole), torch.from_numpy(biases), penalty, tried)


def probe_head(model: nn.Module, features: Tensor, labels: Tensor, *, seed: int = 0) -> Probe:
    """Fit a probe to what the head of a model sees, and write it into the head.

    Args:
        model: a classifier whose last layer is linear; with two heads both become the probe.
        features: of `model.features` (n d), as `features_of` gives them.
        labels: their classes (n), int64.
        seed: of the folds that choose the penalty.

    Raises:
        ConfigError: the last layer is not linear.
        DataError: fewer than two classes have pictures, or a label is no output.
    """
    layers = head_layers(model)
    probe = fit_probe(features, labels, classes=layers[0].weight.shape[0], seed=seed)
    for layer in layers:
        write_head(layer, probe)
    return probe


@torch.no_grad()
def write_head(layer: nn.Linear | nn.Conv2d, probe: Probe) -> None:
    """Copy a probe into a linear layer or a 1x1 convolution with a bias.

    Raises:
        ConfigError: the layer has another size, or no bias.
    """
    if layer.bias is None or tuple(layer.weight.shape[:2]) != tuple(probe.weight.shape):
        raise ConfigError(
            f"a last layer with a bias and weights {tuple(probe.weight.shape)}",
            f"{type(layer).__name__} with {tuple(layer.weight.shape)}",
            "reset_classifier with the number of classes",
        )
    layer.weight.copy_(probe.weight.reshape(layer.weight.shape))
    layer.bias.copy_(probe.bias)


def head_layers(model: nn.Module) -> list[nn.Linear | nn.Conv2d]:
    """Find the linear layers that end a classifier: one, or one for each of its two heads.

    Raises:
        ConfigError: its head is something else, or left out.
    """
    names = [name for name in ("head", "head_dist") if isinstance(model, Classifier)]
    heads = [head for head in (getattr(model, name, None) for name in names) if head is not None]
    found = [_last(head) for head in heads]
    layers = [layer for layer in found if layer is not None]
    if not layers or len(layers) < len(heads):
        got = type(getattr(model, "head", model)).__name__
        raise ConfigError("a classifier with a linear head", got, "reset_classifier first")
    return layers


def _last(head: nn.Module) -> nn.Linear | nn.Conv2d | None:
    """Give the only layer of a head that has weights, if it is linear."""
    own = [part for part in head.modules() if any(True for _ in part.parameters(recurse=False))]
    layer = own[0] if len(own) == 1 else None
    if isinstance(layer, nn.Conv2d):
        return layer if layer.kernel_size == (1, 1) and layer.groups == 1 else None
    return layer if isinstance(layer, nn.Linear) else None


def folds_of(labels: Tensor, folds: int, *, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Split pictures into folds in which each class has its share.

    Args:
        labels: of the pictures (n).
        folds: how many, 2 or more.
        seed: which pictures.

    Returns:
        For each fold the indices of the known and of the asked pictures.

    Raises:
        DataError: a class has fewer pictures than there are folds.
    """
    if folds < 2:
        raise ConfigError("2 or more folds", str(folds), "folds=5")
    least = int(np.unique(labels.numpy(), return_counts=True)[1].min())
    if least < folds:
        raise DataError(f"{folds} pictures of each class", str(least), f"{max(least, 2)} folds")
    cut = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
    return [(torch.from_numpy(known), torch.from_numpy(asked)) for known, asked in cut]


def _checked(features: Tensor, labels: Tensor, classes: int) -> tuple[np.ndarray, np.ndarray]:
    if features.dim() != 2 or labels.shape != features.shape[:1]:
        raise ShapeError(
            "features (n d) and one label for each (n)",
            f"{tuple(features.shape)} and {tuple(labels.shape)}",
            "pictures with one label each",
        )
    seen = np.unique(labels.numpy(force=True))
    if len(seen) < 2:
        raise DataError("pictures of two classes or more", f"{len(seen)}", "pictures with labels")
    if seen[0] < 0 or seen[-1] >= classes:
        got = f"{seen[0]} to {seen[-1]}"
        raise DataError(f"labels from 0 to {classes - 1}", got, "pictures with labels")
    return features.double().numpy(force=True), labels.numpy(force=True)


def _fitted(
    x: np.ndarray, y: np.ndarray, penalty: float, scaling: Scaling, tol: float = 1e-4
) -> tuple[np.ndarray, np.ndarray]:
    """Fit weights (k d) and biases (k) for the classes that `y` has, of features as they are."""
    shift, scale = _scale(x, scaling)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = LogisticRegression(C=penalty, max_iter=1000, tol=tol).fit((x - shift) / scale, y)
    weight, bias = fit.coef_, fit.intercept_
    if len(weight) == 1:  # of two classes scikit-learn tells one: half of it for each
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    weight = weight / scale
    return weight, bias - weight @ (shift * np.ones(x.shape[1]))


def _scale(x: np.ndarray, scaling: Scaling) -> tuple[np.ndarray | float, np.ndarray | float]:
    if scaling == "none":
        return 0.0, 1.0
    variance = x.var(axis=0)
    if scaling == "common":
        return x.mean(axis=0), max(float(np.sqrt(variance.mean())), 1e-12)
    return x.mean(axis=0), np.sqrt(variance + 1e-12)


def _tried(
    x: np.ndarray, y: np.ndarray, scaling: Scaling, seed: int
) -> tuple[tuple[float, float], ...]:
    """Measure each penalty by cross-validation; nothing where a class has only one picture."""
    if len(y) > MANY:
        part = np.random.default_rng(seed).choice(len(y), MANY, replace=False)
        x, y = x[part], y[part]
    least = int(np.unique(y, return_counts=True)[1].min())
    if least < 2:
        return ()
    cut = StratifiedKFold(min(_FOLDS, least), shuffle=True, random_state=seed)
    sums = dict.fromkeys(PENALTIES, 0.0)
    for known, asked in cut.split(x, y):
        for penalty in PENALTIES:
            weight, bias = _fitted(x[known], y[known], penalty, scaling, tol=1e-3)
            sums[penalty] += _cross_entropy(x[asked] @ weight.T + bias, y[asked], np.unique(y))
    return tuple((penalty, value / len(y)) for penalty, value in sums.items())


def _cross_entropy(logits: np.ndarray, y: np.ndarray, classes: Sequence[int] | np.ndarray) -> float:
    """Sum the cross-entropy of logits (n k) over pictures; `classes` are those of the columns."""
    columns = torch.from_numpy(np.searchsorted(classes, y))
    return nn.functional.cross_entropy(torch.from_numpy(logits), columns, reduction="sum").item()
