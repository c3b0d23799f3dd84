"""Learning from a teacher beside the labels, as a lesson.

A model with a distillation token learns the labels with the class token's head and the teacher with
the other; any other model learns both with its one head.

Source: Touvron et al., "Training data-efficient image transformers & distillation through
attention", ICML 2021, arXiv:2012.12877, section 4.
Axes: b batch, c channels, h height, w width, k classes.
Differs: the authors' code refuses a teacher while fine-tuning; here weights to start from and a
teacher go together, as the paper does in section 5.
"""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from saccade.data.batches import Batches
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.models.deit import DistilledDeiT
from saccade.training import classification
from saccade.training.config import TrainConfig
from saccade.training.distillation.cached import Answers, cached_answers, check_unmixed
from saccade.training.distillation.measuring import some, teacher_accuracy
from saccade.training.distillation.teacher import Teacher, open_teacher
from saccade.training.distillation.two_heads import judged_heads
from saccade.training.lesson import Judgement, Tick
from saccade.training.objectives.distill import DistillationLoss, loss_of
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.options import DistillOptions
from saccade.training.setting import Setting

Objective = Callable[[nn.Module, Examples], Outcome]
_MEASURED_BATCH = 64


class DistillationLesson(classification.Classification):
    """A model, the objective of its labels, and a teacher.

    The teacher is held as a plain object: its weights are in no state dict.

    Args:
        model: what is kept when the run is over.
        objective: of the labels; it is given the logits that learn from them.
        teacher: with its outputs in the order of the classes.
        loss: with the teacher; None only measures it.
        preprocessing: of the model.
        answers: of the teacher to all training pictures; it is asked at every step when None.
    """

    def __init__(
        self,
        model: nn.Module,
        objective: Objective | None,
        teacher: Teacher,
        *,
        loss: DistillationLoss | None,
        preprocessing: Preprocessing,
        answers: Answers | None = None,
    ) -> None:
        super().__init__(model, objective)
        self.teacher = teacher
        self.loss = loss
        self.preprocessing = preprocessing
        self.answers = answers
        self.two_heads = isinstance(model, DistilledDeiT)
        if isinstance(model, DistilledDeiT):
            model.set_distilled_training(loss is not None)

    @property
    def way(self) -> tuple[str, str]:
        """How the teacher's answers are learned, and why."""
        name = getattr(self.model, "name", "") or type(self.model).__name__
        if self.loss is None:
            return "none", "distill.type is none: the teacher is only measured"
        if self.two_heads:
            return "token", f"{name} has a distillation token, whose head learns from the teacher"
        return "class", f"{name} has no distillation token: its one head learns labels and teacher"

    def forward(self, batch: Examples) -> Outcome:
        """Give the loss of a batch; numbers are sums over its pictures.

        Raises:
            ConfigError: pictures are mixed, or have several labels, and that cannot be learned.
        """
        if self.loss is None:
            return super().forward(batch)
        first, second = self._heads(batch.images)
        taught = self._taught(batch)
        known = self._labelled(first, batch)
        parts = self.loss(known.loss, second, taught)
        numbers = {**known.numbers, **_counted(first, second, taught, batch)}
        if not self.two_heads:
            numbers.pop("heads_agree")
        count = len(batch.images)
        numbers["label_loss"] = parts.labels.detach() * count
        numbers["teacher_loss"] = parts.teacher.detach() * count
        return Outcome(parts.total, numbers)

    def judge(self, batches: Batches, *, tick: Tick | None = None) -> Judgement:
        """Measure the model; where it has two heads, each of them, their mean, and their agreement.

        "accuracy" is that of the mean.

        Args:
            batches: in the order of the set.
            tick: called after each batch with its position.
        """
        if not isinstance(self.model, DistilledDeiT):
            return super().judge(batches, tick=tick)
        scores, heads = judged_heads(self.model, batches, tick=tick)
        return classification.judgement(scores, heads)

    def introduce(self, setting: Setting, *, tick: Tick | None = None) -> dict[str, Any]:
        """Measure the teacher, for the event "teacher", before anything is learned.

        Args:
            setting: of the run; its validation pictures are used, or else training pictures.
            tick: called after each batch with its position.
        """
        images = some(setting.train if setting.val is None else setting.val)
        batches = Batches(
            images,
            self.teacher.preprocessing,
            batch_size=_MEASURED_BATCH,
            workers=setting.config.workers,
        )
        device = next(self.model.parameters()).device
        found = teacher_accuracy(self.teacher, batches, device=device, tick=tick)
        way, why = self.way
        told = {"source": setting.config.distill.teacher, "distillation": way, "why": why}
        told["key"] = self.teacher.key()
        kept = {} if self.answers is None else {"answers": str(self.answers.path)}
        return {**found.to_dict(), **told, **kept}

    def _heads(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Give the logits (b k) that learn from the labels, and those that learn from the teacher.

        They are the same where there is one head.
        """
        model = self.model
        if isinstance(model, DistilledDeiT) and not model.training:
            said = model.pair(images)
        else:
            said = model(images)
        first, second = said if isinstance(said, tuple) else (said, said)
        return first.float(), second.float()

    def _taught(self, batch: Examples) -> Tensor:
        if batch.labels.dim() > 1:
            raise _one_label()
        if self.answers is None:
            return self.teacher.told(batch.images, self.preprocessing)
        if batch.targets is not None:
            check_unmixed(1.0, 1.0)
        return self.answers.of(batch.indices, batch.images.device)

    def _labelled(self, logits: Tensor, batch: Examples) -> Outcome:
        if self.objective is None:
            raise NotImplementedError
        return self.objective(_Said(logits), batch)


class _Said(nn.Module):
    """Logits that are there already, in the place of the model that gave them."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, _: Tensor) -> Tensor:
        return self.logits


def make(setting: Setting, *, objective: Objective | None = None) -> DistillationLesson:
    """Make the lesson of a run with a teacher.

    Args:
        setting: of the run; `config.distill.teacher` is given.
        objective: of the labels; that of a run without a teacher when None.

    Raises:
        ConfigError: options exclude each other, or the teacher lacks a class.
        CheckpointError: the teacher's weights cannot be read.
        MissingExtra: the teacher is of timm, which is not installed.
    """
    config, options = setting.config, setting.config.distill
    check(config)
    if options.teacher is None:
        raise ConfigError("a teacher", "none", "--distill.teacher and the folder of a run")
    if setting.train.multi is not None:
        raise _one_label()
    device = next(setting.model.parameters()).device
    teacher, loss = open_teacher(options.teacher, setting.classes), loss_of(options)
    teacher.to(device)
    answers = None
    if options.cache and loss is not None:
        answers = cached_answers(
            teacher, setting.train, setting.folder, device=device, workers=config.workers
        )
    return DistillationLesson(
        setting.model,
        objective or classification.objective_of(setting),
        teacher,
        loss=loss,
        preprocessing=setting.preprocessing,
        answers=answers,
    )


def check(config: TrainConfig) -> None:
    """See that the options of distillation go together, before anything is read.

    Raises:
        ConfigError: they do not.
    """
    options = config.distill
    if options.teacher is None:
        plain = DistillOptions()
        names = [n for n in _OPTIONS if getattr(options, n) != getattr(plain, n)]
        if names:
            told = " and ".join(f"distill.{name}={getattr(options, name)}" for name in names)
            example = "--distill.teacher and the folder of a run"
            raise ConfigError(f"a teacher for {told}", "none", example)
        return
    if config.objective not in (None, "classify"):
        raise ConfigError(
            "no teacher where nothing is learned from labels",
            f"objective={config.objective} and distill.teacher={options.teacher}",
            "objective=classify",
        )
    if options.cache:
        check_unmixed(config.augment.mixup, config.augment.cutmix)


_OPTIONS = ("type", "alpha", "tau", "reduction", "cache")


def _counted(
    first: Tensor, second: Tensor, taught: Tensor, batch: Examples
) -> Mapping[str, Tensor]:
    """Count the pictures in which heads, teacher and labels agree."""
    answer, teacher = (first + second).detach().argmax(dim=1), taught.argmax(dim=1)
    return {
        "correct": (answer == batch.labels).sum(),
        "teacher_correct": (teacher == batch.labels).sum(),
        "agree": (answer == teacher).sum(),
        "heads_agree": (first.detach().argmax(dim=1) == second.detach().argmax(dim=1)).sum(),
    }


def _one_label() -> ConfigError:
    return ConfigError(
        "one label for each picture with a teacher, whose probabilities sum to 1",
        "several labels",
        "leaving distill.teacher out",
    )
