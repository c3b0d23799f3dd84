"""Google's npz files: what we read computes what their code computes."""

import math

import pytest
import torch

from saccade.checkpoints.google import is_google, read_google, to_google, write_google
from saccade.checkpoints.npz import read_npz
from saccade.errors import CheckpointError
from saccade.models import build
from saccade.models.classifier import Classifier
from tests.checkpoints import slow_flax
from tests.checkpoints.google_cases import GOOGLES, NAMES, SIZES, agree, numbers, read_back

DEEP = {**SIZES, "depth": 3, "num_heads": 4}
MAP = {"class_token": False, "global_pool": "map"}
GAP = {"class_token": False, "global_pool": "avg"}


def vit(**changes: object) -> Classifier:
    return build(NAMES["vit"], **{**DEEP, **GOOGLES, **changes})


@pytest.mark.parametrize("layout", ["vit_jax", "big_vision"])
@pytest.mark.parametrize(
    "changes",
    [{}, GAP, MAP, {"representation_size": 24}, {"patch_size": (4, 16)}, {"mlp_ratio": 2.55}],
    ids=["token", "gap", "map", "pre_logits", "patch", "hidden"],
)
def test_vit_is_what_google_computes(drawn, layout: str, changes: dict[str, object]) -> None:
    ours = drawn(vit(**changes), 0.15)
    arrays = to_google(ours, layout=layout)
    agree(ours, slow_flax.vit, numbers(arrays))
    size = {"img_size": 32} if "patch_size" in changes else {}
    agree(read_back(arrays, **size), slow_flax.vit, numbers(arrays))


def test_scanned_blocks_under_a_prefix_name_their_origin(drawn) -> None:
    ours = drawn(vit())
    arrays = to_google(ours, layout="big_vision", scanned=True)
    read = read_google({**arrays, "opt/step": torch.tensor(1)})
    theirs = "params/Transformer/encoderblock/MultiHeadDotProductAttention_0"
    assert read.mapped.origin["blocks.2.attn.qkv.bias"] == tuple(
        f"{theirs}/{part}/bias" for part in ("query", "key", "value")
    )
    assert read.mapped.ignored == ("opt/step",)
    again = to_google(read_back(arrays), layout="big_vision")
    for name, value in to_google(ours, layout="big_vision").items():
        assert torch.equal(again[name], value)


@pytest.mark.parametrize("layout", ["vit_jax", "big_vision"])
def test_the_class_token_s_position(drawn, layout: str) -> None:
    ours = drawn(vit())
    arrays = to_google(ours, layout=layout)
    read = read_google(arrays)
    assert read.config.get("no_embed_class", False) == (layout == "big_vision")
    again = to_google(read_back(arrays), layout="vit_jax")
    table, first = (again["Transformer/posembed_input/pos_embedding"], again["cls"])
    own = ours.state_dict()
    torch.testing.assert_close(first + table[:, :1], own["cls_token"] + own["pos_embed"][:, :1])
    assert torch.equal(table[:, 1:], own["pos_embed"][:, 1:])


def test_positions_of_a_token_that_is_not_there(drawn) -> None:
    arrays = to_google(drawn(vit(**GAP)), layout="big_vision")
    extra = torch.cat([torch.ones(1, 1, 48), arrays["pos_embedding"]], dim=1)
    read = read_google({**arrays, "pos_embedding": extra})
    assert torch.equal(read.mapped.state["pos_embed"], arrays["pos_embedding"])
    assert any("a class token that the network has not" in note for note in read.notes)


def test_attention_pooling_among_the_rest(drawn) -> None:
    arrays = to_google(drawn(vit(**MAP)), layout="big_vision")
    inlined = {name.removeprefix("MAPHead_0/"): value for name, value in arrays.items()}
    read = read_google(inlined)
    assert read.mapped.origin["attn_pool.latent"] == ("probe",)
    assert not read.mapped.unused
    assert read.config["global_pool"] == "map"


def test_fixed_positions_are_made(drawn) -> None:
    fixed = {**GAP, "pos_embed": "sincos2d", "sincos": "big_vision"}
    ours = drawn(vit(**fixed))
    arrays = to_google(ours, layout="big_vision")
    del arrays["pos_embedding"]
    read = read_google(arrays, img_size=32)
    assert read.config["sincos"] == "big_vision"
    torch.testing.assert_close(read.mapped.state["pos_embed"], ours.state_dict()["pos_embed"])


def test_notes(drawn) -> None:
    arrays = to_google(drawn(vit(representation_size=48)))
    arrays["head/kernel"] = torch.zeros_like(arrays["head/kernel"])
    first, second = read_google(arrays).notes
    assert first.startswith("the head (head/kernel) is all zeros")
    assert second.startswith("a tanh layer before the head (pre_logits) is kept")


def test_files(tmp_path, drawn) -> None:
    ours = drawn(vit())
    write_google(tmp_path / "x.npz", ours)
    state = read_npz(tmp_path / "x.npz").state
    assert is_google(state)
    assert is_google(to_google(ours, layout="big_vision", scanned=True))
    assert not is_google(ours.state_dict())
    assert not is_google({"embedding/kernel": 0})
    back, own = read_back(state).state_dict(), ours.state_dict()
    assert all(torch.equal(back[name], own[name]) for name in own)
    assert math.prod(state["embedding/kernel"].shape) == 8 * 8 * 3 * 48


def test_errors(drawn) -> None:
    with pytest.raises(CheckpointError, match="arrays of a ViT, hybrid, Mixer or BiT of Google's"):
        read_google({"a": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="weights of a ViT, hybrid, Mixer or BiT, got others"):
        to_google(build("resnet18"))
    arrays = to_google(drawn(vit(img_size=(16, 32))))
    with pytest.raises(CheckpointError, match=r"got 8 rows; try img_size=\(HEIGHT, WIDTH\)"):
        read_google(arrays)
    assert read_google(arrays, img_size=(16, 32)).config["img_size"] == (16, 32)
