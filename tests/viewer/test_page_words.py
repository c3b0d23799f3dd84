"""Captions in a browser: words and regions link both ways; keys, small maps, looks."""

import pytest

from tests.viewer.sentences import brightest, caption, shades

pytestmark = pytest.mark.browser


def words_on(view, place="#written .word", kind="shown"):
    nodes = view.page.locator(place).all()
    return [n.inner_text() for n in nodes if kind in n.get_attribute("class").split()]


def cell(view, number):
    """The middle of a cell of the stage, in pixels of the window."""
    box = view.page.locator("#stage").bounding_box()
    x, y = (number % 3 + 0.5) / 3, (number // 3 + 0.5) / 2
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_a_word_shows_its_region_and_a_region_its_words(words_shown) -> None:
    view = words_shown(caption())
    view.page.hover("#written [data-token='1']")
    assert brightest(view) == 4
    assert "“red” looked at row 2, column 2 (75.0 %)" in view.text("#told")
    assert words_on(view, ".tile-word")[0].startswith("red")
    view.page.focus("#written [data-token='2']")
    view.page.mouse.move(5, 5)
    assert brightest(view) == 5
    view.page.mouse.move(*cell(view, 4))
    assert shades(view)[1:] == ["7%", "100%", "7%"]
    assert "row 2, column 2: red (75.0 %), a (5.0 %)" in view.text("#told")
    view.page.mouse.click(*cell(view, 0))
    view.page.mouse.move(5, 5)
    assert shades(view)[1:] == ["100%", "7%", "7%"]  # it stays
    assert view.choice()["place"] == "0"
    view.assert_quiet()


def test_keys_walk_words_hypotheses_and_cells(words_shown) -> None:
    view = words_shown(caption(), caption("two.png"))
    view.press("ArrowRight", "ArrowRight")
    assert view.choice()["word"] == "1"
    assert brightest(view) == 4
    view.page.focus("#written [data-token='1']")
    view.press("ArrowRight")
    assert view.page.evaluate("document.activeElement.dataset.token") == "2"
    view.press("]")
    assert words_on(view, kind="odd") == ["all words", "(end)"]
    assert view.page.locator("#unfinished").is_visible()
    view.press("[", ".")
    assert view.choice()["item"] == "1"
    view.page.focus("#stage")
    view.press("ArrowRight", "ArrowLeft", "Enter")  # the middle, then to its left
    assert view.choice()["place"] == "3"
    view.press("ArrowRight", "Enter")
    assert view.choice() | {"word": "1", "place": "4"} == view.choice()
    view.press("Escape")
    assert "word" not in view.choice()
    view.assert_quiet()


def test_tiles_and_numbers(words_shown) -> None:
    view = words_shown(caption())
    assert view.page.locator(".tile-word .name").all_inner_texts() == ["a", "red", "kite"]
    assert "sharpness 0.46 · coverage 41.7 %" in view.text(".tile-word >> nth=0")
    line = view.page.locator("#numbers tr").nth(1).inner_text().split("\t")
    assert line == ["red", "25.0 %", "0.46", "41.7 %", "row 2, column 2 · 75.0 %"]
    assert "65.0 %" in view.text(".together")
    view.page.hover(".tile-word >> nth=2")
    assert words_on(view) == ["kite"]
    view.page.locator("input[name=hypothesis]").nth(1).check()
    assert view.page.locator("#written .word").all_inner_texts()[1:] == ["a", "<b>&연", "(end)"]


def test_cells_and_looks(words_shown) -> None:
    view = words_shown(
        caption(cropped=True), address="#word=0&drawing=patches&opacity=100&look=grey"
    )
    script = """(places) => {
      const canvas = document.getElementById("picture");
      const context = canvas.getContext("2d");
      const all = context.getImageData(0, 0, canvas.width, canvas.height).data;
      return places.map(([x, y]) => {
        const [column, row] = [x * canvas.width, y * canvas.height].map(Math.floor);
        return all[4 * (row * canvas.width + column)];
      });
    }"""
    # Mirrored, so the first cell lies right; the last place was not seen.
    first, last, outside = view.page.evaluate(script, [[0.7, 0.2], [0.3, 0.2], [0.1, 0.5]])
    assert first > 230
    assert max(last, outside) < 60
    view.page.check("input[value=shared]", force=True)
    view.page.check("input[value=dusk]", force=True)
    assert {"scale": "shared", "look": "dusk"}.items() <= view.choice().items()
    view.assert_quiet()
