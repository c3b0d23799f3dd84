"""The tables of names: both Mixers, hybrids and BiT networks go there and come back."""

import re

import pytest
import torch
from torch import Tensor

from saccade.checkpoints.google import read_google, to_google
from saccade.models import build
from tests.checkpoints import slow_flax
from tests.checkpoints.google_cases import GOOGLES, NAMES, SIZES, agree, numbers, read_back


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_mixer_is_what_google_computes(drawn, old: bool) -> None:
    ours = drawn(build(NAMES["mixer"], **SIZES, **GOOGLES, num_blocks=2, mlp_ratio=(0.5, 4.0)), 0.1)
    arrays = to_google(ours)
    agree(ours, slow_flax.mixer, numbers(arrays))
    read = read_back(first_mixer(arrays) if old else arrays)
    agree(read, slow_flax.mixer, numbers(arrays))


def first_mixer(arrays: dict[str, Tensor]) -> dict[str, Tensor]:
    """The names of the first release; numbers count all parts, and axes of length one."""
    found = {}
    for name, value in arrays.items():
        name = name.replace("stem/", "embedding/").replace("MixerBlock_", "Mixer/encoderblock_")
        name = name.replace("pre_head_layer_norm", "Mixer/encoder_norm")
        name = name.replace("LayerNorm_1", "LayerNorm_2")
        name = re.sub(
            r"mixing/Dense_(\d)/(\w+)", lambda m: f"mixing_phase_0/{m[2]}{int(m[1]) + 1}", name
        )
        found[name] = value[None] if "_phase_0" in name else value
    return found


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        (
            "hybrid",
            {"stem": (1, 2, 1), "img_size": 64, "embed_dim": 48, "depth": 1, "num_heads": 4},
        ),
        ("hybrid", {"stem": (), "patch_size": 4, "img_size": 64, "embed_dim": 48, "depth": 1}),
        ("bit", {"layers": (1, 11), "channels": (128, 256), "stem_chs": 32}),
    ],
    ids=["hybrid", "root", "bit"],
)
def test_networks_of_convolutions_come_back(drawn, family: str, changes: dict[str, object]) -> None:
    heads = {"num_heads": 4} if family == "hybrid" else {}
    ours = drawn(build(NAMES[family], num_classes=7, **{**heads, **changes}))
    arrays = to_google(ours)
    back = read_google(arrays)
    assert back.family == family
    assert not back.mapped.unused
    state = ours.state_dict()
    assert back.mapped.state.keys() == state.keys()
    assert all(torch.equal(back.mapped.state[name], state[name]) for name in state)
    again = build(NAMES[family], **back.config)
    again.load_state_dict(back.mapped.state, strict=True)
    if family == "hybrid":
        assert again.config.img_size == (64, 64)
        assert arrays["gn_root/scale"].shape == (1, 1, 1, 64)
    else:
        assert "resnet/block2/unit01/a/proj/standardized_conv2d/kernel" in arrays
        assert "resnet/block2/unit11/c/group_norm/gamma" in arrays
