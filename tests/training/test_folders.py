from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saccade.errors import OutputError
from saccade.training.folders import new_folder


def test_the_next_free_number(tmp_path: Path) -> None:
    parent = tmp_path / "runs"
    assert new_folder(parent) == parent / "1"
    (parent / "7").mkdir()
    (parent / "old").mkdir()
    assert new_folder(parent) == parent / "8"


def test_runs_that_start_at_once_get_one_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_folder(tmp_path), range(24)))
    assert len(set(made)) == 24


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"to make a folder in .*file"):
        new_folder(tmp_path / "file")
