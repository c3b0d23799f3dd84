"""Other people's libraries, for comparison where they are installed."""

from types import ModuleType

import pytest

from saccade.checkpoints.peer import imported
from saccade.errors import MissingExtra


def foreign(name: str) -> ModuleType:
    """Import a module that the tests can do without, or skip and say why."""
    try:
        return imported(name)
    except MissingExtra as error:
        pytest.skip(str(error))
