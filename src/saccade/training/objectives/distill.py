"""Losses of distillation: how far a student's logits are from those of its teacher.

Source: Touvron et al., "Training data-efficient image transformers & distillation through
attention", ICML 2021, arXiv:2012.12877, section 4, equations 2 and 3; the soft form is that of
Hinton et al., "Distilling the Knowledge in a Neural Network", 2015, arXiv:1503.02531.
Axes: b batch, k classes.
Differs: nothing with reduction "batchmean". "deit" is the scaling of the released code, which
divides by b k instead of b, so that the teacher counts k times less.
"""

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.training.options import DistillOptions, Reduction

ALPHAS = {"hard": 0.5, "soft": 0.1}  # of the paper


@dataclass(frozen=True, slots=True)
class Parts:
    """What a loss with a teacher is made of.

    Args:
        total: what to make small.
        labels: the loss of the labels alone.
        teacher: the loss of the teacher alone.
    """

    total: Tensor
    labels: Tensor
    teacher: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class DistillationLoss:
    """(1 - alpha) times the loss of the labels, and alpha times that of the teacher.

    Args:
        type: "hard" or "soft".
        alpha: share of the teacher, 0 to 1.
        tau: temperature of the soft loss, above 0.
        reduction: of the soft loss, "batchmean" as in the paper or "deit" as in its code.

    Raises:
        ConfigError: a value that cannot work.
    """

    type: Literal["hard", "soft"] = "hard"
    alpha: float = 0.5
    tau: float = 3.0
    reduction: Reduction = "batchmean"

    def __post_init__(self) -> None:
        if self.type not in ALPHAS:
            raise ConfigError("distillation of type hard or soft", repr(self.type), "hard")
        if not 0 <= self.alpha <= 1:
            raise ConfigError("alpha from 0 to 1", str(self.alpha), "alpha=0.5")
        if not self.tau > 0:
            raise ConfigError("tau above 0", str(self.tau), "tau=3")
        if self.reduction not in ("batchmean", "deit"):
            raise ConfigError("reduction batchmean or deit", repr(self.reduction), "batchmean")

    def __call__(self, labels: Tensor, student: Tensor, teacher: Tensor) -> Parts:
        """Mix the loss of the labels with that of the teacher.

        Args:
            labels: the loss of the labels, one number, whatever it was made of.
            student: logits (b k) that learn from the teacher.
            teacher: logits (b k) of the teacher.

        Raises:
            ShapeError: teacher and student know different numbers of classes.
        """
        if student.shape != teacher.shape:
            raise ShapeError(
                f"a teacher's logits {tuple(student.shape)}", f"{tuple(teacher.shape)}"
            )
        if self.type == "hard":
            learned = hard_loss(student, teacher)
        else:
            learned = soft_loss(student, teacher, tau=self.tau, reduction=self.reduction)
        total = (1 - self.alpha) * labels + self.alpha * learned
        return Parts(total, labels, learned)


def loss_of(options: DistillOptions) -> DistillationLoss | None:
    """Give the loss that a run asks for; None where the teacher is only measured."""
    if options.type == "none":
        return None
    return DistillationLoss(
        type=options.type,
        alpha=ALPHAS[options.type] if options.alpha is None else options.alpha,
        tau=options.tau,
        reduction=options.reduction,
    )


def hard_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Compute the cross-entropy of the teacher's likeliest class (eq. 3), mean over pictures.

    Args:
        student: logits (b k).
        teacher: logits (b k); nothing is learned through them.
    """
    return F.cross_entropy(student.float(), teacher.detach().argmax(dim=1))


def soft_loss(
    student: Tensor, teacher: Tensor, *, tau: float = 3.0, reduction: Reduction = "batchmean"
) -> Tensor:
    """Compute tau² KL(softmax(teacher / tau) ‖ softmax(student / tau)), eq. 2.

    Args:
        student: logits (b k).
        teacher: logits (b k); nothing is learned through them.
        tau: temperature, above 0; the larger, the more the small probabilities count.
        reduction: "batchmean" divides the sum by b, "deit" by b k.
    """
    own = F.log_softmax(student.float() / tau, dim=1)
    taught = F.log_softmax(teacher.detach().float() / tau, dim=1)
    summed = F.kl_div(own, taught, reduction="sum", log_target=True)
    count = own.numel() if reduction == "deit" else len(own)
    return summed * tau**2 / count
