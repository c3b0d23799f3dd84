"""Models of the hub: told from paths, fetched once, read from the cache without a network."""

import sys
from types import SimpleNamespace

import pytest

from saccade.checkpoints.hub import fetch, is_hub_id
from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError, MissingExtra

ID = "timm/vit_tiny_patch16_224.augreg_in21k"


@pytest.fixture
def hub(monkeypatch):
    """A hub that does what the test says; it keeps what it was asked."""

    def make(answer):
        asked = []

        def snapshot_download(**given):
            asked.append(given)
            return answer(given)

        stub = SimpleNamespace(snapshot_download=snapshot_download)
        monkeypatch.setitem(sys.modules, "huggingface_hub", stub)
        return asked

    return make


def test_ids_are_told_from_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert all(is_hub_id(name) for name in (ID, f"hf-hub:{ID}", f"{ID}@main"))
    paths = ("runs/first", "weights/model.safetensors", "model", "a/b/c", str(tmp_path), "a/b.pth")
    assert not any(is_hub_id(name) for name in paths)


def test_pickles_are_fetched_only_where_there_is_nothing_else(hub, tmp_path):
    asked = hub(lambda given: tmp_path)
    assert fetch(f"hf-hub:{ID}@v1") == tmp_path
    assert [one["repo_id"] for one in asked] == [ID, ID]
    assert asked[0]["revision"] == "v1"
    assert "*.bin" not in asked[0]["allow_patterns"]
    assert "*.bin" in asked[1]["allow_patterns"]
    (tmp_path / "model.safetensors").write_bytes(b"")
    asked.clear()
    fetch(ID)
    assert len(asked) == 1


def test_without_a_network_the_cache_answers(hub, saved):
    model, path = saved()

    def offline(given):
        if given.get("local_files_only"):
            return path.parent
        raise ConnectionError("no network")

    hub(offline)
    loaded = load_model("owner/pico")
    assert loaded.report.origin == "owner/pico"
    assert loaded.report.complete
    assert loaded.model.name == model.name


def test_neither_network_nor_cache_is_one_sentence(hub):
    def nothing(given):
        raise ConnectionError("no\nnetwork")

    hub(nothing)
    with pytest.raises(CheckpointError, match=r"hub or in its cache, got ConnectionError \(no\)"):
        fetch(ID)


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match="pip install huggingface_hub"):
        fetch(ID)
