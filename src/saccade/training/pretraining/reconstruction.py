"""A picture of what a model makes of pictures that it sees in part, which says what it guesses.

Source: the idea of figure 2 of He et al., arXiv:2111.06377; the caption names the target, since a
picture of normalised pixels shows what the model was not asked for: each patch's own brightness.
Axes: b batch, c channels, h height, w width, n patches, d numbers of a patch.
"""

import textwrap
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from saccade.data.decode import open_picture
from saccade.data.transforms import Preprocessing
from saccade.files import check_writable, replacing
from saccade.layers.patches import join_patches, split_patches
from saccade.training.evaluate import evaluating
from saccade.training.objectives.outcome import Examples
from saccade.training.pretraining.patch_lesson import PatchLesson

_COLUMNS = {
    "masked-patches": ("picture", "corrupted", "hidden patches guessed", "every patch guessed"),
    "mae": ("picture", "seen", "hidden patches guessed", "every patch guessed"),
    "next-patch": ("picture", "seen", "continued, patch by patch", "each patch from the true ones"),
}
_REMARKS = {
    "masked-patches": "a tenth of the hidden patches show another one, a tenth themselves",
    "mae": "no guess of a patch that is seen was ever asked for",
    "next-patch": "the second half is told on from the first, the likeliest patch each time",
}
_PAPER, _INK, _GREY = (255, 255, 255), (86, 93, 106), 0.5
_GAP, _HEAD, _LINE = 8, 26, 18


def picture_of(
    lesson: PatchLesson,
    images: Tensor,
    pixels: Preprocessing,
    *,
    chance: str = "0",
    side: int = 192,
) -> Image.Image:
    """Draw, for each picture, what it is, what the model sees of it, and what the model guesses.

    Args:
        lesson: with a model that has learned.
        images: uint8 (b c h w), prepared for the model.
        pixels: how they are normalised.
        chance: what is hidden depends on this and the place of the picture among the others.
        side: pixels of the longer side of each panel; small pictures are enlarged.

    Returns:
        An RGB picture, with a caption that names the target.
    """
    device = next(lesson.parameters()).device
    normal = pixels.normalize(images.to(device))
    labels = torch.full((len(images),), -1, device=device)
    indices = tuple(range(len(images)))
    with evaluating(lesson), torch.no_grad():
        painted = lesson.paint(Examples(normal, labels, indices=indices, chance=f"paint/{chance}"))
    patches = split_patches(lesson.model.cut(normal), lesson.target.patch)
    columns = (patches, painted.shown, painted.completed, painted.guessed)
    drawn = [
        _levels(column, lesson, pixels, painted.unseen if number == 1 else None)
        for number, column in enumerate(columns)
    ]
    caption = f"{lesson.name} · guessed: {lesson.target.told} · {_REMARKS[lesson.name]}"
    return _sheet(drawn, _COLUMNS[lesson.name], caption, side)


def write_picture(
    lesson: PatchLesson,
    pixels: Preprocessing,
    pictures: list[Path],
    out: Path,
    *,
    chance: str = "0",
) -> None:
    """Draw picture files as `picture_of` does, into a PNG that is written whole or not at all.

    Args:
        lesson: with a model that has learned.
        pixels: the preprocessing of the model.
        pictures: files.
        out: the PNG.
        chance: what is hidden depends on this.

    Raises:
        DataError: a picture cannot be read.
        OutputError: the file cannot be written.
    """
    check_writable(out)
    arrays = [pixels.apply(*open_picture(path))[0] for path in pictures]
    images = torch.stack([torch.from_numpy(array) for array in arrays])
    sheet = picture_of(lesson, images, pixels, chance=chance)
    with replacing(out) as temporary:
        sheet.save(temporary, format="PNG")


def _levels(
    patches: Tensor, lesson: PatchLesson, pixels: Preprocessing, unseen: Tensor | None
) -> Tensor:
    """Turn patches of normalised pixels (b n d) into 8-bit pictures (b h w c), unseen ones grey."""
    images = join_patches(patches.float(), lesson.target.patch, lesson.model.layout.grid)
    mean, std = (images.new_tensor(v).view(-1, 1, 1) for v in (pixels.mean, pixels.std))
    images = images * std + mean
    if unseen is not None:
        blank = unseen[:, :, None].expand_as(patches).float()
        mask = join_patches(blank, lesson.target.patch, lesson.model.layout.grid)
        images = torch.where(mask > 0, _GREY, images)
    levels = (images.nan_to_num(0.0).clamp(0, 1) * 255).round().to(torch.uint8)
    return levels.permute(0, 2, 3, 1).expand(-1, -1, -1, 3).cpu().contiguous()


def _sheet(columns: list[Tensor], names: tuple[str, ...], caption: str, side: int) -> Image.Image:
    """Put pictures (b h w c) into a table, a name over each column and a caption under it."""
    count, height, width = columns[0].shape[:3]
    times = side / max(height, width)
    size = (max(1, round(width * times)), max(1, round(height * times)))
    whole = max(len(columns) * (size[0] + _GAP) + _GAP, 560)
    step = (whole - _GAP) // len(columns)
    lines = textwrap.wrap(caption, whole // 7)
    foot = _LINE * len(lines) + _GAP
    canvas = Image.new("RGB", (whole, _HEAD + count * (size[1] + _GAP) + foot), _PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(12)
    how = Image.Resampling.NEAREST if times > 1 else Image.Resampling.LANCZOS
    for place, (images, name) in enumerate(zip(columns, names, strict=True)):
        left = _GAP + place * step
        pen.text((left, 7), name, fill=_INK, font=font)
        for row in range(count):
            panel = Image.fromarray(images[row].numpy()).resize(size, how)
            canvas.paste(panel, (left, _HEAD + row * (size[1] + _GAP)))
    for number, line in enumerate(lines):
        top = canvas.height - foot + number * _LINE
        pen.text((_GAP, top), line, fill=_INK, font=font)
    return canvas
