"""Numbers in place of maps."""

import numpy as np
import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection.reduced_numbers import (
    append,
    bytes_of,
    check_alike,
    describe_reduced,
    images_of,
    joined,
    reduced_from,
)


def numbers(normal, *sizes: int, width: int = 3) -> dict:
    return {"sinks": {"a": [normal(n, width) for n in sizes], "b": [normal(sum(sizes), 4)]}}


def test_passes_are_put_together(normal) -> None:
    held = numbers(normal, 2, 1)
    assert torch.equal(joined(held)["sinks"]["a"], torch.cat(held["sinks"]["a"]))
    assert (images_of(held), bytes_of(held), images_of({})) == (3, 4 * (9 + 12), 0)


def test_they_keep_lists_of_their_own(normal) -> None:
    held, other = {}, numbers(normal, 2)
    append(held, other)
    append(held, held)
    assert (images_of(held), images_of(other)) == (4, 2)


def test_written_and_read(normal) -> None:
    held = numbers(normal, 2, 1)
    about, arrays = describe_reduced(held)
    back = reduced_from(about, arrays.__getitem__)
    assert torch.equal(joined(back)["sinks"]["b"], joined(held)["sinks"]["b"])
    assert list(back["sinks"]) == ["a", "b"]
    with pytest.raises(ValueError, match=r"sinks of a is int64 of shape \(3, 3\)"):
        reduced_from(about, lambda name: np.zeros((3, 3), dtype=np.int64))


def test_others_are_refused(normal) -> None:
    held = numbers(normal, 1)
    check_alike(held, numbers(normal, 5))
    for other in ({}, {"mean": held["sinks"]}, {"sinks": {"a": held["sinks"]["a"]}}):
        with pytest.raises(TraceError, match=r"numbers of sinks in 2 layers, a first, got"):
            check_alike(held, other)
    with pytest.raises(TraceError, match=r"sinks of one shape in a, got \(3,\) and \(5,\)"):
        check_alike(held, numbers(normal, 1, width=5))
    held["sinks"]["a"].append(normal(1, 5))
    with pytest.raises(TraceError, match="try one recording for each size of the images"):
        joined(held)
