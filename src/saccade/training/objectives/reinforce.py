"""REINFORCE: what is seen is learned by gradient, where to look by reward.

Source: Mnih, Heess, Graves, Kavukcuoglu, "Recurrent Models of Visual Attention", NeurIPS 2014,
arXiv:1406.6247, section 3.1, eq. 2; Williams, "Simple statistical gradient-following algorithms for
connectionist reinforcement learning", Machine Learning 8, 1992.
Axes: n looks (images times runs), t glimpses, K classes.
"""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

from saccade.models.ram import RAM, Looks
from saccade.training.objectives.outcome import Examples, Outcome


class Terms(NamedTuple):
    """The three losses, each the mean over the looks.

    Args:
        answer: cross-entropy of the answer after the last glimpse; trains retina, core and head.
        baseline: squared error of the expected reward; trains the baseline.
        policy: negative log-probability of the locations, by how much better than expected the
            reward was; trains the locator.
    """

    answer: Tensor
    baseline: Tensor
    policy: Tensor


def reinforce_terms(
    looks: Looks, logits: Tensor, targets: Tensor, *, smoothing: float = 0.0
) -> Terms:
    """Measure looks at pictures.

    The reward of every step is 1 where the answer is right and else 0; of a mixed target it is the
    share of the class that was answered.

    Args:
        looks: at the pictures.
        logits: of the state after the last glimpse (n K).
        targets: labels (n), or shares of the classes (n K).
        smoothing: share of the labels that is spread over all classes, 0 to below 1.
    """
    reward = _reward(logits.detach(), targets)[:, None]
    # A location follows from the state before it, and so does what was expected of it.
    steps = looks.log_probs.shape[1]
    better = (reward - looks.baselines[:, :steps]).detach()
    return Terms(
        answer=F.cross_entropy(logits, targets, label_smoothing=smoothing),
        baseline=F.mse_loss(looks.baselines, reward.expand_as(looks.baselines)),
        policy=-(looks.log_probs * better).sum(dim=1).mean(),
    )


def reinforce(model: RAM, batch: Examples, *, smoothing: float = 0.0) -> Outcome:
    """Measure how far answers are from the labels, and whether it was worth to look there.

    Each picture is looked at `model.config.train_runs` times, with draws that depend on the run,
    the epoch and the picture alone.

    Args:
        model: to train.
        batch: images and labels; targets, where pictures were mixed, are smoothed already.
        smoothing: share of the labels that is spread over all classes, 0 to below 1.

    Returns:
        The sum of the terms, the policy's by its weight; how many answers are right, the reward and
        the terms.
    """
    config = model.config
    runs, count = config.train_runs, len(batch.images)
    chances = batch.noise(runs, config.glimpses, 2, name="glimpses").flatten(0, 1)
    looks = model.look(batch.images.repeat_interleave(runs, dim=0), chances)
    logits = model.head(looks.states[:, -1]).float()
    plain = batch.targets is None
    targets = (batch.labels if batch.targets is None else batch.targets).repeat_interleave(runs, 0)
    terms = reinforce_terms(looks, logits, targets, smoothing=smoothing if plain else 0.0)
    right = (logits.detach().argmax(dim=1) == batch.labels.repeat_interleave(runs)).sum()
    told = {name: value.detach() * count for name, value in terms._asdict().items()}
    return Outcome(
        terms.answer + terms.baseline + config.policy_weight * terms.policy,
        {"correct": right / runs, **told},
    )


def _reward(logits: Tensor, targets: Tensor) -> Tensor:
    answers = logits.argmax(dim=1)
    if targets.dim() == 1:
        return (answers == targets).to(logits.dtype)
    return targets.gather(1, answers[:, None])[:, 0].to(logits.dtype)
