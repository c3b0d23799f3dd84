"""A model, pictures and broken files on disk, and a way to run a command in this process."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from saccade.cli.main import main
from tests.samples import dark_and_light, save_model, write_bad, write_good
from tests.word_models import save_words


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line of an error."""
        assert self.code == 1
        assert self.out == ""
        assert self.err.startswith("error: expected ")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("error: ").strip()


@pytest.fixture
def run(capsys):
    """Run a command in this process: `run("predict", path, "--json")`."""

    def call(*arguments) -> Done:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Path:
    """model.safetensors; clean/ with 20 pictures, mixed/ with ten broken files besides; the same
    in class folders as classes/ and classes_mixed/. Nothing is written here."""
    root = tmp_path_factory.mktemp("place")
    save_model(root / "model.safetensors")
    write_good(root / "clean", 20)
    write_good(root / "mixed", 20)
    write_bad(root / "mixed")
    save_model(root / "two.safetensors", ("a", "b"))
    for name in ("classes", "classes_mixed"):
        write_good(root / name / "a", 10)
        write_good(root / name / "b", 10, start=10)
    write_bad(root / "classes_mixed" / "b")
    return root


@pytest.fixture(scope="session")
def broken(place) -> list[str]:
    """The names of the ten files that are no pictures."""
    names = [path.name for path in (place / "mixed").iterdir()]
    return sorted(name for name in names if not name.startswith("good"))


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Forty dark and light pictures of 8x8 pixels to train on, eight to test."""
    root = tmp_path_factory.mktemp("data")
    dark_and_light(root)
    return root


@pytest.fixture(scope="session")
def words(tmp_path_factory) -> Path:
    """runs/train/1 that captions, 2 that translates, 3 that answers; and three pictures."""
    root = tmp_path_factory.mktemp("words")
    for number, task in enumerate(("caption", "translate", "ask"), start=1):
        save_words(root / "runs" / "train" / str(number) / "best.safetensors", task)
    write_good(root / "pictures", 3)
    return root
