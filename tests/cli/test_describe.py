"""saccade describe: the table, JSON, and models that cannot be made."""

import json

import pytest

from tests.foreign import foreign


def test_the_table(run):
    done = run("describe", "vit_pico_patch2_8")
    assert (done.code, done.err) == (0, "")
    assert "vit_pico_patch2_8 at 8x8: 3 layers of attention" in done.out
    row = next(line for line in done.out.splitlines() if line.startswith("blocks.0.attn"))
    assert row.split()[1:8] == ["tokens", "4", "17", "17", "4x4", "cls", "-"]
    assert "recognised: 3 of 3 layers" in done.out
    # 3 layers of 4 heads: 17 x 17 numbers of 4 bytes, a row of 17, one number.
    wanted = "a picture takes: 13.5 KiB of all maps, 816 B of rows of the class token, 48 B of"
    assert wanted in done.out


def test_one_of_ours_at_another_size(run):
    found = json.loads(run("describe", "vit_pico_patch2_8", "--size", "8x12", "--json").out)
    assert [layer["grid"] for layer in found["layers"]] == ["4x6"] * 3
    assert found["bytes_a_picture"]["entropies"] == 48


def test_a_function_of_ones_own_and_json(run, tmp_path, monkeypatch):
    (tmp_path / "mine_to_describe.py").write_text(
        "from saccade.models import build\ndef make(): return build('vit_pico_patch2_8')\n"
        "def number(): return 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = json.loads(run("describe", "mine_to_describe:make", "--size", "8", "--json").out)
    assert [layer["kind"] for layer in found["layers"]] == ["tokens"] * 3
    assert "from mine_to_describe:number, got int" in (
        run("describe", "mine_to_describe:number").sentence
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere:make",), "package.module:function that makes a model without arguments"),
        (("vit_pico_patch2_8", "--size", "0"), "a size such as 224 or 224x320, got '0'"),
        (("torch.nn:Identity", "--size", "8"), "attention that torch computes, got Identity"),
        (("torch.nn:Linear",), "missing 2 required positional arguments"),
    ],
)
def test_what_cannot_be_described(run, words, sentence):
    assert sentence in run("describe", *words).sentence


@pytest.mark.parity
def test_models_of_timm(run):
    foreign("timm")
    done = run("describe", "timm:vit_tiny_patch16_224", "--size", "32x48")
    assert "2x3" in done.out
    assert "recognised: 12 of 12 layers" in done.out
    told = run("describe", "timm:crossvit_tiny_240").out
    assert "recognised: 0 of 21 layers" in told
    assert "not recognised: blocks.0.blocks.0.0.attn: what its 401 tokens are" in told
    assert "8 layers" in run("describe", "timm:pvt_v2_b0", "--size", "64").out
    assert "a model that timm knows, got nope" in run("describe", "timm:nope").sentence
    sentence = "this size, got timm:crossvit_tiny_240 at 111x111"
    assert sentence in run("describe", "timm:crossvit_tiny_240", "--size", "111").sentence
