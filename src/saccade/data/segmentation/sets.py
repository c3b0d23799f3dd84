"""Pictures with label maps: one folder in, the parts of a set out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saccade.data.decode import read_picture, shown
from saccade.data.segmentation.class_files import find_classes
from saccade.data.segmentation.classes import Colour, PixelClasses, numbered
from saccade.data.segmentation.label_maps import check_size, ids_of, read_label_map
from saccade.data.segmentation.pairing import Pair, find_pairs
from saccade.data.sets import BadFile, Picture
from saccade.data.words.picture_rows import PART_ORDER, held_out, leaks, name_below
from saccade.errors import ConfigError, DataError


@dataclass(frozen=True)
class PixelSet:
    """Pictures, each with a label map.

    Args:
        name: what to call the set, such as "train".
        paths: of the pictures.
        labels: paths of their label maps.
        classes: of the pixels.
        root: folder that the names of pictures start at.
        problems: what the source holds and the set does not.
    """

    name: str
    paths: tuple[Path, ...]
    labels: tuple[Path, ...]
    classes: PixelClasses
    root: Path | None = None
    problems: tuple[BadFile, ...] = ()

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.paths)

    def picture_name(self, index: int) -> str:
        """Name a picture by its path below the root."""
        return name_below(self.paths[index], self.root)

    def load(self, index: int) -> Picture:
        """Read and decode a picture, without its label map.

        Raises:
            DataError: it cannot be read.
        """
        read = read_picture(self.paths[index])
        return Picture(read.raw, read.geometry, None, self.picture_name(index))

    def load_labels(self, index: int, size: tuple[int, int]) -> np.ndarray:
        """Read a label map: the index of each pixel's class, or `VOID`, uint8 (h w).

        Args:
            index: of the picture.
            size: (width, height) of the upright picture, in pixels.

        Raises:
            DataError: it cannot be read, has another size, or says what no class has.
        """
        found = read_label_map(self.labels[index], self.classes)
        height, width = found.shape
        check_size(self.labels[index], (width, height), size, self.picture_name(index))
        return found

    def subset(self, name: str, indices: Sequence[int]) -> "PixelSet":
        """Make a set of some of the pictures, in the given order; it has no problems."""
        paths = tuple(self.paths[i] for i in indices)
        labels = tuple(self.labels[i] for i in indices)
        return PixelSet(name, paths, labels, self.classes, self.root)


def open_label_maps(
    source: str | Path,
    *,
    seed: int = 0,
    val_fraction: float = 0.1,
    void: Sequence[str] = (),
    classes: PixelClasses | None = None,
) -> dict[str, PixelSet]:
    """Open a folder of pictures and their label maps.

    Files without a partner are named in `problems` of the first part. A picture of two parts stays
    in the one that is judged by, test before val before train. Without a part val, `val_fraction`
    of the training pictures are taken; which ones depends on the seed and their names alone.

    Args:
        source: the folder.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1; 0 takes none.
        void: names or ids of classes whose pixels shall not count, beside those named so.
        classes: of the pixels; those that the folder names, or else the ids that are found, if
            None.

    Returns:
        The parts that there are, of train, val and test.

    Raises:
        DataError: there is no such folder, it holds no picture with a label map, or its file of
            classes cannot be used.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    root = Path(source)
    pairs, problems = find_pairs(root)
    known = classes or find_classes(root) or _found_ids(pairs)
    known = known.without(void) if void else known
    whole: dict[str, dict[Path, Path]] = {}
    for pair in pairs:
        whole.setdefault(pair.part or "train", {})[pair.picture] = pair.label
    for part, path, kept in leaks(whole):
        problems.append(BadFile(shown(path), f"in {part} and in {kept}, left out of {part}"))
        del whole[part][path]
    sets = {
        part: PixelSet(part, tuple(whole[part]), tuple(whole[part].values()), known, root)
        for part in PART_ORDER
        if whole.get(part)
    }
    if "train" in sets and "val" not in sets:
        sets = _split(sets, seed, val_fraction)
    first = next(iter(sets))
    own = sets[first]
    told = PixelSet(own.name, own.paths, own.labels, known, root, tuple(problems))
    return {**sets, first: told}


def _found_ids(pairs: Sequence[Pair]) -> PixelClasses:
    """Make classes of the ids in all label maps, where nobody named them."""
    ids: set[int] = set()
    colours: list[Colour] = []
    for pair in pairs:
        found, own = ids_of(pair.label)
        ids |= set(found)
        colours = colours or own
    if max(ids - {255}, default=0) >= 250:
        raise DataError("a table of classes", f"ids up to {max(ids)}", "classes.txt")
    return numbered(sorted(ids), colours)


def _split(sets: Mapping[str, PixelSet], seed: int, fraction: float) -> dict[str, PixelSet]:
    """Take a share of the training pictures as val."""
    train = sets["train"]
    names = [train.picture_name(index) for index in range(len(train))]
    away = held_out(names, fraction, f"{seed}/label maps")
    if not away:
        return dict(sets)
    rest = train.subset("train", [at for at, name in enumerate(names) if name not in away])
    val = train.subset("val", [at for at, name in enumerate(names) if name in away])
    return {"train": rest, "val": val, **{p: s for p, s in sets.items() if p != "train"}}
