"""Which model weights are of: by what their file says of them, else by names and shapes."""

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from importlib import import_module
from typing import Any

from torch import Tensor

from saccade.checkpoints.file_names import model_called
from saccade.checkpoints.skeleton import skeleton
from saccade.checkpoints.source import Source
from saccade.checkpoints.structure import parts_of
from saccade.errors import CheckpointError, SaccadeError
from saccade.models import options_of
from saccade.models.catalog import CATALOG

HEADS = re.compile(
    r"(?:head|head_dist|fc|head\.fc|classifier|last_linear|head\.bottleneck\.3)\.(?:weight|bias)"
)
TABLES = re.compile(r"(?:.*\.)?(?:pos_embed\w*|relative_position_bias_table)(?:\..*)?")
_STEMS = (
    "patch_embed.proj.weight",
    "stem.conv.weight",
    "stem.proj.weight",
    "conv_in.weight",
    "conv1.weight",
)
# Of a BEiT: (2 side - 1)^2 + 3 rows, for each block or for all.
_OFFSETS = (
    "blocks.0.attn.relative_position_bias_table",
    "rel_pos_bias.relative_position_bias_table",
)
_MOST_ROWS = 2000  # of a position table


def recognise(
    source: Source, model: str | None = None, changes: Mapping[str, object] | None = None
) -> tuple[str, dict[str, object]]:
    """Find the name of the model, and the fields of its config that the weights settle.

    Args:
        source: weights that were read.
        model: the name, where the user knows it.
        changes: fields of the config that the user gives. `img_size` is that of the weights too
            where it fits them and no square does. `img_fit` is not: it settles no tensor.

    Raises:
        UnknownName: no model has this name.
        CheckpointError: no model fits, several do, or the file says that it is another.
    """
    about, state = source.about, source.mapped.state
    if source.card is not None and source.card.words:
        task = source.card.words.get("task", "caption")
        hint = f"saccade {task} --model {source.origin}"
        raise CheckpointError(f"a classifier in {source.origin}", f"a model to {task} with", hint)
    if model is not None and source.card is not None and source.card.model != model:
        raise CheckpointError(
            f"weights of {model} in {source.origin}",
            f"those of {source.card.model}",
            source.card.model,
        )
    name = model or about.model
    if name is None and about.config:
        name = nearest(about.near or ("*",), about.kind, about.config)
    if name is None:
        name = _named(source) or _by_shapes(source)
    entry = CATALOG[name]
    if source.card is not None:
        return name, dict(about.config)
    known = options_of(name)
    said = {**about.habits, **about.config}
    fields = {key: value for key, value in said.items() if key in known}
    given = dict(changes or {})
    size = given.pop("img_size", None)
    given.pop("img_fit", None)
    told = {**entry.changes, **fields, **{key: given[key] for key in given if key in known}}
    parts = _parts(name, state, {**told, "asked": size})
    parts = {key: value for key, value in parts.items() if key not in given}
    told = {**told, **parts}
    return name, {**parts, **_seen(state, told, name, (size, source.origin)), **fields}


def nearest(patterns: tuple[str, ...], kind: str | None, fields: Mapping[str, object]) -> str:
    """Find the model whose config needs the fewest changes to have these fields.

    Args:
        patterns: of names; those of the first that has any are looked at.
        kind: name of the config class; None for any.
        fields: of the config.

    Raises:
        CheckpointError: no model has a name and config like that.
    """
    for pattern in patterns:
        found = [
            (_distance(name, fields), place, name)
            for place, name in enumerate(CATALOG.names())
            if fnmatch(name, pattern) and kind in (None, CATALOG[name].config)
        ]
        if found:
            return min(found)[2]
    raise CheckpointError(
        f"a model called {' or '.join(patterns)} in the catalogue", "none", "another checkpoint"
    )


def _covers(config: Any, size: object, cells: int) -> bool:  # noqa: ANN401
    """Tell whether pictures of this size have so many patches."""
    if not isinstance(size, int | tuple | list):
        return False
    try:
        layout = dataclasses.replace(config, img_size=size).layout
    except (SaccadeError, TypeError, ValueError):
        return False
    return bool(cells == math.prod(layout.grid))


def default_config(name: str) -> Any:  # noqa: ANN401
    """Make the config that a name stands for."""
    entry = CATALOG[name]
    module = import_module(entry.path.split(":")[0])
    return getattr(module, entry.config)(**entry.changes)


def _distance(name: str, fields: Mapping[str, object]) -> tuple[int, int]:
    """How many fields differ; those that a user changes count only between equals."""
    config = default_config(name)
    known = {field.name for field in dataclasses.fields(config)}
    wanted = {key: value for key, value in fields.items() if key in known}
    try:
        target = dataclasses.replace(config, **wanted)
    except SaccadeError:
        return len(fields) + 1, 0
    light = ("img_size", "num_classes", "in_chans")
    changed = [key for key in wanted if getattr(config, key) != getattr(target, key)]
    heavy = [key for key in changed if key not in light]
    strange = [key for key in fields if key not in known]
    return len(heavy) + len(strange), len(changed)


def _named(source: Source) -> str | None:
    """The model that the file is called by: timm writes NAME.how_it_was_trained.safetensors."""
    for text in (*(file.name for file in source.files), source.origin.rstrip("/").split("/")[-1]):
        name = text.split(".")[0]
        if name in CATALOG.names():
            return name
        called = model_called(text)
        if called is not None and _fits(called, source.mapped.state, tables=False):
            return called
    return None


def _by_shapes(source: Source) -> str:
    """Find the model whose weights have these names and shapes.

    Raises:
        CheckpointError: there is none, or more than one.
    """
    state = source.mapped.state
    fitting = [name for name in _of_that_size(state) if _fits(name, state, tables=False)]
    fitting = [name for name in fitting if not _parts(name, state)] or fitting
    exact = [name for name in fitting if _fits(name, state, tables=True)] or fitting
    words = {"dino": "dino", "deit": "deit"}.get(source.rule or "", "")
    kin = [name for name in exact if words and words in name]
    found = kin if len(kin) == 1 else exact
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        raise CheckpointError(
            f"the name of a model in {source.origin}",
            f"weights that do not say whose they are and fit {some}",
            f"naming it, such as model={found[0]!r}",
        )
    raise CheckpointError(
        f"the name of a model in {source.origin}",
        "weights that do not say whose they are and fit none of the catalogue",
        "naming it, such as model='vit_tiny_patch16_224', with its options",
    )


def _of_that_size(state: Mapping[str, Tensor]) -> Iterator[str]:
    """The models with about so many parameters, but for head and positions."""
    body = sum(value.numel() for name, value in state.items() if not _free(name))
    widest = max((len(value) for value in state.values() if value.ndim == 1), default=1)
    for name in CATALOG.names():
        beyond = CATALOG[name].parameters - body
        if -body // 50 <= beyond <= 2001 * widest + (_MOST_ROWS + 2048) * widest:
            yield name


def _fits(name: str, state: Mapping[str, Tensor], *, tables: bool) -> bool:
    """Tell whether weights are those of a model, but for the head and its input channels."""
    own = skeleton(name, _parts(name, state)).state_dict()
    kept = {key for key in own if not HEADS.fullmatch(key) and not _counter(key)}
    if kept != {key for key in state if not HEADS.fullmatch(key) and not _counter(key)}:
        return False
    return all(
        own[key].shape == state[key].shape
        or (TABLES.fullmatch(key) is not None and not tables)
        or (key in _STEMS and own[key].shape[2:] == state[key].shape[2:])
        for key in kept
    )


def _parts(
    name: str, state: Mapping[str, Tensor], told: Mapping[str, object] | None = None
) -> dict[str, object]:
    """What weights say of their config that neither its name nor the fields that are told do."""
    usual = default_config(name)
    fields = {field.name: getattr(usual, field.name) for field in dataclasses.fields(usual)}
    if told and "global_pool" in told:
        fields.pop("class_token", None)  # whose default depends on the pool
    return parts_of(state, CATALOG[name].config, {**fields, **(told or {})})


def _free(name: str) -> bool:
    return HEADS.fullmatch(name) is not None or TABLES.fullmatch(name) is not None


def _counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _seen(
    state: Mapping[str, Tensor], told: Mapping[str, object], name: str, asked: tuple[object, str]
) -> dict[str, object]:
    """The fields that names and shapes settle: classes, channels, size."""
    found: dict[str, object] = {}
    known = options_of(name)
    if "num_classes" in known:
        heads = [key for key in state if HEADS.fullmatch(key) and state[key].ndim > 1]
        found["num_classes"] = state[heads[0]].shape[0] if heads else 0
    stem = next((key for key in _STEMS if key in state), None)
    if stem is not None and state[stem].ndim == 4 and "in_chans" in known:
        found["in_chans"] = state[stem].shape[1]
    return {**found, **_size_seen(state, told, name, asked)}


def _size_seen(
    state: Mapping[str, Tensor], told: Mapping[str, object], name: str, asked: tuple[object, str]
) -> dict[str, object]:
    """The image size that a position table was made for, where it is not the one that is told."""
    table, offsets = state.get("pos_embed"), [name for name in _OFFSETS if name in state]
    module = import_module(CATALOG[name].path.split(":")[0])
    config = getattr(module, CATALOG[name].config)(**told)
    layout = getattr(config, "layout", None)
    if layout is None or "img_size" not in options_of(name):
        return {}
    if table is not None and table.ndim == 3:
        before = 0 if getattr(config, "no_embed_class", False) else len(layout.prefix)
        cells, rows = table.shape[1] - before, table.shape[1]
    elif offsets:
        rows = len(state[offsets[0]])
        cells = ((math.isqrt(max(rows - 3, 0)) + 1) // 2) ** 2  # three rows are for the class token
    else:
        return {}
    if cells == math.prod(layout.grid):
        return {}
    if _covers(config, asked[0], cells):
        return {"img_size": asked[0]}
    side = math.isqrt(max(cells, 0))
    if side and side * side == cells:
        sizes = zip(config.image, layout.grid, strict=True)
        return {"img_size": tuple(side * (pixels // count) for pixels, count in sizes)}
    raise CheckpointError(
        f"positions of a square grid in {asked[1]}",
        f"a table of {rows} rows",
        "img_size=(HEIGHT, WIDTH) of the pictures that the weights were trained with",
    )
