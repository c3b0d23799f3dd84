"""The timeline in a browser: slider, keys, play, two runs, languages, narrow windows."""

import re
from importlib import resources

import pytest

from saccade.viewer.timeline import write_timeline
from tests.viewer.conftest import Opened
from tests.viewer.runs import maps_at, watched

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(chromium, tmp_path):
    contexts = []

    def run(*runs, address="", width=1280, height=800, locale="en-US", **options):
        file = tmp_path / "timeline.html"
        write_timeline(runs, file)
        viewport = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport, locale=locale, **options)
        contexts.append(context)
        made = Opened(context.new_page())
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("request", lambda request: made.addresses.append(request.url))
        made.page.goto(file.as_uri() + address)
        made.page.wait_for_selector("html[data-ready]")
        made.page.wait_for_timeout(150)
        return made

    yield run
    for context in contexts:
        context.close()


def largest(view, number=0):
    """What is told to those who cannot see a map: its largest weight."""
    label = view.page.locator(".probe canvas").nth(number).get_attribute("aria-label")
    return float(re.search(r"largest weight ([\d.]+)", label).group(1))


def test_keys_go_through_epochs_layers_and_heads(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run"), address="#epoch=1&layer=1&head=1")
    assert view.text("#epoch-text") == "epoch 1 of 4 · step 10"
    assert largest(view) == pytest.approx(maps_at(1)[1, 0, 1].max().item(), rel=1e-3)
    view.press("ArrowRight", "ArrowRight", "[", ",")
    assert view.text("#epoch-text") == "epoch 4 of 4 · step 40"
    assert largest(view, 1) == pytest.approx(maps_at(4)[0, 1, 0].max().item(), rel=1e-3)
    view.press(",")
    assert largest(view) == pytest.approx(maps_at(4)[0, 0].mean(0).max().item(), rel=1e-3)
    assert {"epoch": "4", "layer": "0", "head": "mean"}.items() <= view.choice().items()
    view.press("Home")
    assert view.text("#epoch-text") == "before the first step · step 0"
    view.page.focus("#epoch")
    view.press("ArrowRight")
    assert view.choice()["epoch"] == "1"
    view.assert_quiet()


def test_it_plays_to_its_end(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run"), address="#epoch=2")
    view.press(" ")
    assert view.page.get_attribute("#play", "aria-pressed") == "true"
    view.page.wait_for_selector("#play[aria-pressed=false]", timeout=5000)
    assert "epoch 4 of 4" in view.text("#epoch-text")
    view.assert_quiet()


def test_colours_are_locked_over_epochs_until_each_has_its_own(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run"), address="#epoch=4&layer=0&head=0&opacity=100")
    script = """() => {
      const canvas = document.querySelector(".probe canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return Math.max(...data.filter((_, i) => i % 4 === 0));
    }"""
    locked = view.page.evaluate(script)
    view.page.check("input[value=own]", force=True)
    view.page.wait_for_timeout(50)
    assert view.page.evaluate(script) > locked + 100  # its own most is yellow, weak as it is


def test_curves_have_a_marker_and_take_clicks(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run"), address="#epoch=4&layer=1&head=1")
    titles = view.page.locator(".curves h3").all_inner_texts()
    assert titles == ["Loss", "Accuracy", "Entropy · layer 1", "Attention distance · layer 1"]
    assert "validation 0.625" in view.text(".curves")
    assert "head 1.1 1.55 nats" in view.text(".curves")
    assert view.page.locator(".line.head").count() == 2  # the other head, in two charts
    view.page.locator(".chart.lines").nth(2).click(position={"x": 46, "y": 20})
    assert view.choice()["epoch"] == "0"
    assert view.text("#alarm-list") == "epoch 2: attention collapsed in blocks.1"


def test_two_runs_side_by_side(shown, tmp_path) -> None:
    one = watched(tmp_path / "a", names=("one.png", "two.png"))
    two = watched(tmp_path / "b", epochs=(0, 3), names=("two.png",), layers=3, heads=1)
    view = shown(one, two, address="#epoch=3&layer=2")
    assert view.page.locator(".probe").count() == 2
    assert view.page.locator(".probe .none").all_inner_texts() == ["not watched in this run"]
    labels = [node.get_attribute("aria-label") for node in view.page.locator("canvas[role]").all()]
    assert any("two.png, b, epoch 3, layer 2, mean of heads; largest" in label for label in labels)
    assert any("two.png, a, epoch 2, layer 2, mean of heads; no map" in label for label in labels)
    view.press(*"[[].,", "Home", "End")
    view.assert_quiet()


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("count", [1, 2])
def test_narrow_windows_never_scroll_sideways(shown, tmp_path, locale, count) -> None:
    runs = [watched(tmp_path / f"{n}{'w' * 60}", names=("w" * 90, "x")) for n in range(count)]
    view = shown(*runs, width=400, locale=locale, color_scheme="dark")
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 400
    view.page.evaluate("scrollTo(0, 600)")
    assert view.page.locator(".tape").bounding_box()["y"] >= -1  # stays in sight
    view.assert_quiet()


def test_a_run_without_attention_says_so(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run", layers=0))
    assert "run has no attention to show" in view.text("#lacks")
    assert "cat" in view.text("#probes") or "dog" in view.text("#probes")
    assert view.page.locator("#scale").is_hidden()
    assert view.page.locator(".curves .card").count() == 2
    view.press("ArrowLeft", "]", ".", " ")
    view.assert_quiet()


def test_korean_and_english_have_every_word(shown, tmp_path) -> None:
    view = shown(watched(tmp_path / "run"), locale="ko-KR")
    assert "보는 곳" in view.text("body")
    view.page.click("#language")
    assert "Where it looks" in view.text("body")
    web = resources.files("saccade.viewer") / "web"
    known = [
        re.findall(r"^  \"([\w.]+)\":", (web / "timeline" / name).read_text("utf-8"), re.MULTILINE)
        for name in ("english.js", "korean.js")
    ]
    assert known[0] == known[1]
    used = re.findall(r"data-(?:word|label)=\"(tl[\w.]+)\"", (web / "timeline.html").read_text())
    for file in (web / "timeline").iterdir():
        used += re.findall(r"\"(tl\.[\w.]+)\"", file.read_text("utf-8"))
    assert set(used) <= set(known[0])
    assert not [line for line in view.text("body").split("\n") if "tl." in line]
