"""What every model of the catalogue promises."""

import copy
import dataclasses
from pathlib import Path

import pytest
import torch

from saccade.attention.tap import Tap
from saccade.checkpoints.create import create_model
from saccade.checkpoints.native import Card, save
from saccade.errors import TraceError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier
from saccade.models.deit import DistilledDeiT
from saccade.models.mixer import Mixer
from saccade.models.ram import RAM
from tests.contract.small import CLASSIFIERS, MODELS, small

each_model = pytest.mark.parametrize("name", CLASSIFIERS)
LARGE = 30_000_000  # parameters; CI leaves larger ones out
SINGLE = ("ram_", "st_cnn_")  # with one mechanism
GIANTS = ("huge", "large", "giant", "7b", "152", "154", "101", "wide")


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> Classifier:
    """A small variant of each model."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return small(request.param)


def images(model: Classifier, count: int = 2) -> torch.Tensor:
    """Seeded noise of the size that the model takes."""
    generator = torch.Generator().manual_seed(0)
    config = model.config
    return torch.randn(count, config.in_chans, *config.image, generator=generator)


def turned(model: Classifier) -> tuple[int, int]:
    """The other way round, unless the model takes images of one size only."""
    height, width = model.config.image
    return (height, width) if isinstance(model, Mixer) else (width, height)


def grid(model: Classifier) -> tuple[int, int]:
    """Rows and columns of a small variant; what looks at places of its choice has one cell."""
    return (1, 1) if isinstance(model, RAM) else (2, 3)


def has_attention(model: Classifier) -> bool:
    return any(isinstance(part, Tap) for part in model.modules())


def test_shapes(model: Classifier) -> None:
    pixels, (rows, columns) = images(model), model.layout.grid
    with torch.no_grad():
        tokens, features, logits = model.tokens(pixels), model.features(pixels), model(pixels)
        if not isinstance(model, DistilledDeiT):  # which has two heads, each for a vector
            assert torch.equal(model.head(features), logits)
    assert (rows, columns) == grid(model)
    assert tokens.shape == (2, model.layout.tokens, features.shape[1])
    assert features.shape == (2, model.head.in_features)
    assert logits.shape == (2, 5)
    assert bool(logits.isfinite().all())
    kernel, table = model.patch_kernel(), model.position_table()
    assert kernel.shape[1] == model.config.in_chans
    assert table is None or table.shape == (rows * columns, features.shape[1])


def test_recording_changes_nothing(model: Classifier) -> None:
    pixels = images(model)
    if not has_attention(model):
        with pytest.raises(TraceError), record(model):
            pass
        return
    with torch.no_grad():
        plain = model(pixels)
        with record(model) as trace:
            watched = model(pixels)
        again = model(pixels)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert torch.equal(again, plain)
    assert {layer.weights.shape[0] for layer in trace.layers} == {2}
    assert all(bool(layer.weights.isfinite().all()) for layer in trace.layers)


def test_another_size_and_other_classes(model: Classifier) -> None:
    other = copy.deepcopy(model)
    other.set_input_size(turned(model))
    other.reset_classifier(7)
    with torch.no_grad():
        assert other(images(other, 1)).shape == (1, 7)
        assert other.tokens(images(other, 1)).shape[1] == model.layout.tokens
    wanted = grid(model) if turned(model) == model.config.image else grid(model)[::-1]
    assert (other.layout.grid, other.name) == (wanted, model.name)
    other.reset_classifier(0)
    with torch.no_grad():
        assert other(images(other, 1)).shape == (1, model.head.in_features)


def test_a_card_brings_the_same_model_back(model: Classifier, tmp_path: Path) -> None:
    other = copy.deepcopy(model)
    other.set_input_size(turned(model))
    path = tmp_path / "weights.safetensors"
    save(path, other, Card(model=other.name, config=dataclasses.asdict(other.config)))
    found = create_model(other.name, checkpoint_path=path).eval()
    assert found.config == other.config
    pixels = images(other, 1)
    with torch.no_grad():
        assert torch.equal(found(pixels), other(pixels))


def test_all_weights_are_drawn_anew(model: Classifier) -> None:
    other = copy.deepcopy(model)
    for value in other.state_dict().values():
        if value.is_floating_point():
            value.fill_(float("nan"))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        other.reset_parameters()
    lost = [key for key, value in other.state_dict().items() if bool(value.isnan().any())]
    assert not lost


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.large if CATALOG[name].parameters > LARGE else ())
        for name in CLASSIFIERS
    ],
)
def test_recording_the_whole_model_changes_nothing(name: str) -> None:
    if any(word in name for word in GIANTS):
        pytest.skip("its small variant is enough")
    model = build(name).eval()
    pixels = images(model, 1)
    if not has_attention(model):
        return
    with torch.no_grad():
        plain = model(pixels)
        with record(model, layers=[0, -1]) as trace:
            watched = model(pixels)
    assert float((watched - plain).abs().max() / plain.abs().max().clamp_min(1e-3)) <= 1e-5
    assert len(trace.layers) == (1 if name.startswith(SINGLE) else 2)
