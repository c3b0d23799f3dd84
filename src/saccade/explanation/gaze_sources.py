"""Maps of whole pictures, wherever they come from: a classic method, a model's view, a file.

What a model did not see of a picture, where its image is cut out of the middle, gets the lowest
entry of its map.
Axes: h rows, w columns.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from saccade.classic.saliency import saliency
from saccade.data.decode import open_picture
from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing, to_array
from saccade.errors import DataError, SaccadeError
from saccade.explanation.explain import explain
from saccade.inspection.mosaic import mosaic

MapSource = Callable[[Path, Image.Image], Tensor]
CLASSIC_SIDE = 800  # pixels of the longer side; larger pictures are brought to it
_ENDINGS = (".npy", ".npz", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Whole:
    """A model that sees whole pictures, their sides squashed to those of its image.

    Args:
        model: the classifier.
        preprocessing: how a picture becomes its input.
    """

    model: nn.Module
    preprocessing: Preprocessing


def squashed(preprocessing: Preprocessing) -> Preprocessing:
    """Let a model see the whole of a picture instead of its middle."""
    return replace(preprocessing, crop_mode="squash", crop_pct=1.0)


def classic_source(method: str, *, side: int = CLASSIC_SIDE) -> MapSource:
    """Give the maps of one of the methods of `classic.saliency`.

    Args:
        method: a name of SALIENCY.
        side: pixels of the longer side; larger pictures are brought to it.
    """

    def source(_path: Path, picture: Image.Image) -> Tensor:
        scale = min(1.0, side / max(picture.size))
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        smaller = picture.resize(size, Image.Resampling.BOX) if scale < 1 else picture
        pixels = torch.from_numpy(to_array(smaller.convert("RGB")))
        return saliency(pixels[None].float() / 255, method)[0]

    return source


def view_source(model: Whole, view: str, *, options: Mapping[str, Any] | None = None) -> MapSource:
    """Give the maps of one way to explain a model's likeliest answer.

    Args:
        model: the classifier, with its own preprocessing or a squashed one.
        view: one of `explanation.METHODS`.
        options: of the method, by name.
    """

    def source(path: Path, _picture: Image.Image) -> Tensor:
        found = explain(model, [path], method=view, options=options, honest=False)
        values = found.map if found.pixels is None else found.pixels
        return over_picture(values[0].detach().float().cpu(), found.geometries[0])

    return source


def file_source(folder: Path) -> MapSource:
    """Give maps that lie in a folder, each named as its picture: .npy, .npz or a grey picture.

    An npz holds one array, or one that is called map. Beside a map that `saccade explain` wrote
    lies a .json, which says what part of the picture it covers; every other map covers all of it.

    Raises:
        DataError: there is no such folder, or, when a map is asked for, none that can be read.
    """
    if not folder.is_dir():
        raise DataError(f"a folder of maps at {folder}", "none", "a folder with .npy or .png files")

    def source(path: Path, _picture: Image.Image) -> Tensor:
        files = (folder / f"{path.stem}{ending}" for ending in _ENDINGS)
        file = next((one for one in files if one.is_file()), None)
        if file is None:
            raise DataError(
                f"a map of {path.name} in {folder}", "none", f"a file {path.stem}.npy or .png"
            )
        values = _read(file)
        geometry = _geometry(file.with_suffix(".json"))
        return values if geometry is None else over_picture(values, geometry)

    return source


def over_picture(values: Tensor, geometry: Geometry) -> Tensor:
    """Lay a map of a model's image (h w) over the whole picture (h w), in its pixels."""
    laid = mosaic(values[None], [geometry])
    return torch.where(laid.isnan(), values.min(), laid)


def _read(file: Path) -> Tensor:
    try:
        if file.suffix in (".npy", ".npz"):
            found = np.load(file, allow_pickle=False)
            names = [] if isinstance(found, np.ndarray) else found.files
            array = found[("map" if "map" in names else names[0])] if names else found
            values = torch.from_numpy(np.asarray(array, dtype=np.float64))
        else:
            values = torch.from_numpy(np.asarray(open_picture(file)[0].convert("F")).copy())
    except SaccadeError:
        raise
    except (OSError, ValueError, IndexError, TypeError, EOFError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"a map in {file.name}", words, "an array of rows and columns") from error
    if values.dim() != 2 or not values.numel() or not bool(values.isfinite().all()):
        got = f"axes {tuple(values.shape)}" if values.dim() != 2 else "none, or entries that are no"
        raise DataError(f"finite numbers (rows, columns) in {file.name}", got, "np.save(file, map)")
    return values


def _geometry(file: Path) -> Geometry | None:
    """What part of the picture a map covers, where a file says so."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Geometry.from_dict(told["geometry"])
    except (OSError, ValueError, KeyError, TypeError, DataError):
        return None
