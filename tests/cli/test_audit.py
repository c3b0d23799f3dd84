"""saccade audit: the verdict, its evidence, its cure, and the exit code."""

import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def attention(tmp_path):
    """Two heads over 6x6 patches and a class token."""
    places = np.stack(np.meshgrid(np.arange(6), np.arange(6), indexing="ij"), -1).reshape(-1, 2)
    scores = np.zeros((2, 37, 37))
    scores[:, 1:, 1:] = -((places[:, None] - places[None]) ** 2).sum(-1) / 4
    weights = np.exp(scores)
    weights /= weights.sum(-1, keepdims=True)
    np.save(tmp_path / "map.npy", weights)
    np.save(tmp_path / "turned.npy", weights.swapaxes(1, 2))
    np.save(tmp_path / "end.npy", weights[:, :-1, :-1])
    return tmp_path


def test_a_good_map(run, attention):
    done = run("audit", attention / "map.npy")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "map.npy: 2x37x37, read as attention over 37 tokens, grid 6x6, prefix tokens: 1\n"
        "no known mistake was found\n"
    )


def test_a_wrong_one(run, attention):
    done = run("audit", attention / "turned.npy")
    assert (done.code, done.err) == (1, "")
    first, verdict, cure = done.out.splitlines()
    assert first.startswith("turned.npy: 2x37x37")
    assert verdict.startswith("wrong [columns]: the columns sum to one (off by ")
    assert cure.startswith("  try: softmax(dim=-1) over the keys")


def test_the_last_patch_instead_of_the_class_token(run, attention):
    done = run("audit", attention / "end.npy", "--grid", "6x6", "--prefix", "1")
    assert done.code == 1
    assert (
        "wrong [wrong_end]: the rows of the 6x6 grid begin at token 1 and not at token 0"
        in done.out
    )
    assert "drop the first tokens, [..., 1:, 1:]" in done.out


def test_a_crop_that_was_not_undone(run, tmp_path):
    np.save(tmp_path / "heat.npy", np.random.default_rng(0).random((14, 14)))
    Image.new("RGB", (640, 480)).save(tmp_path / "picture.png")
    done = run("audit", tmp_path / "heat.npy", "--image", tmp_path / "picture.png")
    assert done.code == 1
    assert "lay it over x 80 to 560 and y 0 to 480" in done.out


def test_json(run, attention):
    done = run("audit", attention / "end.npy", "--prefix", "1", "--json")
    found = json.loads(done.out)
    assert (done.code, found["wrong"], found["kind"]) == (1, 1, "attention")
    assert found["findings"][0]["name"] == "wrong_end"
    assert found["findings"][0]["numbers"]["found"] == 1
    assert found["findings"][1]["wrong"] is False


def test_korean(run, attention, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    done = run("audit", attention / "turned.npy")
    assert "잘못 [columns]: 열의 합이 1이고" in done.out
    assert "알려진 실수는 발견되지 않았습니다" in run("audit", attention / "map.npy").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.npy"], "a file at "),
        (["map.npy", "--grid", "14"], "a grid as ROWSxCOLUMNS, got '14'; try --grid 14x14"),
        (["map.npy", "--kind", "map"], "a heat map (h w), got (2, 37, 37); try one map at a time"),
    ],
)
def test_what_cannot_be_examined(run, attention, words, sentence):
    assert sentence in run("audit", attention / words[0], *words[1:]).sentence
