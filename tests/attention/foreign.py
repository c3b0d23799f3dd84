"""Other people's layers, where they are installed."""

import importlib
from types import ModuleType

import pytest


def foreign(name: str) -> ModuleType:
    """Import a module that the tests can do without, or skip.

    An installation that cannot be imported, such as one built for another torch, is skipped, too.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"{name} cannot be imported: {error}")
