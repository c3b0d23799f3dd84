"""saccade completion: the script that makes a shell complete our commands."""

from typing import Literal

from saccade.cli import output


def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print the completion script of a shell; `saccade completion bash >> ~/.bashrc` installs it.

    Args:
        shell: bash, zsh or fish.
    """
    from saccade.cli.main import make_app

    output.line(make_app().generate_completion(prog_name="saccade", shell=shell).rstrip())
    return 0
