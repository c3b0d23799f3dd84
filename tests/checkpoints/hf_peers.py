"""Tiny networks of transformers with random weights, and what becomes of them here and back."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.checkpoints.convert import convert
from saccade.checkpoints.load import Loaded, load_model
from tests.foreign import foreign


def peer(stem: str, ending: str, **config: Any) -> nn.Module:
    """Make a network of transformers whose weights and statistics are drawn."""
    foreign("torchvision")
    library = foreign("transformers")
    network = getattr(library, stem + ending)(getattr(library, f"{stem}Config")(**config)).eval()
    draw = torch.Generator().manual_seed(0)
    for name, value in network.state_dict().items():
        if value.is_floating_point() and value.numel():
            lowest, spread = (0.5, 0.5) if name.endswith("running_var") else (0.0, 0.2)
            drawn = torch.randn(value.shape, generator=draw).abs_() if lowest else None
            drawn = torch.randn(value.shape, generator=draw) if drawn is None else drawn
            value.copy_(lowest + spread * drawn)
    return network


def images(*size: int) -> Tensor:
    """Draw two images."""
    return torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))


def close(ours: Tensor, theirs: Tensor) -> None:
    """See that two tensors are the same but for rounding."""
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def there_and_back(network: nn.Module, folder: Path, pixels: Tensor) -> Loaded:
    """See that our network says what theirs does, and theirs what it did, from a folder of ours."""
    network.save_pretrained(folder / "theirs")
    loaded = load_model(folder / "theirs")
    assert loaded.report.complete
    registers = "WithRegisters" in type(network).__name__
    assert loaded.card.rule == ("timm" if registers else "hf")
    wanted = network(pixels)
    headed = bool(loaded.model.config.num_classes)
    ours = loaded.model.eval()
    close(ours(pixels) if headed else ours.tokens(pixels), wanted[0])
    convert(folder / "theirs", folder / "ours", "hf")
    again, told = type(network).from_pretrained(folder / "ours", output_loading_info=True)
    assert not any(told[key] for key in ("unexpected_keys", "mismatched_keys"))
    close(again.eval()(pixels)[0], wanted[0])
    back = load_model(folder / "ours")
    assert back.model.config == ours.config
    return loaded
