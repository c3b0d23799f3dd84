"""The kit's page in a browser: it says nothing amiss, shows its pictures, and speaks Korean."""

import pytest
import torch

from saccade.inspection.kit.files import save_all
from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.model_facts import facts
from saccade.inspection.kit.survey import survey
from tests.inspection.seen import seen
from tests.samples import drawn_model

pytestmark = pytest.mark.browser


@pytest.fixture
def file(tmp_path):
    found, _ = facts(drawn_model(), torch.zeros(1, 3, 8, 8))
    some, _ = survey([seen(2, depth=12)], choice=Choice(pictures=1))
    refused = {"flow": "expected a sentence"}
    return save_all({**found, **some}, tmp_path, name="kit", model="drawn", refused=refused)[-1]


@pytest.mark.parametrize(
    ("locale", "heading", "other"),
    [
        ("en-US", "Attention distance", "어텐션 거리"),
        ("ko-KR", "어텐션 거리", "Attention distance"),
    ],
)
def test_the_page_is_quiet_and_shows_its_pictures(chromium, file, locale, heading, other) -> None:
    context = chromium.new_context(viewport={"width": 900, "height": 700}, locale=locale)
    page, complaints, addresses = context.new_page(), [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(file.as_uri())
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(widths) > 10
    assert min(widths) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 900
    assert page.inner_text("#distance h2") == heading
    page.click("#language")
    assert page.inner_text("#distance h2") == other
    assert complaints == []
    assert [a for a in addresses if not a.startswith(("file:", "data:"))] == []
    context.close()
