"""The authors' files of BEiT: tables of each block or of all, and what only pretraining has."""

import torch

from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import read_as, write_as
from saccade.checkpoints.opening import open_source
from saccade.checkpoints.unilm import BEIT
from saccade.models import build

SMALL = {"depth": 2, "embed_dim": 48, "num_heads": 3}
SHARED = {"use_shared_rel_pos_bias": True, "use_rel_pos_bias": False, "global_pool": "token"}


def test_there_and_back():
    ours = build("beit_base_patch16_224", **SMALL, img_size=48, **SHARED).state_dict()
    back = read_as(BEIT, write_as(BEIT, ours))
    assert (back.state.keys(), back.unused, back.ignored) == (ours.keys(), (), ())


def test_pretraining_is_read_as_it_is(tmp_path, normal, drawn):
    """All blocks share a table, and the norm stands before the pool; `convert` is not asked for."""
    ours = drawn(build("beit_base_patch16_224", **SMALL, img_size=48, num_classes=0, **SHARED))
    more = {
        "mask_token": normal(1, 1, 48),
        "lm_head.weight": normal(9, 48),
        "lm_head.bias": normal(9),
        "rel_pos_bias.relative_position_index": torch.zeros(10, 10, dtype=torch.int64),
    }
    torch.save({"model": {**ours.state_dict(), **more}}, tmp_path / "x.pth")
    found = load_model(tmp_path / "x.pth", model="beit_base_patch16_224", changes=SMALL)
    assert found.report.complete
    assert set(found.report.ignored) == set(more)
    images = normal(1, 3, 48, 48)
    assert torch.equal(found.model.eval()(images), ours(images))
    assert found.card.rule == "timm"  # small offsets keep their biases at another size


def test_both_kinds_of_tables_are_theirs(tmp_path, normal):
    for name in ("rel_pos_bias", "blocks.0.attn"):
        torch.save({f"{name}.relative_position_bias_table": normal(28, 3)}, tmp_path / "x.pth")
        assert "BEiT" in open_source(tmp_path / "x.pth").how
