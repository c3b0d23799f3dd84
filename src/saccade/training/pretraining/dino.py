"""DINO: a student learns to answer like its own slow average, which sees other crops.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, section 3 and algorithm 1; schedules as in its code.
Axes: v views, t of them large, b batch, c channels, h height, w width, d features, k prototypes.
Differs: the teacher is always in evaluation mode, so that batch norms in it use running means (it
takes over the student's), and the temperature of its warm-up rises step by step.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from saccade.data.batches import Batches
from saccade.data.sets import ImageSet
from saccade.errors import ConfigError, ShapeError
from saccade.models.classifier import Classifier
from saccade.training.choices import Choice
from saccade.training.lesson import Judgement, Lesson, Moment, Tick
from saccade.training.measures.features import features_of
from saccade.training.measures.neighbours import neighbour_accuracy
from saccade.training.modes import evaluating
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.collapse import Tally, monitors, told_collapse
from saccade.training.pretraining.dino_head import DinoHead, HeadSizes, head_sizes
from saccade.training.pretraining.dino_loss import dino_loss, moved_centre, teacher_answers
from saccade.training.pretraining.dino_schedules import DinoSettings, momentum_at, temperature_at
from saccade.training.pretraining.multi_crop import features_at
from saccade.training.randomness import own_randomness
from saccade.training.setting import Setting

KNOWN = 20_000  # most training pictures whose neighbourhood judges the features


class Dino(Lesson):
    """A student, and as the model that is kept its teacher.

    Args:
        model: where both start; it becomes the teacher and is kept. Its own head is not used.
        sizes: of the heads of both.
        settings: the rest.
        known: labelled pictures whose neighbourhood judges the features; None when there are none.
    """

    centre: Tensor
    temperature: Tensor
    taken: Tensor
    model: Classifier

    def __init__(
        self,
        model: Classifier,
        sizes: HeadSizes,
        settings: DinoSettings | None = None,
        known: Batches | None = None,
    ) -> None:
        super().__init__(model)
        self.settings = settings or DinoSettings()
        self.known = known
        width = feature_width(model)
        self.student = copy.deepcopy(model)
        self.student.head.requires_grad_(False)
        getattr(self.student, "head_dist", self.student.head).requires_grad_(False)
        self.student_head = DinoHead(width, sizes)
        self.teacher_head = copy.deepcopy(self.student_head)
        for part in (self.model, self.teacher_head):
            part.requires_grad_(False)
        self.register_buffer("centre", torch.zeros(sizes.prototypes))
        start = self.settings.teacher_temp_start if self.settings.teacher_temp_epochs else None
        self.register_buffer("temperature", torch.tensor(start or self.settings.teacher_temp))
        self.register_buffer("taken", torch.zeros((), dtype=torch.int64))
        self._sizes = {"k": sizes.prototypes, "d": width}
        # Not buffers: engines overwrite those of one process with another's.
        self._tally = Tally()
        self._sums: Mapping[str, Tensor] = {}
        self.train()

    def train(self, mode: bool = True) -> "Dino":
        """Switch the student's mode; the teacher stays in evaluation mode."""
        super().train(mode)
        self.model.eval()
        self.teacher_head.eval()
        return self

    def forward(self, batch: Examples) -> Outcome:
        """Give the loss of a batch, whose first view beside the images is large too.

        Raises:
            ShapeError: there is no second view as large as the first.
        """
        if not batch.views or batch.views[0].shape != batch.images.shape:
            raise ShapeError("a second view as large as the first", "none", "views=views_of(...)")
        large = torch.cat([batch.images, batch.views[0]])
        count = len(batch.images)
        with torch.no_grad():
            seen = self.model.features(large)
            outputs = self.teacher_head(seen).float().reshape(2, count, -1)
            answers = teacher_answers(outputs, self.centre, self.temperature)
        student = self._answered(large, batch.views[1:])
        losses = dino_loss(student, answers, self.settings.student_temp)
        if self.training:
            real = torch.tensor([index >= 0 for index in batch.indices or [0] * count])
            real = real.to(answers.device)
            self._tally.add(
                outputs=outputs[:, real],
                answers=answers[:, real],
                student=losses[real],
                features=seen.reshape(2, count, -1)[:, real],
            )
        return Outcome(losses.mean())

    def before_step(self, moment: Moment) -> None:
        """Gather what the teacher said, clip each gradient, and hold the prototypes at first."""
        self._sums = self._tally.taken(self._sizes, self.centre.device)
        for parameter in self.parameters():
            if parameter.grad is not None:
                norm = parameter.grad.norm()
                parameter.grad.mul_((self.settings.clip / (norm + 1e-6)).clamp(max=1.0))
        if moment.epoch < self.settings.frozen_epochs:
            self.student_head.prototypes.weight.grad = None

    @torch.no_grad()
    def alarm(self, monitors: Mapping[str, float], moment: Moment) -> str | None:
        """Say so when the teacher gives every picture the same answer."""
        return told_collapse(monitors, share=moment.share)

    def after_step(self, moment: Moment) -> Mapping[str, float]:
        """Move the teacher and its centre, and say whether it still tells pictures apart."""
        momentum = momentum_at(moment, self.settings.momentum)
        follow(self.model, self.student, momentum)
        follow(self.teacher_head, self.student_head, momentum)
        mean = self._sums["outputs"] / self._sums["views"]
        self.centre.copy_(moved_centre(self.centre, mean, self.settings.centre_momentum))
        self.temperature.fill_(temperature_at(moment, self.settings))
        self.taken += 1
        return {**monitors(self._sums, self.centre), "teacher_momentum": momentum}

    def judge(self, batches: Batches, *, tick: Tick | None = None) -> Judgement:
        """Tell classes by the nearest training pictures; without labels the last epoch is best.

        Args:
            batches: in the order of the set.
            tick: called after each batch with its position.
        """
        if self.known is None or min(batches.images.labels) < 0:
            return Judgement({"knn": None}, float(self.taken))
        known = features_of(self.model, self.known)
        asked = features_of(self.model, batches, tick=tick)
        accuracy = neighbour_accuracy(*known, *asked, k=self.settings.neighbours)
        return Judgement({"knn": accuracy}, accuracy)

    def _answered(self, large: Tensor, small: tuple[Tensor, ...]) -> Tensor:
        """Let the student answer to all crops (v b k); small ones in one pass of their size."""
        features = [self.student.features(large)]
        if small:
            features.append(features_at(self.student, torch.cat(small)))
        outputs: Tensor = self.student_head(torch.cat(features))
        return outputs.reshape(2 + len(small), -1, outputs.shape[-1])


def make(setting: Setting) -> Dino:
    """Make the lesson of a run; its head is drawn from the run's seed.

    Raises:
        ConfigError: the model has no features of one length.
    """
    options = setting.config.pretrain
    width = feature_width(setting.model)
    sizes = head_sizes(options, width=width, pictures=len(setting.train))
    known = known_pictures(setting.train)
    bank = None
    if known is not None:
        size = max(setting.config.batch_size or 1, 64)
        bank = Batches(known, setting.preprocessing, batch_size=size)
    with own_randomness(setting.config.seed, torch.device("cpu")):
        return Dino(setting.model, sizes, DinoSettings.of(options, steps=setting.steps), bank)


def head_choices(options: PretrainOptions, *, width: int, pictures: int) -> tuple[Choice, ...]:
    """Tell the sizes of the head, each with its reason.

    Args:
        options: what is not None there is taken.
        width: features d of the model.
        pictures: to learn from.
    """
    sizes = head_sizes(options, width=width, pictures=pictures)
    found = (
        ("pretrain.head_hidden", sizes.hidden, options.head_hidden),
        ("pretrain.bottleneck", sizes.bottleneck, options.bottleneck),
        ("pretrain.prototypes", sizes.prototypes, options.prototypes),
    )
    return tuple(
        Choice(name, value, sizes.reason if own is None else "as asked for")
        for name, value, own in found
    )


def known_pictures(images: ImageSet) -> ImageSet | None:
    """Choose training pictures with labels, spread over the set; None where there are none."""
    labelled = [index for index, label in enumerate(images.labels) if label >= 0]
    if not labelled:
        return None
    stride = -(-len(labelled) // KNOWN)
    return images.subset("known", labelled[::stride])


@torch.no_grad()
def follow(teacher: torch.nn.Module, student: torch.nn.Module, momentum: float) -> None:
    """Move a teacher's weights towards a student's; buffers are taken over.

    Args:
        teacher: of the same form as the student.
        student: where to.
        momentum: share of the old teacher that is kept.
    """
    for average, own in zip(teacher.parameters(), student.parameters(), strict=True):
        average.lerp_(own, 1.0 - momentum)
    for kept, new in zip(teacher.buffers(), student.buffers(), strict=True):
        kept.copy_(new)


def feature_width(model: Classifier) -> int:
    """Find the length of a model's features, by one blank picture of its size."""
    device = next(model.parameters()).device
    blank = torch.zeros(1, model.config.in_chans, *model.config.image, device=device)
    with evaluating(model), torch.no_grad():
        features = model.features(blank)
    if features.dim() != 2:
        raise ConfigError("a model with one vector for each picture", f"{tuple(features.shape)}")
    return features.shape[1]
