"""Weights as a folder that others can load, and as a model of the Hugging Face hub.

The folder holds model.safetensors with its card, timm's config.json, and a page README.md that is
written from the card. Weights of a model that timm has, under timm's names, are loaded by timm too.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import ModelHubMixin

from saccade.checkpoints import native
from saccade.checkpoints.card import Card
from saccade.checkpoints.load import Loaded, load_model
from saccade.checkpoints.model_card import model_page
from saccade.checkpoints.timm_config import timm_config
from saccade.errors import CheckpointError
from saccade.files import write_text
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier


class Named(NamedTuple):
    """A model and what is said of it."""

    model: Classifier
    card: Card


Publishable = str | Path | Loaded | Named | Classifier


def save_pretrained(source: Publishable, folder: str | Path, *, name: str | None = None) -> Path:
    """Write a folder that `saccade.load` reads, and timm where it has the model.

    Args:
        source: a model, one that was loaded, or weights of any origin: a file, the folder of a
            run, an id of the hub.
        folder: where to; files of the same names are replaced.
        name: what the page calls the model; the folder's name when None.

    Returns:
        The folder.

    Raises:
        CheckpointError: the weights cannot be read, or the model has no name in the catalogue.
        OutputError: the folder cannot be written.
    """
    network, card = _network_and_card(source)
    folder = Path(folder)
    native.save(folder / "model.safetensors", network, card)
    if network.canvas is None or network.canvas.size == network.config.image:
        told = timm_config(card.model, card.config, card.classes, card.preprocessing)
        write_text(folder / "config.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    else:
        (folder / "config.json").unlink(missing_ok=True)  # timm's has no word for `img_fit`
    write_text(folder / "README.md", model_page(card, name=name or folder.name))
    return folder


def push_to_hub(
    source: Publishable,
    repo_id: str,
    *,
    private: bool = False,
    token: str | None = None,
    commit_message: str = "Weights written by saccade",
) -> str:
    """Upload a model to the Hugging Face hub, through huggingface_hub's mixin.

    Args:
        source: as in `save_pretrained`.
        repo_id: OWNER/NAME; made where it does not exist.
        private: make it private.
        token: of the hub; the one that is logged in when None.
        commit_message: for its history.

    Returns:
        The address of the change.

    Raises:
        CheckpointError: the weights cannot be read, or the hub refuses.
    """
    named = Named(*_network_and_card(source))

    class Published(ModelHubMixin):
        """What the mixin uploads: the folder of `save_pretrained`."""

        def _save_pretrained(self, save_directory: Path) -> None:
            save_pretrained(named, save_directory, name=repo_id)

    try:
        address = Published().push_to_hub(
            repo_id, private=private, token=token, commit_message=commit_message
        )
    except Exception as error:  # whatever the network and the hub do
        why = str(error).strip().split("\n")[0][:160] or type(error).__name__
        raise CheckpointError(
            f"the hub to take {repo_id}",
            f"{type(error).__name__} ({why})",
            "a network, another id, or `hf auth login` with a token that may write",
        ) from error
    return str(address)


def _network_and_card(source: Publishable) -> tuple[Classifier, Card]:
    if isinstance(source, Classifier):
        return source, _fresh_card(source)
    if isinstance(source, Loaded | Named):
        return source.model, source.card
    loaded = load_model(source)
    return loaded.model, loaded.card


def _fresh_card(model: Classifier) -> Card:
    if model.name not in CATALOG:
        raise CheckpointError(
            "a model of the catalogue",
            f"a {type(model).__name__} without a name",
            "create_model(NAME), whose options may differ from the name's",
        )
    known = CATALOG[model.name].preprocessing
    pixels = {"exif": "apply", **known, "img_size": list(model.config.image)}
    return Card(model=model.name, config=asdict(model.config), preprocessing=pixels)
