"""What differs between a file and a model, told by name; what fits, taken without a copy."""

import pytest
import torch
from torch import nn

from saccade.checkpoints.fitting import (
    Differences,
    LoadReport,
    adopt,
    counted,
    differences,
    refuse,
    see_numbers,
)
from saccade.errors import CheckpointError


def test_differences_by_hand(normal):
    own = {"a": normal(2), "b": normal(2, 3), "c": normal(1)}
    found = differences(own, {"a": normal(2), "b": normal(3, 2), "d": normal(1)})
    assert found == Differences(("c",), ("d",), (("b", (3, 2), (2, 3)),))
    assert (
        str(found)
        == "1 missing (c); 1 unexpected (d); 1 of another shape (b (3, 2) instead of (2, 3))"
    )
    assert not differences(own, own)


def test_a_report_counts_by_hand():
    report = LoadReport(
        origin="file",
        model="vit",
        loaded=("a", "b", "c"),
        missing=("d",),
        fresh=("head.weight",),
        unused=("x",),
    )
    assert (report.coverage, report.complete) == (75.0, False)
    sentence = "3 tensors loaded (75.0 % of vit), 1 unused, 2 randomly initialised"
    assert str(report) == sentence
    assert LoadReport(origin="file", loaded=("a",), fresh=("b",), ignored=("c",)).complete
    assert LoadReport(origin="file").coverage == 100.0


def test_large_tensors_are_not_copied_and_types_are_kept(normal):
    model = nn.Linear(600, 600)
    weight = normal(600, 600)
    adopt(model, {"weight": weight, "bias": normal(600).double()})
    assert model.weight.data_ptr() == weight.data_ptr()
    assert model.weight.requires_grad
    assert model.bias.dtype == torch.float32


def test_small_tensors_at_odd_addresses_are_copied(normal):
    odd = normal(601)[1:]
    model = nn.Linear(600, 1)
    adopt(model, {"weight": odd[None]})
    assert model.weight.data_ptr() % 64 == 0
    assert torch.equal(model.weight[0], odd)


def test_norms_that_count_nothing_are_complete():
    norm = nn.BatchNorm2d(2)
    own = norm.state_dict()
    old = {name: value for name, value in own.items() if name != "num_batches_tracked"}
    assert not differences(own, counted(own, old))
    assert counted(own, old)["num_batches_tracked"].dtype == torch.int64


def test_refusal_names_the_first_and_says_what_else_to_try(normal):
    found = Differences(("a", "b", "c", "d"), (), ())
    with pytest.raises(CheckpointError, match=r"4 missing \(a, b, c, \.\.\.\); try .*, or more"):
        refuse(nn.Linear(1, 1), found, origin="file", hint=", or more")
    refuse(nn.Linear(1, 1), Differences((), (), ()), origin="file")


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        (torch.ones(2, 2, dtype=torch.int8), "int8"),
        (torch.ones(2, 2, dtype=torch.complex64), "complex64"),
        (torch.ones(2, 2).to_sparse(), "sparse"),
        (torch.ones(2, 2, device="meta"), "without numbers"),
    ],
)
def test_what_holds_no_floating_point_numbers_is_refused(odd, kind):
    own = {"a": torch.zeros(2, 2), "count": torch.zeros((), dtype=torch.int64)}
    see_numbers(own, {"a": torch.ones(2, 2).half(), "count": torch.tensor(3)}, origin="w.pt")
    expected = rf"numbers in w.pt, got 1 tensors of other kinds \(a {kind}\)"
    with pytest.raises(CheckpointError, match=expected):
        see_numbers(own, {"a": odd, "count": torch.tensor(3)}, origin="w.pt")
