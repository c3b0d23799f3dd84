"""CCNet: the names of its weights, where they may come from, and how they start."""

from pathlib import Path

import torch

from saccade import create_model
from saccade.models import build
from saccade.models.ccnet import LeakyNorm, plain_norms
from tests.models.test_ccnet import TINY, noise, tiny


def expected_names(depths: tuple[int, ...]) -> set[str]:
    """The names of the authors' code."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = {f"conv{i}.weight" for i in (1, 2, 3)}
    names |= {f"bn{i}.{part}" for i in (1, 2, 3) for part in norm}
    for stage, depth in enumerate(depths, 1):
        for block in (f"layer{stage}.{index}" for index in range(depth)):
            names |= {f"{block}.conv{i}.weight" for i in (1, 2, 3)}
            names |= {f"{block}.bn{i}.{part}" for i in (1, 2, 3) for part in norm}
        names |= {f"layer{stage}.0.downsample.0.weight"}
        names |= {f"layer{stage}.0.downsample.1.{part}" for part in norm}
    for part in ("head.conva", "head.convb", "head.bottleneck", "dsn"):
        names |= {f"{part}.0.weight"} | {f"{part}.1.{one}" for one in norm}
    names |= {f"{part}.3.{one}" for part in ("head.bottleneck", "dsn") for one in norm[:2]}
    names |= {f"head.cca.{c}_conv.{one}" for c in ("query", "key", "value") for one in norm[:2]}
    return names | {"head.cca.gamma", "dsn.0.bias"}


def test_names_are_those_of_the_authors() -> None:
    with torch.device("meta"):
        assert set(build("ccnet_resnet101").state_dict()) == expected_names((3, 4, 23, 3))


def test_norms_that_are_activated_in_place() -> None:
    # Such a norm multiplies by |-2| + 1e-5: x = 3, mean 1, variance 4: 2 * 2 / 2 + 0.5 = 2.5.
    # x = -1 gives -1.5, and the leaky ReLU -0.015.
    state = {
        "n.weight": torch.tensor([-2.0]),
        "n.bias": torch.tensor([0.5]),
        "n.running_mean": torch.tensor([1.0]),
        "n.running_var": torch.tensor([4.0]),
        "n.num_batches_tracked": torch.tensor(0),
        "conv.weight": torch.tensor([-2.0]),
    }
    plain = plain_norms(state)
    assert float(plain["conv.weight"]) == -2.0
    norm = LeakyNorm(1).eval()
    norm.load_state_dict({key[2:]: value for key, value in plain.items() if key[:2] == "n."})
    found = norm(torch.tensor([3.0, -1.0]).reshape(2, 1, 1, 1)).flatten()
    torch.testing.assert_close(found, torch.tensor([2.5, -0.015]), atol=1e-4, rtol=0)


def test_a_checkpoint_of_a_parallel_run_loads(tmp_path: Path) -> None:
    model, images = tiny(), noise(1, 3, 16, 16)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "ccnet.pth")
    loaded = create_model("ccnet_resnet101", checkpoint_path=tmp_path / "ccnet.pth", **TINY).eval()
    with torch.no_grad():
        assert torch.equal(loaded(images), model(images))


def test_fresh_weights() -> None:
    model = tiny()
    before = model.head.cca.query_conv.weight.clone()
    model.reset_parameters()
    assert not bool(model.head.cca.gamma.any())
    assert not torch.equal(model.head.cca.query_conv.weight, before)
