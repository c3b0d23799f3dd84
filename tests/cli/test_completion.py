"""saccade completion: a script for each shell, checked by the shell where it is there."""

import shutil
import subprocess

import pytest


@pytest.mark.parametrize(
    "shell", ["bash", *(pytest.param(name, marks=pytest.mark.slow) for name in ("zsh", "fish"))]
)
def test_completion_knows_the_commands_and_is_a_script(run, shell, tmp_path):
    done = run("completion", shell)
    assert (done.code, done.err) == (0, "")
    for word in ("predict", "inspect", "doctor", "batch-size"):
        assert word in done.out
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(done.out)
    checked = subprocess.run(
        [program, "-n", tmp_path / "script"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
