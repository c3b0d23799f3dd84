"""Keywords that timm builds a network with, as fields of our configs; none is passed over unseen.

Most are called the same. Some change nothing once a network is trained, and are left out by name;
some are understood only where they say what our networks do anyway. All others are refused.
"""

from collections.abc import Mapping
from typing import Any

from saccade.errors import CheckpointError
from saccade.models import options_of

# They matter in training, or for the room that a network takes, and change no number.
_HARMLESS = frozenset(
    {
        "drop_block_rate",
        "patch_drop_rate",
        "weight_init",
        "fix_init",
        "head_init_scale",
        "zero_init_last",
        "dynamic_img_size",
        "dynamic_img_pad",
        "strict_img_size",
        "num_features",
        "out_indices",
        "scriptable",
        "exportable",
        "no_jit",
        "device",
        "dtype",
        "cache_dir",
        "pretrained",
        "pretrained_strict",
    }
)
# Told so, they say what ours do.
_USUAL: Mapping[str, tuple[object, ...]] = {
    "global_pool": ("avg", "fast"),
    "class_token": (True,),
    "proj_bias": (True,),
    "qk_norm": (False,),
    "scale_attn_norm": (False,),
    "scale_mlp_norm": (False,),
    "no_embed_class": (False,),
    "use_post_norm": (False,),
    "use_pre_transformer_norm": (False,),
    "attn_type": ("eva",),
    "rotate_half": (False,),
    "rope_mixed_mode": (False,),
    "rope_grid_offset": (0, 0.0),
    "rope_grid_indexing": ("ij",),
    "always_partition": (False,),
    "preact": (True,),
    "stem_type": ("fixed",),
    "act_layer": ("gelu", "relu"),
    "output_stride": (32,),
}
_RENAMED = {"act_layer": "act", "use_fc_norm": "fc_norm"}
_ACTS = {"gelu": "gelu", "gelutanh": "gelu_tanh", "quickgelu": "quick_gelu"}
_NORMS = {"layernorm": 1e-6, "layernormfp32": 1e-6}  # timm's own, with what it adds to the variance


def timm_fields(name: str, given: Mapping[str, Any]) -> dict[str, object]:
    """Turn keywords of timm into fields of a config.

    Args:
        name: of the network, in the catalogue.
        given: the keywords; what is None is not told.

    Raises:
        CheckpointError: a keyword says something that no network here does.
    """
    known = options_of(name)
    fields: dict[str, object] = {}
    for keyword, value in given.items():
        if value is None or keyword in _HARMLESS:
            continue
        if keyword == "norm_layer":
            fields["norm_eps"] = _norm(name, value, known)
            continue
        field = _RENAMED.get(keyword, keyword)
        if field in known:
            fields[field] = _value(name, keyword, value)
        elif value not in _USUAL.get(keyword, ()):
            raise _unknown(name, keyword, value)
    return fields


def _norm(name: str, value: object, known: list[str]) -> float:
    plain = str(value).replace("_", "").lower()
    if plain not in _NORMS or "norm_eps" not in known:
        raise _unknown(name, "norm_layer", value)
    return _NORMS[plain]


def _value(name: str, keyword: str, value: object) -> object:
    if keyword == "act_layer":
        plain = str(value).replace("_", "").lower()
        if plain not in _ACTS:
            raise _unknown(name, keyword, value)
        return _ACTS[plain]
    if keyword == "pos_embed" and value == "":
        return "none"
    return tuple(value) if isinstance(value, list) else value


def _unknown(name: str, keyword: str, value: object) -> CheckpointError:
    return CheckpointError(
        f"keywords of timm that saccade's {name} has",
        f"{keyword}={value!r}",
        "another model, or config.json without it if you know that the weights do not need it",
    )
