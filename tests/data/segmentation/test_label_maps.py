"""Label maps: ids, palettes and colours; what is wrong names the file."""

import numpy as np
import pytest
from PIL import Image

from saccade.data.segmentation.classes import VOID, PixelClass, PixelClasses
from saccade.data.segmentation.label_maps import (
    check_size,
    ids_of,
    read_label_map,
    unpacked,
    write_label_map,
)
from saccade.errors import DataError

CLASSES = PixelClasses(
    (PixelClass("a", 0, (10, 0, 0)), PixelClass("b", 3, (0, 20, 0)), PixelClass("n", 9, void=True))
)
IDS = np.array([[0, 3, 9], [3, 255, 0]], np.uint8)
RIGHT = np.array([[0, 1, VOID], [1, VOID, 0]], np.uint8)


@pytest.mark.parametrize("mode", ["L", "P", "I;16"])
def test_ids(mode: str, tmp_path) -> None:
    path = tmp_path / "map.png"
    if mode == "I;16":
        Image.fromarray(IDS.astype(np.uint16)).save(path)
    else:
        image = Image.fromarray(IDS)
        if mode == "P":
            image.putpalette([7] * 768)
        image.save(path)
    found = read_label_map(path, CLASSES)
    assert found.dtype == np.uint8
    assert np.array_equal(found, RIGHT)


def test_colours(tmp_path) -> None:
    pixels = np.array([[[10, 0, 0], [0, 20, 0]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "map.png")
    assert read_label_map(tmp_path / "map.png", CLASSES).tolist() == [[0, 1]]


def test_what_no_class_has_is_told_with_the_file(tmp_path) -> None:
    path = tmp_path / "strange.png"
    Image.fromarray(np.array([[0, 5]], np.uint8)).save(path)
    with pytest.raises(DataError, match=r"in the label map .*strange.png, got ids 5; try naming"):
        read_label_map(path, CLASSES)
    Image.fromarray(np.array([[[10, 0, 0], [1, 2, 3]]], np.uint8)).save(path)
    with pytest.raises(DataError, match=r"strange.png, got colours \(1, 2, 3\)"):
        read_label_map(path, CLASSES)


def test_files_that_are_no_label_maps(tmp_path) -> None:
    path = tmp_path / "map.jpg"
    Image.fromarray(IDS).save(path)
    with pytest.raises(DataError, match=r"map.jpg, got JPEG, which changes ids; try PNG"):
        read_label_map(path, CLASSES)
    (tmp_path / "cut.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match=r"cut.png"):
        read_label_map(tmp_path / "cut.png", CLASSES)


def test_another_size_is_told_with_the_file(tmp_path) -> None:
    check_size(tmp_path / "map.png", (4, 3), (4, 3), "p.png")
    with pytest.raises(DataError, match=r"of 4 x 3 pixels, as p.png, at .*map.png, got 3 x 4"):
        check_size(tmp_path / "map.png", (3, 4), (4, 3), "p.png")


def test_what_was_written_is_read_again(tmp_path) -> None:
    path = tmp_path / "out.png"
    labels = np.array([[0, 1], [1, VOID]], np.uint8)
    write_label_map(path, labels, ((10, 0, 0), (0, 20, 0)))
    plain = PixelClasses((PixelClass("a", 0), PixelClass("b", 1)))
    assert np.array_equal(read_label_map(path, plain), labels)
    ids, colours = ids_of(path)
    assert (ids, colours[:2]) == ([0, 1, 255], [(10, 0, 0), (0, 20, 0)])


def test_colours_need_a_table(tmp_path) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "map.png")
    with pytest.raises(DataError, match=r"a table of classes beside the label map .*map.png"):
        ids_of(tmp_path / "map.png")
    assert unpacked(0x0A0B0C) == (10, 11, 12)
