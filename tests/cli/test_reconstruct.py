"""saccade reconstruct: one PNG, or one sentence."""

from PIL import Image

from saccade.training.pretraining.extra import FILE, save_extra
from tests.training.pretraining.small import lesson_of
from tests.training.pretraining.test_extra import write_run


def test_a_picture_of_a_run(run, place, tmp_path) -> None:
    lesson = lesson_of("mae")
    write_run(lesson, tmp_path)
    save_extra(lesson, tmp_path / FILE)
    png = tmp_path / "seen.png"
    done = run("reconstruct", tmp_path, place / "mixed", "--out", png, "--count", 2)
    assert done.code == 0
    assert "2 pictures, guessed: pixels normalised per patch" in done.out
    with Image.open(png) as drawn:
        assert drawn.format == "PNG"


def test_a_run_without_a_decoder(run, place, tmp_path) -> None:
    done = run(
        "reconstruct", place / "model.safetensors", place / "clean", "-o", tmp_path / "x.png"
    )
    assert f"or as {FILE} beside it" in done.sentence
    assert not (tmp_path / "x.png").exists()
    done = run("reconstruct", place / "model.safetensors", place / "clean", "--count", 0)
    assert done.sentence == "expected a count of 1 or more, got 0; try --count 8"
