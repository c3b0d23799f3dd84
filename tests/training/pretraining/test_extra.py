"""What learned beside a model, written and read again."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.native import Card, save
from saccade.errors import CheckpointError
from saccade.models import build
from saccade.training.objectives.outcome import Examples
from saccade.training.options import PretrainOptions
from saccade.training.pretraining import autoencoder
from saccade.training.pretraining.extra import FILE, load_extra, open_lesson, save_extra
from tests.training.pretraining.small import LESSONS, PIXELS, examples, lesson_of, small_vit


def write_run(lesson, folder) -> None:
    model = lesson.model
    card = Card(
        model="vit_tiny_patch16_224",
        config=dataclasses.asdict(model.config),
        classes=("a", "b", "c"),
        preprocessing=PIXELS.to_dict(),
        training={"config": {}},
    )
    save(folder / "best.safetensors", model, card)


@pytest.mark.parametrize("name", LESSONS)
def test_a_run_is_put_together_again(name: str, tmp_path) -> None:
    lesson = lesson_of(name, target="pixels")
    write_run(lesson, tmp_path)
    assert save_extra(lesson, tmp_path / FILE)
    again, pixels = open_lesson(tmp_path)
    assert pixels == PIXELS
    assert again.options() == lesson.options()
    assert torch.equal(again(examples()).loss, lesson(examples()).loss)


def test_other_weights_are_refused(tmp_path) -> None:
    lesson = lesson_of("mae")
    save_extra(lesson, tmp_path / FILE)
    with torch.no_grad():
        lesson.model.cls_token += 1
    with pytest.raises(CheckpointError, match=r"expected the decoder of these weights .* killed"):
        load_extra(lesson, tmp_path / FILE)


def test_what_is_no_decoder(tmp_path) -> None:
    assert not save_extra(small_vit(), tmp_path / FILE)
    lesson = lesson_of("mae")
    write_run(lesson, tmp_path)
    with pytest.raises(CheckpointError, match=f"a decoder in .* or as {FILE} beside it"):
        open_lesson(tmp_path)
    (tmp_path / FILE).write_bytes(b"{}")
    with pytest.raises(CheckpointError, match="a decoder that saccade wrote"):
        open_lesson(tmp_path)


@pytest.mark.slow
def test_a_published_file_holds_both(tmp_path) -> None:
    model = build("vit_tiny_patch16_224", num_classes=0)
    options = PretrainOptions(target="pixels", decoder_depth=1)
    lesson = autoencoder.build(model, options, PIXELS, fresh=True).eval()
    state = model.state_dict()
    for name, value in lesson.decoder.state_dict().items():
        state[name if name == "mask_token" else f"decoder_{name}"] = value
    torch.save({"model": state}, tmp_path / "mae_visualize_vit.pth")
    again, pixels = open_lesson(tmp_path / "mae_visualize_vit.pth", target="pixels")
    assert pixels.mean == (0.485, 0.456, 0.406)
    images = torch.randn(2, 3, 224, 224)
    batch = Examples(images, torch.zeros(2), indices=(0, 1))
    assert torch.equal(again(batch).loss, lesson(batch).loss)
