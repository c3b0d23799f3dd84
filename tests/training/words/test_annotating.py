import shutil

import pytest
import torch
from PIL import Image

from saccade.data.batches import View
from saccade.data.words.captions import CaptionSet
from saccade.data.words.questions import QuestionSet
from saccade.models.words.grids import GridConfig, GridEncoder
from saccade.training.words import annotating
from saccade.training.words.annotating import annotate, fits
from saccade.training.words.opening import open_words
from tests.training.words.small import EYES, small, source_of


@pytest.fixture(scope="module")
def encoder() -> GridEncoder:
    options = {**EYES, "layers": (1,), "widths": (8,), "img_size": 16}
    return GridEncoder(GridConfig(network="resnet18", options=options))


def pictures(place, tmp_path, count: int = 5) -> list:
    found = sorted((place / "scenes" / "images").iterdir())[:count]
    return [shutil.copy(path, tmp_path / path.name) for path in found]


def test_each_row_is_what_the_encoder_says_of_the_picture(encoder, place) -> None:
    train = open_words(source_of(place, "caption"), small("caption")).train
    ticks = []
    found = annotate(
        encoder, train, encoder.preprocessing, tick=lambda done, of: ticks.append((done, of))
    )
    assert found.table.shape == (len(train), 16, 8)
    assert (found.rows.tolist(), found.good) == ([*range(18)], [*range(18)])
    assert (ticks, found.bad) == ([(1, 1)], ())
    assert not encoder.training
    for index in (0, 7):
        pixels, _ = View(encoder.preprocessing, None).seen(train.load(index), "", True)
        with torch.no_grad():
            alone = encoder(encoder.preprocessing.normalize(torch.as_tensor(pixels)[None]))
        torch.testing.assert_close(found.of([index]), alone)
    assert torch.equal(found.of([3, 3, 1]), found.table[[3, 3, 1]])


def test_questions_about_one_picture_share_its_row(encoder, place, tmp_path, monkeypatch) -> None:
    one, other = pictures(place, tmp_path, 2)
    asked = QuestionSet("train", (one, other, one), ("a", "b", "c"), (("x",),) * 3)
    monkeypatch.setattr(annotating, "_BATCH", 1)
    found = annotate(encoder, asked, encoder.preprocessing)
    assert (found.rows.tolist(), len(found.table)) == ([0, 1, 0], 2)


def test_a_broken_picture_has_no_row_and_is_named(encoder, place, tmp_path, monkeypatch) -> None:
    paths = pictures(place, tmp_path)
    half = paths[1].read_bytes()
    paths[1].write_bytes(half[: len(half) // 2])  # its header is whole
    captions = CaptionSet("train", tuple(paths), (("a",),) * 5, (), tmp_path)
    monkeypatch.setattr(annotating, "_BATCH", 2)
    found = annotate(encoder, captions, encoder.preprocessing)
    assert found.rows.tolist() == [0, -1, 1, 2, 3]
    assert [file.name for file in found.bad] == [paths[1].name]
    assert found.good == [0, 2, 3, 4]
    kept = found.chosen([4, 0])
    assert torch.equal(kept.of([0, 1]), found.of([4, 0]))
    assert kept.bad == found.bad


def test_a_set_of_broken_pictures_alone(encoder, tmp_path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png")
    path = tmp_path / "a.png"
    path.write_bytes(path.read_bytes()[:40])
    found = annotate(encoder, CaptionSet("t", (path,), (("a",),)), encoder.preprocessing)
    assert (found.table.shape, found.good, len(found.bad)) == ((0, 16, 8), [], 1)


def test_only_what_fits_into_memory_is_kept(encoder, place, monkeypatch) -> None:
    train = open_words(source_of(place, "ask"), small("ask")).train
    needed = len(set(train.paths)) * 16 * 8 * 4
    monkeypatch.setattr(annotating, "LIMIT", needed)
    assert fits(encoder, train)
    monkeypatch.setattr(annotating, "LIMIT", needed - 1)
    assert not fits(encoder, train)
    assert fits(encoder)
