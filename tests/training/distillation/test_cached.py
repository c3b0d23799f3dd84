"""Answers that are kept in a file."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages, Picture
from saccade.errors import ConfigError, DataError
from saccade.training.distillation import cached
from saccade.training.distillation.cached import cached_answers, check_unmixed
from saccade.training.distillation.teacher import open_teacher
from tests.training.conftest import CLASSES, stripes
from tests.training.distillation.conftest import TAUGHT, network

CPU = torch.device("cpu")


@pytest.fixture
def teacher(teacher_file):
    return open_teacher(str(teacher_file()), CLASSES)


def answers(teacher, folder: Path, images=None):
    return cached_answers(teacher, images or stripes(22), folder, device=CPU)


def test_they_are_the_teachers_at_evaluation(teacher, tmp_path) -> None:
    found = answers(teacher, tmp_path / "runs" / "1")
    batch = next(Batches(stripes(22), TAUGHT, batch_size=22).epoch(0))
    asked = teacher.answer(TAUGHT.normalize(batch.images))
    assert torch.allclose(found.of((3, 0, 21), CPU), asked[[3, 0, 21]], atol=1e-6)
    assert found.of((), CPU).shape == (0, 3)


def test_a_run_that_goes_on_and_one_beside_it_find_them(teacher, tmp_path, monkeypatch) -> None:
    first = answers(teacher, tmp_path / "runs" / "1")
    assert not first.found
    monkeypatch.setattr(type(teacher), "answer", lambda *_: pytest.fail("asked again"))
    again = answers(teacher, tmp_path / "runs" / "1")
    beside = answers(teacher, tmp_path / "runs" / "2")
    assert again.found
    assert beside.path == again.path == first.path
    assert torch.equal(beside.table, first.table)


def test_another_teacher_or_other_pictures_are_asked_anew(teacher, teacher_file, tmp_path) -> None:
    folder = tmp_path / "runs" / "1"
    paths = {answers(teacher, folder).path, answers(teacher, folder, stripes(21)).path}
    other = open_teacher(str(teacher_file("other", model=network(seed=5))), CLASSES)
    paths.add(answers(other, folder).path)
    assert len(paths) == 3
    assert all(path.is_file() for path in paths)


def test_a_damaged_file_is_made_again_and_a_broken_picture_has_zeros(teacher, tmp_path) -> None:
    images = stripes(22)
    broken = Broken("train", CLASSES, images.labels, pixels=images.pixels)
    first = answers(teacher, tmp_path / "1")
    first.path.write_bytes(b"cut short")
    again = answers(teacher, tmp_path / "1", broken)
    assert not again.found
    assert again.of((2,), CPU).tolist() == [[0.0, 0.0, 0.0]]
    assert torch.equal(again.table[3:], first.table[3:])


class Broken(ArrayImages):
    """A set of which the third picture cannot be read."""

    def load(self, index: int) -> Picture:
        if self.rows[index] == 2:
            raise DataError("a picture", "none")
        return super().load(index)

    def subset(self, name: str, indices: Sequence[int]) -> "Broken":
        labels = [self.labels[i] for i in indices]
        return Broken(name, self.classes, labels, pixels=self.pixels, rows=list(indices))


def test_many_are_kept_in_half_precision(teacher, tmp_path, monkeypatch) -> None:
    full = answers(teacher, tmp_path / "1" / "1").table
    monkeypatch.setattr(cached, "HALF_FROM", 100)
    half = answers(teacher, tmp_path / "2" / "1")
    assert half.table.dtype == torch.float16
    assert torch.allclose(half.of(range(22), CPU), full, atol=1e-2)


def test_mixed_pictures_are_refused() -> None:
    check_unmixed(None, 0.0)
    told = "got augment.mixup=0.8 and augment.cutmix=0; try both 0, or distill.cache=False"
    with pytest.raises(ConfigError, match=told):
        check_unmixed(0.8, None)
