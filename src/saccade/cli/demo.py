"""saccade demo: from handwritten digits to a page that shows where a model looks, in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from saccade.data.sets import ImageSet


def demo(*, out: Path = Path("runs/demo"), seed: int = 0, json: Switch = False) -> int:
    """Train a small vision transformer on real handwritten digits and look into it.

    Args:
        out: folder for the folder of this run.
        seed: of the first weights, the order and the augmentation.
        json: print the result as JSON.
    """
    from dataclasses import replace

    from saccade.cli.watch import watching
    from saccade.cli.words import words
    from saccade.data.images import open_images
    from saccade.predict import load
    from saccade.recipes import RECIPES
    from saccade.training.run import train
    from saccade.viewer.report import Options
    from saccade.viewer.write import write_report

    recipe, text = RECIPES["digits"], words()
    splits = open_images(recipe.data, val_fraction=recipe.config.val_fraction)
    held_out = splits.part("test")
    if not json:
        output.line(text["start"].format(count=len(splits.part("train"))))
        output.line(text["wait"])
    with watching() as show:
        run = train(recipe.data, replace(recipe.config, out=str(out), seed=seed), progress=show)
    pictures = _save_some(held_out, run.folder / "pictures")
    page = run.folder / "report.html"
    options = Options(
        title="Handwritten digits: where the model looks",
        command="saccade demo",
        pictures=len(pictures),
        truths=pictures,
    )
    write_report(load(run.folder), [Path(name) for name in pictures], options, out=page)
    if json:
        output.as_json({**run.to_dict(), "report": str(page)})
        return 0
    percent = 100 * run.metrics["test_accuracy"]
    output.line(text["accuracy"].format(percent=percent, count=len(held_out)))
    output.line(text["time"].format(seconds=run.seconds))
    output.line(text["report"].format(path=page))
    output.line(text["open"])
    output.line(text["next"])
    return 0


def _save_some(images: ImageSet, folder: Path, each: int = 2) -> dict[str, str]:
    """Write the first pictures of each class as PNG files; give file name to class."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, str] = {}
    for label, name in enumerate(images.classes):
        indices = [index for index, own in enumerate(images.labels) if own == label][:each]
        for number, index in enumerate(indices):
            path = folder / f"{name}_{number}.png"
            images.load(index).image.save(path)
            found[str(path)] = name
    return found
