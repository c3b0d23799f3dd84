"""Opening weights, whatever they are: a file, a folder, shards, or a model of the hub."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.checkpoints import torchvision
from saccade.checkpoints.card import Card
from saccade.checkpoints.google import is_google, read_google
from saccade.checkpoints.google_config import PREPROCESSING
from saccade.checkpoints.hub import fetch, is_hub_id
from saccade.checkpoints.huggingface import about_transformers, as_computed
from saccade.checkpoints.mapping import Mapped
from saccade.checkpoints.native import Checkpoint, read
from saccade.checkpoints.npz import read_npz
from saccade.checkpoints.origins import PLAIN, read_names
from saccade.checkpoints.source import About, Source
from saccade.checkpoints.timm_config import about_timm
from saccade.checkpoints.wrapping import unwrap
from saccade.errors import CheckpointError, SaccadeError
from saccade.layers.positions import ResizeRule

# The weights of a folder: those of our runs first.
_WEIGHTS = (
    "best.safetensors",
    "last.safetensors",
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_INDEX = ".index.json"
# What weights of other shapes than their names promise, and settings without a needed one, raise.
_AMISS = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Raw:
    """Weights under the names of their file.

    Args:
        files: that were read.
        checkpoint: what they hold.
        config: config.json beside them.
        preprocessor: preprocessor_config.json beside them.
    """

    files: tuple[Path, ...]
    checkpoint: Checkpoint
    config: Mapping[str, Any] = field(default_factory=dict)
    preprocessor: Mapping[str, Any] | None = None


def open_source(source: str | Path, *, source_size: int | tuple[int, int] | None = None) -> Source:
    """Read weights and all that is said of them.

    Args:
        source: a file, the folder of a run or of a model, or an id of the hub.
        source_size: side in pixels, or (height, width), that the weights were trained with, where
            their positions form no square and nothing tells.

    Raises:
        CheckpointError: there is nothing that can be read.
        MissingExtra: an id, and huggingface_hub is not installed.
    """
    path = fetch(str(source)) if is_hub_id(str(source)) else Path(source)
    raw = read_raw(path)
    try:
        return _understood(str(source), raw, source_size)
    except SaccadeError:
        raise
    except _AMISS as error:
        why = str(error).split("\n", maxsplit=1)[0][:100]
        raise CheckpointError(
            f"weights and settings that go together in {source}",
            f"others ({type(error).__name__}: {why})",
            "another copy of the file",
        ) from error


def _understood(origin: str, raw: Raw, source_size: int | tuple[int, int] | None) -> Source:
    """Find out whose weights these are, and give them our names."""
    found = raw.checkpoint
    if found.card is not None and not is_google(found.state):
        return _ours(origin, raw, found.card)
    if is_google(found.state):
        return _googles(origin, raw, source_size)
    return _named(origin, raw)


def read_raw(path: Path) -> Raw:
    """Read a file, a folder or shards under their own names.

    Raises:
        CheckpointError: there is no such file, it is damaged, or holds no weights.
    """
    file = weight_file(path)
    beside = file.parent if path.is_dir() or file.name in _WEIGHTS[2:] else None
    if file.name.endswith(_INDEX):
        files, checkpoint = _read_shards(file)
    else:
        files, checkpoint = (file,), _read_one(file)
    config = _json(beside / "config.json") if beside else None
    pixels = _json(beside / "preprocessor_config.json") if beside else None
    return Raw(files=files, checkpoint=checkpoint, config=config or {}, preprocessor=pixels)


def weight_file(path: Path) -> Path:
    """Find the weight file of a folder; a file is its own.

    Raises:
        CheckpointError: there is none, or more than one that could be meant.
    """
    if not path.is_dir():
        return path
    for name in _WEIGHTS:
        if (path / name).is_file():
            return path / name
    found = sorted(
        file for ending in ("safetensors", "npz", "pth", "pt") for file in path.glob(f"*.{ending}")
    )
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found[:4]) or "no weight file"
    raise CheckpointError(
        f"one of {', '.join(_WEIGHTS)} in {path}", f"a folder with {names}", "a file in it"
    )


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_one(file: Path) -> Checkpoint:
    if _is_npz(file):
        archive = read_npz(file)
        return Checkpoint(archive.card, archive.state, {}, "a numpy archive")
    return read(file)


def _is_npz(file: Path) -> bool:
    if file.suffix == ".npz":
        return True
    try:
        with file.open("rb") as opened:
            if opened.read(4) != b"PK\x03\x04":
                return False
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def _read_shards(index: Path) -> tuple[tuple[Path, ...], Checkpoint]:
    """Read all files that an index names, and see that each tensor is where it says.

    Raises:
        CheckpointError: the index is none, or a file lacks what it should hold.
    """
    table = (_json(index) or {}).get("weight_map")
    if not isinstance(table, dict) or not table:
        raise CheckpointError(f"a weight_map in {index}", "none", "another copy of the file")
    names = tuple(dict.fromkeys(str(name) for name in table.values()))
    if any(Path(name).name != name for name in names):
        raise CheckpointError(f"files beside {index}", "paths to elsewhere", "another copy")
    files = tuple(index.parent / name for name in names)
    state: dict[str, Tensor] = {}
    for file in files:
        state.update(read(file).state)
    missing = [name for name in table if name not in state]
    if missing:
        raise CheckpointError(
            f"the {len(table)} tensors of {index}",
            f"{len(missing)} missing ({', '.join(missing[:3])})",
            "another copy of the files",
        )
    return files, Checkpoint(None, state, {}, f"{len(files)} shards")


def _ours(origin: str, raw: Raw, card: Card) -> Source:
    state = raw.checkpoint.state
    return Source(
        origin=origin,
        files=raw.files,
        how=raw.checkpoint.how,
        mapped=Mapped(state, {name: (name,) for name in state}, (), ()),
        about=About(
            model=card.model,
            config=card.config,
            classes=card.classes,
            preprocessing=card.preprocessing,
        ),
        rule=card.rule,
        card=card,
        resume=raw.checkpoint.resume,
    )


def _googles(origin: str, raw: Raw, size: int | tuple[int, int] | None) -> Source:
    card = raw.checkpoint.card
    size = size or (card.config.get("img_size") if card else None)
    found = read_google(raw.checkpoint.state, img_size=size)
    patterns = {"vit": "vit_*", "hybrid": "vit_*", "mixer": "mixer_*", "bit": "resnetv2_*bit"}
    kinds = {"vit": "ViTConfig", "hybrid": "HybridConfig", "mixer": "MixerConfig"}
    about = About(
        model=card.model if card else None,
        kind=kinds.get(found.family, "BiTConfig"),
        near=(patterns[found.family],),
        config={**found.config, **(card.config if card else {})},
        classes=card.classes if card else (),
        preprocessing=card.preprocessing if card else PREPROCESSING,
    )
    return Source(
        origin=origin,
        files=raw.files,
        how=f"Google's {found.family}",
        mapped=found.mapped,
        about=about,
        rule=card.rule if card and card.rule else "google",
        notes=found.notes,
    )


def _named(origin: str, raw: Raw) -> Source:
    """Weights that are told by their names, and by a config.json where there is one."""
    state, wrapped = unwrap(raw.checkpoint.state)
    mapped, found = read_names(state)
    mapped = Mapped(mapped.state, mapped.origin, mapped.unused, (*mapped.ignored, *wrapped))
    config, about, rule = raw.config, About(), found.rule if found else None
    layout = found.layout if found else None
    if "architecture" in config:
        about, rule = about_timm(config), rule or "timm"
    elif "model_type" in config:
        mapped = as_computed(mapped)
        about = about_transformers(config, raw.preprocessor, set(mapped.state))
    rule = rule or _rule_of(raw, wrapped)
    if not config and (rule in ("dino", "deit") or layout is torchvision.VIT):
        about = _plain_vit(mapped.state)
    how = f"{raw.checkpoint.how}, names of {found.layout.name if found else PLAIN}"
    return Source(
        origin=origin,
        files=raw.files,
        how=how,
        mapped=mapped,
        about=replace(about, habits=found.fields if found else {}),
        rule=rule,
    )


def _plain_vit(state: Mapping[str, Tensor]) -> About:
    """What is said of plain vision transformers of DeiT, DINO, MAE and torchvision: their pixels.

    Their networks are those of the catalogue, whose own weights expect others.
    """
    plain = {"pos_embed", "blocks.0.attn.qkv.bias"} <= set(state)
    return About(preprocessing=_IMAGENET) if plain else About()


def _rule_of(raw: Raw, wrapped: tuple[str, ...]) -> ResizeRule | None:
    """The convention of files whose names are timm's but whose wrapping is not."""
    if "'teacher'" in raw.checkpoint.how or wrapped:
        return "dino"
    return "deit" if "under 'model'" in raw.checkpoint.how else None


def _json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None where there is no file.

    Raises:
        CheckpointError: the file is no JSON object.
    """
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"JSON in {path}", str(error)[:100], "another copy") from error
    if not isinstance(found, dict):
        raise CheckpointError(f"a JSON object in {path}", type(found).__name__, "another copy")
    return found
