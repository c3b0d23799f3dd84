"""How much memory a run will need, from its model and one picture.

    memory = weights + gradients + optimizer + average + batch x (one picture's activations)

Weights, gradients and average are 4 bytes a number, the optimizer 8 (AdamW, LAMB: two moments) or 4
(SGD: one); only weights that learn have the last three. Activations are what the forward pass keeps
for the backward pass: they are counted while the model sees one picture, and two, whose difference
is a picture's. Not counted: what single operators need for a moment, and the libraries themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from saccade.training.config import TrainConfig

_FLOAT = 4
_MOMENTS = {"adamw": 2, "lamb": 2, "sgd": 1}
_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Memory of a run.

    Args:
        terms: bytes by name.
        free: bytes that the device has left; None where that cannot be told.
    """

    terms: Mapping[str, int]
    free: int | None

    @property
    def total(self) -> int:
        """Bytes of all terms."""
        return sum(self.terms.values())


def forecast(
    model: nn.Module,
    config: TrainConfig,
    image: Tensor,
    *,
    device: torch.device,
) -> Forecast:
    """Forecast the memory of one process of a run.

    Args:
        model: as it will learn; frozen weights need no gradient.
        config: with nothing left open.
        image: one picture as the model takes it, (1 c h w).
        device: that the run will be on.
    """
    parameters = list(model.parameters())
    learning = sum(value.numel() for value in parameters if value.requires_grad)
    held = sum(value.nbytes for value in (*parameters, *model.buffers()))
    per_picture, once = _activations(model, config, image)
    batch = config.batch_size or 1
    opt = config.opt or "adamw"
    terms = {
        "weights": held,
        "gradients": _FLOAT * learning,
        f"optimizer ({opt})": _FLOAT * learning * _MOMENTS[opt],
        "average of the weights": held if config.ema_decay else 0,
        f"activations (batch of {batch})": once + batch * per_picture,
        "pictures": batch * image.nbytes,
    }
    return Forecast({name: size for name, size in terms.items() if size}, free_memory(device))


def kept_bytes(model: nn.Module, images: Tensor, config: TrainConfig) -> int:
    """Count the bytes that a forward pass keeps for the backward pass, each storage once.

    Args:
        model: in the mode in which it learns.
        images: (b c h w).
        config: tells whether to compute in fewer bits.
    """
    own = {value.untyped_storage().data_ptr() for value in (*model.parameters(), *model.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = value
        return value

    bits = _TYPES[config.amp_dtype]
    with (
        torch.enable_grad(),
        torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value),
        torch.autocast(images.device.type, bits, enabled=bool(config.amp)),
    ):
        answer = model(images)
    del answer
    return sum(value.untyped_storage().nbytes() for value in kept.values())


def _activations(model: nn.Module, config: TrainConfig, image: Tensor) -> tuple[int, int]:
    """Bytes for each picture, and once; what the loss keeps is as small as the answers."""
    one = kept_bytes(model, image, config)
    two = kept_bytes(model, image.repeat(2, 1, 1, 1), config)
    return two - one, max(2 * one - two, 0)


def free_memory(device: torch.device) -> int | None:
    """Tell how many bytes a device has left; None where that cannot be told."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu" or not _MEMINFO.is_file():
        return None
    rows = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines() if ":" in line)
    told = rows.get("MemAvailable")
    return None if told is None else int(told.split()[0]) * 1024


def size_words(size: float) -> str:
    """Write bytes as people read them, such as "1.3 GiB"."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} GiB"
