import dataclasses

import pytest
from safetensors.torch import save_file

from saccade.checkpoints.create import create_model
from saccade.checkpoints.native import Card, save

PICO = "vit_pico_patch2_8"


@pytest.fixture
def saved(tmp_path, drawn):
    """A model of three classes and the file it was saved to, without a card when `bare`."""

    def write(*, bare=False, **config):
        model = drawn(create_model(PICO, num_classes=3))
        path = tmp_path / f"{PICO}.safetensors"
        if bare:
            save_file(model.state_dict(), path)
        else:
            values = {**dataclasses.asdict(model.config), **config}
            save(path, model, Card(model=PICO, config=values, classes=("a", "b", "c")))
        return model, path

    return write
