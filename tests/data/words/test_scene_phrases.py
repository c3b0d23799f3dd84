"""Every question in both languages, word for word."""

import pytest

from saccade.data.words.scene_phrases import answer_word, told
from saccade.errors import ConfigError

WRITTEN = [
    ("colour", ["circle"], "what colour is the circle?", "원은 무슨 색인가요?"),
    (
        "colour_beside",
        ["cross", "left of", "square"],
        "what colour is the cross left of the square?",
        "사각형의 왼쪽에 있는 십자가는 무슨 색인가요?",
    ),
    ("shape", ["red"], "what shape is the red thing?", "빨간색 도형은 무슨 모양인가요?"),
    (
        "beside",
        ["above", "red", "circle"],
        "what is above the red circle?",
        "빨간색 원의 위에는 무엇이 있나요?",
    ),
    ("count_shape", ["cross"], "how many crosses are there?", "십자가는 몇 개인가요?"),
    ("count_shape", ["star"], "how many stars are there?", "별은 몇 개인가요?"),
    ("count_colour", ["pink"], "how many pink things are there?", "분홍색 도형은 몇 개인가요?"),
    ("exists", ["red", "star"], "is there a red star?", "빨간색 별이 있나요?"),
    ("exists", ["orange", "cross"], "is there an orange cross?", "주황색 십자가가 있나요?"),
    (
        "compare",
        ["red", "diamond", "below", "blue", "star"],
        "is the red diamond below the blue star?",
        "빨간색 마름모는 파란색 별의 아래에 있나요?",
    ),
    (
        "size",
        ["red", "circle"],
        "is the red circle small or large?",
        "빨간색 원은 큰가요 작은가요?",
    ),
]


@pytest.mark.parametrize(("kind", "names", "english", "korean"), WRITTEN)
def test_questions_word_for_word(kind: str, names: list[str], english: str, korean: str) -> None:
    assert told(kind, names, "en") == english
    assert told(kind, names, "ko") == korean


def test_answers_in_korean() -> None:
    words = ["red", "star", "yes", "no", "2", "small", "large"]
    found = [answer_word(word, "ko") for word in words]
    assert found == ["빨간색", "별", "예", "아니요", "2", "작아요", "커요"]
    assert [answer_word(word, "en") for word in words] == words
    with pytest.raises(ConfigError, match="a language, en or ko"):
        answer_word("red", "fr")  # type: ignore[arg-type]
