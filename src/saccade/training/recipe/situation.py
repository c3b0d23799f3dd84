"""What the choices of a run rest on: what is asked for, the pictures, the model, the device."""

from dataclasses import dataclass

from saccade.models import options_of
from saccade.models.catalog import CATALOG
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts

SMALL = 64  # pixels; up to this side a picture is taken at its own size
TINY = 12  # pixels; up to this side a picture is doubled, so that it can be moved by half pixels
_TRANSFORMERS = ("ViT", "DistilledDeiT", "Beit", "Eva", "Hybrid", "Swin", "PVT", "PVTv2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """A run whose options are still open.

    Args:
        config: what the user asked for.
        facts: about the training pictures.
        on_gpu: whether the model will be on CUDA.
        known: image size in pixels (height, width) of the weights to start from, where another
            one is asked for.
        model: name of the model, that of the weights where there are some; None when unknown.
    """

    config: TrainConfig
    facts: Facts
    on_gpu: bool
    known: tuple[int, int] | None = None
    model: str | None = None

    @property
    def small(self) -> bool:
        """Whether the pictures are taken at their own size."""
        return self.facts.side <= SMALL

    @property
    def seen(self) -> int | None:
        """Pictures of a step, as far as the user said."""
        size = self.config.batch_size
        return None if size is None else size * (self.config.grad_accum or 1)


def family_of(model: str | None) -> str:
    """Name the class of a model, such as "ViT"; empty when the model is unknown."""
    if model is None or model not in CATALOG:
        return ""
    return CATALOG[model].path.split(":")[1]


def is_transformer(model: str | None) -> bool:
    """Tell whether a model is a transformer."""
    return family_of(model) in _TRANSFORMERS


def has_option(model: str | None, option: str) -> bool:
    """Tell whether a model has an option; what is unknown has it."""
    return model is None or model not in CATALOG or option in options_of(model)
