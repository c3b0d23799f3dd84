"""The card of a checkpoint: what the weights are, in JSON, inside the weight file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args

from saccade import __version__
from saccade.errors import CheckpointError
from saccade.layers.positions import ResizeRule

CARD_FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What the weights are and how to use them.

    Args:
        model: name of the model, one of `list_models`.
        config: fields of the model's config.
        classes: names of the classes, in the order of the logits.
        preprocessing: how a picture becomes the model's input.
        metrics: what was measured with these weights.
        training: how they were trained, and where the run stands.
        library: version of saccade that wrote them.
        epoch: whole epochs trained.
        step: steps trained.
        words: of a model of words: its task, its vocabularies and its answers; empty otherwise.
        pixels: of a network that labels pixels: ids and colours of its classes; empty otherwise.
        rule: whose convention resizes the positions of these weights, where they came from
            another library; None otherwise.
    """

    model: str
    config: Mapping[str, Any]
    classes: tuple[str, ...] = ()
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    library: str = __version__
    epoch: int = 0
    step: int = 0
    words: Mapping[str, Any] = field(default_factory=dict)
    pixels: Mapping[str, Any] = field(default_factory=dict)
    rule: ResizeRule | None = None

    @property
    def split(self) -> tuple[int, float]:
        """Seed and share of the run's own split, where its data had no part val; else 0 and 0.1."""
        told = self.training.get("config")
        config = told if isinstance(told, Mapping) else {}
        return config.get("seed", 0), config.get("val_fraction", 0.1)

    def to_json(self, *, indent: int | None = None) -> str:
        """Write the card as JSON."""
        return json.dumps(
            {"format": CARD_FORMAT, **asdict(self)}, ensure_ascii=False, indent=indent
        )

    @classmethod
    def from_json(cls, text: str, *, origin: str) -> "Card":
        """Read a card.

        Args:
            text: the JSON.
            origin: the file it came from, for messages.

        Raises:
            CheckpointError: it is no card, or one of a newer format.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _broken(origin, f"no JSON ({error})") from error
        if not isinstance(values, dict):
            raise _broken(origin, f"a JSON {type(values).__name__}")
        number = values.pop("format", None)
        if not isinstance(number, int) or isinstance(number, bool):
            raise _broken(origin, "no number of its format")
        if number > CARD_FORMAT:
            raise CheckpointError(
                f"a card of format {CARD_FORMAT} or older in {origin}",
                f"format {number}",
                "a newer version of saccade",
            )
        return cls(**_checked(values, origin))


def _checked(values: dict[str, Any], origin: str) -> dict[str, Any]:
    """Keep the fields of a card, each of its type."""
    types = {"model": str, "library": str, "classes": list, "epoch": int, "step": int}
    rule = values.get("rule")  # not in cards of older versions
    if rule is not None and rule not in get_args(ResizeRule):
        raise _broken(origin, f"{rule!r} as the rule that resizes positions")
    names = [entry.name for entry in fields(Card) if entry.name != "rule"]
    for late in ("words", "pixels"):  # not in cards of older versions either
        values.setdefault(late, {})
    missing = [name for name in names if name not in values]
    if missing:
        raise _broken(origin, f"no {', '.join(missing)}")
    for name in names:
        wanted = types.get(name, dict)
        if not isinstance(values[name], wanted):
            got = type(values[name]).__name__
            raise _broken(origin, f"{name} as {got} instead of {wanted.__name__}")
    if not all(isinstance(name, str) for name in values["classes"]):
        raise _broken(origin, "classes that are not all text")
    kept = {name: values[name] for name in names}
    lists = {"classes": tuple(values["classes"]), "config": _tuples(values["config"])}
    return {**kept, **lists, "rule": rule}


def _tuples(config: dict[str, Any]) -> dict[str, Any]:
    # JSON has no tuples; configs have no lists.
    return {key: tuple(v) if isinstance(v, list) else v for key, v in config.items()}


def _broken(origin: str, got: str) -> CheckpointError:
    return CheckpointError(f"a whole card in {origin}", got, "another copy of the file")
