"""Two pens, one figure: rectangles, pictures, letters of Latin and Hangul."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from saccade.errors import OutputError
from saccade.viewer import figure_pens
from saccade.viewer.figure_pens import PngPen, SvgPen, shortened, width_of

HANGUL_FONTS = [name for name, face in figure_pens._FONTS if figure_pens._named(name, face, 20)]


def drawn(pen, path, word="Word"):
    pen.rectangle((2, 3), (10, 5), "#ff0000")
    pen.picture((20, 3), (10, 10), np.full((2, 2, 3), (0, 255, 0), np.uint8))
    pen.text((2, 30), word, size=12)
    pen.save(path)


def test_png(tmp_path) -> None:
    drawn(PngPen((40, 40), "#ffffff", "#000000"), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (80, 80)
        pixels = np.asarray(image)
    assert pixels[8, 10].tolist() == [255, 0, 0]
    assert pixels[16, 50].tolist() == [0, 255, 0]
    assert pixels[16, 10].tolist() == [255, 255, 255]
    assert (pixels[40:64, :70] < 100).all(-1).sum() > 20  # letters


def test_svg(tmp_path) -> None:
    drawn(SvgPen((40, 40), "#ffffff", "#000000"), tmp_path / "a.svg", 'a<b> & "연"\x00\ud800')
    root = ET.fromstring((tmp_path / "a.svg").read_text("utf-8"))
    assert root.get("viewBox") == "0 0 40 40"
    assert [one.get("fill") for one in root if one.tag.endswith("rect")] == ["#ffffff", "#ff0000"]
    [image] = [one for one in root if one.tag.endswith("image")]
    assert image.get("href").startswith("data:image/png;base64,")
    [text] = [one for one in root if one.tag.endswith("text")]
    assert text.text == 'a<b> & "연"'


def test_turned_letters_rise_to_the_right(tmp_path) -> None:
    pen = PngPen((100, 100), "#ffffff", "#000000", density=1)
    pen.text((20, 80), "MMMM", size=16, turn=-45)
    pen.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        rows, columns = np.nonzero(np.asarray(image.convert("L")) < 128)
    assert len(rows) > 100
    assert np.corrcoef(rows, columns)[0, 1] < -0.7
    assert columns.min() > 0
    assert rows.min() < 60


def test_letters_that_no_font_has(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(figure_pens, "_FONTS", ())
    pen = PngPen((40, 40), "#ffffff", "#000000")
    pen.text((0, 20), "word, figure 2")
    with pytest.raises(OutputError, match=r"a font with the letters '단어'.*\.svg"):
        pen.text((0, 20), "단어")
    with pytest.raises(OutputError, match="a font in"):
        PngPen((9, 9), "#ffffff", "#000000", font=tmp_path / "no.ttf").text((0, 9), "a")


@pytest.mark.skipif(not HANGUL_FONTS, reason="no font of this machine has Hangul")
def test_hangul_is_written() -> None:
    pen = PngPen((60, 40), "#ffffff", "#000000")
    pen.text((2, 30), "연못", size=20)
    assert figure_pens._missing("연못", figure_pens._font_for("연못", 20, None)) == set()


def test_widths() -> None:
    assert width_of("연못", 10) == 20
    assert width_of("ab", 10) == pytest.approx(11.6)
    assert shortened("short", 10, 100) == "short"
    cut = shortened("a very long word", 10, 40)
    assert cut.endswith("…")
    assert width_of(cut, 10) <= 40
