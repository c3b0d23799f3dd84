"""Known ways for a run to fail, each told in one sentence before the first step."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from saccade.layers.patches import pair
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.recipe.model_facts import ModelFacts

_FEW_FOR_SCRATCH = 10_000  # pictures
_FEW_FOR_STRONG = 1_000
_FEW_EPOCHS = 50
_ODDS = 10  # between the most frequent and the rarest class


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that will probably go wrong.

    Args:
        name: of the option that it is about.
        sentence: the cause and the cure.
    """

    name: str
    sentence: str


def cautions(config: TrainConfig, facts: Facts, model: ModelFacts) -> list[Caution]:
    """Look for known disasters.

    Args:
        config: with nothing left open.
        facts: about the training pictures.
        model: before its first step.

    Returns:
        One for each disaster; none for most runs.
    """
    found = (
        *_about_rate(config, model),
        *_about_model(config, facts, model),
        *_about_batch(config, facts, model),
        *_about_course(config, facts),
        *_about_mixing(config, facts),
        *_about_labels(config, facts, model),
    )
    return list(found)


def _about_rate(config: TrainConfig, model: ModelFacts) -> Iterator[Caution]:
    rate, adam = config.lr or 0.0, config.opt in (None, "adamw")
    learning = config.freeze != "backbone"
    if adam and learning and model.pretrained and rate > 1e-3:
        yield Caution(
            "lr",
            f"AdamW at {rate:g} wipes out in its first steps what the weights know: "
            "take lr=1e-4, or up to 3e-4 for large batches",
        )
    elif adam and learning and model.transformer and rate >= 1e-2:
        yield Caution(
            "lr",
            f"AdamW at {rate:g} makes a transformer diverge or stand still: "
            "take lr=1e-3, or 5e-4 x batch/512 as DeiT",
        )
    if config.opt == "sgd" and rate > 0.1 * (1 if model.transformer else 10):
        cure = "0.03" if model.transformer else "0.1"
        yield Caution("lr", f"SGD at {rate:g} diverges: take lr={cure} or less")
    if config.opt == "sgd" and rate < 1e-4 and config.lr is not None:
        yield Caution(
            "lr", f"SGD at {rate:g} hardly moves, such rates are AdamW's: take lr=0.003 or more"
        )
    if config.opt == "lamb" and rate > 2e-2:
        yield Caution("lr", f"LAMB at {rate:g} diverges: take lr=5e-3 or less")


def _about_model(config: TrainConfig, facts: Facts, model: ModelFacts) -> Iterator[Caution]:
    if model.head_dim is not None and model.head_dim <= 16 and (model.width or 0) > 64:
        heads = max((model.width or 0) // 64, 1)
        yield Caution(
            "model_kwargs",
            f"attention heads of {model.head_dim} features are too narrow to tell tokens apart: "
            f"take num_heads={heads}, which makes them {(model.width or 0) // heads} wide",
        )
    yield from _about_size(config, model)
    scratch = not model.pretrained and model.transformer and config.objective == "classify"
    if scratch and facts.count < _FEW_FOR_SCRATCH and not facts.grey:
        yield Caution(
            "checkpoint",
            f"a transformer with fresh weights learns {facts.count} photographs poorly, expect 50 "
            "to 80 % where 97 % is told of ones with weights: give a checkpoint to start from",
        )
    if config.preset == "bit-hyperrule" and not model.pretrained:
        yield Caution(
            "preset",
            "the HyperRule's few steps adapt weights that know something, and these are fresh: "
            "give a checkpoint, or take preset=scratch-small",
        )
    if model.pretrained and facts.grey and model.in_chans == 3:
        yield Caution(
            "in_chans",
            "every sampled picture is grey and the weights expect colours: grey is repeated in "
            "three channels, which works: take in_chans=1, which adds up the weights and is faster",
        )


def _about_size(config: TrainConfig, model: ModelFacts) -> Iterator[Caution]:
    if model.patch is None or config.img_size is None or config.img_fit in ("pad", "crop"):
        return
    sides = pair(config.img_size)
    for side, patch in zip(sides, model.patch, strict=True):
        if side % patch:
            near = max(round(side / patch), 1) * patch
            yield Caution(
                "img_size",
                f"an image side of {side} pixels is not divided by patches of {patch}: "
                f"take {near}, or img_fit=pad or crop",
            )
            return


def _about_batch(config: TrainConfig, facts: Facts, model: ModelFacts) -> Iterator[Caution]:
    batch = config.batch_size or 1
    seen = batch * (config.grad_accum or 1)
    if seen > facts.count:
        yield Caution(
            "batch_size",
            f"a step of {seen} pictures is larger than the {facts.count} there are, so an epoch is "
            f"one step: take batch_size={max(1, facts.count // 8)} or less",
        )
    learning = config.freeze != "backbone"
    if model.batch_norm and batch < 8 and learning:
        yield Caution(
            "batch_size",
            f"batch norm over {batch} pictures is mostly noise, and grad_accum does not help: "
            "take batch_size=16 or more, or a model with other norms such as resnetv2_50x1_bit",
        )


def _about_course(config: TrainConfig, facts: Facts) -> Iterator[Caution]:
    epochs, warmup = config.epochs or 1, config.warmup_epochs or 0.0
    if warmup >= epochs:
        yield Caution(
            "warmup_epochs",
            f"a warm-up of {warmup:g} epochs is not over in a run of {epochs}, so the rate never "
            f"reaches lr: take warmup_epochs={epochs * 0.1:g}",
        )
    decay = config.ema_decay or 0.0
    seen = (config.batch_size or 1) * (config.grad_accum or 1)
    steps = epochs * -(-facts.count // seen)
    half = math.log(0.5) / math.log(decay) if decay > 0 else 0.0
    if half > steps:
        fit = round(0.5 ** (10 / max(steps, 10)), 5)
        yield Caution(
            "ema_decay",
            f"an average with decay {decay:g} forgets half in {half:,.0f} steps and the run has "
            f"{steps:,}, so it lags behind all of it: take ema_decay={fit:g}",
        )


def _about_mixing(config: TrainConfig, facts: Facts) -> Iterator[Caution]:
    augment = config.augment
    mixed = bool(augment.mixup or augment.cutmix)
    if mixed and facts.classes < 2 and config.objective == "classify":
        yield Caution("augment.mixup", "mixing needs two classes or more: take augment.mixup=0")
    if mixed and config.batch_size == 1:
        yield Caution(
            "augment.mixup",
            "in batches of 1 a picture is mixed with itself: take batch_size=2 or more",
        )
    strong = (augment.auto or "none") != "none" and mixed
    few = facts.count < _FEW_FOR_STRONG and (config.epochs or 0) < _FEW_EPOCHS
    if strong and few:
        yield Caution(
            "augment.auto",
            f"so strong changes of {facts.count} pictures in {config.epochs} epochs leave too "
            "little to learn from: take augment.auto=none, augment.mixup=0 and augment.cutmix=0, "
            f"or {_FEW_EPOCHS} epochs or more",
        )


def _about_labels(config: TrainConfig, facts: Facts, model: ModelFacts) -> Iterator[Caution]:
    if config.objective != "classify":
        return
    told = config.distill.alpha is not None or config.distill.type == "soft"
    if told and config.distill.teacher is None:
        yield Caution(
            "distill.teacher",
            "distillation is set and there is no teacher, so nothing is distilled: "
            "give distill.teacher, such as a weight file or timm:NAME",
        )
    if model.two_heads and not model.pretrained and config.distill.teacher is None:
        yield Caution(
            "distill.teacher",
            f"{model.name} has a head for a teacher's answers and there is no teacher: "
            "give distill.teacher, or take the model without a distillation token",
        )
    unequal = facts.fewest > 0 and facts.most > _ODDS * facts.fewest
    if unequal and config.class_weights == "none" and config.sampler == "shuffle":
        yield Caution(
            "class_weights",
            f"the most frequent class has {facts.most} pictures and the rarest {facts.fewest}, so "
            "the rare ones will hardly be learned: take class_weights=auto or sampler=balanced",
        )
