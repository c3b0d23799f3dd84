"""Which model a file is called by: names of the catalogue, and the names authors give their files.

Sources: the pages of github.com/facebookresearch (deit, dino, dinov2, dinov3, mae),
github.com/baaivision/EVA and docs.pytorch.org/vision that offer the files.
"""

import re
from collections.abc import Callable, Mapping

from saccade.models.catalog import CATALOG

_SIZES = {
    "ti": "tiny",
    "t": "tiny",
    "s": "small",
    "m": "medium",
    "b": "base",
    "l": "large",
    "h": "huge",
    "g": "giant",
}
_SWINS = "swin_{}_patch4_window7_224"


def _dino3(found: re.Match[str]) -> str:
    size = "7b" if found[1] == "7b" else _SIZES[found[1]]
    return f"vit_{size}{'_plus' if found[2] else ''}_patch16_dinov3"


def _eva2(found: re.Match[str]) -> str:
    size = _SIZES[found[1].lower()]
    tuned = 336 if size in ("tiny", "small") else 448
    return f"eva02_{size}_patch14_{tuned if '_ft_' in found[2] else 224}"


def _eva_clip(found: re.Match[str]) -> str:
    return f"eva02_{_SIZES[found[1].lower()]}_patch{found[3]}_clip_{found[2] or 224}"


_CALLED: Mapping[str, Callable[[re.Match[str]], str]] = {
    r"deit_3_(small|medium|base|large)_(224|384)": lambda m: f"deit3_{m[1]}_patch16_{m[2]}",
    r"deit_3_huge_224": lambda m: "deit3_huge_patch14_224",
    r"dino_(?:deit|vit)(small|base)(8|16)": lambda m: f"vit_{m[1]}_patch{m[2]}_224",
    r"dino_resnet50": lambda m: "resnet50",
    r"dinov2_vit([sblg])14(_reg4)?": lambda m: f"vit_{_SIZES[m[1]]}_patch14{m[2] or ''}_dinov2",
    r"dinov3_vit(s|b|l|h|7b)16(plus)?": _dino3,
    r"mae_\w*vit_(base|large)": lambda m: f"vit_{m[1]}_patch16_224",
    r"mae_\w*vit_huge": lambda m: "vit_huge_patch14_224",
    r"eva02_(Ti|S|B|L)_(pt_\w+)": _eva2,
    r"EVA02_CLIP_(B|L)_(?:(336)_)?psz(14|16)": _eva_clip,
    r"EVA01_CLIP_g": lambda m: "eva_giant_patch14_clip_224",
    r"vit_([blh])_(16|32|14)(?=-|_|$)": lambda m: f"vit_{_SIZES[m[1]]}_patch{m[2]}_224",
    r"swin_([tsb])(?=-|_|$)": lambda m: _SWINS.format(_SIZES[m[1]]),
}


def model_called(text: str) -> str | None:
    """Find the model of the catalogue that a file name begins with, the longest; None if none.

    Args:
        text: the name, such as "deit_tiny_patch16_224-a1311bcf.pth".
    """
    known = [
        name
        for name in CATALOG.names()
        if text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()
    ]
    if known:
        return max(known, key=len)
    for pattern, name in _CALLED.items():
        found = re.match(pattern, text)
        if found is not None:
            called = name(found)
            return called if called in CATALOG else None
    return None
