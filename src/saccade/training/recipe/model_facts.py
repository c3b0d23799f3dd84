"""What a model is, as far as cautions ask."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from saccade.layers.patches import pair
from saccade.models.catalog import CATALOG
from saccade.training.config import TrainConfig
from saccade.training.recipe.situation import family_of, is_transformer

_BATCH_NORM = ("ResNet", "WideResNet", "SAN")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """A model before its first step.

    Args:
        name: of the model.
        pretrained: it starts from weights.
        transformer: it is a transformer.
        width: features of a token, the least of all stages; None where there are none.
        head_dim: features of the narrowest attention head; None where there are none.
        patch: side of a patch in pixels (height, width); None where there are none.
        in_chans: channels of its image.
        batch_norm: it has norms over the batch.
        two_heads: it has a distillation token with a head of its own.
    """

    name: str
    pretrained: bool
    transformer: bool
    width: int | None = None
    head_dim: int | None = None
    patch: tuple[int, int] | None = None
    in_chans: int = 3
    batch_norm: bool = False
    two_heads: bool = False


def facts_by_name(config: TrainConfig, *, name: str | None = None) -> ModelFacts:
    """Tell what a model will be, without building it.

    Args:
        config: of the run.
        name: of the model; that of the config when None.

    Raises:
        UnknownName: there is no such model.
    """
    name = name or config.model or ""
    entry = CATALOG[name]
    kind = getattr(import_module(entry.path.split(":")[0]), entry.config)
    values = {f.name: f.default for f in dataclasses.fields(kind)} | dict(entry.changes)
    asked = {key: getattr(config, key) for key in ("patch_size", "in_chans")}
    values |= {key: value for key, value in asked.items() if value is not None}
    return from_options(
        name, {**values, **config.model_kwargs}, pretrained=config.checkpoint is not None
    )


def from_options(name: str, options: Mapping[str, Any], *, pretrained: bool) -> ModelFacts:
    """Look at the options of a model, such as `dataclasses.asdict(model.config)`.

    Args:
        name: of the model.
        options: of its config, by name.
        pretrained: whether it starts from weights.
    """
    transformer = is_transformer(name)
    width, head_dim = _widths(options) if transformer else (None, None)
    whole = family_of(name) != "Hybrid"  # whose patches are cut from a map, not from pixels
    return ModelFacts(
        name=name,
        pretrained=pretrained,
        transformer=transformer,
        width=width,
        head_dim=head_dim,
        patch=_pair(options.get("patch_size")) if whole else None,
        in_chans=int(options.get("in_chans") or 3),
        batch_norm=family_of(name) in _BATCH_NORM,
        two_heads=family_of(name) == "DistilledDeiT",
    )


def _widths(options: Mapping[str, Any]) -> tuple[int | None, int | None]:
    widths, heads = options.get("embed_dim", options.get("embed_dims")), options.get("num_heads")
    if isinstance(widths, int) and isinstance(heads, int):
        return widths, widths // heads
    if isinstance(widths, list | tuple) and isinstance(heads, list | tuple):
        each = [width // count for width, count in zip(widths, heads, strict=False)]
        return min(widths), min(each)
    return None, None


def _pair(side: object) -> tuple[int, int] | None:
    return pair(side) if isinstance(side, int | tuple) else None
