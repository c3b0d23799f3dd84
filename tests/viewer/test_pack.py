"""The packed page: one file, nothing outside it, nothing inside that could break out."""

import base64
import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from saccade.errors import OutputError
from saccade.viewer.pack import pack
from tests.viewer import payloads

WEB = resources.files("saccade.viewer") / "web"
SVG = "http://www.w3.org/2000/svg"


class Scripts(HTMLParser):
    """Collect the script elements as a browser would cut them."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.images = 0
        self._open = False

    def handle_starttag(self, tag, attrs):
        self._open = tag == "script"
        self.images += tag == "img"
        if self._open:
            self.found.append([dict(attrs), ""])

    def handle_endtag(self, tag):
        self._open = self._open and tag != "script"

    def handle_data(self, data):
        if self._open:
            self.found[-1][1] += data


def parsed(page):
    scripts = Scripts()
    scripts.feed(page)
    return scripts


def modules(page):
    [imports] = [text for attrs, text in parsed(page).found if attrs.get("type") == "importmap"]
    addresses = json.loads(imports)["imports"]
    return {k: base64.b64decode(v.partition(",")[2]).decode() for k, v in addresses.items()}


@pytest.fixture(scope="module")
def page():
    return pack(payloads.known().payload, title="Known numbers")


def test_payload_comes_back_whole(page):
    [text] = [text for attrs, text in parsed(page).found if attrs.get("id") == "payload"]
    assert json.loads(text) == payloads.known().payload


def test_nothing_outside_the_file_is_named(page):
    assert "http://" not in page
    assert "https://" not in page
    for name, text in modules(page).items():
        assert "https://" not in text, name
        assert text.replace(SVG, "").count("http://") == 0, name
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "url(" not in page


def test_every_import_is_in_the_map(page):
    packed = modules(page)
    assert set(packed) == {f"saccade/{f.name}" for f in WEB.iterdir() if f.name.endswith(".js")}
    for name, text in packed.items():
        for target in re.findall(r"^import .*?from \"(.+?)\";", text, re.MULTILINE | re.DOTALL):
            assert target in packed, (name, target)


def test_text_goes_in_as_text_only(page):
    for name, text in modules(page).items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text), (
            name
        )


def test_hostile_names_stay_data():
    hostile = "</script><img src=x onerror=alert(1)><!--\u2028&amp;"
    payload = payloads.known().payload
    payload["pictures"][0]["name"] = payload["model"]["name"] = hostile
    page = pack(payload, title=hostile)
    assert "<img" not in page.replace(hostile, "")
    assert parsed(page).images == 0
    [text] = [text for attrs, text in parsed(page).found if attrs.get("id") == "payload"]
    assert json.loads(text)["pictures"][0]["name"] == hostile


def test_policy_forbids_requests(page):
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "unsafe" not in policy
    assert "connect-src" not in rules  # falls back to none


def test_same_payload_makes_the_same_file(page):
    assert pack(payloads.known().payload, title="Known numbers") == page


def test_page_is_small(page):
    payload = len(json.dumps(payloads.known().payload, separators=(",", ":")))
    assert len(page) - payload < 260_000


def test_what_json_cannot_write_is_explained():
    with pytest.raises(OutputError, match="expected a payload of finite numbers"):
        pack({"distance": float("nan")}, title="x")
    with pytest.raises(OutputError, match="set is not JSON serializable"):
        pack({"classes": {1}}, title="x")


def test_both_languages_have_every_word():
    def keys(file):
        return re.findall(r"^  \"?([\w.]+)\"?:", (WEB / file).read_text("utf-8"), re.MULTILINE)

    assert keys("english.js") == keys("korean.js")
    known = set(keys("english.js"))
    used = re.findall(r"data-(?:word|label)=\"(\w+)\"", (WEB / "index.html").read_text("utf-8"))
    for file in WEB.iterdir():
        if file.name.endswith(".js"):
            used += re.findall(r"\bword\(\s*\"([\w.]+)\"", file.read_text("utf-8"))
    assert len(used) > 50
    assert set(used) <= known
