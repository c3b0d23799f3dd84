"""DINO's loss: by hand, against loops over pairs, and the law of the centre."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.training.pretraining.dino_loss import dino_loss, moved_centre, teacher_answers


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_by_hand_with_two_views():
    # the teacher is sure of prototype 0 in both views; the student answers 3/4 and 1/4 of it
    answers = torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]])
    student = torch.tensor([[[0.1 * math.log(3), 0.0]], [[0.0, 0.1 * math.log(3)]]])
    # pairs (teacher, student): (0, 1): -log 1/4 and (1, 0): -log 3/4; their mean
    wanted = (math.log(4) + math.log(4 / 3)) / 2
    assert dino_loss(student, answers, 0.1).item() == pytest.approx(wanted, rel=1e-6)


def test_teacher_is_centred_and_sharpened():
    # (0.04 log 3 + 1 - 1) / 0.04 = log 3 against 0: 3/4 and 1/4
    outputs = torch.tensor([[[1 + 0.04 * math.log(3), 2.0]]], requires_grad=True)
    answers = teacher_answers(outputs, torch.tensor([1.0, 2.0]), 0.04)
    torch.testing.assert_close(answers, torch.tensor([[[0.75, 0.25]]]), atol=1e-5, rtol=0)
    assert not answers.requires_grad


@pytest.mark.parametrize("views", [2, 5])
def test_slowly_pair_by_pair(views):
    student, teacher, centre = random(views, 3, 7), random(2, 3, 7, seed=1), random(7, seed=2)
    total, pairs = torch.zeros(3), 0
    for i in range(2):
        for j in range(views):
            if i == j:
                continue
            for picture in range(3):
                p = ((teacher[i, picture] - centre) / 0.04).softmax(0)
                q = (student[j, picture] / 0.1).softmax(0)
                total[picture] += -sum(p[k] * q[k].log() for k in range(7))
            pairs += 1
    assert pairs == 2 * views - 2
    found = dino_loss(student, teacher_answers(teacher, centre, 0.04), 0.1)
    torch.testing.assert_close(found, total / pairs)


def test_centre_law():
    # a constant mean m: after n steps the centre is (1 - 0.9^n) m
    mean, centre = torch.tensor([2.0, -4.0]), torch.zeros(2)
    for _ in range(10):
        centre = moved_centre(centre, mean)
    torch.testing.assert_close(centre, (1 - 0.9**10) * mean)


def test_student_that_answers_like_the_teacher_has_the_least_loss():
    outputs = random(1, 4, 6).expand(2, -1, -1)
    answers = teacher_answers(outputs, torch.zeros(6), 0.1)
    least = torch.special.entr(answers[0]).sum(-1)
    torch.testing.assert_close(dino_loss(outputs, answers, 0.1), least)
    assert bool((dino_loss(random(2, 4, 6, seed=3), answers, 0.1) > least).all())


def test_errors_are_explained():
    with pytest.raises(ShapeError, match=r"two or more views .* try two large crops"):
        dino_loss(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3), 0.1)
    with pytest.raises(ConfigError, match="momentum from 0 to 1, got 2"):
        moved_centre(torch.zeros(1), torch.zeros(1), 2)
