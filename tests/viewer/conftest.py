"""A headless Chromium that opens a packed page from the disk and watches what it does."""

import shutil
from dataclasses import dataclass, field

import pytest

from saccade.viewer.pack import pack
from saccade.viewer.words_page import write_words_page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page, with every complaint it made and every address it asked for."""

    page: object
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def text(self, place):
        return self.page.inner_text(place)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def choice(self):
        """The choice as the address tells it, once it has been written there."""
        self.page.wait_for_timeout(200)
        script = "Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
        return self.page.evaluate(script)

    def assert_quiet(self):
        assert self.complaints == []
        outside = [a for a in self.addresses if not a.startswith(("file:", "data:", "blob:"))]
        assert outside == []


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; they skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a payload from the disk: `opened(payload, address="#...", width=..., ...)`."""
    contexts = []

    def run(payload, address="", *, width=1280, height=1000, locale="en-US", **options):
        file = tmp_path / "report.html"
        file.write_text(pack(payload, title="Test"), encoding="utf-8")
        viewport = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport, locale=locale, **options)
        contexts.append(context)
        made = Opened(context.new_page())
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("request", lambda request: made.addresses.append(request.url))
        made.page.goto(file.as_uri() + address)
        made.page.wait_for_selector("html[data-ready]")
        if payload["pictures"]:
            stage = "#stage" if payload["model"]["depth"] else "#sheet-stage"
            made.page.wait_for_selector(f"{stage}[data-shown]")
        return made

    yield run
    for context in contexts:
        context.close()


@pytest.fixture
def words_shown(chromium, tmp_path):
    """Open a page of words: `words_shown(view, ..., address="#...", width=...)`."""
    contexts = []

    def run(*views, address="", width=1280, height=900, locale="en-US", **options):
        file = tmp_path / "words.html"
        write_words_page(views, file, title="Words")
        viewport = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport, locale=locale, **options)
        contexts.append(context)
        made = Opened(context.new_page())
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("request", lambda request: made.addresses.append(request.url))
        made.page.goto(file.as_uri() + address)
        made.page.wait_for_selector("html[data-ready]")
        if hasattr(views[0], "picture"):
            made.page.wait_for_selector("#stage[data-shown]")
        return made

    yield run
    for context in contexts:
        context.close()
