"""Where the words of captions of generated scenes looked, beside the box of what they name.

A caption that is right word by word names things in a known order, so each of its words has a box;
of one that is wrong nobody can say what its words mean, and it is left out.

Axes: t word, h rows and w columns of the grid, box edges x0 y0 x1 y1 in pixels.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.data.words.scene_captions import Sentence, right_captions
from saccade.data.words.scene_writing import read_scenes
from saccade.errors import DataError
from saccade.writing.captions import Captioned

Look = tuple[Tensor, Tensor, Geometry]  # maps (t h w), a box for each (t box)


class RightCaption(NamedTuple):
    """A right caption of a scene.

    Attributes:
        sentence: with what its words name.
        boxes: of the things of the scene.
    """

    sentence: Sentence
    boxes: tuple[tuple[float, ...], ...]


SceneBoxes = Mapping[Path, Sequence[RightCaption]]


def scene_boxes(source: str | Path) -> SceneBoxes | None:
    """Read what the captions of generated scenes name.

    Args:
        source: a folder of scenes, or a file of captions in one.

    Returns:
        The right captions of each picture, by its path without links; None where the source is no
        set of scenes.
    """
    path = Path(source)
    folder = path if path.is_dir() else path.parent
    if not (folder / "scenes.json").is_file():
        return None
    try:
        made = read_scenes(folder)
    except DataError:
        return None
    found: dict[Path, list[RightCaption]] = {}
    for name, scene in zip(made.names, made.scenes, strict=True):
        boxes = tuple(thing.box for thing in scene.things)
        found[(folder / name).resolve()] = [
            RightCaption(told, boxes)
            for language in made.plan.languages
            for told in right_captions(scene, language, sized=made.plan.sized)
        ]
    return found


def looks_of(one: Captioned, right: Sequence[RightCaption]) -> list[Look]:
    """Give the maps of the words that name something, with its box; none of a wrong caption.

    Args:
        one: what was written.
        right: the right captions of its picture.
    """
    weights = one.hypotheses[0].weights
    hit = next((each for each in right if each.sentence.text == one.text), None)
    if hit is None or weights is None:
        return []
    things = hit.sentence.things(one.words[0])
    named = [(word, thing) for word, thing in enumerate(things) if thing is not None]
    if not named:
        return []
    maps = weights[[word for word, _ in named]].reshape(len(named), *one.grid)
    boxes = torch.tensor([hit.boxes[thing] for _, thing in named])
    return [(maps, boxes, one.geometry)]
