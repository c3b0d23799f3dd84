"""What spatial transformers look at: the warped grid on each picture, and beside it what is read.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, table 1 and figure 1.
Axes: h height, w width; a point is (x, y) in -1…1 of what the model saw.
Differs: what is read is drawn from the picture itself, so it is sharper than the model's map, which
is as coarse as its input. Outside of the picture it is black.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.files import check_writable, write_bytes
from saccade.inspection.drawing import draw
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.pictures import Mesh, pictures
from saccade.predict import Predictor

_GAP = 8
_GROUND = (255, 255, 255)


def warped_picture(
    picture: Image.Image, points: Tensor, geometry: Geometry | None = None, *, side: int = 240
) -> Image.Image:
    """Cut, turn and bend a picture as a warp does.

    Args:
        picture: the upright original.
        points: where each position of the output looks (h w xy), in -1…1 of what the model saw.
        geometry: how the model's image was cut from the picture; the whole picture when None.
        side: pixels of the longer side of what is returned.

    Returns:
        An RGB picture with the aspect of the output.
    """
    left, top, right, bottom = (geometry or Geometry.of(picture.size)).box
    rows, columns = points.shape[:2]
    size = (round(side * rows / max(rows, columns)), round(side * columns / max(rows, columns)))
    fine = F.interpolate(points.float().movedim(-1, 0)[None], size, mode="bilinear")[0]
    x = left + (fine[0] + 1) / 2 * (right - left)
    y = top + (fine[1] + 1) / 2 * (bottom - top)
    grid = torch.stack((2 * x / picture.width - 1, 2 * y / picture.height - 1), dim=-1)
    pixels = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).float()
    read = F.grid_sample(pixels[None], grid[None].nan_to_num(4.0).clamp(-4, 4), align_corners=False)
    return Image.fromarray(read[0].permute(1, 2, 0).round().byte().numpy())


def warp_figure(
    layer: LayerMap,
    picture: Image.Image,
    geometry: Geometry | None = None,
    *,
    image: int = 0,
    side: int = 240,
) -> Image.Image:
    """Draw the grid of a warp on its picture, and beside it what is read there.

    Args:
        layer: of a trace, a warp.
        picture: the upright original.
        geometry: how the model's image was cut from it; the whole picture when None.
        image: which image of the trace, from 0.
        side: pixels of the longer side of each panel.

    Returns:
        An RGB picture: the grids of all parallel warps on the picture, then a panel for each.

    Raises:
        TraceError: the layer is no warp, or there is no such image.
    """
    found = [one for one in pictures(layer, image) if isinstance(one, Mesh)]
    if not found:
        raise TraceError(f"a warp in {layer.name}", f"({' '.join(layer.axes)})", "another layer")
    panels = [draw(layer, picture, geometry, image=image, kind="mesh", side=side)]
    panels += [warped_picture(picture, part, geometry, side=side) for part in found[0].points]
    return joined(panels, down=False)


def write_warps(
    predictor: Predictor, paths: Sequence[Path], out: Path, *, batch_size: int = 8, side: int = 240
) -> int:
    """Write a figure of every warp of a model on pictures, one below the other, as PNG.

    Args:
        predictor: the model.
        paths: picture files; broken ones are left out and named in `predictor.bad`.
        out: the file, which ends in .png.
        batch_size: pictures at a time.
        side: pixels of the longer side of each panel.

    Returns:
        How many figures there are.

    Raises:
        TraceError: the model has no spatial transformer, or no picture could be read.
        ConfigError: the file ends otherwise.
        OutputError: the file cannot be written.
    """
    check_writable(out, (".png",))
    figures = []
    for view in predictor.look(paths, batch_size=batch_size):
        layers = [] if view.trace is None else view.trace.layers
        warps = [layer for layer in layers if layer.axes[-1] == "coordinate"]
        if not warps:
            wanted = f"a spatial transformer in {predictor.name}"
            raise TraceError(wanted, "none", "leaving out --warps, or st_cnn_affine")
        for image, (picture, geometry) in enumerate(
            zip(view.pictures, view.geometries, strict=True)
        ):
            figures += [
                warp_figure(layer, picture, geometry, image=image, side=side) for layer in warps
            ]
    if not figures:
        raise TraceError("a picture that can be read", "none", "other pictures")
    file = io.BytesIO()
    joined(figures, down=True).save(file, "PNG")
    write_bytes(out, file.getvalue())
    return len(figures)


def joined(panels: Sequence[Image.Image], *, down: bool) -> Image.Image:
    """Put pictures beside each other, or one below the other, on a white ground."""
    along = [panel.height if down else panel.width for panel in panels]
    across = max(panel.width if down else panel.height for panel in panels)
    length = sum(along) + _GAP * (len(panels) - 1)
    sheet = Image.new("RGB", (across, length) if down else (length, across), _GROUND)
    place = 0
    for panel, size in zip(panels, along, strict=True):
        sheet.paste(panel, (0, place) if down else (place, 0))
        place += size + _GAP
    return sheet
