"""The cost ruler: every mechanism in the same stage of the same small network, on the same data.

The network is `resnet14_small_32`: three stages of two basic blocks with 16, 32 and 64 channels.
A mechanism goes into one stage, where its paper puts it: for the second 3x3 of both blocks, on the
residual branch, before the first or after the last block. Everything else is alike: pictures,
order, augmentation, optimizer and epochs.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from saccade.attention.create import ROLES
from saccade.errors import ConfigError
from saccade.inspection.cost import Cost, interleaved, priced
from saccade.layers.patches import pair
from saccade.models import build
from saccade.table import Table
from saccade.training.config import TrainConfig
from saccade.training.run import train
from saccade.training.threads import own_threads

MODEL = "resnet14_small_32"
PLAIN = "convolution"  # the network as it is
_HEADS: Mapping[str, object] = MappingProxyType({"heads": 4})
# What goes into the stage: mechanism, options; sizes fit for 32 channels.
ENTRIES: Table[tuple[str | None, Mapping[str, object]]] = Table(
    "mechanism of the comparison",
    {
        PLAIN: (None, {}),
        "squeeze_excitation": ("squeeze_excitation", {}),
        "spatial_transformer": ("spatial_transformer", {}),
        "non_local": ("non_local", {}),
        "criss_cross": ("criss_cross", {}),
        "local_self": ("local_self", _HEADS),
        "local_relation": ("local_relation", {}),
        "augmented_conv": (
            "augmented_conv",
            {"heads": 4, "kappa": 0.5, "upsilon": 0.25, "min_head": 4},
        ),
        "vector": ("vector", {"relation_channels": 8}),
        "vector_patchwise": (
            "vector",
            {"kind": "patchwise", "relation": "concatenation", "relation_channels": 8},
        ),
        "windowed": ("windowed", {"heads": 4, "window_size": 4}),
        "reduced": ("reduced", _HEADS),
        "multi_head": ("multi_head", _HEADS),
        "additive": ("additive", {}),
    },
)
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One mechanism of the comparison.

    Args:
        name: of `ENTRIES`.
        role: where it stands: "conv", "branch", "before" or "after"; empty for the plain network.
        cost: of the whole network, with a batch of `BATCH` pictures.
        accuracies: on the held-out pictures, 0-1, one for each seed.
        seconds: of training, mean over the seeds.
    """

    name: str
    role: str
    cost: Cost
    accuracies: tuple[float, ...]
    seconds: float

    @property
    def accuracy(self) -> float:
        """Mean over the seeds, 0-1."""
        return statistics.fmean(self.accuracies)

    def to_dict(self) -> dict[str, Any]:
        """Write the row as plain values, fit for JSON and CSV."""
        cost = self.cost
        return {
            "mechanism": self.name,
            "role": self.role,
            "parameters": cost.parameters,
            "multiply_adds": cost.multiply_adds,
            "ms": round(1000 * cost.seconds, 2),
            "ms_least": round(1000 * cost.spread[0], 2),
            "ms_most": round(1000 * cost.spread[1], 2),
            "peak_bytes": cost.peak_bytes,
            "accuracy": round(self.accuracy, 5),
            "accuracy_least": round(min(self.accuracies), 5),
            "accuracy_most": round(max(self.accuracies), 5),
            "accuracies": [round(value, 5) for value in self.accuracies],
            "train_seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What every mechanism of a comparison is given.

    Args:
        stage: which stage of the network gets it, 1 to 3.
        epochs: of training.
        seeds: how many runs, with the seeds 0, 1, ...
        rounds: forward passes that are timed.
        batch: pictures of a timed pass.
        jobs: training runs at a time, each on one thread.
        out: folder for the folders of the runs.

    Raises:
        ConfigError: a number is too small, or there is no such stage.
    """

    stage: int = 2
    epochs: int = 6
    seeds: int = 2
    rounds: int = 7
    batch: int = 16
    jobs: int = 1
    out: str = "runs/compare"

    def __post_init__(self) -> None:
        for name in ("epochs", "seeds", "rounds", "batch", "jobs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} of at least 1", str(getattr(self, name)), f"{name}=2")
        if self.stage not in (1, 2, 3):
            raise ConfigError("stage 1, 2 or 3", str(self.stage), "stage=2")


def chosen(names: Sequence[str]) -> list[str]:
    """Read a choice of mechanisms; "all" is every one, and the plain network comes first.

    Raises:
        UnknownName: one of them does not exist; the nearest are offered.
    """
    wanted = list(ENTRIES) if "all" in names else [PLAIN, *names]
    for name in wanted:
        ENTRIES[name]
    return list(dict.fromkeys(wanted))


def model_options(name: str, stage: int) -> dict[str, Any]:
    """Give the options of the small network that put a mechanism into a stage."""
    mechanism, options = ENTRIES[name]
    if mechanism is None:
        return {}
    return {
        "attention": mechanism,
        "attention_stages": (stage,),
        "attention_options": dict(options),
    }


def costs(names: Sequence[str], budget: Budget, *, size: tuple[int, int]) -> dict[str, Cost]:
    """Measure the networks in turns, on one thread, with random pictures.

    Args:
        names: of `ENTRIES`.
        budget: of the comparison.
        size: of the pictures in pixels (height, width).
    """
    images = torch.rand(budget.batch, 3, *size, generator=torch.Generator().manual_seed(0))
    models: dict[str, nn.Module] = {
        name: build(MODEL, img_size=size, **model_options(name, budget.stage)).eval()
        for name in names
    }
    with own_threads(1):
        seconds = interleaved(models, images, rounds=budget.rounds)
        return {name: priced(model, images, seconds[name]) for name, model in models.items()}


def compare(
    source: str, names: Sequence[str], budget: Budget, tell: Tell | None = None
) -> list[Row]:
    """Train and measure every mechanism on one data set.

    Args:
        source: labelled pictures, as in `saccade.data.open_images`.
        names: of `ENTRIES`, or "all".
        budget: what each is given.
        tell: called with a line for each run that is done.

    Returns:
        A row for each mechanism, the plain network first. The accuracy is that on the test part;
        on the validation part where there is no test part.
    """
    wanted = chosen(names)
    found: dict[str, dict[int, tuple[float, float]]] = {name: {} for name in wanted}
    sizes = {(32, 32)}
    tasks = [(source, name, seed, budget) for seed in range(budget.seeds) for name in wanted]
    for name, seed, accuracy, seconds, size in _all_done(tasks, budget.jobs):
        found[name][seed], sizes = (accuracy, seconds), {size}
        if tell is not None:
            tell(f"{name}, seed {seed}: {100 * accuracy:.2f} % in {seconds:.0f} s")
    measured = costs(wanted, budget, size=max(sizes))
    return [
        Row(
            name=name,
            role=ROLES.get(ENTRIES[name][0] or "", ""),
            cost=measured[name],
            accuracies=tuple(found[name][seed][0] for seed in range(budget.seeds)),
            seconds=statistics.fmean(second for _, second in found[name].values()),
        )
        for name in wanted
    ]


Task = tuple[str, str, int, Budget]
Done = tuple[str, int, float, float, tuple[int, int]]


def _all_done(tasks: Sequence[Task], jobs: int) -> Iterator[Done]:
    if jobs == 1:
        yield from map(_trained, tasks)
        return
    with _pool(jobs) as pool:
        for future in as_completed([pool.submit(_trained, task) for task in tasks]):
            yield future.result()


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _trained(task: Task) -> Done:
    source, name, seed, budget = task
    config = TrainConfig(
        model=MODEL,
        epochs=budget.epochs,
        seed=seed,
        threads=1,
        in_chans=3,
        out=f"{budget.out}/{name}",
        model_kwargs=model_options(name, budget.stage),
    )
    run = train(source, config)
    metrics = run.metrics
    accuracy = metrics.get("test_accuracy", metrics.get("val_accuracy"))
    return name, seed, float(accuracy or 0.0), run.seconds, pair(run.config.img_size or 32)
