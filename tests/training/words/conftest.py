from pathlib import Path

import pytest

from tests.training.words.small import write_data


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes and pairs with train, val and test; nothing is written here."""
    return write_data(tmp_path_factory.mktemp("words"))
