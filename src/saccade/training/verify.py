"""Verifying a run: see what has changed since, do its first epochs again, and compare."""

import dataclasses
import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from saccade.checkpoints.native import read
from saccade.data.sets import Splits
from saccade.errors import ConfigError, DataError, SaccadeError
from saccade.training.config import TrainConfig
from saccade.training.hashes import code_hash, data_hash
from saccade.training.journal import Show, read_journal
from saccade.training.manifest import environment, read_manifest
from saccade.training.proposal import open_pictures
from saccade.training.start import pick_device
from saccade.training.words.opening import open_words

# Numbers of an epoch that tell nothing of the weights.
_ASIDE = ("event", "time", "seconds", "epoch", "step", "images_per_second")


class Train(Protocol):
    """What does a run: `saccade.training.run.train`."""

    def __call__(
        self,
        source: str | None,
        config: TrainConfig,
        *,
        progress: Show | None = None,
        stop_after: int | None = None,
        splits: Splits | None = None,
    ) -> Any:  # noqa: ANN401
        """Train; the result has the `folder` of the run."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was.

    Args:
        name: what.
        then: as the run had it.
        now: as it is.
    """

    name: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of doing the first epochs of a run again.

    Args:
        epochs: that were done again.
        compared: numbers and tensors that were compared.
        numbers: those that differ.
        largest: difference of two numbers or two weights; infinite where they cannot be compared.
        changes: of versions, device, data and code since the run.
        cause: of the differences, as far as it can be told; empty when there are none.
    """

    epochs: int
    compared: int
    numbers: tuple[Difference, ...]
    largest: float
    changes: tuple[Difference, ...]
    cause: str

    @property
    def identical(self) -> bool:
        """Everything is the same to the last bit."""
        return not self.numbers

    def to_dict(self) -> dict[str, Any]:
        """Write the result as plain values, fit for JSON."""
        largest = self.largest if math.isfinite(self.largest) else None
        return {**asdict(self), "largest": largest, "identical": self.identical}


def verify(
    folder: Path,
    *,
    train: Train,
    epochs: int = 1,
    source: str | None = None,
    progress: Show | None = None,
) -> Verification:
    """Do the first epochs of a run again, in a temporary folder, and compare every number.

    Args:
        folder: of the run.
        train: what does a run.
        epochs: to do again, 1 to as many as the run has done.
        source: of the pictures, where they lie elsewhere now; that of the run when None.
        progress: called with each event.

    Raises:
        DataError: there is no manifest, or the pictures cannot be opened.
        ConfigError: the run has not done so many epochs.
    """
    manifest = read_manifest(folder)
    config = TrainConfig.from_dict(manifest["config"])
    done = _epochs(folder)
    if not 1 <= epochs <= len(done):
        raise ConfigError(f"1 to {len(done)} epochs, as the run has done", str(epochs))
    splits, data = _opened(source or str(manifest["source"]), config)
    changes = changed(manifest, data, pick_device(config.device), threads=config.threads)
    with tempfile.TemporaryDirectory(prefix="saccade-verify-") as place:
        again = dataclasses.replace(config, out=place, watch=None, tensorboard=False)
        run = train(
            source or str(manifest["source"]),
            again,
            progress=progress,
            stop_after=epochs,
            splits=splits,
        )
        new = Path(run.folder)
        numbers, compared = _compare_epochs(done[:epochs], _epochs(new))
        begun = _start_difference(manifest, new)
        weights = _compare_weights(folder, new, epochs)
    found = [*begun, *numbers, *weights[0]]
    largest = max([weights[2], *(_distance(one) for one in [*begun, *numbers])], default=0.0)
    cause = likely_cause(changes, config) if found else ""
    return Verification(epochs, compared + weights[1], tuple(found), largest, tuple(changes), cause)


def _opened(source: str, config: TrainConfig) -> tuple[Splits | None, dict[str, Any]]:
    """Open the data of a run as they are now, and hash them; of words only the hashes are given."""
    if config.task != "classify":
        return None, open_words(source, config).hashes()
    splits = open_pictures(source, config)
    return splits, data_hash(splits)


def changed(
    manifest: Mapping[str, Any],
    data: Mapping[str, Any],
    device: torch.device,
    *,
    threads: int | None = None,
) -> list[Difference]:
    """List what is not as the manifest has it: code, data, versions, processor, device.

    Args:
        manifest: of a run.
        data: hashes of its data as they are now.
        device: that would compute now.
        threads: that would compute now; torch's own number when None.
    """
    found: list[Difference] = []
    if manifest.get("code") != code_hash():
        found.append(Difference("code", str(manifest.get("code")), code_hash()))
    then, now = manifest.get("data", {}), data
    for part in dict.fromkeys([*then, *now]):
        old, new = (side.get(part, {}).get("hash", "none") for side in (then, now))
        if old != new:
            found.append(Difference(f"data ({part})", str(old), str(new)))
    old_environment, here = manifest.get("environment", {}), environment(device, threads=threads)
    for name in dict.fromkeys([*old_environment, *here]):
        was, has = str(old_environment.get(name)), str(here.get(name))
        if was != has:
            found.append(Difference(name, was, has))
    return found


def likely_cause(changes: list[Difference], config: TrainConfig) -> str:
    """Say what is most likely behind other numbers."""
    names = [change.name for change in changes]
    told = (
        ("data", "the pictures are others than the run's"),
        ("code", "the code of this package has changed since"),
        ("torch", "another version of torch adds up in another order"),
        ("device", "another device computes in another order"),
        ("processes", "the run was shared by another number of processes"),
        ("processor", "another processor has other instructions"),
        ("instructions", "torch uses other instructions of the processor"),
        ("threads", "another number of threads adds up in another order"),
    )
    for name, reason in told:
        if any(own == name or own.startswith(f"{name} (") for own in names):
            return reason
    if names:
        return f"other versions than the run's ({', '.join(names[:4])})"
    if not config.deterministic:
        return "an operation gives other numbers each time; the run was not deterministic"
    return "nothing that the manifest holds has changed: please report this"


def _epochs(folder: Path) -> list[dict[str, Any]]:
    """Read the epochs of a run from its diary, in order."""
    try:
        events = read_journal(folder / "metrics.jsonl")
    except (OSError, ValueError) as error:
        raise DataError(
            f"the diary of a run at {folder / 'metrics.jsonl'}", str(error), "another folder"
        ) from error
    rows = {event["epoch"]: event for event in events if event.get("event") == "epoch"}
    return [rows[number] for number in sorted(rows)]


def _compare_epochs(
    then: list[dict[str, Any]], now: list[dict[str, Any]]
) -> tuple[list[Difference], int]:
    """Compare all that the diary tells of some epochs."""
    found: list[Difference] = []
    compared = 0
    for number, old in enumerate(then):
        new = now[number] if number < len(now) else {}
        for name in [key for key in old if key not in _ASIDE]:
            compared += 1
            if not _same(old[name], new.get(name)):
                label = f"epoch {old['epoch']} {name}"
                found.append(Difference(label, repr(old[name]), repr(new.get(name))))
    return found, compared


def _same(one: object, two: object) -> bool:
    both_nan = one != one and two != two
    return both_nan or one == two


def _start_difference(manifest: Mapping[str, Any], new: Path) -> list[Difference]:
    """Compare the weights before the first step."""
    try:
        then, now = manifest["start"]["weights"], read_manifest(new)["start"]["weights"]
    except (SaccadeError, KeyError, TypeError):
        return []
    return [] if then == now else [Difference("weights at the start", then, now)]


def _compare_weights(old: Path, new: Path, epochs: int) -> tuple[list[Difference], int, float]:
    """Compare the last weights, where both runs stand after the same epoch.

    Returns:
        What differs, how many tensors were compared, and the largest difference.
    """
    try:
        one, two = (read(folder / "last.safetensors") for folder in (old, new))
    except SaccadeError:
        return [], 0, 0.0
    if one.card is None or two.card is None:
        return [], 0, 0.0
    if not one.card.epoch == two.card.epoch == epochs:
        return [], 0, 0.0
    found: list[Difference] = []
    largest = 0.0
    for name, value in one.state.items():
        other = two.state.get(name)
        if other is None or other.shape != value.shape:
            found.append(Difference(name, str(tuple(value.shape)), "another shape"))
            largest = math.inf
        elif not torch.equal(value, other):
            gap = float((value.double() - other.double()).abs().max())
            largest = max(largest, gap)
            found.append(Difference(name, "the run's", f"up to {gap:.3g} away"))
    return found, len(one.state), largest


def _distance(one: Difference) -> float:
    try:
        return abs(float(one.then) - float(one.now))
    except ValueError:
        return 0.0
