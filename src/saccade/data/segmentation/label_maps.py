"""Label maps: one file, one class for every pixel of a picture.

Palette PNGs and grey ones hold ids, RGB ones colours that the table of classes knows. A map of
another size than its picture, or with an id or a colour that no class has, is an error that names
the file: learning from it would be learning nonsense.
Axes: h height, w width.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from saccade.data.decode import check_header, shown
from saccade.data.segmentation.classes import UNKNOWN, Colour, PixelClasses, colour_of
from saccade.errors import DataError
from saccade.files import replacing

_IDS = ("P", "L", "1", "I", "I;16", "I;16L", "I;16B", "I;16N")
_LOSSY = ("JPEG", "MPO", "WEBP", "AVIF", "JPEG2000")
_MOST_ID = 65_535


def read_label_map(path: Path, classes: PixelClasses) -> np.ndarray:
    """Read a label map.

    Args:
        path: of the file.
        classes: that its ids or colours stand for.

    Returns:
        The index of each pixel's class, or `VOID`, uint8 (h w).

    Raises:
        DataError: it cannot be read, loses pixels as JPEG does, or says what no class has.
    """
    values, is_colour = _values(path)
    if not is_colour:
        found = classes.of_ids[values]
        unknown = np.unique(values[found == UNKNOWN]).tolist()
        told = ", ".join(map(str, unknown[:8]))
        kind, known = "ids", f"ids from 0 to {max(one.number for one in classes.entries)}"
    else:
        every, places = np.unique(values, return_inverse=True)
        table = [classes.of_colours.get(int(value), UNKNOWN) for value in every]
        found = np.array(table, np.uint8)[places].reshape(values.shape)
        unknown = every[np.array(table) == UNKNOWN].tolist()
        told = ", ".join(str(unpacked(value)) for value in unknown[:4])
        kind, known = "colours", "colours of the table of classes"
    if unknown:
        more = " and others" if len(unknown) > (4 if is_colour else 8) else ""
        hint = "naming them in classes.txt, or --segment.void where they count nowhere"
        raise DataError(f"{known} in the label map {shown(path)}", f"{kind} {told}{more}", hint)
    return found


def check_size(path: Path, size: tuple[int, int], picture: tuple[int, int], name: str) -> None:
    """Refuse a label map that has another size than its picture.

    Args:
        path: of the map.
        size: (width, height) of the map, in pixels.
        picture: (width, height) of the upright picture, in pixels.
        name: of the picture.

    Raises:
        DataError: the sizes differ.
    """
    if size != picture:
        wide, high = picture
        raise DataError(
            f"a label map of {wide} x {high} pixels, as {name}, at {shown(path)}",
            f"{size[0]} x {size[1]}",
            "resizing it without mixing ids (nearest)",
        )


def ids_of(path: Path) -> tuple[list[int], list[Colour]]:
    """List the ids in a label map, and the colours of its palette where it has one.

    Raises:
        DataError: it cannot be read, or holds colours, which need a table of classes.
    """
    values, is_colour = _values(path)
    if is_colour:
        raise DataError(
            f"a table of classes beside the label map {shown(path)}",
            "colours and no table",
            "classes.txt with lines such as Road 128 64 128",
        )
    with Image.open(path) as image:
        flat = (image.getpalette() or []) if image.mode == "P" else []
    colours = [colour_of(flat[place : place + 3]) for place in range(0, len(flat) - 2, 3)]
    return np.unique(values).tolist(), [colour for colour in colours if colour is not None]


def unpacked(value: int) -> Colour:
    """Read a colour that was written as one number."""
    return value >> 16, (value >> 8) & 255, value & 255


def write_label_map(path: Path, labels: np.ndarray, colours: tuple[Colour, ...]) -> None:
    """Write a label map as a palette PNG, whole or not at all.

    Args:
        path: of the file, NAME.png.
        labels: uint8 (h w); pixels above the number of colours are black.
        colours: of each index.

    Raises:
        OutputError: it cannot be written.
    """
    image = Image.fromarray(labels)
    flat = [part for colour in colours for part in colour]
    image.putpalette(flat + [0] * (768 - len(flat)))  # a short one would cut large indices off
    with replacing(path) as temporary:
        image.save(temporary, "PNG", optimize=True)


def _values(path: Path) -> tuple[np.ndarray, bool]:
    """Give the ids or the packed colours of a map, and whether they are colours."""
    check_header(path)
    try:
        with Image.open(path) as image:
            if image.format in _LOSSY:
                raise _unfit(path, f"{image.format}, which changes ids", "PNG")
            image.load()
            coloured = image.mode not in _IDS
            values = np.asarray(image.convert("RGB") if coloured else image).astype(np.int64)
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"a readable label map at {shown(path)}", str(error)) from error
    if coloured:
        red, green, blue = (values[..., band] for band in range(3))
        return (red << 16) + (green << 8) + blue, True
    if int(values.max()) > _MOST_ID or int(values.min()) < 0:
        raise _unfit(path, f"ids up to {values.max()}", f"ids from 0 to {_MOST_ID}")
    return values, False


def _unfit(path: Path, got: str, hint: str) -> DataError:
    return DataError(f"a label map of ids or colours at {shown(path)}", got, hint)
