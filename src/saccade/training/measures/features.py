"""What a model makes of pictures before its head: one vector each, computed once.

Sources: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, appendix F (class tokens of the last four blocks side by side); Chen et al.,
"Generative Pretraining from Pixels", ICML 2020, section 3.3 (mean of a middle layer).
Axes: b batch, c channels, h height, w width, n pictures, d features.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from saccade.data.batches import Batches
from saccade.data.folders import FolderImages
from saccade.data.sets import ArrayImages, ImageSet
from saccade.errors import ConfigError, DataError
from saccade.files import write_bytes
from saccade.models.classifier import Classifier
from saccade.training.facts import fingerprint
from saccade.training.modes import evaluating

Take = Literal["head", "cls", "mean", "cls+mean"]
Tick = Callable[[int], None]


class Features(NamedTuple):
    """Vectors of pictures, and their labels.

    Attributes:
        features: float32 (n d), on the CPU.
        labels: int64 (n), -1 where unknown; or (n classes) where a picture may have several.
    """

    features: Tensor
    labels: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Which vector of a model stands for a picture.

    Args:
        take: "head" for what the head sees; "cls" for the first special token; "mean" for the
            mean over the patches, or over a map; "cls+mean" for both side by side.
        layers: the last so many blocks or stages, or which ones, negative ones from the end,
            side by side and each after the last norm; the end of the network when None. Only with
            another `take` than "head".

    Raises:
        ConfigError: a value that cannot work.
    """

    take: Take = "head"
    layers: int | tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.take not in get_args(Take):
            raise ConfigError(f"take in {get_args(Take)}", repr(self.take), 'take="cls"')
        if self.take == "head" and self.layers is not None:
            raise ConfigError("take cls, mean or cls+mean with layers", "take='head'", "take=mean")

    def of(self, model: nn.Module, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d).

        Raises:
            ConfigError: the model has no such layer or token.
        """
        if not isinstance(model, Classifier):
            raise ConfigError("a classifier of this library", type(model).__name__, "its model")
        if self.take == "head":
            return model.features(images)
        steps = model.forward_intermediates(
            images,
            indices=1 if self.layers is None else self.layers,
            norm=True,
            stop_early=True,
            output_fmt="NLC",
            return_prefix_tokens=True,
            intermediates_only=True,
        )
        return torch.cat([part for step in steps for part in self._parts(step)], dim=1)

    def _parts(self, step: object) -> list[Tensor]:
        """Make vectors of what a layer gives: patches (b n d), or these and special tokens."""
        patches: Tensor
        special: Tensor | None
        patches, special = step if isinstance(step, tuple) else (step, None)
        mean = patches.mean(dim=1)
        if self.take == "mean":
            return [mean]
        if special is None:
            raise ConfigError("a model with a class token", "one without", 'take="mean"')
        return [special[:, 0]] if self.take == "cls" else [special[:, 0], mean]


HEAD = Reading()


def features_of(
    model: nn.Module,
    batches: Batches,
    *,
    reading: Reading = HEAD,
    tick: Tick | None = None,
    cache: Path | None = None,
) -> Features:
    """Turn pictures into vectors, without gradients and with dropout and the like off.

    Args:
        model: it is left in the mode it was in.
        batches: prepared for the model; their epoch 0 is read.
        reading: which vector.
        tick: called after each batch with its position; not at all when the cache knows them.
        cache: folder in which vectors are kept for the next time, if any. They are found again by
            the weights, the reading, the preprocessing and the pictures; of pictures in files by
            name, size and time of change. Changed pictures are never kept.

    Raises:
        DataError: no picture can be read.
        ConfigError: the model has no such layer or token.
        OutputError: the cache cannot be written.
    """
    if cache is None or batches.augmentation is not None:
        return _computed(model, batches, reading, tick)
    path = cache / f"features-{_key(model, batches, reading)}.safetensors"
    kept = _kept(path)
    if kept is None:
        kept = _computed(model, batches, reading, tick)
        write_bytes(path, save({"features": kept.features, "labels": kept.labels}))
    return kept


def _computed(model: nn.Module, batches: Batches, reading: Reading, tick: Tick | None) -> Features:
    device = next(model.parameters()).device
    vectors: list[Tensor] = []
    labels: list[Tensor] = []
    with evaluating(model), torch.no_grad():
        for batch in batches.epoch(0):
            if len(batch):
                images = batches.preprocessing.normalize(batch.images.to(device))
                vectors.append(reading.of(model, images).float().cpu())
                labels.append(batch.labels)
            if tick is not None:
                tick(batch.position)
    if not vectors:
        raise DataError(f"pictures in {batches.images.name}", "none that can be read")
    return Features(torch.cat(vectors), torch.cat(labels))


def _kept(path: Path) -> Features | None:
    """Read a file of the cache; one that is damaged counts as missing."""
    try:
        found = load_file(path)
        return Features(found["features"], found["labels"])
    except (OSError, SafetensorError, KeyError):
        return None


def _key(model: nn.Module, batches: Batches, reading: Reading) -> str:
    """Name everything that the vectors depend on."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    settings = batches.preprocessing.to_dict()
    config = str(getattr(model, "config", ""))
    told = [settings, config, reading.take, reading.layers, batches.seed]
    digest.update(json.dumps(told, sort_keys=True).encode())
    digest.update(fingerprint(batches.images).encode())
    _add_pixels(digest, batches.images)
    return digest.hexdigest()[:32]


def _add_pixels(digest: "hashlib._Hash", images: ImageSet) -> None:
    if isinstance(images, ArrayImages):
        digest.update(images.pixels[images.rows].tobytes())
    elif isinstance(images, FolderImages):
        for index in range(len(images)):
            try:
                found = images.path(index).stat()
            except OSError:
                continue  # a missing file is a bad picture, which is left out anyway
            digest.update(f"{index} {found.st_size} {found.st_mtime_ns}".encode())


def layers_from(text: str | int | Sequence[int] | None) -> int | tuple[int, ...] | None:
    """Read the layers that a command line names: "4" for the last four, "2,5" for which ones.

    Raises:
        ConfigError: it is no number or list of numbers.
    """
    if text is None or isinstance(text, int):
        return text
    if not isinstance(text, str):
        return tuple(text)
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError("numbers of layers", repr(text), '"4" or "2,5"') from error
    return numbers if "," in text else numbers[0]
