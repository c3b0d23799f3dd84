"""The page of a published model: Markdown with a header that the Hugging Face hub reads."""

import json
from collections.abc import Mapping
from typing import Any

from saccade.checkpoints.card import Card
from saccade.models.catalog import CATALOG

_TASKS = {"classify": "image-classification", "segment": "image-segmentation", "video": "video"}
_FEW = 20  # classes that are listed; of more, only the number is told


def model_page(card: Card, *, name: str) -> str:
    """Write what a run knows of its weights as one page.

    Args:
        card: of the weights.
        name: what the model is to be called, such as OWNER/NAME.
    """
    entry = CATALOG[card.model]
    head = ["---", "library_name: saccade", f"pipeline_tag: {_TASKS[entry.task]}"]
    head += ["tags:", "- saccade", "- vision", f"- {card.model}", "---"]
    parts = [
        "\n".join(head),
        f"# {name}",
        f"`{card.model}` ({entry.source}), with weights written by saccade {card.library}.",
        _classes(card),
        _table("How a picture becomes the input", card.preprocessing),
        _table("Measured", _shown(card.metrics)),
        _training(card),
        _use(name),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _classes(card: Card) -> str:
    count = len(card.classes)
    if not count:
        return ""
    some = ", ".join(card.classes[:_FEW]) + (", ..." if count > _FEW else "")
    return f"{count} classes, in the order of the logits: {some}."


def _table(title: str, values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    rows = "\n".join(f"| {key} | {_cell(value)} |" for key, value in values.items())
    return f"## {title}\n\n| what | value |\n|---|---|\n{rows}"


def _shown(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Give numbers and words; longer stories stay in the file."""
    return {key: value for key, value in metrics.items() if isinstance(value, int | float | str)}


def _training(card: Card) -> str:
    config, data = card.training.get("config", {}), card.training.get("data", {})
    told = {key: value for key, value in {**data, **config}.items() if value not in (None, {}, [])}
    private = {"out", "device", "workers", "threads", "fingerprint", "source", "checkpoint"}
    table = _table("Training", {key: v for key, v in told.items() if key not in private})
    if not table:
        return ""
    steps = f"{card.epoch} epochs, {card.step} steps."
    return table.replace("\n\n", f"\n\n{steps}\n\n", 1)


def _use(name: str) -> str:
    return (
        "## Use\n\n```python\nimport saccade\n\n"
        f'model = saccade.load("{name}")\nprint(model("picture.jpg").top)\n```'
    )


def _cell(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return text.strip('"').replace("|", "\\|").replace("\n", " ")
