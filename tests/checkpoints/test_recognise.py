"""Which model weights are of: by word of the file, by its name, by names and shapes of tensors."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import Mapped
from saccade.checkpoints.recognise import nearest, recognise
from saccade.checkpoints.source import About, Source
from saccade.errors import CheckpointError, UnknownName
from saccade.models import build


def source(state, origin="file", **about):
    names = {name: (name,) for name in state}
    mapped = Mapped(dict(state), names, (), ())
    return Source(origin=origin, files=(), how="", mapped=mapped, about=About(**about))


def empty(name, **changes):
    with torch.device("meta"):
        return build(name, **changes).state_dict()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("vit_nano_patch4_28", {}),
        ("vit_nano_patch4_28", {"num_classes": 10}),
        ("vit_nano_patch4_28", {"num_classes": 0, "img_size": (56, 56)}),
        ("resnet18", {"num_classes": 7}),
        ("san10_pairwise", {}),
        ("beit_base_patch16_224", {"num_classes": 5, "img_size": (96, 96)}),
    ],
)
def test_names_and_shapes_tell(name, changes):
    found, fields = recognise(source(empty(name, **changes)), name if "beit" in name else None)
    assert found == name
    assert {key: fields[key] for key in changes} == changes


def test_what_fits_several_asks_for_a_name():
    state = empty("vit_tiny_patch16_224")
    with pytest.raises(CheckpointError, match=r"fit .*deit_tiny_patch16_224.*; try naming it"):
        recognise(source(state))
    assert recognise(source(state, "weights/deit_tiny_patch16_224.fb.pth"))[0].startswith("deit")
    assert recognise(source(state), "vit_tiny_patch16_224")[0] == "vit_tiny_patch16_224"


def test_what_fits_nothing_asks_for_a_name():
    with pytest.raises(CheckpointError, match="fit none of the catalogue; try naming it"):
        recognise(source(empty("vit_nano_patch4_28", depth=5)))


def test_what_the_file_says_comes_first():
    state = empty("vit_nano_patch4_28")
    with pytest.raises(UnknownName, match="vit_nano_patch4_28"):
        recognise(source(state, model="vit_nano_patch4_29"))
    found = recognise(source(state, model="vit_nano_patch4_28", config={"norm_eps": 1e-5}))
    assert found[1]["norm_eps"] == 1e-5


def test_the_nearest_config_wins():
    fields = {"embed_dim": 384, "depth": 12, "num_heads": 6, "patch_size": (16, 16)}
    wide = {**fields, "img_size": (384, 384), "norm_eps": 1e-12}
    assert nearest(("vit_*",), "ViTConfig", fields) == "vit_small_patch16_224"
    assert nearest(("vit_*",), "ViTConfig", wide) == "vit_small_patch16_384"
    with pytest.raises(CheckpointError, match=r"a model called none_\* in the catalogue"):
        nearest(("none_*",), None, fields)


def test_a_table_of_no_square_needs_the_size(tmp_path, drawn, normal):
    model = drawn(build("vit_pico_patch2_8", img_size=(4, 12), num_classes=3))
    path = tmp_path / "vit_pico_patch2_8.safetensors"
    save_file(model.state_dict(), path)
    with pytest.raises(CheckpointError, match=r"a table of 13 rows; try img_size=\(HEIGHT"):
        load_model(path)
    found = load_model(path, changes={"img_size": (4, 12)}).model.eval()
    images = normal(1, 3, 4, 12)
    assert torch.equal(found(images), model(images))
