"""What the page of words holds, number by number, and what is said where parts do not fit."""

import base64
import dataclasses
import io
import math
import re
from importlib import resources

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.errors import DataError
from saccade.viewer.words_page import Sentence, words_page, write_words_page
from tests.viewer.sentences import caption, picture, pointed, question, translation


def rows_of(block, columns):
    shares = np.frombuffer(base64.b64decode(block["data"]), "<u2").reshape(-1, columns) / 65535
    low, high = (np.frombuffer(base64.b64decode(block[end]), "<f4") for end in ("low", "high"))
    return low[:, None] + shares * (high - low)[:, None]


def test_a_caption_by_hand() -> None:
    data = words_page([caption()], title="T", command="mine")
    assert data["schema"] == "saccade.words/1"
    assert data["provenance"]["command"] == "mine"
    [item] = data["items"]
    assert (item["kind"], item["name"], item["grid"]) == ("caption", "kite.png", [2, 3])
    assert (item["width"], item["height"]) == (60, 40)
    assert item["box"] == {"scale": (1.0, 1.0), "offset": (0.0, 0.0), "size": (60, 40)}
    assert item["truths"] == ["a kite that is red"]
    best, other = item["hypotheses"]
    assert (best["words"], best["text"], best["score"]) == (
        ["a", "red", "kite"],
        "a red kite",
        -1.5,
    )
    np.testing.assert_allclose(rows_of(best["maps"], 6), pointed((0, 4, 5)), atol=2e-5)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.05))
    assert best["sharpness"] == pytest.approx([1 - entropy / math.log(6)] * 3, abs=1e-5)
    # 1/6 of the strong cell and 0.05 of each of the five others.
    assert best["coverage"] == pytest.approx([1 / 6 + 0.25] * 3, abs=1e-5)
    # Together: three cells beyond 1/6 and three with 0.05.
    assert best["together"] == pytest.approx(0.5 + 0.15, abs=1e-5)
    assert (other["rows"], other["finished"]) == (3, False)  # two words, and the end


def test_a_translation_and_a_question() -> None:
    first, second = words_page([translation(), question()], title="T")["items"]
    assert (first["kind"], first["name"]) == ("translation", "나는 친구를 만났다")
    assert first["source"] == ["나는", "친구를", "만났다"]
    np.testing.assert_allclose(
        rows_of(first["hypotheses"][0]["maps"], 3), pointed((0, 2, 1, 1), 3), atol=2e-5
    )
    assert second["question"] == ["what", "colour", "?"]
    assert second["answers"] == [["red", 0.75], ["blue", 0.25]]
    assert second["hypotheses"][0]["words"] == ["1", "2"]
    np.testing.assert_allclose(rows_of(second["read"], 3), pointed((0, 1), 3), atol=2e-5)


def test_what_has_no_maps_is_shown_without() -> None:
    plain = Sentence(words=("a", "kite"), score=math.nan)
    items = words_page(
        [
            caption(hypotheses=(plain, Sentence(words=()))),
            translation(hypotheses=(Sentence(words=(), maps=torch.zeros(0, 3)),)),
            question(maps=None, read=None, truth=None),
        ],
        title="T",
    )["items"]
    assert all(one["maps"] is None for item in items for one in item["hypotheses"])
    assert items[0]["hypotheses"][0]["score"] is None
    assert items[2]["truth"] is items[2]["read"] is None


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (caption(hypotheses=()), "at least one hypothesis of kite.png"),
        (translation(hypotheses=()), "at least one hypothesis of 나는"),
        (caption(hypotheses=(Sentence(words=("a",), maps=pointed((0, 1, 2))),)), "maps of 1 words"),
        (caption(hypotheses=(Sentence(words=("a",), maps=pointed((0,), 5)),)), "over 6 places"),
        (caption(hypotheses=(Sentence(words=("a",), maps=-pointed((0,))),)), "none below 0"),
        (caption(hypotheses=(Sentence(words=("a",), maps=0 * pointed((0,))),)), "padded words"),
        (question(read=pointed((0,), 3)), "maps of 2 passes over 3 places"),
        (dataclasses.replace(caption(), picture=picture(61, 40)), "upright photograph"),
        (
            dataclasses.replace(
                caption(), geometry=Geometry.of((60, 40)).warped((1, 0.1, 0, 0, 1, 0))
            ),
            "neither turned nor sheared",
        ),
    ],
)
def test_parts_that_do_not_fit(view, sentence) -> None:
    with pytest.raises(DataError, match=sentence):
        words_page([view], title="T")


def test_nothing_to_show(tmp_path) -> None:
    with pytest.raises(DataError, match="at least one picture"):
        write_words_page([], tmp_path / "page.html", title="T")
    assert not (tmp_path / "page.html").exists()


def test_large_photographs_are_made_smaller_where_they_lie() -> None:
    view = dataclasses.replace(
        caption(), picture=picture(1700, 34), geometry=Geometry.of((1700, 34)).resized((60, 40))
    )
    [item] = words_page([view], title="T")["items"]
    assert (item["width"], item["height"]) == (1700, 34)
    with Image.open(io.BytesIO(base64.b64decode(item["src"].partition(",")[2]))) as image:
        assert image.size == (1600, 32)


def test_the_page_is_written_and_asks_for_nothing(tmp_path) -> None:
    told = write_words_page([caption(), question()], tmp_path / "page.html", title="낱말 <b>")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert told["views"] == {"caption": 1, "question": 1}
    assert told["bytes"] == len(page.encode()) < 250_000
    assert "<title>낱말 &lt;b&gt;</title>" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_every_word_is_there_twice() -> None:
    web = resources.files("saccade.viewer") / "web"
    texts = [(web / "words" / name).read_text("utf-8") for name in ("english.js", "korean.js")]
    known = [re.findall(r"^  \"([\w.]+)\":", text, re.MULTILINE) for text in texts]
    assert known[0] == known[1]
    template = (web / "words.html").read_text()
    used = re.findall(r"data-(?:word|label)=\"(wd[\w.]+)\"", template)
    for file in (web / "words").iterdir():
        used += re.findall(r"\"(wd\.[\w.]+)\"", file.read_text("utf-8"))
    assert set(used) <= set(known[0])
