import json

from saccade.cli.main import main
from tests.viewer.runs import watched


def test_a_run_becomes_a_page(tmp_path, capsys) -> None:
    run, page = watched(tmp_path / "run"), tmp_path / "page.html"
    assert main(["timeline", str(run), "--out", str(page)]) == 0
    told = capsys.readouterr().out
    assert "run: 2 pictures, 4 looks from epoch 0 to 4, 2 layers" in told
    assert "alarm: attention collapsed in blocks.1" in told
    assert "saccade timeline run" in page.read_text()


def test_two_runs_as_json(tmp_path, capsys) -> None:
    runs = [watched(tmp_path / name) for name in ("a", "b")]
    assert main(["timeline", *map(str, runs), "--out", str(tmp_path / "p.html"), "--json"]) == 0
    assert [run["name"] for run in json.loads(capsys.readouterr().out)["runs"]] == ["a", "b"]


def test_a_run_that_was_not_watched_is_told(tmp_path, capsys) -> None:
    assert main(["timeline", str(tmp_path)]) == 1
    assert "expected a run that was watched" in capsys.readouterr().err
