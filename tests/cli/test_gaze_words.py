"""Both languages say the same things."""

from string import Formatter

from saccade.cli.gaze_words import ENGLISH_GAZE, KOREAN_GAZE, gaze_words


def test_the_same_words_with_the_same_numbers(monkeypatch) -> None:
    assert ENGLISH_GAZE.keys() == KOREAN_GAZE.keys()
    for name, text in ENGLISH_GAZE.items():
        numbers = [
            {part[1] for part in Formatter().parse(one)} for one in (text, KOREAN_GAZE[name])
        ]
        assert numbers[0] - {None} == numbers[1] - {None}, name
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert gaze_words() is KOREAN_GAZE
    monkeypatch.setenv("LC_ALL", "C")
    assert gaze_words() is ENGLISH_GAZE
