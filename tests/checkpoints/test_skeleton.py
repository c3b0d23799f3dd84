"""Models without storage: shapes are right, what is computed is real, nothing is drawn."""

import pytest
import torch

from saccade.checkpoints.skeleton import skeleton
from saccade.errors import ConfigError
from saccade.models import build

NAMES = ("vit_pico_patch2_8", "resnet18", "swin_tiny_patch4_window7_224")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_model_but_for_its_numbers(name):
    empty, whole = skeleton(name, {"num_classes": 3}), build(name, num_classes=3)
    shapes = {key: value.shape for key, value in whole.state_dict().items()}
    assert {key: value.shape for key, value in empty.state_dict().items()} == shapes
    assert (empty.name, empty.config) == (name, whole.config)
    large = [p for p in empty.parameters() if p.numel() > 1000]
    assert sum(p.numel() for p in large if p.device.type != "meta") < 5000


@pytest.mark.parametrize("name", NAMES)
def test_tables_that_no_file_holds_are_real(name):
    empty, whole = skeleton(name, {}), build(name)
    held = whole.state_dict()
    for key, value in whole.named_buffers():
        if key not in held:
            assert torch.equal(empty.get_buffer(key), value)


def test_no_chance_is_used_up():
    before = torch.get_rng_state()
    skeleton("resnet18", {})
    assert torch.equal(torch.get_rng_state(), before)


def test_errors_are_those_of_build():
    with pytest.raises(ConfigError, match="num_clases"):
        skeleton("resnet18", {"num_clases": 3})
