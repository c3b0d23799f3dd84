"""From any weights to a model: whole or refused, with changes, with the right convention."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.convert import convert
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import Card, read, save
from saccade.errors import CheckpointError
from saccade.layers.positions import resize_positions

PICO = "vit_pico_patch2_8"


def test_a_whole_file_is_reported_whole(saved):
    model, path = saved()
    loaded = load_model(path)
    assert len(loaded.report.loaded) == len(model.state_dict())
    assert (loaded.report.coverage, loaded.report.complete) == (100.0, True)
    assert loaded.report.files == (path,)
    assert (loaded.card.model, loaded.card.classes) == (PICO, ("a", "b", "c"))


def test_what_is_missing_or_too_much_is_named_and_can_be_allowed(saved, normal):
    model, path = saved()
    state, card = model.state_dict(), read(path).card
    del state["norm.bias"]
    save(path, {**state, "extra.weight": normal(2)}, card)
    sentence = r"1 missing \(norm.bias\); 1 unexpected \(extra.weight\); try .* allow_partial=True"
    with pytest.raises(CheckpointError, match=sentence):
        load_model(path)
    report = load_model(path, allow_partial=True).report
    assert (report.missing, report.unused) == (("norm.bias",), ("extra.weight",))
    assert report.coverage == pytest.approx(100 * len(state) / (len(state) + 1))
    found = load_model(path, allow_partial=True).model
    assert torch.equal(found.norm.bias, torch.zeros(64))  # as a fresh norm has it
    assert torch.equal(found.norm.weight, model.norm.weight)


def test_a_tensor_of_another_shape_is_no_tensor_of_the_model(saved, normal):
    model, path = saved()
    save(path, {**model.state_dict(), "norm.bias": normal(3)}, read(path).card)
    with pytest.raises(CheckpointError, match=r"norm.bias \(3,\) instead of \(64,\)"):
        load_model(path)
    report = load_model(path, allow_partial=True).report
    assert (report.missing, report.unused) == (("norm.bias",), ("norm.bias",))


def test_another_number_of_classes_is_a_fresh_head_and_no_fault(saved):
    _, path = saved()
    report = load_model(path, changes={"num_classes": 9}).report
    assert report.fresh == ("head.weight", "head.bias")
    assert report.complete
    assert not set(report.fresh) & set(report.loaded)


@pytest.mark.parametrize("rule", ["timm", "google", "hf", "dino", "deit", None])
def test_another_size_resizes_by_the_rule_and_says_so(saved, rule):
    model, path = saved()
    loaded = load_model(path, changes={"img_size": (6, 12)}, pos_resize=rule)
    assert loaded.report.reshaped == (("pos_embed", (1, 17, 64), (1, 19, 64)),)
    expected = resize_positions(model.pos_embed, (4, 4), (3, 6), rule=rule or "timm")
    assert torch.equal(loaded.model.pos_embed, expected)
    assert loaded.card.rule == (rule or "timm")
    assert loaded.card.preprocessing["img_size"] == [6, 12]


def test_the_rule_of_the_origin_is_kept_through_our_own_file(saved, tmp_path):
    model, path = saved()
    convert(path, tmp_path / "hf", "hf")
    convert(tmp_path / "hf", tmp_path / "ours.safetensors", "saccade")
    loaded = load_model(tmp_path / "ours.safetensors", changes={"img_size": 12})
    expected = resize_positions(model.pos_embed, (4, 4), (6, 6), rule="hf")
    assert torch.equal(loaded.model.pos_embed, expected)


def test_half_precision_becomes_the_model_s(saved):
    model, path = saved(bare=True)
    save_file({name: value.half() for name, value in model.state_dict().items()}, path)
    found = load_model(path).model
    assert found.norm.weight.dtype == torch.float32
    assert torch.equal(found.norm.weight, model.norm.weight.half().float())


def test_other_grids_of_as_many_patches_are_other_grids(saved):
    model, path = saved()
    wide = load_model(path, changes={"img_size": (4, 16)})
    assert wide.model.layout.grid == (2, 8)
    expected = resize_positions(model.pos_embed, (4, 4), (2, 8), rule="timm")
    assert torch.equal(wide.model.pos_embed, expected)
    assert not torch.equal(wide.model.pos_embed, model.pos_embed)


def test_loading_does_not_write_through_to_the_file(saved):
    _, path = saved()
    before = path.read_bytes()
    found = load_model(path).model
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.add_(1)
    assert path.read_bytes() == before
    assert isinstance(read(path).card, Card)
