"""Segmenter: pictures in, a label for each of their pixels out.

Axes: b picture, k classes, h height, w width; r passes of the attention, i and j positions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saccade.checkpoints.pixel_weights import PixelWeights, load_pixels
from saccade.data.decode import open_picture, shown
from saccade.data.geometry import Geometry
from saccade.data.segmentation.joint import labels_of
from saccade.data.sets import BadFile
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.inspection.drawing import draw
from saccade.inspection.record import record


@dataclass(frozen=True, slots=True)
class Segmented:
    """What a network says of one picture.

    Args:
        name: of the picture.
        picture: upright, 8-bit RGB.
        labels: index of each pixel's class, uint8 (h w), of the picture's own size.
        shares: of the pixels that have each class, 0-1, in the order of the classes.
        geometry: from the picture to the model's image.
    """

    name: str
    picture: Image.Image
    labels: np.ndarray
    shares: tuple[float, ...]
    geometry: Geometry


@dataclass(kw_only=True)
class Segmenter:
    """A network that labels pixels, with its preprocessing, names and colours.

    Args:
        weights: as `load_pixels` gives them.
        bad: pictures that could not be read so far.
    """

    weights: PixelWeights
    bad: list[BadFile] = field(default_factory=list)

    @classmethod
    def load(cls, path: str | Path) -> "Segmenter":
        """Load the weights of a run.

        Raises:
            CheckpointError: there are none, or they are of another kind.
        """
        return cls(weights=load_pixels(path))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.weights.classes.names

    @property
    def colours(self) -> tuple[tuple[int, int, int], ...]:
        """Colours of the classes, 0-255."""
        return self.weights.classes.colours

    def __call__(self, picture: str | Path | Image.Image) -> Segmented:
        """Label the pixels of one picture.

        Raises:
            DataError: it cannot be read.
        """
        if isinstance(picture, Image.Image):
            image = picture.convert("RGB")
            return self._answers([("picture", image, Geometry.of(image.size))])[0]
        return self._answers([(shown(picture), *open_picture(Path(picture)))])[0]

    def segment(self, paths: Sequence[str | Path], *, batch_size: int = 4) -> Iterator[Segmented]:
        """Label the pixels of pictures; broken ones are left out and named in `bad`.

        Args:
            paths: picture files.
            batch_size: pictures at a time.

        Raises:
            ConfigError: the batch size is below 1.
        """
        if batch_size < 1:
            raise ConfigError("a batch_size of at least 1", str(batch_size), "batch_size=4")
        for begin in range(0, len(paths), batch_size):
            ready = []
            for path in paths[begin : begin + batch_size]:
                try:
                    ready.append((shown(path), *open_picture(Path(path))))
                except DataError as error:
                    self.bad.append(BadFile(shown(path), error.got))
            yield from self._answers(ready)

    def looked(self, found: Segmented, point: tuple[float, float]) -> Image.Image:
        """Draw over a picture where the head looked for one of its pixels.

        Of several passes of criss-cross attention it is drawn what they read together.

        Args:
            found: the picture.
            point: (x, y) in its pixels.

        Raises:
            DataError: the point is not in the picture.
            TraceError: the head has no attention.
        """
        wide, high = found.picture.size
        if not (0 <= point[0] < wide and 0 <= point[1] < high):
            got = f"{point[0]:g},{point[1]:g}"
            raise DataError(f"a point in a picture of {wide} x {high} pixels", got)
        model = self.weights.model
        images, _ = self._images([(found.name, found.picture, Geometry.of(found.picture.size))])
        with torch.inference_mode(), record(model.get_submodule("head")) as trace:
            model(images)
        layer = trace.layers[-1]
        seen = replace(layer, size=self.weights.preprocessing.img_size)
        at = found.geometry.upright_to_model(point[0] + 0.5, point[1] + 0.5)
        return draw(seen, found.picture, found.geometry, at=at, side=max(wide, high))

    def _images(
        self, ready: Sequence[tuple[str, Image.Image, Geometry]]
    ) -> tuple[Tensor, list[Geometry]]:
        """Bring pictures to the model's size; give their geometries too."""
        pixels = self.weights.preprocessing
        seen = [pixels.apply(picture, geometry) for _, picture, geometry in ready]
        images = torch.from_numpy(np.stack([array for array, _ in seen]))
        device = next(self.weights.model.parameters()).device
        return pixels.normalize(images.to(device)), [geometry for _, geometry in seen]

    def _answers(self, ready: Sequence[tuple[str, Image.Image, Geometry]]) -> list[Segmented]:
        if not ready:
            return []
        images, geometries = self._images(ready)
        with torch.inference_mode():
            logits = self.weights.model(images).float().cpu()
        if not bool(logits.isfinite().all()):
            raise CheckpointError(
                f"weights that give numbers in {self.weights.origin}", "logits that are none"
            )
        found = []
        for (name, picture, _), own, geometry in zip(ready, logits, geometries, strict=True):
            labels = labels_of(own, geometry).numpy()
            counts = np.bincount(labels.ravel(), minlength=len(self.names))
            shares = tuple((counts / labels.size).tolist())
            found.append(Segmented(name, picture, labels, shares, geometry))
        return found
