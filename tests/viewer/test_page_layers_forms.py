"""The panel of layers in all its forms: keys, languages, narrow windows, beside tokens."""

import json

import pytest

from saccade.viewer.report import Options, report
from tests import toys
from tests.samples import paint
from tests.viewer.payloads import known

pytestmark = pytest.mark.browser


@pytest.fixture
def payload(tmp_path):
    """The payload of a toy on two pictures."""
    predictor = toys.predictor(grid=(20, 24))
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        paint(80, 60, seed=number).save(path)
    (view,) = predictor.look(paths)
    return json.loads(json.dumps(report(predictor, [view], Options(title="Toy", honest=False))))


def test_keys_choose_layer_part_query_and_picture(opened, payload):
    view = opened(payload, "#sheet=4&at=0.500_0.500")
    view.press("ArrowLeft", "ArrowUp", ".", ".", "n")
    choice = view.choice()
    assert (choice["sheet"], choice["part"], choice["picture"]) == ("4", "1", "1")
    # 16 of 24 columns and 16 of 20 rows are stored; the query moves to the one before.
    assert [float(share) for share in choice["at"].split("_")] < [0.5, 0.5]
    view.press("]", ",", ",", "[", "[", "p")
    choice = view.choice()
    assert (choice["sheet"], choice["part"], choice["picture"]) == ("3", "all", "0")
    for key in ("c", "r", "m", "]", "]", "]", "]", "]", "]", "]", "]", "ArrowUp"):
        view.press(key)
    assert view.choice()["sheet"] == "9"
    view.assert_quiet()


def test_the_page_of_a_model_without_tokens(opened, payload):
    view = opened(payload, "#sheet=99&part=7&at=7.0_x&layer=3&query=cls")
    assert view.page.locator("#tokens").is_hidden()
    assert view.page.locator("#top-card").is_visible()
    assert "10 maps of its layers" in view.text("#model-line")
    assert "distance" not in view.text("#panels")
    view.page.select_option("#sheet-controls select[name=sheet]", "4")
    assert "Of 20 × 24 queries 16 × 16 are stored" in view.text("#sheet-how")
    assert "head 3 × query 480 × key 480 · grid of 20 × 24" in view.text("#sheet-about")
    view.assert_quiet()


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_narrow_window_never_scrolls_sideways(opened, payload, locale):
    payload["layers"][0]["name"] = "w" * 90
    view = opened(payload, width=380, height=700, locale=locale)
    for _ in range(10):
        assert view.page.evaluate("document.documentElement.scrollWidth") <= 380
        view.press("]")
    lines = view.page.inner_text("body").split("\n")
    keys = view.page.evaluate(
        'import("saccade/words.js").then(({ WORDS }) => Object.keys(WORDS.en))'
    )
    assert not [line for line in lines if line in keys and "." in line]
    view.assert_quiet()


def test_only_controls_that_do_something_are_shown(opened, payload):
    view = opened(payload, "#sheet=0")
    shown = {0: [], 4: ["scale", "colours", "drawing", "opacity"], 8: [], 9: ["colours"]}
    for sheet, names in shown.items():
        view.page.select_option("#sheet-controls select[name=sheet]", str(sheet))
        for name in ("scale", "colours", "drawing", "opacity"):
            row = view.page.locator(f"#sheet-controls .row:has([name={name}])")
            assert row.is_visible() == (name in names), (sheet, name)


def test_what_was_left_out_is_said(opened, payload):
    payload["pictures"][0]["layers"][4] = None
    payload["layers"][4]["stored"] = 0
    view = opened(payload, "#sheet=4")
    assert "left out" in view.text("#sheet-notice")
    assert "Of 3 single maps 0 are stored." in view.text("#sheet-how")
    view.press("n")
    assert view.page.locator("#sheet-notice").is_hidden()
    view.assert_quiet()


def test_beside_tokens_each_panel_has_its_keys(opened, payload):
    both = known().payload
    both["layers"] = payload["layers"]
    for picture, other in zip(both["pictures"], payload["pictures"], strict=True):
        picture["layers"] = other["layers"]
    view = opened(both, "#sheet=4&layer=0&query=r1c1")
    assert view.page.locator("#tokens").is_visible()
    assert view.page.locator("#layers").is_visible()
    view.page.focus("#sheet-stage")
    view.press("]", "ArrowRight")
    choice = view.choice()
    assert (choice["sheet"], choice["layer"], choice["query"]) == ("5", "0", "r1c1")
    view.page.focus("#stage")
    view.press("]", "ArrowRight")
    choice = view.choice()
    assert (choice["sheet"], choice["layer"], choice["query"]) == ("5", "1", "r1c2")
    view.assert_quiet()


def test_pages_without_layers_show_no_panel(opened):
    view = opened(known().payload)
    assert view.page.locator("#layers").is_hidden()
    assert "sheet" not in view.choice()
