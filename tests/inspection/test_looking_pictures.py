"""Points of stored pictures, against pictures whose pixels say where they were stored."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection import Trace, record
from saccade.layers.tokens import TokenLayout
from saccade.models import build

STORED = (48, 36)  # width, height


def numbered(orientation: int) -> Image.Image:
    """A picture whose red and green are the column and row in its file, as people see it."""
    pixels = np.zeros((STORED[1], STORED[0], 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = np.meshgrid(np.arange(STORED[0]), np.arange(STORED[1]))
    pixels[..., 2] = 1  # what is padded has 0
    picture = Image.fromarray(pixels)
    picture.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(picture)


def seen_by(orientation: int, mirror: bool) -> tuple[np.ndarray, Geometry]:
    """Resize, crop to a rectangle, pad and mirror, once with pillow and once on paper."""
    picture, geometry = numbered(orientation), Geometry.of(STORED, orientation)
    size = (picture.width // 2, picture.height // 2)
    picture = picture.resize(size, Image.Resampling.NEAREST).crop((2, 1, 2 + 14, 1 + 12))
    picture = ImageOps.expand(picture, (1, 2, 1, 2), (0, 0, 0))
    geometry = geometry.resized(size).cropped(2, 1, (14, 12)).padded(1, 2, 1, 2)
    if mirror:
        picture, geometry = ImageOps.mirror(picture), geometry.mirrored()
    return np.asarray(picture), geometry


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mirror", [False, True])
def test_every_pixel_that_the_model_sees(orientation: int, mirror: bool) -> None:
    """Each point of the file looks at what the cell looks at in which the model sees its pixel."""
    pixels, geometry = seen_by(orientation, mirror)
    maps = torch.rand(1, 2, 16, 16).softmax(-1)
    trace = Trace(size=(16, 16), geometries=(geometry.to_dict(),))
    trace.layout = TokenLayout((), (4, 4), (4, 4))
    trace.add("attn", ("b", "heads", "i", "j"), maps)
    seen = 0
    for row, column in np.argwhere(pixels[..., 2] == 1)[::7]:
        x, y = (float(value) + 0.5 for value in pixels[row, column, :2])
        cell = (int(row) // 4, int(column) // 4)
        (look,), (back,) = trace.at(x, y), trace.to(x, y)
        assert look.cell == back.cell == cell
        query = cell[0] * 4 + cell[1]
        assert torch.equal(look.weights.flatten(1), maps[0, :, query])
        assert torch.equal(back.weights.flatten(1), maps[0, :, :, query])
        seen += 1
    assert seen > 20


def test_what_the_crop_left_out_is_refused() -> None:
    pixels, geometry = seen_by(6, mirror=False)
    trace = Trace(build("vit_pico_patch2_8").layout, size=(16, 16))
    trace.geometries = (geometry.to_dict(),)
    trace.add("attn", ("b", "heads", "i", "j"), torch.rand(1, 2, 17, 17).softmax(-1))
    kept = {(int(x), int(y)) for x, y, inside in pixels.reshape(-1, 3) if inside}
    assert (0, 0) not in kept
    with pytest.raises(TraceError, match="a point of the picture that the crop kept"):
        trace.at(0.5, 0.5)


def test_tiles_are_images_with_geometries_of_their_own(drawn, normal) -> None:
    """A picture in four tiles: the tile that holds a point is asked, and answers alike."""
    model = drawn(build("vit_pico_patch2_8"), 0.1)
    picture, whole = normal(3, 16, 16), Geometry.of((16, 16))
    corners = [(0, 0), (8, 0), (0, 8), (8, 8)]
    tiles = [whole.cropped(left, top, (8, 8)) for left, top in corners]
    images = torch.stack([picture[:, y : y + 8, x : x + 8] for x, y in corners])
    with record(model) as trace:
        model(images)
    trace.geometries = tuple(one.to_dict() for one in tiles)
    with record(model) as alone:
        model(images[2:3])
    for mine, their in zip(trace.at(3.0, 13.0, image=2), alone.at(3.0, 5.0), strict=True):
        assert mine.cell == their.cell == (2, 1)
        torch.testing.assert_close(mine.weights, their.weights)
    with pytest.raises(TraceError, match="inside the model's 8x8 image"):
        trace.at(3.0, 13.0, image=1)
