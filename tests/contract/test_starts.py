"""How every mechanism starts, and that neither layout nor device is written down."""

import re

import pytest
import torch
from torch import Tensor

from saccade.attention import MECHANISMS
from tests.contract.cases import CASES, Case
from tests.house.tree import SOURCE


def started(case: Case, seed: int) -> dict[str, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return dict(MECHANISMS[case.mechanism](**case.sizes, **case.options).state_dict())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_seed_gives_the_same_start(case: Case) -> None:
    one, same, other = started(case, 0), started(case, 0), started(case, 1)
    assert all(torch.equal(one[name], same[name]) for name in one)
    if any(parameter.dim() > 1 for parameter in one.values()):
        assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("case", [case for case in CASES if "x" in case.inputs], ids=str)
def test_the_layout_in_memory_does_not_matter(case: Case) -> None:
    module, x = case.make(torch.float64), case.draw(torch.float64)["x"]
    rest = {name: value for name, value in case.draw(torch.float64).items() if name != "x"}
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(x.dim())
    laid = x.mT.contiguous().mT if last is None else x.contiguous(memory_format=last)
    torch.testing.assert_close(module(laid, **rest), module(x, **rest), atol=1e-12, rtol=0)


def test_no_device_is_written_down() -> None:
    folders = ("attention", "layers", "models")
    files = [path for folder in folders for path in (SOURCE / folder).rglob("*.py")]
    fixed = re.compile(r"\.cuda\(|device=\"(cuda|cpu)\"")
    assert len(files) > 20
    assert not [path.name for path in files if fixed.search(path.read_text())]
