"""The page of words in a browser: matrices, questions, languages, narrow windows, files."""

import csv
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from saccade.viewer.words_page import Sentence
from tests.viewer.sentences import brightest, caption, question, shades, translation

pytestmark = pytest.mark.browser


def test_the_matrix_links_rows_columns_and_words(words_shown) -> None:
    view = words_shown(translation(), caption())
    view.page.hover("#written [data-token='2']")
    assert shades(view, "#read .word") == ["17%", "100%", "17%"]
    assert view.page.locator(".band").count() == 1
    view.page.hover("#read [data-place='1']")
    assert shades(view)[3:] == ["100%", "100%"]
    assert view.page.text_content("#matrix text.on") == "친구를"
    view.page.hover("#matrix [fill-opacity] >> nth=5")  # row 1, column 2: 만났다
    assert "“met” read “만났다” at 75.0 %" in view.text("#told")
    assert view.page.locator(".band").count() == 2
    view.page.focus("#matrix")
    view.page.mouse.move(5, 5)
    view.press("ArrowDown", "ArrowDown", "ArrowRight")
    assert {"word": "1", "place": "1"}.items() <= view.choice().items()
    assert view.page.locator("#tiles-part").is_hidden()
    view.assert_quiet()


def test_a_question(words_shown) -> None:
    view = words_shown(question())
    assert view.page.locator("#answers .number").all_inner_texts() == ["75.0 %", "25.0 %"]
    view.page.hover("#written [data-token='1']")
    assert brightest(view) == 4
    assert shades(view, "#read .word") == ["17%", "100%", "17%"]
    assert "Right answer" in view.text("#truths-part")


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("which", [caption, translation, question])
def test_narrow_windows_never_scroll_sideways(words_shown, locale, which) -> None:
    many = Sentence(words=("w" * 80, *("긴단어" * 5 for _ in range(20))))
    others = [caption("n" * 90, hypotheses=(many,)), translation(hypotheses=(many,))]
    view = words_shown(which(), *others, width=400, locale=locale, color_scheme="dark")
    for _ in range(3):
        assert view.page.evaluate("document.documentElement.scrollWidth") <= 400
        view.press(".")
    assert ("단어별 수치" in view.text("body")) == (locale == "ko-KR")
    view.page.click("#language")
    assert ("단어별 수치" in view.text("body")) == (locale == "en-US")
    assert not [line for line in view.text("body").split("\n") if "wd." in line]
    view.assert_quiet()


def saved(view, button):
    with view.page.expect_download() as waiting:
        view.page.click(f"#{button}")
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_files_to_keep(words_shown) -> None:
    view = words_shown(caption(), address="#word=1&opacity=100", color_scheme="dark")
    name, data = saved(view, "save-view-png")
    assert name == "kite-h1-2-red.png"
    with Image.open(io.BytesIO(data)) as image:
        light = np.asarray(image.convert("L"), dtype=float)
    photo = light[28 : 28 + 1200, 28 : 28 + 1800].reshape(2, 600, 3, 600).mean((1, 3))
    assert np.unravel_index(photo.argmax(), (2, 3)) == (1, 1)
    name, data = saved(view, "save-words-svg")
    root = ET.fromstring(data.decode())
    assert name == "kite-h1-words.svg"
    assert sum(one.tag.endswith("image") for one in root) == 3
    assert [one.text for one in root if one.tag.endswith("text")][::2] == ["a", "red", "kite"]
    _, data = saved(view, "save-numbers")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 18
    assert float(rows[10]["weight"]) == pytest.approx(0.75, abs=1e-4)
    view.assert_quiet()


def test_a_matrix_to_keep(words_shown) -> None:
    view = words_shown(translation())
    _, data = saved(view, "save-view-svg")
    texts = [one.text for one in ET.fromstring(data.decode()).iter() if one.tag.endswith("text")]
    assert texts == ["나는", "친구를", "만났다", "i", "met", "a", "friend"]
    assert "var(" not in data.decode()
    assert saved(view, "save-view-png")[1][:4] == b"\x89PNG"
    view.assert_quiet()
