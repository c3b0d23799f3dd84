"""Weights of any origin, written as another library reads them; whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch
from safetensors.torch import save_file
from torch import Tensor

from saccade.checkpoints import swin, torchvision
from saccade.checkpoints.fitting import LoadReport
from saccade.checkpoints.google import write_google
from saccade.checkpoints.huggingface import kind_of, transformers_config
from saccade.checkpoints.huggingface_pixels import preprocessor_config
from saccade.checkpoints.load import Loaded, load_model
from saccade.checkpoints.mapping import Layout, read_as, write_as
from saccade.checkpoints.native import save
from saccade.checkpoints.timm_config import timm_config
from saccade.errors import CheckpointError, ConfigError, OutputError
from saccade.files import replacing
from saccade.layers.positions import ResizeRule

Format = Literal["saccade", "timm", "hf", "torchvision", "google"]
_PICKLES = (".pth", ".pt", ".bin")


@dataclass(frozen=True, kw_only=True, slots=True)
class Converted:
    """What a conversion left.

    Args:
        report: what became of each tensor when the weights were read.
        files: that were written, the weights first.
    """

    report: LoadReport
    files: tuple[Path, ...]


def convert(
    source: str | Path,
    target: Path,
    to: Format,
    *,
    model: str | None = None,
    changes: Mapping[str, object] | None = None,
    pos_resize: ResizeRule | None = None,
    allow_partial: bool = False,
) -> Converted:
    """Write weights of any origin as another library reads them.

    Args:
        source: a file, a folder or an id of the hub.
        target: "saccade" writes NAME.safetensors, "google" NAME.npz, "torchvision" NAME.pth and
            "hf" a folder; "timm" writes a folder, or a file where the name ends in .safetensors
            or .pth.
        to: whose layout.
        model: name of the model, where the weights do not say it.
        changes: fields of its config that shall differ, such as `img_size`.
        pos_resize: whose convention resizes the positions; that of the weights' origin when None.
        allow_partial: let tensors that are missing start with random numbers.

    Raises:
        CheckpointError: the weights cannot be read, or the layout has no place for one of them.
        ConfigError: there is no such layout.
        OutputError: the target cannot be written.
    """
    if to not in _WRITERS:
        raise ConfigError("a layout to write", repr(to), " or ".join(get_args(Format)))
    loaded = load_model(
        source, model=model, changes=changes, pos_resize=pos_resize, allow_partial=allow_partial
    )
    if to != "saccade":
        _refuse_borders(loaded)
    return Converted(report=loaded.report, files=_WRITERS[to](loaded, target))


def _refuse_borders(loaded: Loaded) -> None:
    """Refuse a size that the patch does not divide: no other layout says what becomes of it."""
    canvas, image = loaded.model.canvas, loaded.model.config.image
    if canvas is not None and canvas.size != image:
        height, width = canvas.size
        raise CheckpointError(
            "a size that the patch divides, for another library",
            f"{image[0]}x{image[1]} with img_fit={loaded.model.config.img_fit!r}",
            f"img_size=({height}, {width}), whose tensors are the same",
        )


def _as_saccade(loaded: Loaded, target: Path) -> tuple[Path, ...]:
    save(target, loaded.model, loaded.card)
    return target, target.with_suffix(".json")


def _as_google(loaded: Loaded, target: Path) -> tuple[Path, ...]:
    write_google(target, loaded.model, card=loaded.card)
    return (target,)


def _as_timm(loaded: Loaded, target: Path) -> tuple[Path, ...]:
    state = plain_state(loaded)
    if any(name.startswith("pre_logits.") for name in state):
        raise CheckpointError(
            "weights that timm has a place for", "a tanh layer before the head", "--to hf"
        )
    if loaded.card.config.get("global_pool") == "token_avg":
        raise CheckpointError(
            "a pool that timm has", "class token and mean side by side", "--to hf"
        )
    if target.suffix in (".safetensors", *_PICKLES):
        return save_state(target, state)
    card = loaded.card
    told = timm_config(card.model, card.config, card.classes, card.preprocessing)
    return _write_folder(target, state, {"config.json": told})


def _as_transformers(loaded: Loaded, target: Path) -> tuple[Path, ...]:
    card, state = loaded.card, plain_state(loaded)
    kind, layout = kind_of(state, card.config)
    files = {
        "config.json": transformers_config(kind, card.config, card.classes),
        "preprocessor_config.json": preprocessor_config(card.preprocessing),
    }
    return _write_folder(target, _written(layout, state), files)


def _as_torchvision(loaded: Loaded, target: Path) -> tuple[Path, ...]:
    state = plain_state(loaded)
    if "conv1.weight" in state and "fc.weight" in state:  # residual networks have the same names
        return save_state(target, state)
    layout = swin.TORCHVISION if "layers.0.blocks.0.norm1.weight" in state else torchvision.VIT
    return save_state(target, _written(layout, state))


_WRITERS: Mapping[str, Callable[[Loaded, Path], tuple[Path, ...]]] = {
    "saccade": _as_saccade,
    "timm": _as_timm,
    "hf": _as_transformers,
    "torchvision": _as_torchvision,
    "google": _as_google,
}


def plain_state(loaded: Loaded) -> dict[str, Tensor]:
    """The weights with one table of positions, where ours are computed or kept by axis."""
    model, state = loaded.model, dict(loaded.model.state_dict())
    own = [name for name in state if name.startswith("pos_embed")]
    patches = model.position_table() if own in ([], ["pos_embed.x", "pos_embed.y"]) else None
    if patches is not None:
        for name in own:
            del state[name]
        before = patches.new_zeros(len(model.layout.prefix), patches.shape[1])
        state["pos_embed"] = torch.cat([before, patches.detach()])[None]
    return state


def _written(layout: Layout, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename weights, and see that none is lost.

    Raises:
        CheckpointError: the layout has no name for a weight.
    """
    found = write_as(layout, state)
    back = read_as(layout, {name: value.to("meta") for name, value in found.items()}).state
    lost = [name for name in state if name not in back]
    if lost:
        more = ", ..." if len(lost) > 3 else ""
        raise CheckpointError(
            f"weights that {layout.name} has a name for",
            f"{len(lost)} others ({', '.join(lost[:3])}{more})",
            "--to timm, or --to saccade",
        )
    return found


def save_state(target: Path, state: Mapping[str, Tensor]) -> tuple[Path, ...]:
    """Write a plain table of tensors, by torch.save or as safetensors."""
    whole = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
    with replacing(target) as temporary:
        if target.suffix in _PICKLES:
            torch.save(whole, temporary)
        else:
            save_file(whole, temporary, metadata={"format": "pt"})
    return (target,)


def _write_folder(
    target: Path, state: Mapping[str, Tensor], files: Mapping[str, Mapping[str, object]]
) -> tuple[Path, ...]:
    """Write a folder beside its place and move it there in one step.

    Raises:
        OutputError: there is something already, or it cannot be written.
    """
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise OutputError(f"a new or empty folder at {target}", "files", "another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        save_state(home / "model.safetensors", state)
        for name, values in files.items():
            text = json.dumps(values, ensure_ascii=False, indent=2) + "\n"
            (home / name).write_text(text, encoding="utf-8")
        home.chmod(0o755)
        home.replace(target)
    except OSError as error:
        raise OutputError(f"to write {target}", str(error), "another folder") from error
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return tuple(target / name for name in ("model.safetensors", *files))
