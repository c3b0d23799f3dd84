"""Files: every write is whole or not at all."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from saccade.errors import ConfigError, OutputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the name in one step.

    A process killed at any moment leaves the old file or the new one, never a part of one.

    Raises:
        OutputError: the folder cannot be written to, or the disk is full.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"to write {path}", error.strerror or str(error), "another folder or more disk space"
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def check_writable(path: Path, endings: Sequence[str] = ()) -> None:
    """See that a file can be written, before the work that fills it.

    Args:
        path: of the file.
        endings: of what can be written, such as ".png"; any where there are none.

    Raises:
        ConfigError: the name ends otherwise.
        OutputError: it cannot be written.
    """
    if endings and path.suffix.lower() not in endings:
        wanted = f"a file that ends in {' or '.join(endings)}"
        raise ConfigError(wanted, path.name, str(path.with_suffix(endings[0])))
    if path.is_dir():
        raise OutputError(f"a file to write at {path}", "a folder", f"{path / 'report.html'}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(
            f"to write {path}", error.strerror or str(error), "another folder"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file atomically."""
    write_bytes(path, text.encode())


def cache_folder() -> Path:
    """The folder for things that can be made again: $SACCADE_CACHE or ~/.cache/saccade."""
    return Path(os.environ.get("SACCADE_CACHE") or Path.home() / ".cache" / "saccade")


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
