"""The authors' names of PVT v2, both ways."""

import pytest
import torch

from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.origins import find_origin
from saccade.checkpoints.pvt_names import V2
from saccade.models import build

SMALL = {"depths": (1, 2, 1, 1), "num_classes": 3}


def test_names_by_hand(normal):
    ours = {
        "patch_embed.proj.weight": "patch_embed1.proj.weight",
        "stages.1.downsample.norm.bias": "patch_embed2.norm.bias",
        "stages.0.blocks.2.mlp.dwconv.weight": "block1.2.mlp.dwconv.dwconv.weight",
        "stages.3.blocks.1.attn.kv.weight": "block4.1.attn.kv.weight",
        "stages.2.norm.weight": "norm3.weight",
        "head.bias": "head.bias",
    }
    assert set(write_as(V2, {name: normal(2) for name in ours})) == set(ours.values())


@pytest.mark.parametrize("name", ["pvt_v2_b0", "pvt_v2_b2_li"])
def test_there_and_back(name, tmp_path, normal):
    model = build(name, **SMALL).eval()
    ours = model.state_dict()
    theirs = write_as(V2, ours)
    assert find_origin(theirs).layout is V2
    back = read_as(V2, theirs)
    assert (back.state.keys(), back.unused) == (ours.keys(), ())
    torch.save(theirs, tmp_path / f"{name}.pth")
    found = load_model(tmp_path / f"{name}.pth", changes={"depths": SMALL["depths"]})
    assert (found.model.name, found.report.complete) == (name, True)
    images = normal(1, 3, 64, 64)
    assert torch.equal(found.model.eval()(images), model(images))
