"""What learned beside the model, kept in a file of its own, and a lesson put together again.

The file `decoder.safetensors` lies beside the weights. It tells which lesson it is of and of which
weights, since two files cannot be replaced in one step.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from saccade.checkpoints.fitting import fit
from saccade.checkpoints.load import load_model
from saccade.checkpoints.opening import read_raw, weight_file
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, OutputError, SaccadeError
from saccade.files import replacing
from saccade.models.classifier import Classifier
from saccade.table import Table
from saccade.training.options import MaskTarget, PretrainOptions
from saccade.training.pretraining import autoencoder, masked_patches, next_patch
from saccade.training.pretraining.patch_lesson import PatchLesson

FILE = "decoder.safetensors"
_MODEL, _TOLD, _FORMAT = "model.", "saccade_lesson", 1
_KINDS = {"objective": str, "options": dict, "weights": str}
_BUILDERS: Table[Any] = Table(
    "objective with a decoder",
    {
        "masked-patches": masked_patches.build,
        "mae": autoencoder.build,
        "next-patch": next_patch.build,
    },
)


def save_extra(lesson: nn.Module, path: Path, state: Mapping[str, Tensor] | None = None) -> bool:
    """Write what a lesson has beside its model, whole or not at all.

    Args:
        lesson: whose model's weights are saved beside; others than those that guess patches have
            nothing that is needed later, and nothing is written.
        path: of the file, as a rule `decoder.safetensors` beside the weights.
        state: all weights of the lesson by name, where they are not in the lesson as they will be
            saved, such as averages; its own when None.

    Returns:
        Whether a file was written.

    Raises:
        OutputError: it cannot be written.
    """
    if not isinstance(lesson, PatchLesson):
        return False
    whole = lesson.state_dict() if state is None else state
    model = {k.removeprefix(_MODEL): v for k, v in whole.items() if k.startswith(_MODEL)}
    told = {
        "format": _FORMAT,
        "objective": lesson.name,
        "options": dict(lesson.options()),
        "weights": _digest(model),
    }
    tensors = {
        name: value.detach().to("cpu", copy=True).contiguous()
        for name, value in whole.items()
        if not name.startswith(_MODEL)
    }
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, metadata={_TOLD: json.dumps(told)})
        except SafetensorError as error:
            raise OutputError(f"to write {path}", str(error), "more disk space") from error
    return True


def load_extra(lesson: PatchLesson, path: Path) -> None:
    """Fill a lesson with what `save_extra` wrote; its model stays as it is.

    Raises:
        CheckpointError: the file is damaged, or is of another lesson or of other weights.
    """
    told, tensors = _read(path)
    if told["weights"] != _digest(lesson.model.state_dict()):
        raise CheckpointError(
            f"the decoder of these weights in {path}",
            "that of others, as after a run that was killed while it saved",
            "going on with the run, or another copy of both files",
        )
    own = {k: v for k, v in lesson.state_dict().items() if k.startswith(_MODEL)}
    fit(lesson, {**own, **tensors}, origin=str(path))


def open_lesson(
    path: Path, *, target: MaskTarget | None = None
) -> tuple[PatchLesson, Preprocessing]:
    """Put together the model of a run and what learned beside it, ready to paint.

    Args:
        path: the folder of a run or its weights, or a masked autoencoder as published, whose file
            holds the decoder too.
        target: what a published decoder guesses, which its file does not say; "norm-pixels" when
            None, which is right for all but those called `mae_visualize_...`.

    Raises:
        CheckpointError: there is no decoder, or it does not fit.
    """
    loaded = load_model(path)
    model, pixels = loaded.model.eval(), Preprocessing.from_dict(loaded.card.preprocessing)
    beside = weight_file(path).parent / FILE
    if beside.is_file() and loaded.card.training:
        told, _ = _read(beside)
        lesson = _built(told, model, pixels, str(beside))
        load_extra(lesson, beside)
    else:
        lesson = _published(path, model, pixels, target or "norm-pixels")
    return lesson.eval(), pixels


def _published(
    path: Path, model: Classifier, pixels: Preprocessing, target: MaskTarget
) -> PatchLesson:
    state = read_raw(path).checkpoint.state
    try:
        decoder = autoencoder.decoder_weights(state)
    except CheckpointError as error:
        hint = "the folder of a run with --objective mae, masked-patches or next-patch"
        raise CheckpointError(
            f"a decoder in {path} or as {FILE} beside it", "none", f"{hint}; or {error.hint}"
        ) from error
    options = PretrainOptions(
        target=target,
        decoder_dim=len(decoder["embed.weight"]),
        decoder_depth=len({n.split(".")[1] for n in decoder if n.startswith("blocks.")}),
    )
    lesson = autoencoder.build(model, options, pixels)
    fit(lesson.decoder, decoder, origin=str(path))
    return lesson


def _built(
    told: Mapping[str, Any], model: Classifier, pixels: Preprocessing, origin: str
) -> PatchLesson:
    try:
        options = PretrainOptions(**told["options"])
        lesson: PatchLesson = _BUILDERS[told["objective"]](model, options, pixels)
    except (SaccadeError, TypeError) as error:
        raise CheckpointError(
            f"a lesson that this version knows in {origin}", str(error), "a newer version"
        ) from error
    return lesson


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            told = json.loads((file.metadata() or {})[_TOLD])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        told = {name: kind(told[name]) for name, kind in _KINDS.items()}
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"a decoder that saccade wrote at {path}",
            f"something else ({' '.join(str(error).split())[:80]})",
            "another copy of the file",
        ) from error
    return told, tensors


def _digest(state: Mapping[str, Tensor]) -> str:
    """Tell weights apart: a number made of their names and bytes."""
    sums = blake2b(digest_size=16)
    for name in sorted(state):
        value = state[name].detach().to("cpu").contiguous()
        sums.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        sums.update(value.flatten().view(torch.uint8).numpy().data)
    return sums.hexdigest()
