"""The page of words in a browser with what is odd: no maps, no words, one cell, many words."""

import pytest
import torch

from saccade.viewer.words_page import Sentence
from tests.viewer.sentences import caption, question, translation

pytestmark = pytest.mark.browser


def test_nothing_odd_breaks_it(words_shown) -> None:
    blind = Sentence(words=("no", "maps"))
    mute = Sentence(words=(), maps=torch.zeros(0, 6))
    many = Sentence(words=tuple(f"w{n}" for n in range(60)), maps=torch.full((60, 6), 1 / 6))
    views = [
        caption(hypotheses=(blind, mute, many)),
        translation(hypotheses=(blind, Sentence(words=()))),
        translation(hypotheses=(Sentence(words=("a",), maps=torch.ones(1, 3)),)),
        question(maps=None, read=None, truth=None, answers=()),
        question(maps=torch.full((1, 6), 1 / 6), read=None, truth="blue"),
    ]
    view = words_shown(*views, address="#item=0&word=9&place=99&hypothesis=77&look=loud&opacity=x")
    assert view.page.locator("#written .word").count() == 61
    assert view.text("#told").startswith("row 2, column 3: ")  # the address asks for too much
    buttons = ("save-view-svg", "save-view-png")
    for _ in views:
        for hypothesis in (0, 1):
            view.press("]" if hypothesis else "[", "ArrowRight", "ArrowRight", "ArrowLeft")
            view.page.focus("#stage" if view.page.locator("#stage").is_visible() else "#matrix")
            view.press("ArrowRight", "ArrowDown", "Enter", "Escape")
        for button in buttons:
            with view.page.expect_download():
                view.page.click(f"#{button}")
        view.press(".")
    assert view.page.locator("#truths-title").inner_text() == "Right answer (missed)"
    view.assert_quiet()


def test_a_model_without_attention_says_so(words_shown) -> None:
    view = words_shown(caption(hypotheses=(Sentence(words=("no", "maps")),)))
    assert view.page.locator("#blind").is_visible()
    for part in ("#tiles-part", "#controls-part", "#scale", "#hypotheses-part"):
        assert view.page.locator(part).is_hidden()
    assert view.page.locator("#save-numbers").is_disabled()
    view.assert_quiet()
