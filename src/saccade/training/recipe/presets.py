"""The presets by name, and which of them a run follows."""

from collections.abc import Callable

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.table import Table
from saccade.training.recipe.bit import bit_hyperrule
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.deit import deit
from saccade.training.recipe.finetune import finetune_hires, finetune_small, linear_probe
from saccade.training.recipe.scratch import scratch_small
from saccade.training.recipe.situation import Situation, family_of, is_transformer

_ENOUGH_FOR_DEIT = 100_000  # pictures

PRESETS: Table[Callable[[Situation], list[Choice]]] = Table(
    "preset",
    {
        "linear-probe": linear_probe,
        "finetune-small": finetune_small,
        "finetune-hires": finetune_hires,
        "scratch-small": scratch_small,
        "deit": deit,
        "bit-hyperrule": bit_hyperrule,
    },
)
_NEED_WEIGHTS = ("linear-probe", "finetune-small", "finetune-hires")


def pick(found: Situation) -> Choice:
    """Choose the preset of a run.

    Raises:
        ConfigError: the preset that is asked for needs weights to start from, and there are none.
    """
    config = found.config
    if config.preset is not None:
        if config.preset in _NEED_WEIGHTS and config.checkpoint is None:
            raise ConfigError(
                f"weights to start from for the preset {config.preset}",
                "none",
                "checkpoint=FILE, or preset=scratch-small",
            )
        return Choice("preset", config.preset, "as asked for")
    name, reason = _known(found) if config.checkpoint is not None else _fresh(found)
    return Choice("preset", name, reason)


def _known(found: Situation) -> tuple[str, str]:
    """Weights to start from."""
    config = found.config
    if config.freeze == "backbone":
        return "linear-probe", "only the head is to learn"
    if found.known is not None and config.img_size is not None:
        height, width = pair(config.img_size)
        if height * width > found.known[0] * found.known[1]:
            return "finetune-hires", "weights, at a larger image than theirs"
    if family_of(found.model) == "BiT" and found.on_gpu:
        return "bit-hyperrule", "BiT's weights, and a GPU for its batches of 512"
    device = "a GPU" if found.on_gpu else "a CPU"
    return "finetune-small", f"weights, {found.facts.count} pictures to adapt them to, {device}"


def _fresh(found: Situation) -> tuple[str, str]:
    """No weights."""
    facts = found.facts
    large = facts.count >= _ENOUGH_FOR_DEIT and not found.small
    transformer = found.config.model is None or is_transformer(found.config.model)
    if large and transformer and found.on_gpu:
        return "deit", f"no weights, {facts.count} photographs, a transformer, a GPU"
    size = f"{facts.count} pictures of about {facts.width}x{facts.height} pixels"
    return "scratch-small", f"no weights, {size}"
