"""The names a user types first: all there, loaded when first used."""

import subprocess
import sys

import pytest

import saccade


@pytest.mark.parametrize("name", saccade.__all__)
def test_each_name_is_there(name):
    assert getattr(saccade, name) is not None
    assert name in dir(saccade)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'saccade' has no attribute 'crate_model'"):
        _ = saccade.crate_model


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, saccade; saccade.list_models();"
        "print(sorted({'torch', 'numpy', 'PIL', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
