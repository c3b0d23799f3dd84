"""Where a recurrent attention model looked in a picture, drawn, and what its retina saw there."""

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from saccade.attention.glimpse import Retina
from saccade.data.ready import ReadyPicture, as_images, prepared, ready_pictures
from saccade.data.sets import BadFile
from saccade.data.transforms import Preprocessing, to_image
from saccade.errors import ConfigError, DataError
from saccade.files import check_writable, write_bytes
from saccade.inspection import lines
from saccade.models.ram import RAM, Looks
from saccade.predict import Predictor

_GAP, _WORDS, _LEAST = 8, 18, 64  # pixels
_PAPER, _INK = (255, 255, 255), (16, 18, 22)


def draw_glimpses(
    model: RAM,
    ready: ReadyPicture,
    preprocessing: Preprocessing,
    classes: Sequence[str] = (),
    *,
    side: int = 320,
) -> Image.Image:
    """Draw one picture: left the path over it, right a column for each glimpse of the first run.

    A column shows the patches, finest first, and below them what the model would answer there, with
    its probability. What lies outside of the picture has the mean brightness, as for the model.

    Args:
        model: in evaluation mode.
        ready: the picture.
        preprocessing: of the model.
        classes: their names; their numbers where there are none.
        side: pixels of the longer side of the picture.
    """
    image = as_images([ready], preprocessing).to(model.baseline.weight.device)
    with torch.no_grad():
        looks = model.first_run(image)
        answers = model.head(looks.states[0]).softmax(dim=-1).cpu()
    config, seen = model.config, to_image(ready.pixels).convert("RGB")
    times = side / max(seen.size)
    size = (round(seen.width * times), round(seen.height * times))
    ground = seen.resize(size, Image.Resampling.NEAREST)
    path = lines.boxes(ground, looks.boxes[0].cpu(), (0.0, 0.0, float(size[0]), float(size[1])))
    patches = _patches(model, image, looks, preprocessing)
    cell = min((size[1] - _WORDS) // config.scales - _GAP, side // 3)
    cell = max(cell, _LEAST)
    width = size[0] + config.glimpses * (cell + _GAP)
    height = max(size[1], config.scales * (cell + _GAP) + _WORDS)
    canvas = Image.new("RGB", (width, height), _PAPER)
    canvas.paste(path, (0, 0))
    for time, own in enumerate(patches):
        left = size[0] + _GAP + time * (cell + _GAP)
        _column(canvas, own, (left, cell), _answer(time, answers[time], classes))
    return canvas


def write_glimpses(
    predictor: Predictor, paths: Sequence[Path], out: Path, *, limit: int = 12
) -> list[BadFile]:
    """Draw the glimpses of pictures below each other, and write them as a PNG.

    Args:
        predictor: of a recurrent attention model.
        paths: picture files.
        out: the file to write, which ends in .png.
        limit: most pictures.

    Returns:
        The files that cannot be read.

    Raises:
        ConfigError: the model takes no glimpses, or the file ends otherwise.
        DataError: no picture can be read.
        OutputError: the file cannot be written.
    """
    model = predictor.model
    if not isinstance(model, RAM):
        raise ConfigError("a model that takes glimpses", predictor.name, "one of ram_*")
    check_writable(out, (".png",))
    bad: list[BadFile] = []
    prepare = partial(prepared, preprocessing=predictor.preprocessing)
    sheets = [
        draw_glimpses(model, ready, predictor.preprocessing, predictor.classes)
        for batch in ready_pictures(paths[:limit], prepare, 1, bad)
        for ready in batch
    ]
    if not sheets:
        raise DataError("pictures to draw glimpses of", "none that can be read")
    data = BytesIO()
    stacked(sheets).save(data, format="PNG")
    write_bytes(out, data.getvalue())
    return bad


def stacked(sheets: Sequence[Image.Image]) -> Image.Image:
    """Put pictures below each other on white paper."""
    height = sum(sheet.height + _GAP for sheet in sheets) - _GAP
    canvas = Image.new("RGB", (max(sheet.width for sheet in sheets), height), _PAPER)
    top = 0
    for sheet in sheets:
        canvas.paste(sheet, (0, top))
        top += sheet.height + _GAP
    return canvas


def _patches(
    model: RAM, image: Tensor, looks: Looks, preprocessing: Preprocessing
) -> list[list[Image.Image]]:
    """What the retina gave at each time, finest first, as pictures."""
    config = model.config
    retina = Retina(image, size=config.glimpse_size, scales=config.scales, factor=config.factor)
    mean = image.new_tensor(preprocessing.mean).view(-1, 1, 1)
    std = image.new_tensor(preprocessing.std).view(-1, 1, 1)
    found = []
    for location in looks.locations.unbind(1):
        pixels = retina.look(location).output[0] * std + mean
        bytes_ = (pixels * 255).round().clamp(0, 255).byte().cpu().numpy()
        found.append([to_image(patch).convert("RGB") for patch in bytes_])
    return found


def _column(
    canvas: Image.Image, patches: Sequence[Image.Image], place: tuple[int, int], words: str
) -> None:
    """Paste the patches of a glimpse below each other, and write under them.

    Args:
        canvas: to paste on.
        patches: finest first.
        place: left edge, and side of a patch, in pixels.
        words: to write.
    """
    left, cell = place
    for scale, patch in enumerate(patches):
        large = patch.resize((cell, cell), Image.Resampling.NEAREST)
        canvas.paste(large, (left, scale * (cell + _GAP)))
    pen = ImageDraw.Draw(canvas)
    top = len(patches) * (cell + _GAP) - _GAP + 2
    pen.text((left, top), words, fill=_INK, font=ImageFont.load_default(13))


def _answer(time: int, chances: Tensor, classes: Sequence[str]) -> str:
    best = int(chances.argmax())
    name = classes[best] if classes else str(best)
    return f"{time}: {name}, {100 * float(chances[best]):.0f} %"
