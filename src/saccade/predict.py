"""Predictor: pictures in, classes and attention out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageOps
from torch import Tensor

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import LoadReport
from saccade.checkpoints.load import load_model
from saccade.data.decode import open_picture, shown, to_rgb
from saccade.data.geometry import Geometry
from saccade.data.images import BadFile
from saccade.data.ready import ReadyPicture, as_images, prepared, ready_pictures
from saccade.data.transforms import Exif, Preprocessing
from saccade.errors import CheckpointError, ConfigError, DataError, SaccadeError, TraceError
from saccade.inspection.record import record
from saccade.inspection.trace import Trace
from saccade.layers.positions import ResizeRule
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one picture.

    Args:
        name: of the picture.
        logits: of all classes (classes).
        top: (class name, class index, probability 0-1), the likeliest first.
        present: names of the classes that the picture has, where it may have any number of them and
            the weights know from which probability on; None otherwise.
    """

    name: str
    logits: Tensor
    top: tuple[tuple[str, int, float], ...]
    present: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A batch of pictures, what the model says of each, and where it looked.

    Args:
        predictions: one for each picture.
        pictures: the originals, upright unless the preprocessing ignores EXIF.
        geometries: how each was cut to what the model's patches cover.
        trace: the attention, when it was recorded.
    """

    predictions: tuple[Prediction, ...]
    pictures: tuple[Image.Image, ...]
    geometries: tuple[Geometry, ...]
    trace: Trace | None


@dataclass(kw_only=True)
class Predictor:
    """A model with its preprocessing and class names.

    Args:
        model: a classifier in eval mode.
        preprocessing: how a picture becomes the model's input.
        classes: their names, in the order of the logits.
        name: of the model, for people.
        origin: the file that the weights came from.
        bad: pictures that could not be read so far, each named once.
        report: what became of each tensor when the weights were loaded.
        named: whether the classes have names; False where they are only counted.
        thresholds: from which probability on a picture has each class, 0-1, for a model that
            learned to give a picture any number of labels. Each class is then judged by itself, by
            a sigmoid; without them the probabilities of a picture sum to one.
    """

    model: Classifier
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    name: str
    origin: str = ""
    bad: list[BadFile] = field(default_factory=list)
    report: LoadReport | None = None
    named: bool = True
    thresholds: tuple[float, ...] = ()

    def __call__(self, picture: str | Path | Image.Image, *, top: int = 5) -> Prediction:
        """Classify one picture.

        Raises:
            DataError: the picture cannot be read.
        """
        _check(top, batch_size=1)
        if isinstance(picture, Image.Image):
            ready = self._prepared(*_upright(picture, self.preprocessing.exif), "picture")
        else:
            ready = self._prepared(*open_picture(Path(picture)), shown(picture))
        return self._view([ready], top=top, watch=False).predictions[0]

    def predict(
        self, paths: Sequence[str | Path], *, top: int = 5, batch_size: int = 16
    ) -> Iterator[Prediction]:
        """Classify pictures; the broken ones are left out and named in `bad`.

        Args:
            paths: picture files.
            top: how many classes to list for each.
            batch_size: pictures at a time.
        """
        _check(top, batch_size)
        for batch in self._readable(paths, batch_size):
            yield from self._view(batch, top=top, watch=False).predictions

    def look(
        self, paths: Sequence[str | Path], *, top: int = 5, batch_size: int = 8
    ) -> Iterator[View]:
        """Classify pictures and record the attention of every layer, a batch at a time."""
        _check(top, batch_size)
        for batch in self._readable(paths, batch_size):
            yield self._view(batch, top=top, watch=True)

    def _readable(
        self, paths: Sequence[str | Path], batch_size: int
    ) -> Iterator[list[ReadyPicture]]:
        return ready_pictures(paths, self._prepared, batch_size, self.bad)

    def _prepared(self, picture: Image.Image, geometry: Geometry, name: str) -> ReadyPicture:
        settings, canvas = self.preprocessing, self.model.canvas
        return prepared(picture, geometry, name, preprocessing=settings, canvas=canvas)

    def _view(self, batch: Sequence[ReadyPicture], *, top: int, watch: bool) -> View:
        images = as_images(batch, self.preprocessing)
        device = next(self.model.parameters()).device
        trace = None
        with torch.inference_mode():
            if watch:
                logits, trace = self._watched(images.to(device))
                trace.names = tuple(one.name for one in batch)
                trace.geometries = tuple(one.geometry.to_dict() for one in batch)
            else:
                logits = self.model(images.to(device))
        logits = self._numbers(logits)
        said = tuple(
            self._prediction(one.name, row, top) for one, row in zip(batch, logits, strict=True)
        )
        pictures = tuple(one.picture for one in batch)
        return View(said, pictures, tuple(one.geometry for one in batch), trace)

    def _watched(self, images: Tensor) -> tuple[Tensor, Trace]:
        try:
            with record(self.model) as trace:
                return self.model(images), trace
        except TraceError:
            self._numbers(self.model(images))  # weights that give none are the better reason
            raise

    def _numbers(self, logits: Tensor) -> Tensor:
        """Bring logits to main memory, if they are numbers."""
        logits = logits.float().cpu()
        if not bool(logits.isfinite().all()):
            raise CheckpointError(
                f"weights that give numbers in {self.origin or self.name}",
                "logits that are none",
                "a checkpoint of an earlier epoch",
            )
        return logits

    def _prediction(self, name: str, logits: Tensor, top: int) -> Prediction:
        each = logits.sigmoid() if self.thresholds else logits.softmax(dim=0)
        probability, index = each.topk(min(top, len(logits)))
        pairs = zip(index.tolist(), probability.tolist(), strict=True)
        likeliest = tuple((self.classes[i], i, p) for i, p in pairs)
        if not self.thresholds:
            return Prediction(name, logits, likeliest)
        judged = zip(self.classes, each.tolist(), self.thresholds, strict=True)
        present = tuple(label for label, value, least in judged if value >= least)
        return Prediction(name, logits, likeliest, present)


def load(
    path: str | Path,
    *,
    model: str | None = None,
    classes: Sequence[str] | None = None,
    pos_resize: ResizeRule | None = None,
    allow_partial: bool = False,
    **changes: object,
) -> Predictor:
    """Load weights of any origin, ready to classify and to be looked into.

    Args:
        path: a weight file, the folder of a run (its best weights are taken) or of a model, or an
            id of the Hugging Face hub, such as "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k".
        model: the model's name, for weights that do not say it and fit several.
        classes: names of the classes, for weights that do not say them.
        pos_resize: whose convention resizes the positions when `img_size` differs from that of the
            weights; that of their origin when None.
        allow_partial: let tensors that are missing start with random numbers.
        **changes: fields of the model's config that shall differ, such as `img_size=384` or
            `num_classes=10`.

    Raises:
        CheckpointError: the weights cannot be read, or do not fit the model whole.
    """
    loaded = load_model(
        path, model=model, changes=changes, pos_resize=pos_resize, allow_partial=allow_partial
    )
    network, card = loaded.model.eval(), loaded.card
    if CATALOG[network.name].task == "segment":
        got = f"{network.name}, which labels pixels"
        raise CheckpointError(f"a classifier in {path}", got, "saccade segment")
    preprocessing = _preprocessing(card.preprocessing, network, str(path))
    count = int(network.config.num_classes)
    names = tuple(classes or card.classes or (str(i) for i in range(count)))
    if len(names) != count:
        raise CheckpointError(f"{count} class names for {path}", str(len(names)), "classes=[...]")
    return Predictor(
        model=network,
        preprocessing=preprocessing,
        classes=names,
        name=network.name,
        origin=str(loaded.report.files[0] if loaded.report.files else path),
        report=loaded.report,
        named=bool(classes or card.classes),
        thresholds=_thresholds(card, len(names)),
    )


def _thresholds(card: Card, count: int) -> tuple[float, ...]:
    """Read the thresholds that a run found on its validation pictures, if they fit the classes."""
    found = card.training.get("thresholds") or ()
    return tuple(float(one) for one in found) if len(found) == count else ()


def _check(top: int, batch_size: int) -> None:
    if top < 1 or batch_size < 1:
        raise ConfigError(
            "top and batch_size of at least 1", f"{top} and {batch_size}", "top=5, batch_size=8"
        )


def _upright(picture: Image.Image, exif: Exif) -> tuple[Image.Image, Geometry]:
    """Turn a picture in memory as `open_picture` does one in a file, unless that is ignored."""
    try:
        upright = to_rgb(ImageOps.exif_transpose(picture) if exif == "apply" else picture)
    except SaccadeError:
        raise
    except Exception as error:  # Pillow reads lazily, so a damaged file breaks only here
        raise DataError("a readable picture", str(error), "another picture") from error
    return upright, Geometry.of(upright.size)


def _preprocessing(saved: Mapping[str, Any], network: Classifier, file: str) -> Preprocessing:
    """Read the preprocessing of a file, for the size and the channels that the model takes."""
    values = {**saved, "img_size": network.config.image, "in_chans": network.config.in_chans}
    try:
        for name in ("mean", "std"):
            own = [float(value) for value in values.get(name, (0.5,))]
            values[name] = own if len(own) == values["in_chans"] else [sum(own) / len(own)]
        return Preprocessing.from_dict(values)
    except (SaccadeError, TypeError, ValueError, ArithmeticError) as error:
        raise CheckpointError(
            f"the preprocessing of pictures in {file}",
            f"one that cannot work ({error})",
            "the version of saccade that wrote it, or another copy of the file",
        ) from error
