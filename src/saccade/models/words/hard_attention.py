"""Hard attention: one place a word is drawn, and how a network learns without a gradient there.

Sources: Xu et al., "Show, Attend and Tell", ICML 2015, arXiv:1502.03044, sections 4.1 and 4.2.1
(eq. 14), and the authors' code (github.com/kelvinxu/arctic-captions), which fixes what the paper
leaves open: the reward, its scale, the baseline and the entropy.
Axes: b batch, t words, j places of the image.
Differs: a minibatch that reads the expectation learns through it as soft attention does; in the
authors' code only the entropy teaches the weights there.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.shapes import expect

Choice = Literal["expectation", "sample", "argmax"]
AtTest = Literal["expectation", "argmax"]
Doubly = Literal["paper", "official", "tutorial"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HardAttentionConfig:
    """How places are chosen, and the constants of the learning rule.

    Args:
        semi_sampling: chance that a minibatch draws places while training; the others read the
            expectation. One draw for all its pictures and words, 0-1.
        at_test: read the "expectation", or the "argmax" alone, after training.
        reward_scale: λ_r, factor of the reward; the authors' 1/10.
        entropy_scale: λ_e, factor of the negative entropy of the weights.
        baseline_decay: share of the old baseline that a step keeps, 0-1.

    Raises:
        ConfigError: a value that cannot work.
    """

    semi_sampling: float = 0.5
    at_test: AtTest = "expectation"
    reward_scale: float = 0.1
    entropy_scale: float = 0.002
    baseline_decay: float = 0.9

    def __post_init__(self) -> None:
        if self.at_test not in get_args(AtTest):
            raise ConfigError("at_test expectation or argmax", repr(self.at_test), "expectation")
        for name in ("semi_sampling", "baseline_decay"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} in [0, 1]", str(getattr(self, name)), f"{name}=0.5")


def draw_choice(config: HardAttentionConfig, generator: torch.Generator | None = None) -> Choice:
    """Draw whether a minibatch samples its places or reads the expectation.

    Args:
        config: with the chance.
        generator: of the CPU; torch's own when None.
    """
    if config.semi_sampling in (0.0, 1.0):
        return "sample" if config.semi_sampling else "expectation"
    sampled = float(torch.rand((), generator=generator)) < config.semi_sampling
    return "sample" if sampled else "expectation"


def choose(weights: Tensor, how: Choice, generator: torch.Generator | None = None) -> Tensor:
    """Turn weights (b j) into what mixes the annotations (b j): themselves, or one place alone.

    Args:
        weights: rows that sum to one; a row of zeros stays so.
        how: the "expectation" gives them back, "sample" draws a place by them, "argmax" takes the
            heaviest. One place is 1 among zeros, and carries no gradient.
        generator: of the CPU; torch's own when None.

    Raises:
        ConfigError: there is no such choice.
    """
    expect(weights, "b j", "the weights")
    if how not in get_args(Choice):
        raise ConfigError(f"a choice of {', '.join(get_args(Choice))}", repr(how), "sample")
    if how == "expectation":
        return weights
    told = weights.detach()
    place = told.argmax(dim=1) if how == "argmax" else _drawn(told, generator)
    one = torch.zeros_like(told).scatter_(1, place[:, None], 1.0)
    return one * (told.sum(dim=1, keepdim=True) > 0)


def _drawn(weights: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw a place of each row (b) on the CPU, so that every device draws the same."""
    heights = weights.double().cpu().cumsum(dim=1)
    level = torch.rand(len(heights), 1, generator=generator, dtype=torch.float64)
    place = torch.searchsorted(heights, level * heights[:, -1:], right=True)
    last = (weights > 0).cpu() * torch.arange(weights.shape[1])  # rounding never leaves the row
    return place[:, 0].minimum(last.amax(dim=1)).to(weights.device)


class Baseline:
    """The moving mean b of the cost, which the reward is counted from.

    Args:
        decay: share of the old value that an update keeps, 0-1.
        value: where it starts; 0 in the authors' code.
    """

    def __init__(self, decay: float = 0.9, value: float = 0.0) -> None:
        self.decay = decay
        self.value = value

    def update(self, costs: Tensor) -> float:
        """Move towards the mean of the costs per word (b t), padded ones 0, and give the value."""
        self.value = self.decay * self.value + (1.0 - self.decay) * float(costs.detach().mean())
        return self.value


def reinforce_loss(
    costs: Tensor,
    weights: Tensor,
    chosen: Tensor | None,
    *,
    baseline: float = 0.0,
    config: HardAttentionConfig | None = None,
    reduction: Literal["sum", "mean"] = "sum",
) -> Tensor:
    """Give the loss whose gradient at the weights is the authors' learning rule.

    The gradient at a weight α is λ_r (mean_t cost - b) α̃/α + λ_e (log α + 1), where α̃ is 1 at the
    drawn place and 0 elsewhere. It is to be added to the cross-entropy; its value alone is no cost.

    Args:
        costs: cross-entropy of each word (b t), 0 where padded; only their values are used.
        weights: the softmax over the places (b t j), 0 where padded.
        chosen: the drawn places (b t j), 1 among zeros; None for a minibatch that read the
            expectation, where only the entropy is left.
        baseline: b, such as `Baseline.value` before the step.
        config: the constants.
        reduction: "sum" over the batch, as the authors add it to a mean cross-entropy; "mean"
            makes it independent of the batch size, as the paper's equation is.

    Raises:
        ShapeError: the axes differ.
    """
    expect(weights, "b t j", "the weights")
    expect(costs, "b t", "the costs", b=weights.shape[0], t=weights.shape[1])
    config = config or HardAttentionConfig()
    logs = weights.clamp_min(torch.finfo(weights.dtype).tiny).log()
    loss = config.entropy_scale * (weights * logs).sum()
    if chosen is not None:
        rewards = costs.detach().mean(dim=1) - baseline
        loss = loss + config.reward_scale * (rewards * (chosen * logs).sum(dim=(1, 2))).sum()
    return loss / len(weights) if reduction == "mean" else loss


def doubly_stochastic(
    weights: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: Doubly = "paper",
    target: float = 1.0,
) -> Tensor:
    """Punish places that are looked at more or less than once in a caption: Σ_j (τ - Σ_t α_tj)².

    Args:
        weights: (b t j); padded steps are left out by the mask, or are 0 already.
        mask: booleans (b t); True where a word is real.
        reduction: "paper" sums over places and takes the mean over captions (eq. 14). "official",
            the authors' code, sums over captions and takes the mean over places, which is b/j times
            the paper's. "tutorial" takes the mean over both, 1/j of the paper's. A factor α_c = 1
            of a published recipe means that recipe's own reduction.
        target: τ, how much attention a place should get in a caption.

    Raises:
        ShapeError: the axes differ.
        ConfigError: there is no such reduction.
    """
    expect(weights, "b t j", "the weights")
    if mask is not None:
        expect(mask, "b t", "the mask", b=weights.shape[0], t=weights.shape[1])
        weights = weights.masked_fill(~mask[:, :, None], 0.0)
    missed = (target - weights.sum(dim=1)).square()
    if reduction == "paper":
        return missed.sum(dim=1).mean()
    if reduction == "official":
        return missed.sum(dim=0).mean()
    if reduction == "tutorial":
        return missed.mean()
    raise ConfigError(f"a reduction of {', '.join(get_args(Doubly))}", repr(reduction), "paper")
