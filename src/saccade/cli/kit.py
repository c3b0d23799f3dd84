"""saccade inspect VERB: parts of the vision transformer paper's kit, as CSV, PNG and one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.training.named import Fit

if TYPE_CHECKING:
    from torch import Tensor

    from saccade.inspection.kit.atlas import Effect
    from saccade.inspection.kit.findings import Choice, Findings, Seen
    from saccade.predict import Predictor

# Verb to what it shows: parts that look at pictures, parts that need none, and all of them.
VERBS = {
    "kit": "Do all of it at once, on one page.",
    "distance": "Tell how far each head looks, in pixels.",
    "entropy": "Tell how widely each head spreads.",
    "heads": "Draw what a token reads in each head of the last layer.",
    "rollout": "Draw what a token has read of each patch through all layers.",
    "flow": "Draw how much can flow from a token to each patch through all layers.",
    "sinks": "Tell which keys draw attention, and which tokens have a high norm.",
    "atlas": "Tell what every head does, in numbers and a word.",
    "filters": "Draw the principal components of the first filters.",
    "similarity": "Draw which positions are alike.",
    "kernel": "Draw what positions alone say, by offset.",
}
ALIASES = {"similarity": "posembed"}
FACTS = ("filters", "similarity", "kernel")  # these need no pictures
_ALL = "kit"


class _Given(NamedTuple):
    """What a command is given: the model, the pictures and where to write."""

    model: str
    pictures: tuple[str, ...]
    out: Path
    checkpoint: str | None
    size: int | str | None
    img_fit: Fit | None
    batch_size: int


def verb(name: str) -> Callable[..., int]:
    """Make the command of one of the `VERBS`."""

    def command(
        model: str,
        /,
        *pictures: str,
        out: Annotated[Path, Parameter(alias="-o")] = Path("inspection"),
        checkpoint: str | None = None,
        size: int | str | None = None,
        img_fit: Fit | None = None,
        query: int | None = None,
        mass: float = 0.6,
        effect: Switch = False,
        limit: int = 8,
        batch_size: int = 8,
        json: Switch = False,
    ) -> int:
        """Write tables as CSV, drawings as PNG and one HTML page with both.

        Args:
            model: a weight file, the folder of a run, or the name of a model with --checkpoint.
            pictures: files, folders or patterns; filters, similarity and kernel need none.
            out: the folder to write to.
            checkpoint: the weight file of the model that is named.
            size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left
                out.
            img_fit: what becomes of a size that the patch does not divide: an error, zeros at the
                right and the bottom, or only the middle.
            query: the token that reads, from 0; if left out the class token, or the mean over all
                patches of a model that has none.
            mass: share of a head's map that its mask keeps.
            effect: mute each head in turn and tell in the atlas what the predicted class loses.
            limit: how many pictures are drawn, and in the kit have their flow found; all are
                counted.
            batch_size: pictures at a time.
            json: print the tables as JSON.
        """
        given = _Given(model, pictures, out, checkpoint, size, img_fit, batch_size)
        return _run(name, given, (query, mass, limit), effect=effect, json=json)

    return command


def _run(
    name: str, given: _Given, chosen: tuple[int | None, float, int], *, effect: bool, json: bool
) -> int:
    """Find what was asked for, write it and tell which files it is.

    Args:
        name: of the verb.
        given: the model, the pictures and where to write.
        chosen: the query, the mass and how many pictures are drawn.
        effect: whether to mute each head.
        json: print the tables as JSON.
    """
    from saccade.cli.sources import find, load_model
    from saccade.inspection.kit.files import save_all
    from saccade.inspection.kit.findings import Choice

    looks, every = name not in FACTS, name == _ALL
    paths, bad = find(given.pictures) if looks else ([], [])
    predictor = load_model(given.model, given.checkpoint, size=given.size, img_fit=given.img_fit)
    effects = None
    if effect and name in (_ALL, "atlas"):
        effects = _effects(predictor, paths, given.batch_size)
    choice = Choice(*chosen, chosen[-1] if every else None, effects)
    found, refused = _facts(predictor, name)
    if looks:
        some, others = _looked(predictor, name, choice, paths, given.batch_size)
        found, refused = {**found, **some}, {**refused, **others}
    files = save_all(found, given.out, name=name, model=predictor.name, refused=refused)
    _tell((found, refused), [str(file) for file in files], every=every, json=json)
    output.skipped([*bad, *predictor.bad], of=len(paths) + len(bad))
    return 0


def _tell(
    parts: tuple[Mapping[str, Findings], Mapping[str, str]],
    files: Sequence[str],
    *,
    every: bool,
    json: bool,
) -> None:
    """Name the files and what has to be known of them, or give the tables.

    Args:
        parts: what was found, and a sentence for each part that the model cannot have.
        files: that were written.
        every: whether all parts were asked for.
        json: give the tables.
    """
    found, refused = parts
    if json:
        tables = {name: _as_json(one) for name, one in found.items()}
        whole = {"parts": tables, "refused": dict(refused)} if every else tables.popitem()[1]
        output.as_json({**whole, "files": list(files)})
        return
    for name, one in found.items():
        for note in one.notes:
            output.note(f"note: {name}: {note}")
    for told in dict.fromkeys(refused.values()):
        names = ", ".join(name for name, why in refused.items() if why == told)
        output.note(f"note: no {names}: {told}")
    for file in files:
        output.line(file)


def _as_json(found: Findings) -> dict[str, object]:
    """The table over pictures, or the whole one where there is none."""
    header, rows = found.header, found.rows
    if found.summary is not None:
        header, rows = found.summary.flat()
    told = [dict(zip(header, row, strict=True)) for row in rows]
    return {"rows": told, "notes": list(found.notes)}


def _facts(predictor: Predictor, name: str) -> tuple[dict[str, Findings], dict[str, str]]:
    """The parts that need no pictures; one that is asked for alone says why it cannot be had."""
    import torch

    from saccade.inspection.kit import model_facts

    first = next(predictor.model.parameters())
    config = predictor.model.config
    blank = torch.zeros(1, config.in_chans, *config.image, device=first.device, dtype=first.dtype)
    if name == _ALL:
        return model_facts.facts(predictor.model, blank)
    if name not in FACTS:
        return {}, {}
    with torch.no_grad():
        return {name: model_facts.FACTS[name](predictor.model, blank)}, {}


def _looked(
    predictor: Predictor, name: str, choice: Choice, paths: Sequence[Path], batch_size: int
) -> tuple[dict[str, Findings], dict[str, str]]:
    """The parts that look at pictures; without attention the kit goes on without them."""
    from saccade.errors import TraceError
    from saccade.inspection.kit.parts import PARTS
    from saccade.inspection.kit.survey import survey

    names = tuple(PARTS) if name == _ALL else (name,)
    try:
        return survey(_batches(predictor, paths, batch_size), names, choice)
    except TraceError as error:
        if name != _ALL:
            raise
        return {}, dict.fromkeys(names, str(error))


def _batches(predictor: Predictor, paths: Sequence[Path], batch_size: int) -> Iterator[Seen]:
    import torch

    from saccade.errors import TraceError
    from saccade.inspection.kit.findings import Seen
    from saccade.inspection.kit.sinks import watch_norms

    blocks = getattr(predictor.model, "blocks", torch.nn.Sequential())
    with watch_norms(blocks, strict=False) as noted:
        for view in predictor.look(paths, batch_size=batch_size):
            if view.trace is None:
                raise TraceError("views with their attention", "views without", "another model")
            lengths = torch.stack(noted, dim=1) if noted else None
            noted.clear()
            names = tuple(one.name for one in view.predictions)
            yield Seen(view.trace, names, view.pictures, view.geometries, lengths)


def _effects(
    predictor: Predictor, paths: Sequence[Path], batch_size: int
) -> dict[tuple[int, int], Effect]:
    """What muting each head does, by layer and head."""
    from saccade.inspection.head_importance import head_importance
    from saccade.inspection.kit.atlas import Effect

    found = head_importance(predictor.model, _images(predictor, paths, batch_size))
    return {(one.layer, one.head): Effect(one.drop, one.spread, one.changed) for one in found}


def _images(predictor: Predictor, paths: Sequence[Path], batch_size: int) -> Iterator[Tensor]:
    """Read pictures as the model wants them; those that cannot be read are left out."""
    from contextlib import suppress

    import torch

    from saccade.errors import DataError
    from saccade.explanation.views import prepared

    for start in range(0, len(paths), batch_size):
        ready: list[Tensor] = []
        for path in paths[start : start + batch_size]:
            with suppress(DataError):
                ready.append(prepared(predictor, [path]).images)
        if ready:
            yield torch.cat(ready)
