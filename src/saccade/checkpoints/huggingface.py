"""The config.json of transformers, read and written, whatever the network."""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from saccade.checkpoints import (
    huggingface_beit,
    huggingface_dinov3,
    huggingface_pvt,
    huggingface_resnet,
    huggingface_swin,
    huggingface_vit,
)
from saccade.checkpoints.huggingface_family import Family, Json, State
from saccade.checkpoints.huggingface_pixels import pixels_of_processor
from saccade.checkpoints.mapping import Layout, Mapped
from saccade.checkpoints.source import About
from saccade.errors import CheckpointError

# By model_type; of two that would be written, the first whose layout fits.
FAMILIES: Mapping[str, Family] = {
    **huggingface_beit.FAMILIES,
    **huggingface_dinov3.FAMILIES,
    **huggingface_swin.FAMILIES,
    **huggingface_pvt.FAMILIES,
    **huggingface_resnet.FAMILIES,
    **huggingface_vit.FAMILIES,
}
_HEADS = {"head.weight", "head.bias", "head.fc.weight", "fc.weight"}


def about_transformers(config: Json, preprocessor: Json | None, names: Set[str]) -> About:
    """Read what a folder of transformers says of its model.

    Args:
        config: config.json.
        preprocessor: preprocessor_config.json, where there is one.
        names: of the weights under our names.

    Raises:
        CheckpointError: it is a model that saccade does not have, or does not compute.
    """
    kind = str(config.get("model_type"))
    if kind not in FAMILIES:
        raise CheckpointError(
            f"a model of transformers out of {', '.join(FAMILIES)}", repr(kind), "another model"
        )
    family = FAMILIES[kind]
    whole = {**family.usual, **{key: value for key, value in config.items() if value is not None}}
    pixels = pixels_of_processor(preprocessor)
    fields = family.read(whole, names)
    if "img_size" not in fields and "img_size" in pixels:
        fields["img_size"] = pixels["img_size"]
    headed, labels = bool(_HEADS & names), _labels(config)
    if not headed:
        fields["num_classes"] = 0
    elif config.get("id2label") or "num_labels" in config:
        fields["num_classes"] = len(config.get("id2label") or ()) or int(config["num_labels"])
    near = family.near(whole, names)
    return About(
        kind=near.kind,
        near=near.patterns,
        config=fields,
        classes=labels if headed else (),
        preprocessing=pixels,
    )


def as_computed(mapped: Mapped) -> Mapped:
    """Leave out the tanh layer of a classifier, which transformers keeps but does not compute.

    Args:
        mapped: weights of a folder of transformers.
    """
    if "head.weight" not in mapped.state:
        return mapped
    left = [name for name in mapped.state if name.startswith("pre_logits.")]
    theirs = tuple(name for ours in left for name in mapped.origin[ours])
    return replace(
        mapped,
        state={name: value for name, value in mapped.state.items() if name not in left},
        ignored=(*mapped.ignored, *theirs),
    )


def _labels(config: Json) -> tuple[str, ...]:
    """Names of the classes; LABEL_0, LABEL_1, ... are no names."""
    table = config.get("id2label")
    if not isinstance(table, Mapping):
        return ()
    ordered = sorted((int(index), str(label)) for index, label in table.items())
    if [index for index, _ in ordered] != list(range(len(ordered))):
        return ()
    labels = tuple(label for _, label in ordered)
    return () if labels == tuple(f"LABEL_{i}" for i in range(len(labels))) else labels


def transformers_config(
    kind: str, config: Mapping[str, Any], classes: tuple[str, ...]
) -> dict[str, object]:
    """Write a config.json.

    Args:
        kind: the model_type.
        config: fields of our model's config.
        classes: their names; LABEL_0 and so on where there are none.

    Raises:
        CheckpointError: transformers cannot compute what the model does.
    """
    count = int(config["num_classes"])
    labels = classes or tuple(f"LABEL_{index}" for index in range(count))
    family = FAMILIES[kind]
    told: dict[str, object] = {
        "architectures": [f"{family.stem}{'ForImageClassification' if count else 'Model'}"],
        "model_type": kind,
        "num_channels": config["in_chans"],
        "torch_dtype": "float32",
    }
    if count:
        told["id2label"] = {str(index): label for index, label in enumerate(labels)}
        told["label2id"] = {label: index for index, label in enumerate(labels)}
    return told | family.told(config)


def kind_of(state: State, config: Mapping[str, Any]) -> tuple[str, Layout]:
    """Find the model_type and the names under which transformers keeps these weights.

    Args:
        state: by our names.
        config: fields of our model's config.

    Raises:
        CheckpointError: transformers has no such model.
    """
    for kind, family in FAMILIES.items():
        layout = family.layout(state, config)
        if layout is not None:
            return kind, layout
    raise CheckpointError(
        "a ViT, DeiT, DINOv2, DINOv3, BEiT, Swin, PVT, BiT or ResNet for transformers",
        "another",
        "--to timm",
    )
