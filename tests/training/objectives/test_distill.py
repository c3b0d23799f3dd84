"""Losses with a teacher."""

import math

import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError, ShapeError
from saccade.training.objectives.distill import DistillationLoss, hard_loss, loss_of, soft_loss
from saccade.training.options import DistillOptions

CLASS = torch.tensor([[2.0, 0, -1], [0.5, 1.5, 0]])
TOKEN = torch.tensor([[1.0, 0.5, -0.5], [0, 2, -1]])
TEACHER = torch.tensor([[3.0, 1, -2], [2, 1, 0]])
LABELS = torch.tensor([0, 1])


def test_by_hand() -> None:
    # One picture, two classes: the teacher says (3/4, 1/4), the student (1/2, 1/2).
    student, teacher = torch.zeros(1, 2), torch.tensor([[math.log(3.0), 0]])
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert soft_loss(student, teacher, tau=1).item() == pytest.approx(expected, rel=1e-5)
    assert hard_loss(student, teacher).item() == pytest.approx(math.log(2), rel=1e-6)


def test_numbers_of_the_papers_formulas() -> None:
    labels = F.cross_entropy(CLASS, LABELS)
    assert labels.item() == pytest.approx(0.3171074, abs=1e-6)
    assert soft_loss(TOKEN, TEACHER, tau=3).item() == pytest.approx(0.8265375, abs=1e-6)
    scaled = soft_loss(TOKEN, TEACHER, tau=3, reduction="deit")
    assert scaled.item() == pytest.approx(0.2755125, abs=1e-6)
    assert hard_loss(TOKEN, TEACHER).item() == pytest.approx(1.3869884, abs=1e-6)
    mixed = DistillationLoss(type="hard", alpha=0.5)(labels, TOKEN, TEACHER)
    assert mixed.total.item() == pytest.approx(0.8520479, abs=1e-6)


@pytest.mark.parametrize("reduction", ["batchmean", "deit"])
def test_slowly(reduction) -> None:
    tau, total = 2.5, 0.0
    for student, teacher in zip(TOKEN.tolist(), TEACHER.tolist(), strict=True):
        below_s = sum(math.exp(x / tau) for x in student)
        below_t = sum(math.exp(x / tau) for x in teacher)
        for s, t in zip(student, teacher, strict=True):
            p, q = math.exp(t / tau) / below_t, math.exp(s / tau) / below_s
            total += p * math.log(p / q) * tau * tau
    total /= 2 * (3 if reduction == "deit" else 1)
    found = soft_loss(TOKEN, TEACHER, tau=tau, reduction=reduction)
    assert found.item() == pytest.approx(total, rel=1e-5)


def test_laws() -> None:
    for tau in (0.5, 1.0, 7.0):
        assert soft_loss(TEACHER, TEACHER, tau=tau).item() == pytest.approx(0, abs=1e-7)
        assert soft_loss(TOKEN, TEACHER, tau=tau) > 0
    # At a high temperature it is half the squared distance of centred logits, by k.
    gap = (TOKEN - TOKEN.mean(1, keepdim=True)) - (TEACHER - TEACHER.mean(1, keepdim=True))
    limit = gap.square().sum(1).mean() / (2 * 3)
    assert soft_loss(TOKEN, TEACHER, tau=60).item() == pytest.approx(limit.item(), rel=2e-2)
    likeliest = F.cross_entropy(TOKEN, TEACHER.argmax(1))
    assert torch.equal(hard_loss(TOKEN, TEACHER), likeliest)


def test_the_labels_loss_passes_through_and_the_teacher_learns_nothing() -> None:
    student, teacher = TOKEN.clone().requires_grad_(), TEACHER.clone().requires_grad_()
    labels = torch.tensor(2.0)
    for kind in ("hard", "soft"):
        parts = DistillationLoss(type=kind, alpha=0.25)(labels, student, teacher)
        assert parts.total.item() == pytest.approx(1.5 + 0.25 * parts.teacher.item())
        torch.autograd.backward([parts.total])
    assert teacher.grad is None
    assert student.grad is not None
    assert DistillationLoss(alpha=0.0)(labels, student, teacher).total.item() == 2.0


def test_options_left_open_are_the_papers() -> None:
    assert loss_of(DistillOptions(type="none")) is None
    assert loss_of(DistillOptions()) == DistillationLoss(type="hard", alpha=0.5)
    soft = loss_of(DistillOptions(type="soft"))
    assert soft == DistillationLoss(type="soft", alpha=0.1, tau=3.0)


def test_errors() -> None:
    with pytest.raises(ShapeError, match=r"a teacher's logits \(2, 3\), got \(2, 2\)"):
        DistillationLoss()(torch.tensor(1.0), TOKEN, TEACHER[:, :2])
    for wrong in ({"alpha": 2.0}, {"tau": 0.0}, {"type": "firm"}, {"reduction": "sum"}):
        with pytest.raises(ConfigError):
            DistillationLoss(**wrong)
