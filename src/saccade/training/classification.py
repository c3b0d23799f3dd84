"""The lesson of pictures with labels: one for each, or any number."""

import functools
from collections.abc import Callable, Mapping

import torch

from saccade.data.batches import Batches
from saccade.errors import ConfigError
from saccade.models.ram import RAM
from saccade.training.evaluate import Scores, judged_rows, scores_from_rows, unique_rows
from saccade.training.lesson import Judgement, Lesson, Tick
from saccade.training.measures.multilabel import label_scores
from saccade.training.objectives.classify import classify
from saccade.training.objectives.imbalance import class_weights, positive_weights
from saccade.training.objectives.multilabel import multilabel
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.objectives.reinforce import reinforce
from saccade.training.scale.processes import World
from saccade.training.setting import Setting
from saccade.training.tagging import probability_rows

Objective = Callable[[torch.nn.Module, Examples], Outcome]


class Classification(Lesson):
    """Learns one label for each picture; several processes share the measuring."""

    shares_judging = True

    def judge(self, batches: Batches, *, tick: Tick | None = None) -> Judgement:
        """Measure accuracy, over all classes and for each."""
        rows, bad = judged_rows(self.model, batches, tick=tick)
        told = _world(batches).gathered((rows, bad))
        scores = scores_from_rows(
            torch.cat([own for own, _ in told]),
            batches.images,
            bad=[file for _, own in told for file in own],
        )
        return judgement(scores)


class Labelling(Lesson):
    """Learns any number of labels for each picture."""

    shares_judging = True

    def judge(self, batches: Batches, *, tick: Tick | None = None) -> Judgement:
        """Measure how well each class is told from the others, and with which thresholds."""
        rows, bad = probability_rows(self.model, batches, tick=tick)
        told = _world(batches).gathered((rows, bad))
        empty = torch.zeros(0, 1 + len(batches.images.classes), dtype=torch.float64)
        scores = label_scores(
            unique_rows(torch.cat([own if len(own) else empty for own, _ in told])),
            batches.images,
            bad=[file for _, own in told for file in own],
        )
        numbers = {
            "loss": scores.loss,
            "accuracy": scores.plain.exact_match,
            "map": scores.mean_average_precision,
            "micro_f1": scores.plain.micro_f1,
            "macro_f1": scores.plain.macro_f1,
        }
        kept = {"thresholds": list(scores.calibrated.thresholds)}
        detail = {"per_class": scores.average_precision, **kept}
        return Judgement(numbers, scores.mean_average_precision, detail, kept)


def judgement(scores: Scores, others: Mapping[str, float | None] | None = None) -> Judgement:
    """Give what is told of an epoch; the accuracy chooses the best.

    Args:
        scores: of the validation pictures.
        others: what else was measured, such as each of two heads.
    """
    numbers = {
        "loss": scores.loss,
        "accuracy": scores.accuracy,
        "top5": scores.top5,
        "macro_accuracy": scores.macro.recall,
        "macro_f1": scores.macro.f1,
        **(others or {}),
    }
    return Judgement(numbers, scores.accuracy, {"per_class": scores.per_class})


def make(setting: Setting) -> Lesson:
    """Make the lesson in which a model learns the labels of the pictures.

    Args:
        setting: the run before its first step.
    """
    kind = Classification if setting.train.multi is None else Labelling
    return kind(setting.model, objective_of(setting))


def objective_of(setting: Setting) -> Objective:
    """Give what is made small: the cross-entropy of the labels, as a run's config has it.

    A model that chooses where to look learns by reward too.

    Args:
        setting: the run before its first step.

    Raises:
        ConfigError: such a model cannot learn so.
    """
    config, images = setting.config, setting.train
    smoothing, weighed = config.smoothing or 0.0, config.class_weights == "auto"
    count, device = len(setting.classes), next(setting.model.parameters()).device
    if images.multi is not None:
        if isinstance(setting.model, RAM):
            got = "pictures with any number"
            raise ConfigError("one label a picture to be rewarded for", got, "another model")
        weights = positive_weights(images.multi, count).to(device) if weighed else None
        return functools.partial(multilabel, smoothing=smoothing, pos_weight=weights)
    if isinstance(setting.model, RAM):
        if weighed:
            got = "class_weights=auto"
            raise ConfigError("rewards that are equal for all classes", got, "sampler=balanced")
        return functools.partial(reinforce, smoothing=smoothing)
    weights = class_weights(images.labels, count).to(device) if weighed else None
    return functools.partial(classify, smoothing=smoothing, weights=weights)


def _world(batches: Batches) -> World:
    return World(batches.feed.rank, batches.feed.processes)
