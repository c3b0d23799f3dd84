"""The page of what was found."""

import re
from html.parser import HTMLParser

from PIL import Image

from saccade.inspection.kit.findings import Choice, Findings
from saccade.inspection.kit.page import page
from saccade.inspection.kit.survey import survey
from tests.inspection.seen import seen


class Reader(HTMLParser):
    """Collects the elements of a page and checks that they close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


def test_all_parts_with_pictures_in_the_file_and_nothing_outside() -> None:
    found, _ = survey([seen(2, depth=12)], choice=Choice(pictures=1))
    text = page(found, model="vit & co")
    reader = read(text)
    images = [about for tag, about in reader.found if tag == "img"]
    assert len(images) == sum(len(one.charts) for one in found.values())
    assert all(
        about["src"].startswith("data:image/png;base64,") and about["alt"] for about in images
    )
    assert re.search(r'(src|href)="(?!data:|#)', text) is None
    ids = {about.get("id") for _, about in reader.found}
    links = [about["href"] for tag, about in reader.found if tag == "a"]
    assert links == [f"#{name}" for name in found]
    assert {link[1:] for link in links} <= ids
    assert "vit &amp; co" in text
    assert "n = 2 pictures" in text
    assert "n = 그림 2장" in text
    assert "it is the same for every query" in text  # the warning of flow


def test_mean_and_spread_stand_in_one_cell() -> None:
    found, _ = survey([seen(2)], ["distance"])
    text = page(found, model="m")
    stat = found["distance"].summary.lines[0].stats[0]
    cell = f"{stat.mean:.4g} ± {stat.std:.3g}<small>{stat.least:.4g} … {stat.most:.4g}</small>"
    assert cell in text
    assert "<nav" not in text


def test_names_are_text_and_long_tables_are_cut() -> None:
    rows = [[f"<script>{number}", number] for number in range(300)]
    text = page({"x<y": Findings(["a", "b"], rows)}, model="m", refused={"flow": "got <none>"})
    assert "<script>0" not in text
    assert text.count("&lt;script&gt;") == 200
    assert "got &lt;none&gt;" in text
    chart = Findings(["a"], [[1]], {"00_a<b": Image.new("RGB", (2, 3))})
    assert "00_a&lt;b" in page({"heads": chart}, model="m")
