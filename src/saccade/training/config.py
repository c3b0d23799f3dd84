"""What a training run is told; reading it loads no tensor library."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Any, get_args

from saccade.errors import ConfigError
from saccade.training.groups import GROUPS, as_group, check_names, known_names, nested_names
from saccade.training.named import (
    NAMED,
    AmpType,
    ClassWeights,
    Exif,
    Fit,
    Freeze,
    HeadInit,
    Objective,
    OnBad,
    Opt,
    Preset,
    Sampler,
    Sched,
    Strategy,
    TaskName,
)
from saccade.training.options import (
    AugmentOptions,
    DistillOptions,
    PretrainOptions,
    ShardOptions,
)
from saccade.training.reading import as_model_options, as_size, is_device, is_size
from saccade.training.segment_options import SegmentOptions
from saccade.training.word_options import WordOptions

_POSITIVE = ("threads", "epochs", "batch_size", "grad_accum", "lr", "every", "patience")
_NOT_NEGATIVE = (
    *("min_lr", "warmup_lr", "weight_decay", "weight_decay_end", "warmup_epochs", "clip_grad"),
    *("workers", "rotate", "save_minutes"),
)
_SHARES = ("smoothing", "drop_path_rate", "ema_decay", "val_fraction", "shift", "zoom", "momentum")
_WHOLE = (
    *("threads", "epochs", "batch_size", "grad_accum", "workers", "seed", "in_chans"),
    *("patch_size", "every", "patience"),
)
# What may differ when a run goes on: it does not change the numbers.
FREE = (
    *("workers", "device", "out", "on_bad", "grad_checkpointing", "tensorboard"),
    *("watch", "every", "strategy", "patience", "save_minutes"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """A run of training; what is None is chosen from the pictures, and the reason is written down.

    Args:
        task: "classify" pictures, "caption" them, "translate" sentences, "ask" about pictures, or
            "segment" pictures: label each of their pixels.
        preset: what most choices follow; itself chosen from weights, pictures and model when None.
        objective: what is learned: "classify" learns the labels, the others learn without them.
        model: name of the model.
        checkpoint: weight file to start from; fresh weights when None.
        img_size: side of the model's image in pixels, or (height, width), or "HEIGHTxWIDTH".
        img_fit: what becomes of images that the patch does not divide: "error", or "pad" with
            zeros at the right and the bottom, or "crop" to the middle; as the weights have it, or
            else "error", when None.
        patch_size: side of a patch in pixels.
        in_chans: channels of the model's image: 3, or 1 for grey.
        epochs: passes over the training pictures.
        batch_size: pictures in one pass through the model.
        grad_accum: passes that make one step; the step then sees batch_size * grad_accum pictures.
        opt: optimizer: AdamW, SGD with momentum, or LAMB.
        momentum: of SGD, 0 to below 1.
        lr: learning rate at its peak.
        min_lr: learning rate at the end.
        warmup_lr: learning rate at the start of the warm-up.
        sched: how the learning rate falls: as a cosine, a line, nearly a line ("poly": the share
            that is left, to the power of 0.9), or by tenths at `sched_steps`.
        sched_steps: where "step" divides the rate by ten, as shares of the run.
        layer_decay: factor of the learning rate from each block to the one before it, above 0 to
            1; 1 gives all the same.
        localisation_factor: learning rate of the localisation networks of spatial transformers over
            that of everything else, above 0.
        weight_decay: of the matrices; biases, norms, positions and special tokens have none.
        weight_decay_end: weight decay at the end, reached along a cosine; constant when None.
        warmup_epochs: epochs in which the learning rate rises to its peak.
        freeze: "backbone" lets only the head learn.
        head_init: "probe" starts the head with a logistic regression on the features.
        smoothing: of the labels, 0 to below 1.
        clip_grad: largest norm of the gradient; 0 does not clip.
        ema_decay: of the moving average of the weights, 0 to below 1; 0 keeps none.
        grad_checkpointing: keep only the input of each block, and compute the rest again in the
            backward pass: less memory, more time, the same numbers.
        amp: compute in fewer bits where that is fast; when None, on CUDA.
        amp_dtype: those bits; "float16" scales the loss, for cards without bfloat16.
        drop_path_rate: stochastic depth of the last block, 0 to below 1.
        model_kwargs: other options of the model by name, such as `num_heads`; text is read as JSON
            where it is JSON, so that numbers, lists and tables can be given on a command line.
        weight_init: how fresh weights are drawn, "trunc" or "jax"; of no use with a checkpoint.
        crop: least share of a picture's area in a random crop, above 0 to 1; 0 does not crop.
        shift: most random shift as a share of the side, 0 to below 1.
        zoom: most random change of size, 0 to below 1.
        rotate: most random rotation, in degrees.
        flip: mirror half of the pictures.
        exif: "apply" the orientation that a camera noted in a picture, or "ignore" it; as the
            weights have it, or else "apply", when None.
        augment: how pictures are changed beside that.
        distill: what is learned from a teacher.
        pretrain: how is learned without labels.
        shards: how sets that lie in shards are read.
        segment: the network that labels pixels, and what it learns by.
        words: the model of captions, translations or answers.
        class_weights: "auto" makes rare classes weigh as much as frequent ones.
        sampler: "balanced" shows each class equally often.
        patience: epochs without a better one after which the run ends; never when None.
        watch: folder of pictures whose attention is recorded while the model learns.
        every: epochs between two such records.
        tensorboard: write events for TensorBoard too.
        deterministic: compute by ways that give the same numbers each time, where torch has them;
            slower.
        strategy: what several processes share: "ddp" copies the model into each, "fsdp" spreads
            its weights over them.
        seed: of the split, the first weights, the order, the augmentation and dropout.
        workers: processes that read pictures ahead.
        threads: that compute on the CPU; as many as torch likes when None.
        val_fraction: share of the training pictures kept for validation, where the data have none.
        save_minutes: after which the run is saved inside an epoch too; 0 saves after epochs only.
        on_bad: "skip" leaves broken pictures out and names them, "fail" stops at the first.
        device: "auto", "cpu", "cuda" or "mps".
        out: folder for the folders of runs.

    Raises:
        ConfigError: a value that cannot work.
    """

    task: TaskName = "classify"
    preset: Preset | None = None
    objective: Objective = "classify"
    model: str | None = None
    checkpoint: str | None = None
    img_size: int | tuple[int, int] | str | None = None
    img_fit: Fit | None = None
    patch_size: int | None = None
    in_chans: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    grad_accum: int | None = None
    opt: Opt | None = None
    momentum: float = 0.9
    lr: float | None = None
    min_lr: float | None = None
    warmup_lr: float | None = None
    sched: Sched | None = None
    sched_steps: tuple[float, ...] | None = None
    layer_decay: float | None = None
    localisation_factor: float = 1.0
    weight_decay: float | None = None
    weight_decay_end: float | None = None
    warmup_epochs: float | None = None
    freeze: Freeze | None = None
    head_init: HeadInit | None = None
    smoothing: float | None = None
    clip_grad: float | None = None
    ema_decay: float | None = None
    grad_checkpointing: bool | None = None
    amp: bool | None = None
    amp_dtype: AmpType = "bfloat16"
    drop_path_rate: float | None = None
    model_kwargs: dict[str, Any] = field(default_factory=dict)
    weight_init: str | None = None
    crop: float | None = None
    shift: float | None = None
    zoom: float | None = None
    rotate: float | None = None
    flip: bool | None = None
    exif: Exif | None = None
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    distill: DistillOptions = field(default_factory=DistillOptions)
    pretrain: PretrainOptions = field(default_factory=PretrainOptions)
    shards: ShardOptions = field(default_factory=ShardOptions)
    segment: SegmentOptions = field(default_factory=SegmentOptions)
    words: WordOptions = field(default_factory=WordOptions)
    class_weights: ClassWeights = "none"
    sampler: Sampler = "shuffle"
    patience: int | None = None
    watch: str | None = None
    every: int = 1
    tensorboard: bool = False
    deterministic: bool = False
    strategy: Strategy = "ddp"
    seed: int = 0
    workers: int = 0
    threads: int | None = None
    val_fraction: float = 0.1
    save_minutes: float = 10.0
    on_bad: OnBad = "skip"
    device: str = "auto"
    out: str = "runs/train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", as_size(self.img_size))
        object.__setattr__(self, "model_kwargs", as_model_options(self.model_kwargs))
        object.__setattr__(self, "sched_steps", self.sched_steps and tuple(self.sched_steps))
        for name, group in GROUPS.items():
            object.__setattr__(self, name, as_group(name, group, getattr(self, name)))
        for name in _WHOLE:
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise ConfigError(f"a whole number for {name}", repr(value), f"{name}=1")
        for name in _POSITIVE:
            self._check(name, lambda value: value > 0, "above 0", 0.001 if name == "lr" else 1)
        for name in _NOT_NEGATIVE:
            self._check(name, lambda value: value >= 0, "of at least 0", 0)
        for name in _SHARES:
            self._check(name, lambda value: 0 <= value < 1, "from 0 to below 1", 0.1)
        self._check("crop", lambda value: 0 <= value <= 1, "from 0 to 1", 0.5)
        self._check("in_chans", lambda value: value in (1, 3), "of 1 or 3", 3)
        self._check("localisation_factor", lambda value: value > 0, "above 0", 0.1)
        self._check("layer_decay", lambda value: 0 < value <= 1, "above 0 to 1", 0.75)
        for name, allowed in NAMED.items():
            self._check_named(name, get_args(allowed))
        self._check("device", is_device, "auto, cpu, cuda or mps", "auto")
        self._check("patch_size", lambda value: value > 0, "above 0", 16)
        self._check("img_size", is_size, "as a side or (height, width) above 0", 224)

    def to_dict(self) -> dict[str, Any]:
        """Write the config as plain values, fit for JSON and YAML."""
        values = asdict(self)
        return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """Read what `to_dict` wrote, or a part of it.

        Raises:
            ConfigError: a name is unknown, the nearest are offered; or a value cannot work.
        """
        check_names(values, known_names(cls), "an option of training")
        return cls(**values)

    def get(self, name: str) -> Any:  # noqa: ANN401
        """Give the value of an option by its name, such as "lr" or "augment.mixup"."""
        group, _, own = name.rpartition(".")
        return getattr(getattr(self, group) if group else self, own)

    def changed(self, values: Mapping[str, Any]) -> "TrainConfig":
        """Give a config in which some options differ, by their names such as "augment.mixup".

        Raises:
            ConfigError: there is no such option, the nearest are offered; or a value cannot work.
        """
        check_names(values, [*known_names(type(self)), *nested_names()], "an option of training")
        flat = {name: value for name, value in values.items() if "." not in name}
        for group in GROUPS:
            prefix = f"{group}."
            own = {k.removeprefix(prefix): v for k, v in values.items() if k.startswith(prefix)}
            if own:
                flat[group] = replace(getattr(self, group), **own)
        return replace(self, **flat)

    def _check_named(self, name: str, allowed: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value is not None and value not in allowed:
            near = get_close_matches(str(value), allowed, n=1) or allowed[:1]
            words = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
            raise ConfigError(f"{name} {words}", repr(value), f"{name}={near[0]}")

    def _check(self, name: str, fine: Any, wanted: str, example: object) -> None:  # noqa: ANN401
        value = getattr(self, name)
        if value is None:
            return
        try:
            passed = bool(fine(value)) and not isinstance(value, bool)
        except TypeError:
            passed = False
        if not passed:
            raise ConfigError(f"{name} {wanted}", repr(value), f"{name}={example}")
