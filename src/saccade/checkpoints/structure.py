"""What the names and shapes of weights say of a config: parts that a network has beyond its name's.

A network may be called by a name of the catalogue and yet have registers, factors on its branches,
or a norm behind its pool. A part is believed where its weights are there. Where they are not, the
part stays, so that loading tells what is missing; but a norm that stands elsewhere has moved.
"""

import math
from collections.abc import Callable, Mapping

from torch import Tensor

State = Mapping[str, Tensor]
Told = Mapping[str, object]
_FIRST = "blocks.0."


def parts_of(state: State, kind: str, told: Told) -> dict[str, object]:
    """Find the fields of a config that differ from what is told.

    Args:
        state: weights under our names.
        kind: name of the config class.
        told: all its fields, as they would be without; "asked" is the `img_size` that the user
            gives.
    """
    reader = _READERS.get(kind)
    found = reader(state, told) if reader is not None else {}
    kept = {key for key, value in found.items() if value != told.get(key)}
    if "global_pool" in kept:
        kept |= {"class_token"} & set(found)  # whose default depends on the pool
    return {key: found[key] for key in found if key in kept}


def _vit(state: State, told: Told) -> dict[str, object]:
    found: dict[str, object] = {**_norms(state), **_tokens(state, told)}
    pool = told.get("global_pool", "token")
    if "attn_pool.latent" in state:
        found["global_pool"] = "map"
    elif pool == "token" and (found.get("fc_norm") or found.get("class_token") is False):
        found["global_pool"] = "avg"
    if "cls_token" in state and found.get("global_pool", pool) != "token":
        found["class_token"] = True
    if f"{_FIRST}ls1.gamma" in state:
        found["init_values"] = told.get("init_values") or 1e-5
    if "norm_pre.weight" in state:
        found["pre_norm"] = True
    if f"{_FIRST}attn.q_norm.weight" in state:
        found["qk_norm"] = True
    if "pre_logits.fc.weight" in state and state["pre_logits.fc.weight"].ndim:
        found["representation_size"] = len(state["pre_logits.fc.weight"])
    return found


def _norms(state: State) -> dict[str, object]:
    """Where the last norm stands: before the pool, or behind it."""
    before, behind = "norm.weight" in state, "fc_norm.weight" in state
    return {"fc_norm": behind} if before != behind else {}


def _tokens(state: State, told: Told) -> dict[str, object]:
    """The tokens before the patches, and whether they have positions."""
    found: dict[str, object] = {}
    registers = _registers(state)
    if registers:
        found["reg_tokens"] = registers
    table = state.get("pos_embed")
    if table is None or table.ndim != 3:
        return found
    rows, special = table.shape[1], registers + ("cls_token" in state)
    alone, with_special = _is_grid(rows, told), _is_grid(rows - max(special, 1), told)
    if alone and not with_special and "cls_token" not in state:
        found["class_token"] = False
    if special and alone != with_special:
        found["no_embed_class"] = alone
    return found


def _registers(state: State) -> int:
    """How many learned tokens (1 n d) stand between the class token and the patches."""
    table = state.get("reg_token")
    return 0 if table is None or table.ndim != 3 else table.shape[1]


def _is_grid(cells: int, told: Told) -> bool:
    """Tell whether there are so many patches: those of the sizes that are told, or of a square."""
    if cells <= 0:
        return False
    patch = _sides(told.get("patch_size"))
    known = [_sides(told.get(name)) for name in ("asked", "img_size")]
    grids = [(image[0] // patch[0]) * (image[1] // patch[1]) for image in known]
    return cells in grids or math.isqrt(cells) ** 2 == cells


def _sides(size: object) -> tuple[int, int]:
    """Both sides in pixels; (1, 1) where nothing is told."""
    if isinstance(size, tuple | list) and len(size) == 2:
        return int(size[0]), int(size[1])
    return (size, size) if isinstance(size, int) else (1, 1)


def _sequence(state: State, told: Told) -> dict[str, object]:
    """What BEiT and EVA share."""
    found = _norms(state)
    if f"{_FIRST}gamma_1" in state:
        found["init_values"] = told.get("init_values") or 1e-5
    if f"{_FIRST}attn.q_bias" in state or f"{_FIRST}attn.q_proj.bias" in state:
        found["qkv_bias"] = True
    if "pos_embed" in state:
        found["use_abs_pos_emb"] = True
    return found


def _beit(state: State, told: Told) -> dict[str, object]:
    found = _sequence(state, told)
    own = f"{_FIRST}attn.relative_position_bias_table" in state
    shared = "rel_pos_bias.relative_position_bias_table" in state
    if shared or own:
        found |= {"use_rel_pos_bias": own, "use_shared_rel_pos_bias": shared}
    if found.get("fc_norm") is False and told.get("fc_norm"):
        found["global_pool"] = "token"  # the authors have this norm only for the mean
    return found


def _eva(state: State, told: Told) -> dict[str, object]:
    found = _sequence(state, told)
    if _registers(state):
        found["num_reg_tokens"] = _registers(state)
    for field, name in (
        ("qk_norm", f"{_FIRST}attn.q_norm.weight"),
        ("scale_attn_inner", f"{_FIRST}attn.norm.weight"),
        ("scale_mlp", f"{_FIRST}mlp.norm.weight"),
    ):
        if name in state:
            found[field] = True
    if f"{_FIRST}attn.q_proj.weight" in state or f"{_FIRST}attn.qkv.weight" in state:
        found["qkv_fused"] = f"{_FIRST}attn.qkv.weight" in state
    return found


_READERS: Mapping[str, Callable[[State, Told], dict[str, object]]] = {
    "ViTConfig": _vit,
    "HybridConfig": _vit,
    "BeitConfig": _beit,
    "EvaConfig": _eva,
}
