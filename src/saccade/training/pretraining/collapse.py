"""Has a teacher collapsed? What it says of many pictures, in a few numbers.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, section 5.3 and figure 7 (entropy of the teacher, divergence from the student);
the spread of unit vectors is the root mean square, over features, of the deviation that Chen, He,
"Exploring Simple Siamese Representation Learning", CVPR 2021, arXiv:2011.10566, section 4.1, watch.
Axes: t views of the teacher, b batch, d features, k prototypes.
"""

import math
from collections.abc import Mapping
from itertools import accumulate

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

UNIFORM_BELOW = 0.05  # nats; the teacher of a fresh network is 0.3 and more from uniform
USED_BELOW = 1.5  # prototypes
EARLY = 0.25  # of the run


class Tally:
    """Sums over the pictures of a step, over all its batches and, in the end, all processes."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    @torch.no_grad()
    def add(self, *, outputs: Tensor, answers: Tensor, student: Tensor, features: Tensor) -> None:
        """Take in a batch.

        Args:
            outputs: of the teacher's head (t b k).
            answers: of the teacher: probabilities (t b k).
            student: loss of the student for each picture (b), in nats.
            features: of the teacher's model (t b d).
        """
        entropies = torch.special.entr(answers).sum(dim=-1)
        found = {
            "outputs": outputs.float().sum(dim=(0, 1)),
            "answers": answers.sum(dim=(0, 1)),
            "features": F.normalize(features.float(), dim=-1).sum(dim=(0, 1)),
            "entropy": entropies.sum(),
            # Every pair's cross-entropy holds the entropy of its teacher's view.
            "divergence": (student.detach() - entropies.mean(dim=0)).sum(),
            "views": answers.new_tensor(answers.shape[0] * answers.shape[1]),
            "pictures": answers.new_tensor(answers.shape[1]),
        }
        for name, value in found.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value

    def taken(self, like: Mapping[str, int], device: torch.device) -> dict[str, Tensor]:
        """Give the sums over all processes, and begin anew.

        Args:
            like: the length of each vector among the sums, so that a process without pictures
                can join in.
            device: of the sums.
        """
        sizes = {"outputs": like["k"], "answers": like["k"], "features": like["d"]}
        names = (*sizes, "entropy", "divergence", "views", "pictures")
        none = {name: torch.zeros(sizes.get(name, 1), device=device) for name in names}
        sums = {name: self._sums.get(name, none[name]).reshape(-1) for name in names}
        self._sums = {}
        flat = torch.cat(list(sums.values()))
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(flat)
        ends = accumulate(len(value) for value in sums.values())
        return {
            name: flat[end - len(value) : end]
            for (name, value), end in zip(sums.items(), ends, strict=True)
        }


def monitors(sums: Mapping[str, Tensor], centre: Tensor) -> dict[str, float]:
    """Turn the sums of a step into numbers to watch.

    Args:
        sums: as `Tally.taken` gives them, of one picture at least.
        centre: of the teacher (k).

    Returns:
        `teacher_entropy` in nats, of one picture's answer, the mean; `teacher_entropy_share` of
        the most there can be; `teacher_kl_uniform` and `teacher_kl_student`, divergences in nats;
        `prototypes_used`, the exponential of the entropy of the mean answer; `centre_norm`; and
        `feature_spread`, 0 where all features point one way, 1 where they point everywhere.
    """
    views = sums["views"]
    most = math.log(len(centre))
    mean = sums["answers"] / views
    values = torch.stack(
        [
            (sums["entropy"] / views)[0],
            (sums["divergence"] / sums["pictures"])[0],
            torch.special.entr(mean).sum().exp(),
            centre.norm(),
            (1 - (sums["features"] / views).square().sum()).clamp(min=0).sqrt(),
        ]
    )
    entropy, divergence, used, norm, spread = values.tolist()
    return {
        "teacher_entropy": entropy,
        "teacher_entropy_share": entropy / most if most else 1.0,
        "teacher_kl_uniform": max(most - entropy, 0.0),
        "teacher_kl_student": divergence,
        "prototypes_used": used,
        "centre_norm": norm,
        "feature_spread": spread,
    }


def told_collapse(numbers: Mapping[str, float], *, share: float = 1.0) -> str | None:
    """Say in one sentence whether the teacher has collapsed; None while it has not.

    Either every picture gets the same flat answer, which sharpening prevents, or every picture
    gets the same prototype, which centring prevents.

    Args:
        numbers: as the lesson reports them after a step; what is missing is not judged.
        share: how much of the run is done, 0 to 1. Nothing is said in its first quarter, in which
            all answers are alike until differences have grown.
    """
    if share < EARLY:
        return None
    flat = numbers.get("teacher_kl_uniform", math.inf)
    if flat < UNIFORM_BELOW:
        return (
            "DINO has collapsed: the teacher gives every picture the same flat answer "
            f"({flat:.3f} nats from uniform); try a lower pretrain.momentum, a lower lr or more "
            "epochs"
        )
    used = numbers.get("prototypes_used", math.inf)
    if used < USED_BELOW:
        return (
            "DINO has collapsed: the teacher gives every picture the same prototype "
            f"({used:.2f} in use); try a higher pretrain.teacher_temp, a lower lr or larger batches"
        )
    return None
