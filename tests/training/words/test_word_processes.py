"""One and two processes learn words alike: captions, translations, answers."""

from pathlib import Path

import pytest

from tests.training.words.word_processes import launch


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["caption", "frozen", "translate", "transformer", "ask"])
def test_one_and_two_processes_learn_alike(name: str, place: Path, tmp_path: Path) -> None:
    one = launch(name, place, tmp_path / "one", 1)
    two = launch(name, place, tmp_path / "two", 2)
    assert len(one["losses"]) > 5 or name in ("translate", "transformer")
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-5)
    numbers = [key for key in one["metrics"] if key.startswith(("val_", "test_"))]
    assert numbers
    for key in numbers:
        assert two["metrics"][key] == pytest.approx(one["metrics"][key], abs=1e-4)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_hard_attention_trains_in_two_processes(place: Path, tmp_path: Path) -> None:
    losses = launch("hard", place, tmp_path / "two", 2)["losses"]
    assert sum(losses[-6:]) < sum(losses[:6])
