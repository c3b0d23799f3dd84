"""The rename engine: what templates match, and that every table works both ways."""

import pytest
import torch

from saccade.checkpoints.mapping import (
    KERNEL,
    SAME,
    STACK,
    TRANSPOSE,
    Layout,
    Reshape,
    Rule,
    Stack,
    read_as,
    write_as,
)

TABLE = Layout(
    "theirs",
    (
        Rule("[net.]cls", "cls_token"),
        Rule("[net.]layer.{i}.norm_{k}.{p}", "blocks.{i}.norm{k}.{p}"),
        Rule(
            tuple("[net.]layer.{i}." + part + ".{p}" for part in ("query", "key", "value")),
            "blocks.{i}.attn.qkv.{p}",
            STACK,
        ),
        Rule("merge.{i}.w", "stages.{i+1}.merge.weight", TRANSPOSE),
    ),
    ignored=("decoder_{p}", "pooler.{p}"),
)


def test_names_and_tensors_by_hand(normal):
    q, k, v = (normal(2, 2) for _ in range(3))
    theirs = {
        "layer.0.query.weight": q,
        "layer.0.value.weight": v,
        "layer.0.key.weight": k,
        "net.layer.11.norm_2.bias": torch.ones(2),
        "merge.3.w": q,
    }
    found = read_as(TABLE, theirs)
    assert found.origin == {
        "blocks.0.attn.qkv.weight": tuple(f"layer.0.{p}.weight" for p in ("query", "key", "value")),
        "blocks.11.norm2.bias": ("net.layer.11.norm_2.bias",),
        "stages.4.merge.weight": ("merge.3.w",),
    }
    assert torch.equal(found.state["blocks.0.attn.qkv.weight"], torch.cat([q, k, v]))
    assert torch.equal(found.state["stages.4.merge.weight"], q.T)
    assert (found.unused, found.ignored) == ((), ())


def test_what_is_left_over_is_told_apart(normal):
    theirs = {
        "net.layer.0.query.weight": normal(2, 2),  # its partners are missing
        "layer.0.1.norm_1.bias": normal(2),  # {i} is one number
        "decoder_norm": normal(1),
        "pooler.weight": normal(1),
        "cls": normal(1),
        "net.cls": normal(1),  # a second one for the same tensor of ours
    }
    found = read_as(TABLE, theirs)
    assert found.origin == {"cls_token": ("cls",)}
    assert found.unused == ("net.layer.0.query.weight", "layer.0.1.norm_1.bias", "net.cls")
    assert found.ignored == ("decoder_norm", "pooler.weight")


def test_writing_is_reading_backwards(normal):
    ours = {
        "cls_token": normal(1, 1, 2),
        "blocks.3.norm1.weight": normal(2),
        "blocks.3.attn.qkv.weight": normal(6, 2),
        "stages.1.merge.weight": normal(4, 2),
    }
    theirs = write_as(TABLE, ours)
    assert set(theirs) == {
        "net.cls",
        "net.layer.3.norm_1.weight",
        "net.layer.3.query.weight",
        "net.layer.3.key.weight",
        "net.layer.3.value.weight",
        "merge.0.w",
    }
    back = read_as(TABLE, theirs).state
    assert back.keys() == ours.keys()
    assert all(torch.equal(back[name], value) for name, value in ours.items())


@pytest.mark.parametrize(
    ("change", "theirs", "ours"),
    [
        (SAME, [(2, 3)], (2, 3)),
        (TRANSPOSE, [(2, 3)], (3, 2)),
        (KERNEL, [(5, 6, 3, 8)], (8, 3, 5, 6)),
        (KERNEL, [(8,)], (8,)),  # a bias has no axes to turn
        (STACK, [(2, 4)] * 3, (6, 4)),
        (Stack(2, TRANSPOSE), [(4, 2)] * 2, (4, 4)),
        (Reshape((-1,), (1, 1, 1, -1)), [(1, 1, 1, 8)], (8,)),
    ],
)
def test_changes_work_both_ways(normal, change, theirs, ours):
    parts = [normal(*shape) for shape in theirs]
    (found,) = change.read(parts, {})
    assert tuple(found.shape) == ours
    for part, again in zip(parts, change.write([found], {}), strict=True):
        assert torch.equal(part, again)


def test_views_where_a_view_will_do(normal):
    state = {"merge.0.w": normal(4, 2), "net.cls": normal(1)}
    found = read_as(TABLE, state).state
    pairs = (("merge.0.w", "stages.1.merge.weight"), ("net.cls", "cls_token"))
    for theirs, ours in pairs:
        assert found[ours].data_ptr() == state[theirs].data_ptr()


def test_the_first_of_two_names_is_written(normal):
    table = Layout("two", (Rule("new.{p}", "ours.{p}"), Rule("old.{p}", "ours.{p}")))
    value = normal(2)
    assert list(write_as(table, {"ours.weight": value})) == ["new.weight"]
    assert list(read_as(table, {"old.weight": value}).state) == ["ours.weight"]
