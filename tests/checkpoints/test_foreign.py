"""Files of torch.save: the weights are found, and code in them never runs."""

import builtins
import os
import pickle
import sys
from argparse import Namespace
from collections import deque
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import fit
from saccade.checkpoints.native import read, save
from saccade.errors import CheckpointError


class Call:
    """Pickles into a call of a function."""

    def __init__(self, function, *arguments):
        self.parts = (function, arguments)

    def __reduce__(self):
        return self.parts


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_code_in_a_pickle_never_runs(tmp_path: Path, zipped: bool, wrapped: bool) -> None:
    mark = tmp_path / "mark"
    for function, argument in (
        (os.system, f"touch {mark}"),
        (builtins.eval, f"open({str(mark)!r}, 'w')"),
    ):
        evil = Call(function, argument)
        held = {"model": nn.Linear(2, 1).state_dict(), "extra": evil} if wrapped else evil
        torch.save(held, tmp_path / "evil.pt", _use_new_zipfile_serialization=zipped)
        (tmp_path / "evil.pkl").write_bytes(pickle.dumps(held, protocol=2))
        for name in ("evil.pt", "evil.pkl"):
            with pytest.raises(CheckpointError, match=r"expected only tensors in|did not write"):
                read(tmp_path / name)
    assert not mark.exists()


def test_a_whole_module_is_refused_by_name(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 1), tmp_path / "module.pt")
    with pytest.raises(CheckpointError, match=r"run code \(torch.nn.modules.linear.Linear\)"):
        read(tmp_path / "module.pt")


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_are_found_in_what_training_scripts_save(tmp_path: Path, zipped: bool) -> None:
    state = nn.Linear(3, 2).state_dict()
    held = {
        "model": {f"module.{name}": value for name, value in state.items()},
        "args": Namespace(lr=0.1),
        "metric": np.float64(0.5),
        "epoch": 3,
    }
    torch.save(held, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    found = read(tmp_path / "w.pth")
    assert found.card is None
    assert found.how == "a torch file, weights under 'model', 'module.' taken off every name"
    for name, value in state.items():
        assert torch.equal(found.state[name], value)


def test_settings_beside_the_weights_are_passed_over(tmp_path: Path, monkeypatch) -> None:
    """Classes of libraries that need not be there; nothing of them is imported or run."""
    kinds = {}
    for name, parent in (
        ("yacs.config.CfgNode", dict),
        ("omegaconf.dictconfig.DictConfig", object),
    ):
        module, _, kind = name.rpartition(".")
        kinds[name] = type(kind, (parent,), {"__module__": module})
        for part in (module.partition(".")[0], module):
            monkeypatch.setitem(sys.modules, part, ModuleType(part))
        setattr(sys.modules[module], kind, kinds[name])
    table, other = (kind() for kind in kinds.values())
    table["LR"], table.frozen, other.content = table.__class__(a=1), True, {"a": [1, "b"]}
    beside = {"config": table, "cfg": other, "args": Namespace(out=Path("out")), "q": deque([1])}
    beside |= {"best": np.float32(2), "order": np.arange(3), "decay": torch.tensor(0.9)}
    for zipped in (True, False):
        held = {"state_dict": {"model": nn.Linear(3, 2).state_dict()}, **beside}
        torch.save(held, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
        assert set(read(tmp_path / "w.pth").state) == {"weight", "bias"}


def test_a_file_without_weights_says_what_it_holds(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "args": 4}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="got a table of epoch, args"):
        read(tmp_path / "w.pth")
    torch.save(torch.zeros(3), tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="got one Tensor"):
        read(tmp_path / "w.pth")


def test_fit_names_what_differs_and_changes_nothing(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = {"0.weight": torch.zeros(2, 4), "0.bias": torch.ones(2), "extra": torch.ones(1)}
    with pytest.raises(CheckpointError) as caught:
        fit(model, state, origin="w.pt")
    assert str(caught.value) == (
        "expected the 7 tensors of the Sequential in w.pt, got 5 missing (1.weight, 1.bias, "
        "1.running_mean, ...); 1 unexpected (extra); 1 of another shape "
        "(0.weight (2, 4) instead of (2, 3)); try the model and options that the weights were "
        "saved with"
    )
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_fit_casts_to_the_types_of_the_model(tmp_path: Path) -> None:
    source, target = nn.Linear(3, 2).double(), nn.Linear(3, 2)
    save(tmp_path / "w.safetensors", source, Card(model="m", config={}))
    fit(target, read(tmp_path / "w.safetensors").state, origin="w")
    assert target.weight.dtype == torch.float32
    assert torch.equal(target.weight, source.weight.float())


def test_plain_safetensors_have_no_card(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "w.safetensors")
    found = read(tmp_path / "w.safetensors")
    assert (found.card, found.resume) == (None, {})
    assert found.how == "plain safetensors without a card"


@pytest.mark.shared_data
def test_published_files_are_read(shared_data: Path) -> None:
    folder = shared_data / "weights"
    tiny = read(folder / "vit_tiny_patch16_224_imagenet1k" / "vit_tiny_patch16_224.safetensors")
    assert (len(tiny.state), tiny.how) == (152, "plain safetensors without a card")
    others = [*folder.glob("vit_mnist_researchase/*.pt"), *folder.glob("ram_*/*.tar")]
    assert all(read(path).state for path in others)
