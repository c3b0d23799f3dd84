"""A process of its own for Triton, whose interpreter is chosen before it is imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, device: str, **environment: str) -> str:
    """Run a script with a device as its argument; its output, and the end of its errors."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", script, device],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    return done.stdout + done.stderr[-2000:]
