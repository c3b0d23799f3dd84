"""BEiT of transformers: its config.json, read and written."""

from collections.abc import Mapping, Set

from saccade.checkpoints.huggingface_family import (
    Family,
    Fields,
    Json,
    State,
    expect_ours,
    expect_theirs,
    standing,
)
from saccade.checkpoints.huggingface_layouts import BEIT
from saccade.checkpoints.huggingface_vit import SIZES, sizes_of, told_sizes
from saccade.checkpoints.mapping import Layout

_FLAGS = {
    "use_abs_pos_emb": "use_absolute_position_embeddings",
    "use_rel_pos_bias": "use_relative_position_bias",
    "use_shared_rel_pos_bias": "use_shared_relative_position_bias",
}
_USUAL = {
    **SIZES,
    **dict.fromkeys(_FLAGS.values(), False),
    "layer_scale_init_value": 0.1,
    "use_mean_pooling": True,
}


def _read(config: Json, names: Set[str]) -> Fields:
    expect_theirs(config, hidden_act="gelu")
    scale, mean = float(config["layer_scale_init_value"]), bool(config["use_mean_pooling"])
    return {
        **sizes_of(config),
        "qkv_bias": True,
        "init_values": scale if scale > 0 else None,
        "global_pool": "avg" if mean else "token",
        # Networks that guess hidden patches have their last norm before any pool.
        "fc_norm": mean and ("fc_norm.weight" in names or "norm.weight" not in names),
        **{ours: bool(config[theirs]) for ours, theirs in _FLAGS.items()},
    }


def _told(config: Json) -> Fields:
    mean = config.get("global_pool") == "avg"
    expect_ours(config, "beit", fc_norm=mean, qkv_bias=True)
    return {
        **told_sizes(config),
        **{theirs: bool(config[ours]) for ours, theirs in _FLAGS.items()},
        "hidden_act": "gelu",
        "use_mean_pooling": mean,
        "layer_scale_init_value": config.get("init_values") or 0.0,
        "use_mask_token": False,
    }


def _layout(state: State, config: Json) -> Layout | None:
    return BEIT if "use_rel_pos_bias" in config and "blocks.0.attn.qkv.weight" in state else None


FAMILIES: Mapping[str, Family] = {
    "beit": Family(
        stem="Beit",
        usual=_USUAL,
        near=standing("beit_*", kind="BeitConfig"),
        read=_read,
        layout=_layout,
        told=_told,
    )
}
