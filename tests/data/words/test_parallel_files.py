import gzip
from pathlib import Path

import pytest

from saccade.data.sets import BadFile
from saccade.data.words.parallel_files import find_parallel, read_parallel
from saccade.errors import DataError


@pytest.fixture
def write(tmp_path: Path):
    """Write files, packed where their names end in .gz."""

    def files(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / name.replace("_gz", ".gz").replace("__", ".")
            data = text.encode()
            path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
        return tmp_path

    return files


def names(found: dict[str, tuple[Path, Path]]) -> dict[str, tuple[str, str]]:
    return {part: (one.name, other.name) for part, (one, other) in found.items()}


def test_parts_and_languages(write) -> None:
    folder = write(train__de="a\n", train__en_gz="b\n", valid__de="c\n", valid__en="d\n", x__txt="")
    expected = {"train": ("train.de", "train.en.gz"), "val": ("valid.de", "valid.en")}
    assert names(find_parallel(folder, None)) == expected
    assert names(find_parallel(folder, ("en", "de")))["train"] == ("train.en.gz", "train.de")
    assert names(find_parallel(folder / "valid", None)) == {"val": ("valid.de", "valid.en")}
    write(corpus__de="a\n", corpus__en="b\n")
    assert names(find_parallel(folder / "corpus", None)) == {"train": ("corpus.de", "corpus.en")}


def test_lines_belong_together(write) -> None:
    folder = write(train__de="eins \n\nzwei  drei\u2028vier\n", train__ko="하나\n둘\n셋\n")
    problems: list[BadFile] = []
    found = read_parallel(folder / "train.de", folder / "train.ko", problems)
    assert found == [
        ("train.de line 1", "eins", "하나"),
        ("train.de line 3", "zwei drei vier", "셋"),
    ]
    assert problems == [BadFile("train.de line 2", "an empty line")]


def test_unequal_files(write) -> None:
    folder = write(train__de="a\nb\nc\n", train__en="a\nb\n")
    with pytest.raises(DataError) as error:
        read_parallel(folder / "train.de", folder / "train.en", [])
    assert str(error.value) == (
        f"expected as many lines in {folder}/train.de as in {folder}/train.en, got 3 and 2; "
        "try looking at line 3 of the longer one"
    )


def test_what_is_not_clear(write) -> None:
    folder = write(train__de="", train__en="", train__fr="", train_b__de="", train_b__en="")
    with pytest.raises(DataError) as error:
        find_parallel(folder / "train", None)
    assert f"two languages at {folder}/train, got de, en, fr; try sides=('de', 'fr')" in str(
        error.value
    )
    with pytest.raises(DataError, match=r"for train in .*, got train and train_b"):
        find_parallel(folder, ("de", "en"))
    with pytest.raises(DataError) as error:
        find_parallel(folder / "train_b", ("de", "fr"))
    assert str(error.value) == "expected a file train_b.fr, got only train_b.de, train_b.en"
    with pytest.raises(DataError, match="got no such file, nor parallel ones"):
        find_parallel(folder / "none" / "train", None)
