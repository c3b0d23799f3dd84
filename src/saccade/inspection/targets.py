"""What a map is asked about: one number for each image, made of what a model answers.

Axes: b images.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError

Target = int | Sequence[int] | Tensor | Callable[[Tensor], Tensor] | None


def logits_of(answer: object) -> Tensor:
    """Find the logits (b classes) in what a model gives: a tensor, or one in `.logits`.

    Raises:
        ShapeError: there are none.
    """
    found = answer if isinstance(answer, Tensor) else getattr(answer, "logits", None)
    if isinstance(found, Tensor) and found.dim() == 2:
        return found
    got = tuple(found.shape) if isinstance(found, Tensor) else type(answer).__name__
    raise ShapeError(
        "a model that gives logits (b classes), or something with .logits",
        str(got),
        "the model with its classifier",
    )


def classes_of(logits: Tensor, target: Target) -> Tensor | None:
    """Give the class of each image (b) that a target names; None where it is a function.

    Args:
        logits: (b classes).
        target: a class for all images, one for each, or None for the likeliest of each.

    Raises:
        ConfigError: there is no such class, or there are more or fewer than images.
    """
    if callable(target) and not isinstance(target, Tensor):
        return None
    count, classes = logits.shape
    if target is None:
        return logits.argmax(dim=1)
    found = torch.as_tensor(target, device=logits.device)
    if found.dtype.is_floating_point or found.dtype == torch.bool or found.dim() > 1:
        raise ConfigError("a class index, one for each image, or a function", repr(target), "0")
    if found.dim() == 1 and len(found) != count:
        raise ConfigError(f"a class for each of {count} images", str(len(found)), "target=None")
    found = found.long().expand(count)
    wrong = found[(found < 0) | (found >= classes)]
    if len(wrong):
        raise ConfigError(f"a class from 0 to {classes - 1}", str(int(wrong[0])), "target=None")
    return found


def scores_of(logits: Tensor, target: Target) -> Tensor:
    """Make the number that is asked about of each image (b): its logit, or what a function gives.

    Raises:
        ConfigError: there is no such class.
        ShapeError: the function gives something else than one number an image.
    """
    classes = classes_of(logits, target)
    if classes is not None:
        return logits.gather(1, classes[:, None])[:, 0]
    made = target(logits) if callable(target) else None
    if not isinstance(made, Tensor) or made.shape != logits.shape[:1]:
        got = tuple(made.shape) if isinstance(made, Tensor) else type(made).__name__
        raise ShapeError(
            f"a target that gives one number for each of {len(logits)} images",
            str(got),
            "lambda logits: logits[:, 0] - logits[:, 1]",
        )
    return made


def check_settled(model: nn.Module) -> None:
    """Refuse a model that computes something else at each pass.

    Raises:
        ConfigError: it is training.
    """
    if model.training:
        raise ConfigError("a model in eval mode", "one that is training", "model.eval()")
