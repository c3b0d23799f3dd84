"""Small networks with drawn weights, noise, and the size of a network by its name."""

from typing import TypeVar

import torch
from torch import Tensor, nn

from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.classifier import Classifier

Network = TypeVar("Network", bound=nn.Module)


def drawn(model: Network) -> Network:
    """Draw all weights; the network is in eval mode and double precision then."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.4, generator=generator)
    return model.double().eval()


def noise(*shape: int) -> Tensor:
    """Seeded numbers in double precision."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def sized(name: str) -> tuple[Classifier, int, float]:
    """A network without memory, its parameters, and its billions of multiply-adds at 224 pixels."""
    with torch.device("meta"):
        model = build(name).eval()
        found = multiply_adds(model, torch.empty(1, 3, 224, 224))
    return model, sum(parameter.numel() for parameter in model.parameters()), found / 1e9
