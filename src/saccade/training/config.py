"""What a training run is told; reading it loads no tensor library."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal, get_args

from saccade.errors import ConfigError

OnBad = Literal["skip", "fail"]
Fit = Literal["error", "pad", "crop"]
Exif = Literal["apply", "ignore"]

_POSITIVE = ("threads", "epochs", "batch_size", "grad_accum", "lr")
_NOT_NEGATIVE = ("min_lr", "weight_decay", "warmup_epochs", "clip_grad", "workers", "rotate")
_SHARES = ("smoothing", "drop_path_rate", "ema_decay", "val_fraction", "shift", "zoom")
_WHOLE = (
    "threads",
    "epochs",
    "batch_size",
    "grad_accum",
    "workers",
    "seed",
    "in_chans",
    "patch_size",
)
# Options of the model that a run sets itself: by fields of its own, or by what the data are.
_NOT_KWARGS = (
    "img_size",
    "img_fit",
    "patch_size",
    "in_chans",
    "num_classes",
    "drop_path_rate",
    "weight_init",
)
# What may differ when a run goes on: it does not change the numbers.
FREE = ("workers", "device", "out", "on_bad", "grad_checkpointing")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """A run of training; what is None is chosen from the pictures, and the reason is written down.

    Args:
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
        lr: learning rate at its peak.
        min_lr: learning rate at the end.
        weight_decay: of the matrices; biases, norms, positions and special tokens have none.
        warmup_epochs: epochs in which the learning rate rises to its peak.
        smoothing: of the labels, 0 to below 1.
        clip_grad: largest norm of the gradient; 0 does not clip.
        ema_decay: of the moving average of the weights, 0 to below 1; 0 keeps none.
        grad_checkpointing: keep only the input of each block, and compute the rest again in the
            backward pass: less memory, more time, the same numbers.
        amp: compute in bfloat16 where that is fast; when None, on CUDA.
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
        seed: of the split, the first weights, the order, the augmentation and dropout.
        workers: processes that read pictures ahead.
        threads: that compute on the CPU; as many as torch likes when None.
        val_fraction: share of the training pictures kept for validation, where the data have none.
        on_bad: "skip" leaves broken pictures out and names them, "fail" stops at the first.
        device: "auto", "cpu", "cuda" or "mps".
        out: folder for the folders of runs.

    Raises:
        ConfigError: a value that cannot work.
    """

    model: str | None = None
    checkpoint: str | None = None
    img_size: int | tuple[int, int] | str | None = None
    img_fit: Fit | None = None
    patch_size: int | None = None
    in_chans: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    grad_accum: int = 1
    lr: float | None = None
    min_lr: float = 1e-6
    weight_decay: float | None = None
    warmup_epochs: float | None = None
    smoothing: float | None = None
    clip_grad: float = 1.0
    ema_decay: float | None = None
    grad_checkpointing: bool | None = None
    amp: bool | None = None
    drop_path_rate: float | None = None
    model_kwargs: dict[str, Any] = field(default_factory=dict)
    weight_init: str | None = None
    crop: float | None = None
    shift: float | None = None
    zoom: float | None = None
    rotate: float | None = None
    flip: bool | None = None
    exif: Exif | None = None
    seed: int = 0
    workers: int = 0
    threads: int | None = None
    val_fraction: float = 0.1
    on_bad: OnBad = "skip"
    device: str = "auto"
    out: str = "runs/train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", _size(self.img_size))
        object.__setattr__(self, "model_kwargs", _model_options(self.model_kwargs))
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
        self._check("on_bad", lambda value: value in ("skip", "fail"), "skip or fail", "skip")
        self._check("img_fit", lambda value: value in get_args(Fit), "error, pad or crop", "pad")
        self._check("exif", lambda value: value in get_args(Exif), "apply or ignore", "apply")
        self._check("device", _is_device, "auto, cpu, cuda or mps", "auto")
        self._check("patch_size", lambda value: value > 0, "above 0", 16)
        self._check("img_size", _is_size, "as a side or (height, width) above 0", 224)

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
        known = [entry.name for entry in fields(cls)]
        for name in values:
            if name not in known:
                near = get_close_matches(str(name), known, n=2) or known[:3]
                raise ConfigError("an option of training", repr(name), " or ".join(near))
        return cls(**values)

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


def resumed(given: TrainConfig, saved: TrainConfig) -> TrainConfig:
    """Go on with the saved config; only what changes no number may be given anew.

    Args:
        given: what is asked for now; fields at their defaults ask for nothing.
        saved: what the run was started with.

    Raises:
        ConfigError: an option differs from the run's.
    """
    untouched = TrainConfig()
    changes: dict[str, Any] = {}
    for entry in fields(TrainConfig):
        new, old = getattr(given, entry.name), getattr(saved, entry.name)
        if new == getattr(untouched, entry.name) or new == old:
            continue
        if entry.name not in FREE:
            raise ConfigError(
                f"{entry.name}={old} as the run was started with",
                f"{entry.name}={new}",
                "leaving it out, or a new run with the weights as checkpoint",
            )
        changes[entry.name] = new
    return TrainConfig(**{**_values(saved), **changes})


def _values(config: TrainConfig) -> dict[str, Any]:
    return {entry.name: getattr(config, entry.name) for entry in fields(config)}


def _model_options(given: object) -> dict[str, Any]:
    """Read the options of a model, whose values may be text from a command line."""
    if not isinstance(given, Mapping):
        example = "model_kwargs={'num_heads': 4}"
        raise ConfigError("model_kwargs as a table of names and values", repr(given), example)
    found = {str(name).replace("-", "_"): _parsed(value) for name, value in given.items()}
    for name in found:
        if name == "num_classes":
            raise ConfigError(
                "num_classes as the data have them", "it in model_kwargs", "no number"
            )
        if name in _NOT_KWARGS:
            raise ConfigError(f"{name} as an option of its own", "it in model_kwargs", f"{name}=")
    return found


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _is_device(value: str) -> bool:
    return value.split(":")[0] in ("auto", "cpu", "cuda", "mps")


def _size(given: object) -> object:
    """Read (height, width) from a list, or from text such as "256x192"; leave the rest."""
    if isinstance(given, str) and all(side.isdecimal() for side in given.split("x")):
        sides = tuple(int(side) for side in given.split("x"))
        return sides[0] if len(sides) == 1 else sides
    return tuple(given) if isinstance(given, list) else given


def _is_size(value: int | tuple[int, int]) -> bool:
    sides = (value,) if isinstance(value, int) else value
    return len(sides) in (1, 2) and all(isinstance(side, int) and side > 0 for side in sides)
