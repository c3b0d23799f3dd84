"""The panel that says whether to believe a map, in a browser."""

import pytest

from tests.viewer.payloads import beliefs, believing, known

pytestmark = pytest.mark.browser


def believed(verdict=("believable",)) -> dict:
    payload = known().payload
    payload["pictures"][0]["belief"] = believing((3, 5), verdict)
    payload["belief"] = beliefs(2, verdict)
    return payload


def test_numbers_curves_and_words(opened):
    view = opened(believed())
    assert "passed every test" in view.text("#belief-verdict")
    rows = view.page.locator("#belief-tests tbody tr").all_inner_texts()
    assert rows[0].split() == ["Insertion", "0.813", "0.500", "±", "0.050", "above", "random"]
    assert rows[3].split() == ["Moved", "by", "1", "px", "0.875", "near", "1"]
    assert view.page.locator("#belief-curves svg").count() == 2
    assert "ship" in view.text("#belief-caption")
    assert "64 forward passes" in view.text("#belief-cost")
    assert view.page.get_attribute("#belief-verdict", "data-kind") == "good"
    view.page.wait_for_timeout(200)
    assert view.page.evaluate("document.querySelector('#belief-map').width") > 100
    view.assert_quiet()


def test_a_picture_that_was_not_tested_says_why(opened):
    view = opened(believed())
    view.press("n")
    assert view.text("#belief-verdict") == "Not tested here."
    assert view.page.locator("#belief-tests").is_hidden()
    view.page.click("#language")
    assert view.text("#belief-verdict") == "여기서는 시험하지 않았습니다."
    view.press("p")
    assert "모두 통과했습니다" in view.text("#belief-verdict")
    view.assert_quiet()


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("random", "not clearly better than a random order"),
        ("weights", "hardly depends on what the model has learned"),
        ("unstable", "moves by one pixel"),
        ("unmeasured", "Not every test"),
    ],
)
def test_each_verdict_has_its_sentence(opened, verdict, sentence):
    view = opened(believed((verdict,)))
    assert sentence in view.text("#belief-verdict")
    assert view.page.get_attribute("#belief-verdict", "data-kind") == "bad"
    view.assert_quiet()


def test_missing_numbers_and_no_tests_at_all(opened):
    payload = believed(("unmeasured",))
    belief = payload["pictures"][0]["belief"]
    belief.update(insertion=None, deletion=None, weights=None, curves=None)
    belief["reasons"] = {"curves": "<b>no</b> numbers"}
    view = opened(payload)
    assert "Insertion and deletion could not be tested: <b>no</b> numbers" in view.text("#belief")
    assert view.page.locator("#belief-curves").is_hidden()
    payload = known().payload
    payload["pictures"][0]["belief"] = None
    assert "--quick" in opened(payload).text("#belief-verdict")


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_narrow_windows(opened, locale):
    view = opened(believed(), width=360, height=700, locale=locale)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
    words = view.page.inner_text("#belief")
    assert "belief." not in words
    view.assert_quiet()
