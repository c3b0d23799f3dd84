"""saccade inspect VERB: tables, drawings and pages of the kit."""

import csv
import json

import pytest

from saccade.cli.kit import ALIASES, FACTS, VERBS
from saccade.inspection.kit.model_facts import FACTS as OF_MODELS
from saccade.inspection.kit.parts import PARTS


def table(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_part_is_a_verb() -> None:
    assert set(VERBS) == {"kit", *PARTS, *OF_MODELS}
    assert set(FACTS) == set(OF_MODELS)


@pytest.mark.parametrize("name", [name for name in VERBS if name != "kit"])
def test_a_table_drawings_and_a_page(run, place, tmp_path, name):
    words = [] if name in FACTS else [place / "clean"]
    out = tmp_path / "new"
    done = run("inspect", name, place / "model.safetensors", *words, "-o", out, "--limit", 2)
    assert done.code == 0
    assert done.err == "" or done.err.startswith("note: flow: in ")
    files = done.out.splitlines()
    assert files[0] == str(out / f"{name}.csv")
    assert files[-1] == str(out / f"{name}.html")
    assert 1 <= sum(file.endswith(".png") for file in files) <= 2
    assert sorted(map(str, out.iterdir())) == sorted(files)
    assert table(out / f"{name}.csv")
    assert (out / f"{name}.html").read_text(encoding="utf-8").count("data:image/png") >= 1


def test_all_of_it_at_once_with_the_effect_of_each_head(run, place, tmp_path):
    words = ["inspect", "kit", place / "model.safetensors", place / "clean", "-o", tmp_path]
    done = run(*words, "--effect", "--limit", 1, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert list(told["parts"]) == [*FACTS, *PARTS]
    assert told["refused"] == {}
    assert told["files"][-1] == str(tmp_path / "kit.html")
    rows = told["parts"]["atlas"]["rows"]
    assert all(-1 <= row["ablation effect"] <= 1 and row["pictures"] == 20 for row in rows)
    assert any(row["ablation effect"] for row in rows)
    assert "flow was found for 1 of 20 pictures" in told["parts"]["flow"]["notes"]
    assert table(tmp_path / "heads_summary.csv")[0]["pictures"] == "20"
    first = run(*words[:1], "atlas", *words[2:], "--effect")
    assert first.code == 0
    effects = [float(row["ablation effect"]) for row in table(tmp_path / "atlas.csv")]
    assert effects == pytest.approx([row["ablation effect"] for row in rows])


def test_the_table_as_json_and_broken_files(run, place, tmp_path, broken):
    words = ["inspect", "entropy", place / "model.safetensors", place / "mixed", "-o", tmp_path]
    done = run(*words, "--json", "--batch-size", 3)
    assert done.code == 0
    assert "could not be used and were left out" in done.err
    told = json.loads(done.out)
    assert len(told["rows"]) == 2 * 4
    stored = table(tmp_path / "entropy.csv")
    assert [str(row["effective keys"]) for row in told["rows"]] == [
        row["effective keys"] for row in stored
    ]


def test_the_help_of_verbs_and_the_page_as_before(run, place, tmp_path):
    done = run("inspect", "--help")
    assert all(name in done.out for name in (*VERBS, *ALIASES.values()))
    done = run("inspect", "heads", "--help")
    assert done.out.startswith("Usage: saccade inspect heads MODEL PICTURES... [OPTIONS]")
    page = tmp_path / "page.html"
    assert (
        run("inspect", place / "model.safetensors", place / "clean", "-o", page, "--quick").code
        == 0
    )
    assert page.is_file()
    assert run("inspect", "posembed", place / "model.safetensors", "-o", tmp_path).code == 0
    assert (tmp_path / "similarity.csv").is_file()


def test_what_cannot_be_is_told(run, place, tmp_path):
    words = ["inspect", "heads", place / "model.safetensors"]
    assert "pictures" in run(*words, "-o", tmp_path).sentence
    words += [place / "clean", "-o", tmp_path]
    assert run(*words, "--query", 99).sentence.startswith("expected a query token from 0 to")
    assert run(*words, "--mass", 0).sentence.startswith("expected a mass in (0, 1], got 0")
    words[1] = "entropy"
    assert run(*words, "--query", 99).sentence.startswith("expected a query token from 0 to")
