"""The choices of a run that its user left open, each with its reason."""

from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.groups import GROUPS
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.presets import PRESETS, pick
from saccade.training.recipe.pretrain import pretrain
from saccade.training.recipe.situation import SMALL, TINY, Situation, has_option


def choose(
    config: TrainConfig,
    facts: Facts,
    *,
    on_gpu: bool,
    known: tuple[int, int] | None = None,
    weights: str | None = None,
) -> tuple[TrainConfig, list[Choice]]:
    """Fill in what a config leaves open.

    Args:
        config: what the user asked for; it is never overruled.
        facts: about the training pictures.
        on_gpu: whether the model will be on CUDA.
        known: image size in pixels (height, width) of the weights to start from.
        weights: name of the model whose weights the run starts from, where it is known.

    Returns:
        The config with nothing left open, and every choice that was made.

    Raises:
        ConfigError: the model or the preset that is asked for cannot be used.
    """
    found = Situation(
        config=config, facts=facts, on_gpu=on_gpu, known=known, model=config.model or weights
    )
    if config.objective == "classify":
        preset = pick(found)
        every = [preset, *PRESETS[preset.value](found)]
    else:
        every = pretrain(found)
    every += [_recomputing(), _amp(on_gpu), Choice("grad_accum", 1, "a batch makes a step")]
    first = {choice.name: choice for choice in reversed(every)}  # a preset's own stand first
    made = [first[name] for name in dict.fromkeys(choice.name for choice in every)]
    made = [choice for choice in made if is_open(config, choice.name)]
    chosen = [choice.value for choice in made if choice.name == "model"]
    name = found.model or next(iter(chosen), None)
    made = [choice for choice in made if _applies(choice.name, name)]
    return config.changed({choice.name: choice.value for choice in made}), made


def given(config: TrainConfig) -> list[Choice]:
    """List what the user asked for, for a table of the whole recipe.

    Args:
        config: before anything was chosen.
    """
    plain = TrainConfig()
    names = [name for name in plain.to_dict() if name not in GROUPS]
    names += [f"{group}.{name}" for group in GROUPS for name in plain.to_dict()[group]]
    asked = [name for name in names if config.get(name) != plain.get(name)]
    return [Choice(name, config.get(name), "given") for name in asked]


def is_open(config: TrainConfig, name: str) -> bool:
    """Tell whether the user left an option open."""
    return config.get(name) is None


def _applies(option: str, model: str | None) -> bool:
    """See whether a model has an option that is the model's; only transformers have patches."""
    if option not in ("patch_size", "drop_path_rate", "weight_init"):
        return True
    return has_option(model, option)


def _recomputing() -> Choice:
    why = "what blocks compute is kept, which is faster; True needs less memory"
    return Choice("grad_checkpointing", False, why)


def _amp(on_gpu: bool) -> Choice:
    reason = "bfloat16 is fast on CUDA" if on_gpu else "on a CPU bfloat16 is seldom faster"
    return Choice("amp", on_gpu, reason)


__all__ = ["SMALL", "TINY", "Choice", "choose", "given", "is_open"]
