"""The picture of guesses: what stands where, and what it says."""

import numpy as np
import pytest
from PIL import Image

from saccade.data.transforms import Preprocessing
from saccade.errors import DataError, OutputError
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.reconstruction import picture_of, write_picture
from tests.training.pretraining.small import LESSONS, PIXELS, lesson_of, pictures, small_vit


@pytest.mark.parametrize("name", LESSONS)
def test_the_first_column_is_the_picture_and_the_second_what_is_seen(name: str) -> None:
    lesson = lesson_of(name, target="pixels")
    drawn = np.asarray(picture_of(lesson, pictures(2), PIXELS, side=16))
    step = (drawn.shape[1] - 8) // 4
    first, second, third = (
        drawn[26:38, 8 + i * step : 24 + i * step].astype(int) for i in range(3)
    )
    assert np.abs(first - pictures(1)[0].permute(1, 2, 0).numpy()).max() <= 1
    grey = (second == 128).all(axis=2).reshape(3, 4, 4, 4).all(axis=(1, 3))
    assert 3 <= grey.sum() <= 9
    kept = ~np.kron(grey, np.ones((4, 4), dtype=bool))
    if name != "masked-patches":
        assert np.abs(first - second)[kept].max() <= 1
        assert np.abs(first - third)[kept].max() <= 1
        assert np.abs(first - third)[~kept].max() > 1
    assert lesson.model.training is False


def test_hiding_depends_on_the_chance_alone() -> None:
    lesson = lesson_of("mae").train()
    first = picture_of(lesson, pictures(2), PIXELS)
    assert first.tobytes() == picture_of(lesson, pictures(2), PIXELS).tobytes()
    assert first.tobytes() != picture_of(lesson, pictures(2), PIXELS, chance="1").tobytes()
    assert lesson.training


def test_grey_pictures_too() -> None:
    pixels = Preprocessing(img_size=(12, 16), in_chans=1)
    model = small_vit(in_chans=1)
    lesson = LESSONS["masked-patches"](model, PretrainOptions(), pixels)
    assert lesson.target.told == "mean colour of a patch, 8 colours"
    assert picture_of(lesson, pictures(1)[:, :1], pixels).mode == "RGB"


def test_a_file_is_written_whole_or_not(tmp_path) -> None:
    lesson = lesson_of("mae")
    Image.new("RGB", (40, 30), (200, 100, 0)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    write_picture(lesson, PIXELS, [tmp_path / "a.png"], tmp_path / "out" / "x.png")
    with Image.open(tmp_path / "out" / "x.png") as drawn:
        assert drawn.size[0] >= 560
    with pytest.raises(DataError):
        write_picture(lesson, PIXELS, [tmp_path / "b.png"], tmp_path / "y.png")
    assert not (tmp_path / "y.png").exists()
    with pytest.raises(OutputError):
        write_picture(lesson, PIXELS, [tmp_path / "a.png"], tmp_path)


def test_captions_name_the_target() -> None:
    assert "each patch's own mean and spread" in lesson_of("mae").target.told
    assert lesson_of("next-patch").target.told == "mean colour of a patch, 512 colours"
