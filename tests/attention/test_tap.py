"""The tap."""

import copy

import pytest
import torch

from saccade.attention import Tap
from saccade.errors import ConfigError


def test_gives_back_what_it_shows() -> None:
    tap, shown = Tap("b i j"), []
    weights = torch.eye(2)[None]
    assert tap(weights) is weights
    tap.listeners.append(lambda which, seen, place: shown.append((which, seen)))
    tap.listeners.append(lambda which, seen, place: shown.append((which, seen)))
    assert tap(weights) is weights
    assert len(shown) == 2
    assert all(which is tap and seen is weights for which, seen in shown)


def test_copies_start_with_no_listeners() -> None:
    tap = Tap("b i j")
    tap.listeners.append(lambda which, seen, place: None)
    other = copy.deepcopy(tap)
    assert (other.listeners, other.axes, len(tap.listeners)) == ([], ("b", "i", "j"), 1)


def test_shows_its_axes() -> None:
    assert repr(Tap("b heads i j")) == "Tap(b heads i j)"


def test_axes_outside_the_alphabet() -> None:
    with pytest.raises(ConfigError, match=r"axes out of b c h w .*, got 'b z'"):
        Tap("b z")
