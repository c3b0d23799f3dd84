"""The same network in transformers, read from a folder of its own or from one that we write."""

import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from saccade.checkpoints.huggingface import kind_of, transformers_config
from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.peer import Peer, imported, tanh_layer
from saccade.errors import CheckpointError
from saccade.files import write_text
from saccade.models.classifier import Classifier

# What only training needs, or a bare network has and nobody asks for.
_NEEDLESS = re.compile(r"mask_token$|pooler\.")
_FILES_OF_FOLDERS = ("model.", "model-", "pytorch_model")


def transformers_peer(ours: Classifier, path: Path) -> Peer:
    """Make the same network in transformers.

    Args:
        ours: the network as saccade read it.
        path: the file or folder that it was read from.

    Raises:
        MissingExtra: transformers is not installed.
        ConfigError: transformers has no such network.
        CheckpointError: it does not take the weights.
    """
    library = imported("transformers")
    folder = _its_folder(path)
    if folder is not None:
        return _of_folder(library, folder, ours, "transformers read the folder")
    how = "transformers read a folder that saccade wrote"
    with tempfile.TemporaryDirectory() as written:
        _write_folder(ours, Path(written))
        return _of_folder(library, Path(written), ours, how)


def _its_folder(path: Path) -> Path | None:
    """The folder of transformers that a path is, or is a file of; None if it is none."""
    folder = path if path.is_dir() else path.parent
    told = folder / "config.json"
    if not told.is_file() or not (path.is_dir() or path.name.startswith(_FILES_OF_FOLDERS)):
        return None
    try:
        config = json.loads(told.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return folder if isinstance(config, dict) and "model_type" in config else None


def _write_folder(ours: Classifier, folder: Path) -> None:
    state, config = ours.state_dict(), dataclasses.asdict(ours.config)
    if config.get("representation_size") is not None:
        raise tanh_layer("transformers")
    kind, layout = kind_of(state, config)
    arrays = write_as(layout, state)
    told = transformers_config(kind, config, ())
    save_file(
        {name: value.contiguous().clone() for name, value in arrays.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    write_text(folder / "config.json", json.dumps(told))


def _of_folder(library: ModuleType, folder: Path, ours: Classifier, how: str) -> Peer:
    headed = bool(ours.config.num_classes)
    kind = library.AutoModelForImageClassification if headed else library.AutoModel
    with _quiet(library):
        try:
            model, told = kind.from_pretrained(
                folder,
                attn_implementation="eager",
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(
                "a folder that transformers reads", reason, "--against timm"
            ) from error
    empty = {name for name, value in model.state_dict().items() if not value.numel()}
    over = _check({**told, "missing_keys": set(told["missing_keys"]) - empty})
    how += f", but for {', '.join(over[:3])}" if over else ""
    model.eval()

    def logits(images: Tensor) -> Tensor:
        found = model(pixel_values=images)
        shown: Tensor = found.logits if headed else _vector(found.last_hidden_state, ours)
        return shown

    head = getattr(model, "classifier", None) if headed else None
    return Peer(f"transformers {library.__version__}", how, model, head, logits)


def _vector(found: Tensor, ours: Classifier) -> Tensor:
    """Turn what a network without a head gives, tokens or a map, into one vector each (b d)."""
    tokens = found if found.dim() == 3 else found.flatten(2).mT
    return tokens[:, 0] if ours.layout.prefix else tokens.mean(dim=1)


def _check(told: Mapping[str, Any]) -> list[str]:
    """See that all weights were in the folder; give the names of those that were left out.

    Raises:
        CheckpointError: transformers would draw some at random.
    """
    lost = [str(name) for name in told["missing_keys"] if not _NEEDLESS.search(str(name))]
    other = [str(name) for name, *_ in told["mismatched_keys"]]
    if lost or other:
        names = sorted(lost + other)
        raise CheckpointError(
            "a folder with all weights of a network of transformers",
            f"one where it draws {', '.join(names[:3])} at random",
            "--against timm",
        )
    return sorted(str(name) for name in told["unexpected_keys"])


@contextmanager
def _quiet(library: ModuleType) -> Iterator[None]:
    """Keep the library from writing on our output."""
    words = library.utils.logging
    before = words.get_verbosity()
    words.set_verbosity_error()
    words.disable_progress_bar()
    try:
        yield
    finally:
        words.set_verbosity(before)
        words.enable_progress_bar()
