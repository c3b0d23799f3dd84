"""Compiling once, finding it again, and doing without."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saccade.kernels import compiler

SOURCE = "int answer(void) { return 42; }\n"
CHILD = """
import sys
from pathlib import Path
from saccade.kernels import compiler
library, why = compiler._attempt(Path(sys.argv[1]))
print(library.answer() if library else why)
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small source and an empty cache folder."""
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "answer.c"
    path.write_text(SOURCE)
    compiler.forget()
    yield path
    compiler.forget()


@pytest.fixture
def present() -> None:
    """Skip where there is no compiler."""
    try:
        compiler._compiler()
    except compiler.NoLibraryError as error:
        pytest.skip(str(error))


def cached(source: Path) -> list[Path]:
    """The libraries in the cache folder."""
    return list((source.parent / "cache" / "kernels").iterdir())


@pytest.mark.usefixtures("present")
def test_a_source_is_compiled_once(source: Path) -> None:
    assert compiler._obtain(source).answer() == 42
    (made,) = cached(source)
    before = made.stat().st_mtime_ns
    assert compiler._obtain(source).answer() == 42
    assert made.stat().st_mtime_ns == before
    source.write_text(SOURCE.replace("42", "43"))
    assert compiler._obtain(source).answer() == 43
    assert len(cached(source)) == 2


@pytest.mark.usefixtures("present")
@pytest.mark.parametrize("damage", ["cut", "emptied", "changed", "other"])
def test_a_damaged_library_is_made_again(source: Path, damage: str) -> None:
    flags = compiler.FLAGS[0]
    path = compiler._path(source, compiler._compiler(), flags)
    whole = compiler._compile(source, compiler._compiler(), flags)
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    damages = {"cut": whole[:middle], "emptied": b"", "changed": changed, "other": b"text" * 99}
    path.parent.mkdir(parents=True)
    path.write_bytes(damages[damage])
    assert compiler._obtain(source).answer() == 42
    assert compiler._whole(path)


@pytest.mark.usefixtures("present")
def test_threads_that_compile_at_once_all_get_it(source: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(compiler._obtain, [source] * 4))
    assert [library.answer() for library in found] == [42] * 4
    assert len(cached(source)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("present")
def test_processes_that_compile_at_once_all_get_it(source: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(source)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=100)[0].strip() for process in running] == ["42"] * 3
    assert len(cached(source)) == 1


@pytest.mark.usefixtures("present")
def test_a_source_that_does_not_compile(source: Path) -> None:
    source.write_text("int answer(void) { return forty_two; }\n")
    library, why = compiler._attempt(source)
    assert library is None
    assert "failed on answer.c" in why


def test_without_a_compiler_there_is_a_reason(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(source.parent))
    monkeypatch.delenv("CC", raising=False)
    assert compiler._attempt(source) == (None, "no C compiler among cc, gcc, clang")
    assert compiler.library("local_window.c") is None
    assert compiler.reason("local_window.c") == "no C compiler among cc, gcc, clang"


@pytest.mark.usefixtures("present")
def test_a_cache_folder_that_cannot_be_written(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SACCADE_CACHE", str(source))  # a file, so no folder can be made in it
    library, why = compiler._attempt(source)
    assert library is None
    assert why.startswith("the cache folder cannot be written to")


def test_a_source_that_is_not_there(source: Path) -> None:
    assert compiler._attempt(source.parent / "none.c") == (None, "there is no source none.c")


def test_sources_are_part_of_the_package() -> None:
    assert (Path(compiler.__file__).parent / "local_window.c").is_file()
