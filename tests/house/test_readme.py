"""What the README tells people to type works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.slow
def test_the_ten_lines_run_after_the_demo(tmp_path: Path) -> None:
    lines = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert lines is not None
    assert sum(bool(line) for line in lines[1].splitlines()) <= 10
    for arguments in (["-m", "saccade", "demo"], ["-W", "error", "-c", lines[1]]):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "torch.Size([1, 3, 4, 17, 17])" in done.stdout
