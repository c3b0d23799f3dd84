"""Plain C of this package, compiled once with the system's compiler and loaded by ctypes.

A library exchanges only pointers and numbers, so it does not depend on how torch was built. It
lies in the cache folder under a name that carries a hash of the sources, the flags, the compiler
and the processor, and ends with a checksum of itself. Where anything on the way fails there is no
library, and a reason: every function that has one works without it.

Differs: the library is bound to the OpenMP runtime that torch has loaded already (both are called
libgomp.so.1), so that there is one set of threads in the process.
"""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import torch

from saccade.errors import OutputError
from saccade.files import cache_folder, write_bytes

COMPILERS = ("cc", "gcc", "clang")
SECONDS = 300.0
_PLAIN = ("-O3", "-std=gnu11", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math")
FLAGS = (
    (*_PLAIN, "-march=native", "-fopenmp"),
    (*_PLAIN, "-mcpu=native", "-fopenmp"),
    (*_PLAIN, "-fopenmp"),
    _PLAIN,
)
_DIGEST = 32  # bytes of the checksum at the end of a library

_lock = threading.RLock()
_known: dict[str, tuple[ctypes.CDLL | None, str]] = {}


class NoLibraryError(Exception):
    """Why there is no library, in a few words; it never leaves this module."""


def library(source_name: str) -> ctypes.CDLL | None:
    """Load a C source of this folder as a library, compiling it if no process has done so yet.

    Args:
        source_name: name of the file, such as "local_window.c".

    Returns:
        The library, or None; `reason` then says why. Both are remembered for this process.
    """
    with _lock:
        if source_name not in _known:
            _known[source_name] = _attempt(Path(__file__).parent / source_name)
        return _known[source_name][0]


def reason(source_name: str) -> str:
    """Why there is no library of this source; empty if there is one."""
    library(source_name)
    return _known[source_name][1]


def forget() -> None:
    """Look for compilers and libraries anew at the next call."""
    with _lock:
        _known.clear()


def threads() -> int:
    """How many threads a library may use: as many as torch."""
    return torch.get_num_threads()


def _attempt(source: Path) -> tuple[ctypes.CDLL | None, str]:
    try:
        return _obtain(source), ""
    except NoLibraryError as error:
        return None, str(error)
    except OutputError as error:
        return None, f"the cache folder cannot be written to: {error}"
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"the library cannot be made or loaded: {error}"


def _obtain(source: Path) -> ctypes.CDLL:
    if not source.is_file():
        raise NoLibraryError(f"there is no source {source.name}")
    compiler = _compiler()
    failure = ""
    for flags in FLAGS:
        path = _path(source, compiler, flags)
        try:
            if not _whole(path):
                write_bytes(path, _compile(source, compiler, flags))
            return ctypes.CDLL(str(path))
        except NoLibraryError as error:
            failure = failure or str(error)
    raise NoLibraryError(failure)


def _compiler() -> str:
    for name in (os.environ.get("CC", ""), *COMPILERS):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NoLibraryError(f"no C compiler among {', '.join(COMPILERS)}")


def _path(source: Path, compiler: str, flags: tuple[str, ...]) -> Path:
    version = subprocess.run(
        [compiler, "--version"], capture_output=True, check=False, timeout=SECONDS
    ).stdout
    mark = hashlib.sha256()
    headers = [header.read_bytes() for header in sorted(source.parent.glob("*.h"))]
    for part in (source.read_bytes(), *headers, version, " ".join(flags).encode(), *_processor()):
        mark.update(hashlib.sha256(part).digest())
    return cache_folder() / "kernels" / f"{source.stem}-{mark.hexdigest()[:20]}.so"


def _processor() -> Iterator[bytes]:
    yield f"{platform.system()} {platform.machine()} {platform.libc_ver()}".encode()
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        wanted = (b"model name", b"flags", b"Features", b"CPU part")
        first = facts.read_bytes().split(b"\n\n")[0]
        yield b"\n".join(line for line in first.split(b"\n") if line.startswith(wanted))
    else:
        yield platform.processor().encode()


def _compile(source: Path, compiler: str, flags: tuple[str, ...]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "library.so"
        done = subprocess.run(
            [compiler, *flags, str(source), "-o", str(target), "-lm"],
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode or not target.is_file():
            told = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            raise NoLibraryError(f"{compiler} failed on {source.name}: {told[0]}")
        made = target.read_bytes()
    return made + hashlib.sha256(made).digest()


def _whole(path: Path) -> bool:
    """Whether the file is there and ends with the checksum of the rest of it.

    Loading a part of a library would end the process, so this is seen to first.
    """
    if not path.is_file():
        return False
    data = path.read_bytes()
    return hashlib.sha256(data[:-_DIGEST]).digest() == data[-_DIGEST:]
