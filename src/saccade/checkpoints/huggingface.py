"""The config.json and preprocessor_config.json of transformers, read and written."""

from collections.abc import Mapping
from typing import Any

from saccade.checkpoints import huggingface_layouts as layouts
from saccade.checkpoints.google_config import ratio
from saccade.checkpoints.huggingface_pixels import pixels_of_processor, side_lengths
from saccade.checkpoints.mapping import Layout
from saccade.checkpoints.source import About
from saccade.errors import CheckpointError

# model_type: patterns of names in the catalogue that it may be.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "vit": ("vit_*",),
    "vit_mae": ("vit_*",),
    "vit_msn": ("vit_*",),
    "deit": ("deit_*distilled*", "deit_*"),
    "dinov2": ("vit_*dinov2*",),
    "dinov2_with_registers": ("vit_*reg4_dinov2*",),
    "beit": ("beit_*",),
}
_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
}


def about_transformers(
    config: Mapping[str, Any], preprocessor: Mapping[str, Any] | None, names: set[str]
) -> About:
    """Read what a folder of transformers says of its model.

    Args:
        config: config.json.
        preprocessor: preprocessor_config.json, where there is one.
        names: of the weights under our names.

    Raises:
        CheckpointError: it is a model that saccade does not have.
    """
    kind = str(config.get("model_type"))
    if kind not in FAMILIES:
        raise CheckpointError(
            f"a model of transformers out of {', '.join(FAMILIES)}", repr(kind), "another model"
        )
    activation = str(config.get("hidden_act", "gelu"))
    if activation not in _ACTIVATIONS:
        raise CheckpointError("hidden_act gelu or gelu_new", repr(activation), "another model")
    labels = _labels(config)
    fields = {**_sizes(config), "act": _ACTIVATIONS[activation], **_parts(config, names)}
    headed = {"head.weight", "head.bias"} & names
    fields["num_classes"] = _count(config, labels) if headed else 0
    return About(
        kind="ViTConfig" if kind.startswith("vit") else None,
        near=FAMILIES[kind],
        config=fields,
        classes=labels if headed else (),
        preprocessing=pixels_of_processor(preprocessor),
    )


def _sizes(config: Mapping[str, Any]) -> dict[str, object]:
    width, hidden = int(config["hidden_size"]), config.get("intermediate_size")
    share = config.get("mlp_ratio", 4.0) if hidden is None else ratio(int(hidden), width)
    return {
        "img_size": side_lengths(config.get("image_size", 224)),
        "patch_size": side_lengths(config.get("patch_size", 16)),
        "in_chans": int(config.get("num_channels", 3)),
        "embed_dim": width,
        "depth": int(config["num_hidden_layers"]),
        "num_heads": int(config["num_attention_heads"]),
        "mlp_ratio": float(share),
        "qkv_bias": bool(config.get("qkv_bias", True)),
        # What transformers takes where the file is silent.
        "norm_eps": float(config.get("layer_norm_eps", 1e-12)),
    }


def _parts(config: Mapping[str, Any], names: set[str]) -> dict[str, object]:
    """The parts that a model has or lacks, as its weights tell."""
    found: dict[str, object] = {"class_token": "cls_token" in names}
    if config.get("model_type") == "beit":
        found |= _biased(config)
    if "blocks.0.ls1.gamma" in names:
        found["init_values"] = float(config.get("layerscale_value", 1.0))
    if config.get("use_swiglu_ffn"):
        width = int(config["hidden_size"])
        hidden = 2 * _gated(int(width * config.get("mlp_ratio", 4)))
        found |= {"mlp": "swiglu_packed", "mlp_ratio": ratio(hidden, width)}
    if "reg_token" in names:
        found["reg_tokens"] = int(config.get("num_register_tokens", 4))
        found["no_embed_class"] = True
    if "pre_logits.fc.weight" in names:
        found["representation_size"] = int(config.get("pooler_output_size", config["hidden_size"]))
    if "fc_norm.weight" in names:
        found |= {"global_pool": "avg", "fc_norm": True}
    return found


def _biased(config: Mapping[str, Any]) -> dict[str, object]:
    """The tables of positions of a BEiT, and what it pools."""
    scale = float(config.get("layer_scale_init_value", 0.1))
    return {
        "init_values": scale if scale > 0 else None,
        "use_abs_pos_emb": bool(config.get("use_absolute_position_embeddings", False)),
        "use_rel_pos_bias": bool(config.get("use_relative_position_bias", False)),
        "use_shared_rel_pos_bias": bool(config.get("use_shared_relative_position_bias", False)),
        "global_pool": "avg" if config.get("use_mean_pooling", True) else "token",
        "fc_norm": bool(config.get("use_mean_pooling", True)),
    }


def _labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the classes; LABEL_0, LABEL_1, ... are no names."""
    table = config.get("id2label")
    if not isinstance(table, Mapping):
        return ()
    ordered = sorted((int(index), str(label)) for index, label in table.items())
    if [index for index, _ in ordered] != list(range(len(ordered))):
        return ()
    labels = tuple(label for _, label in ordered)
    return () if labels == tuple(f"LABEL_{i}" for i in range(len(labels))) else labels


def _count(config: Mapping[str, Any], labels: tuple[str, ...]) -> int:
    table = config.get("id2label")
    return len(table) if table else int(config.get("num_labels", len(labels) or 2))


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
    acts = {"gelu": "gelu", "gelu_tanh": "gelu_pytorch_tanh"}
    if config.get("act", "gelu") not in acts:
        raise CheckpointError("act gelu or gelu_tanh", repr(config["act"]), "another format")
    count = int(config["num_classes"])
    labels = classes or tuple(f"LABEL_{index}" for index in range(count))
    height, width = config["img_size"]
    rows, columns = config["patch_size"]
    told: dict[str, object] = {
        "architectures": [_architecture(kind, count)],
        "model_type": kind,
        "image_size": height if height == width else [height, width],
        "patch_size": rows if rows == columns else [rows, columns],
        "num_channels": config["in_chans"],
        "hidden_size": config["embed_dim"],
        "num_hidden_layers": config["depth"],
        "num_attention_heads": config["num_heads"],
        "intermediate_size": int(config["embed_dim"] * config["mlp_ratio"]),
        "hidden_act": acts[config.get("act", "gelu")],
        "layer_norm_eps": config["norm_eps"],
        "qkv_bias": config.get("qkv_bias", True),
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "torch_dtype": "float32",
    }
    if count:
        told["id2label"] = {str(index): label for index, label in enumerate(labels)}
        told["label2id"] = {label: index for index, label in enumerate(labels)}
    return told | _special(kind, config)


def kind_of(state: Mapping[str, object], config: Mapping[str, Any]) -> tuple[str, Layout]:
    """Find the model_type and the names under which transformers keeps these weights.

    Args:
        state: by our names.
        config: fields of our model's config.

    Raises:
        CheckpointError: transformers has no such model.
    """
    if "dist_token" in state:
        return "deit", layouts.DEIT_DISTILLED
    if any(name.endswith("attn.q_bias") for name in state):
        return "beit", layouts.BEIT
    gated = str(config.get("mlp", "")).startswith("swiglu")
    if "reg_token" in state:
        layout = layouts.REGISTERS_GATED if gated else layouts.REGISTERS
        return "dinov2_with_registers", layout
    if "blocks.0.ls1.gamma" in state:
        return "dinov2", layouts.DINOV2_GATED if gated else layouts.DINOV2
    if "blocks.0.attn.qkv.weight" in state and "cls_token" in state:
        return "vit", layouts.VIT
    raise CheckpointError("a ViT, DeiT, DINOv2 or BEiT for transformers", "another", "--to timm")


def _architecture(kind: str, count: int) -> str:
    stem = {
        "vit": "ViT",
        "deit": "DeiT",
        "dinov2": "Dinov2",
        "dinov2_with_registers": "Dinov2WithRegisters",
        "beit": "Beit",
    }[kind]
    ending = "ForImageClassification" if count else "Model"
    return f"{stem}{ending}WithTeacher" if kind == "deit" and count else f"{stem}{ending}"


def _special(kind: str, config: Mapping[str, Any]) -> dict[str, object]:
    if kind in ("vit", "deit"):
        size = config.get("representation_size") or config["embed_dim"]
        return {"pooler_output_size": size, "pooler_act": "tanh"}
    if kind == "beit":
        return {
            "use_mean_pooling": config.get("global_pool") == "avg",
            "use_relative_position_bias": config.get("use_rel_pos_bias", True),
            "use_shared_relative_position_bias": config.get("use_shared_rel_pos_bias", False),
            "use_absolute_position_embeddings": config.get("use_abs_pos_emb", False),
            "layer_scale_init_value": config.get("init_values") or 0.0,
            "use_mask_token": False,
        }
    gated, share = str(config.get("mlp")).startswith("swiglu"), float(config["mlp_ratio"])
    special: dict[str, object] = {"use_swiglu_ffn": gated, "layerscale_value": 1.0}
    if config.get("reg_tokens"):
        special["num_register_tokens"] = config["reg_tokens"]
    width = int(config["embed_dim"])
    hidden = int(width * share)
    whole = round(hidden * 0.75 / width) if gated else round(share)
    if (2 * _gated(width * whole) if gated else width * whole) != hidden:
        raise CheckpointError("hidden units as DINOv2 has them", f"mlp_ratio={share}", "--to timm")
    return {**special, "mlp_ratio": whole}


def _gated(hidden: int) -> int:
    """How many gates DINOv2 has for so many hidden units: two thirds, in eights."""
    return (hidden * 2 // 3 + 7) // 8 * 8
