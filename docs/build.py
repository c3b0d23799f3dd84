"""Write docs/cli.md from the commands themselves; a test compares the two."""

import re
from pathlib import Path

from saccade.cli.main import make_app

PAGE = Path(__file__).parent / "cli.md"


def page() -> str:
    """The reference of all commands, as Markdown."""
    text = make_app().generate_docs("markdown", flatten_commands=True).strip() + "\n"
    # It names a command twice.
    return re.sub(r"(?m)^saccade (\w+(?: \w+)*) \1\b", r"saccade \1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
