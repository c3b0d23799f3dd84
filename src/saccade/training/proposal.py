"""What a run will be, before anything is built: every choice with its reason, and cautions."""

from dataclasses import dataclass

from saccade.data.images import open_images, open_unlabelled
from saccade.data.sets import Picture, Splits
from saccade.errors import DataError
from saccade.training.choices import Choice, choose, given
from saccade.training.config import TrainConfig
from saccade.training.distillation.distil import check as check_teacher
from saccade.training.facts import Facts, find_facts, sample
from saccade.training.recipe.cautions import Caution, cautions
from saccade.training.recipe.model_facts import facts_by_name
from saccade.training.scale.processes import ALONE, World
from saccade.training.start import known_weights, pick_device


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A run that could begin.

    Args:
        source: of the pictures.
        config: with nothing left open but what the model will say.
        asked: what the user asked for.
        choices: what was chosen for the user.
        cautions: known disasters that this run is heading for.
        splits: the pictures.
        facts: about the training pictures.
        pictures: the sample that the facts are of.
    """

    source: str
    config: TrainConfig
    asked: tuple[Choice, ...]
    choices: tuple[Choice, ...]
    cautions: tuple[Caution, ...]
    splits: Splits
    facts: Facts
    pictures: tuple[Picture, ...]


def propose(
    source: str, config: TrainConfig, *, world: World = ALONE, splits: Splits | None = None
) -> Proposal:
    """Look at the pictures, and choose what the config leaves open.

    Args:
        source: of the pictures.
        config: what is asked for.
        world: the processes of the run.
        splits: the pictures, where they are open already.

    Raises:
        DataError: the pictures cannot be used.
        ConfigError: an option cannot work.
        CheckpointError: the weights to start from cannot be read.
    """
    check_teacher(config)
    device = pick_device(config.device, world)
    splits = splits or open_pictures(source, config)
    images = splits.part("train")
    pictures = sample(images)
    facts = find_facts(images, pictures)
    name, known = known_weights(config)
    chosen, choices = choose(config, facts, on_gpu=device.type == "cuda", known=known, weights=name)
    return Proposal(
        source=source,
        config=chosen,
        asked=tuple(given(config)),
        choices=tuple(choices),
        cautions=tuple(cautions(chosen, facts, facts_by_name(chosen, name=name))),
        splits=splits,
        facts=facts,
        pictures=tuple(pictures),
    )


def open_pictures(source: str, config: TrainConfig) -> Splits:
    """Open the pictures of a run; only what learns from labels must have them."""
    seed, fraction, on_bad = config.seed, config.val_fraction, config.on_bad
    try:
        return open_images(source, seed=seed, val_fraction=fraction, on_bad=on_bad)
    except DataError:
        if config.objective == "classify":
            raise
        return open_unlabelled(source, seed=seed, val_fraction=fraction, on_bad=on_bad)
