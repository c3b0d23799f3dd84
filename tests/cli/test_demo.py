"""saccade demo: digits, training, and a page; with one epoch instead of all."""

import json
import re

import pytest

from saccade import recipes
from saccade.recipes.recipe import Recipe
from saccade.table import Table
from saccade.training.config import TrainConfig


@pytest.fixture(autouse=True)
def short(monkeypatch):
    config = TrainConfig(model="vit_pico_patch2_8", epochs=1)
    recipe = Recipe(data="digits", config=config, expected="")
    monkeypatch.setattr(recipes, "RECIPES", Table("recipe", {"digits": recipe}))


@pytest.mark.slow
def test_the_demo_says_what_it_did(run, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    done = run("demo", "--out", tmp_path)
    assert done.code == 0
    assert re.search(r"(?m)^lr +[0-9.]+ ", done.err)  # each choice, with its reason
    assert re.search(r"test accuracy: \d+\.\d\d % on 360 held-out digits", done.out)
    page = tmp_path / "1" / "report.html"
    assert f"report: {page}" in done.out.splitlines()
    text = page.read_text(encoding="utf-8")
    names = re.findall(r'"name":"(\d_\d\.png)"', text)
    assert len(names) == 20
    assert text.count('"truth":') == 20
    assert '"truth":null' not in text


@pytest.mark.slow
def test_the_demo_in_korean_and_as_json(run, tmp_path, monkeypatch):
    told = json.loads(run("demo", "--out", tmp_path, "--json", "--seed", 1).out)
    assert told["report"] == str(tmp_path / "1" / "report.html")
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "시험 정확도: " in run("demo", "--out", tmp_path).out
