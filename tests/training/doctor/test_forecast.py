"""Memory by hand: every term of a model that is small enough to count."""

import pytest
import torch
from torch import nn

from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.doctor.forecast import forecast, free_memory, kept_bytes, size_words
from saccade.training.scale.shape import shape_of

CPU = torch.device("cpu")


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 2))


def test_terms_by_hand():
    config = TrainConfig(batch_size=10, opt="adamw", ema_decay=0.9)
    found = forecast(net(), config, torch.zeros(1, 3, 2, 2), device=CPU)
    numbers = 12 * 5 + 5 + 5 * 2 + 2
    assert found.terms == {
        "weights": 4 * numbers,
        "gradients": 4 * numbers,
        "optimizer (adamw)": 8 * numbers,
        "average of the weights": 4 * numbers,
        "activations (batch of 10)": 10 * 4 * (12 + 5),  # inputs of the layers; tanh keeps its own
        "pictures": 10 * 4 * 12,
    }
    assert found.total == sum(found.terms.values())


def test_frozen_weights_have_no_gradient():
    model = net()
    model[1].requires_grad_(False)
    found = forecast(model, TrainConfig(opt="sgd"), torch.zeros(1, 3, 2, 2), device=CPU)
    assert found.terms["gradients"] == found.terms["optimizer (sgd)"] == 4 * 12


def test_a_storage_counts_once():
    class Twice(nn.Module):
        def forward(self, x):
            y = x.exp()  # keeps y
            return (y * y).sum()  # keeps y again

    images = torch.ones(1, 8, requires_grad=True)
    assert kept_bytes(Twice(), images, TrainConfig()) == 4 * 8


@pytest.mark.parametrize(
    ("size", "words"),
    [(12, "12 bytes"), (1536, "1.5 KiB"), (1020 * 2**20, "0.996 GiB"), (3 * 2**30, "3 GiB")],
)
def test_words(size, words):
    assert size_words(size) == words


def test_free_memory_of_this_machine():
    free = free_memory(CPU)
    assert free is None or free > 0
    assert free_memory(torch.device("meta")) is None


@pytest.mark.slow
def test_against_the_analytic_forecast():
    """The formula that `saccade plan` uses counts the same activations of a ViT."""
    model = build("vit_tiny_patch16_224", num_classes=5).train()
    image = torch.zeros(1, 3, 224, 224)
    config = TrainConfig()
    one, two = (kept_bytes(model, image.repeat(n, 1, 1, 1), config) for n in (1, 2))
    shape = shape_of("vit_tiny_patch16_224", {"num_classes": 5})
    assert two - one == pytest.approx(shape.depth * shape.kept_by_block(4), rel=0.05)
