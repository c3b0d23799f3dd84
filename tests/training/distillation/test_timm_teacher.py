"""Teachers of timm."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.data.batches import Batches
from saccade.errors import CheckpointError, ConfigError
from saccade.training.distillation.teacher import open_teacher
from saccade.training.distillation.timm_teacher import timm_teacher
from tests.foreign import foreign
from tests.training.conftest import CLASSES, stripes

pytestmark = pytest.mark.parity


@pytest.fixture(scope="module")
def timm():
    return foreign("timm")


@pytest.mark.parametrize("name", ["regnety_002", "test_efficientnet", "resnet18"])
def test_it_is_timms_network_with_its_own_preprocessing(timm, tmp_path, name) -> None:
    theirs = timm.create_model(name, num_classes=3).eval()
    file = tmp_path / "weights.safetensors"
    save_file(theirs.state_dict(), file)
    before = torch.get_rng_state()
    teacher = open_teacher(f"timm:{name}@{file}", CLASSES)
    assert torch.equal(torch.get_rng_state(), before)
    told = timm.data.resolve_model_data_config(theirs)
    prepared = teacher.preprocessing
    assert prepared.img_size == told["input_size"][1:]
    assert (prepared.mean, prepared.std) == (told["mean"], told["std"])
    assert (prepared.crop_pct, prepared.interpolation) == (told["crop_pct"], told["interpolation"])
    batch = next(Batches(stripes(22), prepared, batch_size=2).epoch(0))
    pixels = prepared.normalize(batch.images)
    with torch.no_grad():
        assert torch.allclose(teacher.answer(pixels), theirs(pixels), atol=1e-5)
    change = timm.data.create_transform(**told, is_training=False)
    expected = torch.stack([change(stripes(22).load(i).image) for i in range(2)])
    assert torch.allclose(pixels, expected, atol=1e-5)


def test_imagenets_classes_are_found_by_folder_and_by_word(timm, tmp_path) -> None:
    theirs = timm.create_model("test_efficientnet")
    file = tmp_path / "weights.safetensors"
    save_file(theirs.state_dict(), file)
    source = f"timm:test_efficientnet@{file}"
    assert len(timm_teacher(source).classes) == 1000
    found = open_teacher(source, ("n01440764", "goldfish", "Great_White_Shark"))
    assert found.columns.tolist() == [0, 1, 2]
    with pytest.raises(ConfigError, match="lacks crane"):  # a bird and a machine
        open_teacher(source, ("goldfish", "crane"))


def test_grey_weights(timm, tmp_path) -> None:
    theirs = timm.create_model("resnet18", num_classes=3, in_chans=1)
    file = tmp_path / "weights.safetensors"
    save_file(theirs.state_dict(), file)
    teacher = open_teacher(f"timm:resnet18@{file}", CLASSES)
    assert teacher.preprocessing.in_chans == 1
    assert teacher.answer(torch.zeros(1, 1, 224, 224)).shape == (1, 3)


def test_errors(timm, tmp_path) -> None:
    with pytest.raises(ConfigError, match="got 'regnety_16'; try regnety_160"):
        open_teacher("timm:regnety_16", CLASSES)
    file = tmp_path / "weights.safetensors"
    save_file({"odd": torch.zeros(1)}, file)
    with pytest.raises(CheckpointError, match="weights of timm's resnet18 in"):
        open_teacher(f"timm:resnet18@{file}", CLASSES)


def test_weights_that_cannot_be_had(timm, monkeypatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no connection")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(CheckpointError, match=r"no connection; try timm:resnet18@FILE"):
        open_teacher("timm:resnet18", CLASSES)
