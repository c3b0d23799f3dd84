from dataclasses import dataclass
from pathlib import Path

import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import View
from saccade.data.decode import read_picture
from saccade.data.sets import Picture
from saccade.data.transforms import Preprocessing
from saccade.data.words.seeing import see_pictures

SMALL = Preprocessing(img_size=(4, 5))


@dataclass
class Entries:
    """Entries beside pictures; it counts how often a picture is read."""

    paths: tuple[Path, ...]
    reads: int = 0

    def picture_name(self, index: int) -> str:
        return self.paths[index].name

    def load(self, index: int) -> Picture:
        self.reads += 1
        read = read_picture(self.paths[index])
        return Picture(read.raw, read.geometry, None, self.picture_name(index))


def entries(folder: Path, *names: str) -> Entries:
    return Entries(tuple(folder / name for name in names))


def chances(count: int) -> list[str]:
    return [f"0/{at}" for at in range(count)]


def test_a_picture_is_read_once(tmp_path: Path, paint) -> None:
    paint("a.png", "b.png")
    own = entries(tmp_path, "a.png", "b.png", "a.png", "no.png", "no.png")
    seen = see_pictures(own, [2, 1, 3, 0, 4, 2], chances(6), View(SMALL, None))
    assert (seen.kept, own.reads) == ((0, 1, 3, 5), 3)
    assert [bad.name for bad in seen.bad] == ["no.png"]
    alone = see_pictures(own, [0, 1], chances(2), View(SMALL, None))
    assert seen.images.equal(alone.images[[0, 1, 0, 0]])
    assert seen.geometries == tuple(alone.geometries[at] for at in (0, 1, 0, 0))
    assert (alone.images.shape, alone.images.dtype) == ((2, 3, 4, 5), torch.uint8)


def test_changes_are_those_of_each_chance(tmp_path: Path, paint) -> None:
    paint("a.png")
    own = entries(tmp_path, "a.png", "a.png")
    view = View(SMALL, Augmentation(crop_scale=(0.2, 0.6)))
    seen = see_pictures(own, [0, 1, 0, 1], ["x", "y", "y", "x"], view)
    assert own.reads == 4
    assert seen.images[0].equal(seen.images[3])
    assert seen.images[1].equal(seen.images[2])
    assert not seen.images[0].equal(seen.images[1])


def test_nothing_is_read_without_a_view(tmp_path: Path) -> None:
    own = entries(tmp_path, "no.png")
    seen = see_pictures(own, [0, 0], chances(2), None)
    assert (seen.images.shape, seen.images.dtype) == ((2, 0), torch.uint8)
    assert (seen.kept, seen.geometries, seen.bad, own.reads) == ((0, 1), (), (), 0)


def test_all_broken_or_none_asked(tmp_path: Path) -> None:
    own = entries(tmp_path, "no.png")
    for indices in ([0], []):
        seen = see_pictures(own, indices, chances(len(indices)), View(SMALL, None))
        assert (seen.images.shape, seen.kept) == ((0, 3, 4, 5), ())
