"""DINO's loss: the student's answer to one crop must be the teacher's answer to another.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, eq. 1 to 4, algorithm 1, section 3.1 (avoiding collapse).
Axes: v views of the student, t of the teacher (the first t of the student's), b batch, k
prototypes.
Differs: nothing; the pairs are summed by two products instead of one by one.
"""

from torch import Tensor

from saccade.errors import ConfigError, ShapeError


def teacher_answers(outputs: Tensor, centre: Tensor, temperature: float | Tensor) -> Tensor:
    """Centre and sharpen what the teacher's head gives: probabilities (t b k), without gradient.

    Args:
        outputs: of the head (t b k).
        centre: running mean of the outputs (k).
        temperature: above 0; small is sharp.
    """
    return ((outputs.detach().float() - centre) / temperature).softmax(dim=-1)


def dino_loss(student: Tensor, answers: Tensor, temperature: float) -> Tensor:
    """Give the cross-entropy of each picture (b), the mean over all pairs of different views.

    Args:
        student: outputs of its head (v b k), the teacher's views first.
        answers: of the teacher (t b k), as `teacher_answers` gives them.
        temperature: of the student, above 0.

    Raises:
        ShapeError: the student does not see the teacher's views and at least two in all.
    """
    views, seen = len(student), len(answers)
    if views < 2 or seen > views or student.shape[1:] != answers.shape[1:]:
        raise ShapeError(
            "two or more views of the student (v b k), the teacher's (t b k) among them",
            f"{tuple(student.shape)} and {tuple(answers.shape)}",
            "two large crops of each picture",
        )
    logs = (student.float() / temperature).log_softmax(dim=-1)
    every = (answers.sum(dim=0) * logs.sum(dim=0)).sum(dim=-1)
    same = (answers * logs[:seen]).sum(dim=(0, 2))
    return -(every - same) / (seen * views - seen)  # eq. 3


def moved_centre(centre: Tensor, mean: Tensor, momentum: float = 0.9) -> Tensor:
    """Move the centre (k) towards the mean output of a batch (k): eq. 4.

    Args:
        centre: so far.
        mean: of the teacher's outputs, over views and pictures of all processes.
        momentum: share of the old centre that is kept, 0 to 1.

    Raises:
        ConfigError: momentum is not from 0 to 1.
    """
    if not 0 <= momentum <= 1:
        raise ConfigError("momentum from 0 to 1", str(momentum), "0.9")
    return centre * momentum + mean * (1 - momentum)
