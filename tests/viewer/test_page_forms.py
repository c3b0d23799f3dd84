"""The page in all its forms: languages, themes, narrow windows, missing parts, hostile names."""

import json

import pytest

from tests.viewer.payloads import known

pytestmark = pytest.mark.browser

PARTS = ("distance", "entropy", "filters", "positions")


def test_korean_by_browser_language_and_by_button(opened):
    view = opened(known().payload, locale="ko-KR")
    assert view.page.get_attribute("html", "lang") == "ko"
    assert "어텐션은 이유가 아닙니다" in view.text("body")
    assert "파일 하나를 제외했습니다." in view.text("#panels")
    view.page.click("#language")
    assert view.page.get_attribute("html", "lang") == "en"
    assert "Attention is not a reason" in view.text("body")
    assert "One file was left out." in view.text("#panels")


def test_no_key_shows_through(opened):
    view = opened(known().payload, locale="ko-KR")
    script = """async () => {
      const { WORDS } = await import("saccade/words.js");
      return [Object.keys(WORDS.en), Object.keys(WORDS.ko)];
    }"""
    english, korean = view.page.evaluate(script)
    assert sorted(english) == sorted(korean)
    lines = view.page.inner_text("body").split("\n")
    assert not [line for line in lines if line in english and line != "saccade"]


def test_dark_by_preference_and_by_button(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    view = opened(known().payload, color_scheme="dark")
    assert view.page.evaluate(ground) == "rgb(18, 20, 24)"
    view.page.click("#theme")
    assert view.page.evaluate(ground) == "rgb(245, 246, 248)"


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_narrow_window_never_scrolls_sideways(opened, locale):
    payload = known(("cls", "reg1", "reg2", "reg3", "reg4")).payload
    payload["title"] = payload["pictures"][0]["name"] = "w" * 90
    view = opened(payload, width=380, height=700, locale=locale)
    for key in ("n", "p", "r", "m", "c"):
        view.press(key)
        assert view.page.evaluate("document.documentElement.scrollWidth") <= 380
    view.assert_quiet()


def test_nothing_moves_when_the_choice_changes(opened):
    view = opened(known().payload)
    script = """() => [...document.querySelectorAll(".card, .stage")]
      .map((node) => Math.round(node.getBoundingClientRect().top))"""
    before = view.page.evaluate(script)
    view.press("c", "ArrowRight", "ArrowLeft", "m", "[", ".", "m")
    view.page.wait_for_timeout(100)
    assert view.page.evaluate(script) == before


def test_hostile_names_are_only_text(opened):
    hostile = "</script><img src=x onerror=alert(1)>"
    payload = known().payload
    payload["title"] = payload["pictures"][0]["name"] = hostile
    payload["pictures"][0]["top"][0]["label"] = payload["pictures"][0]["truth"] = hostile
    payload["notes"] = [{"en": hostile, "ko": hostile}]
    payload["skipped"] = [{"name": hostile, "reason": hostile}]
    payload["provenance"] = {"checkpoint": hostile, "command": hostile}
    payload["model"]["name"] = hostile
    view = opened(payload)
    asked = []
    view.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    for key in ("n", "p", "?"):
        view.press(key)
    view.page.wait_for_timeout(200)
    assert asked == []
    assert view.page.locator("img[onerror]").count() == 0
    assert hostile in view.text("#title")
    view.assert_quiet()


def test_missing_parts_are_said(opened):
    payload = known().payload
    payload.update(dict.fromkeys(PARTS))
    payload["pictures"][0].update(attention=None, rowmax=None)
    payload["pictures"][1].update(attention=None, rowmax=None, rollout=None)
    view = opened(payload)
    assert "left out for this picture" in view.text("#notice")
    assert view.page.is_disabled("select[name=layer]")
    assert view.page.is_checked("input[value=rollout]")
    assert view.page.locator("#overview-card").is_hidden()
    view.press("n")
    assert "no map to show" in view.text("#notice")
    view.press("]", ".", "ArrowUp", "r")
    view.assert_quiet()


def test_no_pictures_is_said(opened):
    payload = known().payload
    payload.update(pictures=[], n_images=0, distance=None, entropy=None)
    view = opened(payload)
    assert "holds no pictures" in view.text("#empty")
    assert view.page.locator("#main").is_hidden()
    assert "Patch-embedding filters" in view.text("#panels")
    view.press("n", "]", "c", "ArrowUp")
    view.assert_quiet()


def test_large_grid_answers_quickly(opened):
    payload = known(grid=(24, 24)).payload
    view = opened(payload)
    script = """() => {
      const start = performance.now();
      dispatchEvent(new KeyboardEvent("keydown", { key: "m" }));
      return performance.now() - start;
    }"""
    assert view.page.evaluate(script) < 500
    assert len(json.dumps(payload)) > 5_000_000
