"""The page of examined data: its parts, and that it opens without asking for anything."""

import base64
import io
import re
from importlib import resources

import pytest
from PIL import Image

from saccade.data.doctor import diagnose, examine
from saccade.viewer.doctor import data_page, thumbnail, write_data_page
from tests.samples import paint, write_good
from tests.viewer.conftest import Opened


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "data"
    write_good(root / "train" / "a", 3)
    write_good(root / "train" / ("b" * 60), 2, start=3)
    write_good(root / "val" / "a", 2)
    (root / "train" / "a" / "empty.png").write_bytes(b"")
    return root


def test_parts(data):
    found = examine(str(data))
    page = data_page(found, diagnose(found), command="mine")
    assert page["schema"] == "saccade.doctor/1"
    assert page["totals"] == {"train": 5, "val": 2}
    assert page["counts"]["val"] == [["a", 2], ["b" * 60, 0]] or page["counts"]["val"] == [
        ("a", 2),
        ("b" * 60, 0),
    ]
    leak = page["findings"][1]
    assert leak["severity"] == "problem"
    assert "다른 분할" in leak["ko"]
    assert [[one["name"] for one in group] for group in leak["shown"]] == [
        ["train/a/good_00.png", "val/a/good_00.png"],
        ["train/a/good_01.png", "val/a/good_01.png"],
    ]
    assert leak["shown"][0][0]["tiny"]


def test_a_picture_that_is_gone_since(data):
    found = examine(str(data))
    (data / "val" / "a" / "good_00.png").unlink()
    first, second = data_page(found, diagnose(found))["findings"][1]["shown"][0]
    assert first["src"] is not None
    assert second["src"] is None


@pytest.mark.parametrize(("size", "kind"), [((400, 200), "JPEG"), ((20, 9), "PNG")])
def test_thumbnails_are_small(size, kind):
    head, _, text = thumbnail(paint(*size)).partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    assert head == f"data:image/{kind.lower()};base64"
    assert image.format == kind
    assert max(image.size) <= 144


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "word"), [("en-US", "What was found"), ("ko-KR", "진단 결과")])
@pytest.mark.parametrize("width", [1280, 400])
def test_in_a_browser(chromium, data, tmp_path, locale, word, width):
    found, file = examine(str(data)), tmp_path / "page.html"
    assert write_data_page(found, diagnose(found), file) == file.stat().st_size
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale=locale)
    view = Opened(context.new_page())
    view.page.on("console", lambda message: view.complaints.append(message.text))
    view.page.on("request", lambda request: view.addresses.append(request.url))
    view.page.goto(file.as_uri())
    view.page.wait_for_selector("html[data-ready]")
    assert word in view.text("body")
    assert view.page.locator(".pair img").count() == 4
    assert view.page.locator(".bars-list .name").count() == 4
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width
    view.page.click("#language")
    assert word not in view.text("body")
    view.assert_quiet()
    context.close()


def test_every_word_is_there_twice():
    web = resources.files("saccade.viewer") / "web"
    texts = [(web / "doctor" / name).read_text("utf-8") for name in ("english.js", "korean.js")]
    known = [re.findall(r"^  \"([\w.]+)\":", text, re.MULTILINE) for text in texts]
    assert known[0] == known[1]
    used = re.findall(r"data-word=\"(dr[\w.]+)\"", (web / "doctor.html").read_text())
    for file in (web / "doctor").iterdir():
        used += re.findall(r"\"(dr\.[\w.]+)\"", file.read_text("utf-8"))
    assert set(used) <= set(known[0])
