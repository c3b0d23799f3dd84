"""Groups of options of a run, each below its own name; reading them loads no tensor library."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from saccade.errors import ConfigError

DistillationType = Literal["none", "soft", "hard"]
Reduction = Literal["batchmean", "deit"]
MaskTarget = Literal["mean-colour", "small-patch", "pixels", "norm-pixels"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AugmentOptions:
    """How training pictures are changed, beside crop, shift, zoom, rotation and mirror.

    Args:
        auto: "rand-m9-mstd0.5-inc1" and the like for RandAugment in timm's words, "trivial" for
            TrivialAugment, "three" for 3-Augment, "none".
        jitter: most change of brightness, contrast and saturation, 0 to 1; "auto" replaces it.
        mixup: alpha of mixup's Beta distribution; 0 mixes none.
        cutmix: alpha of CutMix's Beta distribution; 0 cuts none.
        mix_prob: share of the batches that are mixed, 0 to 1.
        switch_prob: share of the mixed batches that are cut, where both are on, 0 to 1.
        erase: share of the pictures of which a box is erased, 0 to 1.
        repeats: how often a picture is in an epoch's batches (repeated augmentation); an epoch
            stays as long as before, so it sees fewer pictures.
    """

    auto: str | None = None
    jitter: float | None = None
    mixup: float | None = None
    cutmix: float | None = None
    mix_prob: float = 1.0
    switch_prob: float = 0.5
    erase: float | None = None
    repeats: int | None = None

    def __post_init__(self) -> None:
        for name in ("mixup", "cutmix"):
            check(self, name, lambda value: value >= 0, "of at least 0", 0.8)
        for name in ("jitter", "mix_prob", "switch_prob", "erase"):
            check(self, name, lambda value: 0 <= value <= 1, "from 0 to 1", 0.5)
        check(self, "repeats", lambda value: value >= 1 and value == int(value), "1 or more", 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class DistillOptions:
    """What is learned from a teacher.

    Args:
        teacher: a weight file, the folder of a run, an id of the hub, or "timm:NAME"; no teacher
            when None.
        type: "hard" learns the teacher's likeliest class, "soft" its probabilities; "none" only
            measures the teacher.
        alpha: share of the teacher in the loss, 0 to 1; 0.5 for hard and 0.1 for soft when None.
        tau: temperature of soft distillation, above 0.
        reduction: of soft distillation: "batchmean" is the paper's formula, "deit" the released
            code's, which divides by the number of classes too.
        cache: compute the teacher's answers once for each picture, unchanged by augmentation.
    """

    teacher: str | None = None
    type: DistillationType = "hard"
    alpha: float | None = None
    tau: float = 3.0
    reduction: Reduction = "batchmean"
    cache: bool = False

    def __post_init__(self) -> None:
        check(self, "type", lambda value: value in ("none", "soft", "hard"), "", "hard")
        check(self, "alpha", lambda value: 0 <= value <= 1, "from 0 to 1", 0.5)
        check(self, "tau", lambda value: value > 0, "above 0", 3.0)
        check(self, "reduction", lambda value: value in ("batchmean", "deit"), "", "batchmean")


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainOptions:
    """Learning without labels; what is None is the paper's value for the objective.

    Args:
        mask_ratio: share of the patches that are hidden, above 0 to below 1.
        target: what is predicted of a hidden patch: "mean-colour" (512 classes), "small-patch"
            (16 of 512 classes), "pixels", or "norm-pixels".
        decoder_dim: features of the decoder.
        decoder_depth: blocks of the decoder.
        decoder_heads: heads of the decoder.
        local_crops: small crops of each picture, beside two large ones.
        local_size: side of a small crop, in pixels.
        prototypes: outputs of DINO's head.
        head_hidden: features inside DINO's head.
        bottleneck: features before the prototypes.
        momentum: share of the old teacher that the first step keeps; it rises to 1.
        teacher_temp: temperature of the teacher.
        student_temp: temperature of the student.
        frozen_epochs: first epochs in which the prototypes stand still.
        neighbours: k of the k-nearest-neighbour classifier that judges the features.
    """

    mask_ratio: float | None = None
    target: MaskTarget | None = None
    decoder_dim: int | None = None
    decoder_depth: int | None = None
    decoder_heads: int | None = None
    local_crops: int | None = None
    local_size: int | None = None
    prototypes: int | None = None
    head_hidden: int | None = None
    bottleneck: int | None = None
    momentum: float | None = None
    teacher_temp: float | None = None
    student_temp: float | None = None
    frozen_epochs: int | None = None
    neighbours: int = 20

    def __post_init__(self) -> None:
        check(self, "mask_ratio", lambda value: 0 < value < 1, "above 0 to below 1", 0.75)
        for name in _COUNTS:
            check(self, name, lambda value: value >= 1, "of 1 or more", 1)
        for name in ("teacher_temp", "student_temp"):
            check(self, name, lambda value: value > 0, "above 0", 0.1)
        check(self, "momentum", lambda value: 0 <= value <= 1, "from 0 to 1", 0.996)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardOptions:
    """How sets that lie in shards (tar files, Parquet) are read.

    Args:
        stream: read the training shards from front to back, each process its own, instead of
            picture by picture in an order over all of them.
        buffer: pictures that wait to be chosen from at random, in a stream.
    """

    stream: bool = False
    buffer: int = 1000

    def __post_init__(self) -> None:
        check(self, "buffer", lambda value: value >= 1, "of 1 or more", 1000)


_COUNTS = (
    *("decoder_dim", "decoder_depth", "decoder_heads", "local_size", "prototypes"),
    *("head_hidden", "bottleneck", "neighbours"),
)


def check(
    options: object, name: str, fine: Callable[[Any], bool], wanted: str, example: object
) -> None:
    """Refuse a value that cannot work; None is always fine.

    Raises:
        ConfigError: it cannot.
    """
    value = getattr(options, name)
    if value is None:
        return
    try:
        passed = not isinstance(value, bool) and bool(fine(value))
    except (TypeError, ValueError, AttributeError):
        passed = False
    if not passed:
        raise ConfigError(f"{name} {wanted}".strip(), repr(value), f"{name}={example}")
