"""saccade models: the table, patterns, JSON."""

import json

from saccade.models import list_models
from saccade.models.catalog import CATALOG


def test_the_table_lists_every_model(run):
    done = run("models")
    assert (done.code, done.err) == (0, "")
    rows = done.out.splitlines()[2:]
    assert [row.split()[0] for row in rows] == list_models()
    assert "86,567,656" in next(row for row in rows if row.startswith("vit_base_patch16_224 "))


def test_a_pattern_and_json(run):
    found = json.loads(run("models", "vit_tiny_patch16_224*", "--json").out)
    entry = CATALOG["vit_tiny_patch16_224"]
    expected = {"parameters": entry.parameters, "source": entry.source}
    assert found == {"vit_tiny_patch16_224": expected}
    assert len(run("models", "*_384").out.splitlines()) == 2 + len(list_models("*_384"))


def test_a_name_that_is_none_is_answered_with_the_nearest(run):
    assert "got 'vit_tiny_patch16_225'; try vit_tiny_patch16_224" in (
        run("models", "vit_tiny_patch16_225").sentence
    )
    assert "got 'nonsense'; try senet154" in run("models", "nonsense").sentence
