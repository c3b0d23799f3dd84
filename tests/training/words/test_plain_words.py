import unicodedata

import pytest

from saccade.training.words.plain_words import caption_words, translation_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A man, riding a HORSE.", ["a", "man", "riding", "a", "horse"]),
        ("The dog's well-known T-shirt", ["the", "dog's", "well-known", "t-shirt"]),
        ("it isn’t 'red' -- no --", ["it", "isn't", "red", "no"]),
        ("2.5 metres; 50% off", ["2", "5", "metres", "50", "off"]),
        ("빨간 원이 있다.", ["빨간", "원이", "있다"]),
        ("Ein Hund läuft über die Straße!", ["ein", "hund", "läuft", "über", "die", "straße"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("a ❤️dog 🐕", ["a", "dog"]),
        ("in\u200bvisible\u00adjoin\tand\nbreak", ["invisiblejoin", "and", "break"]),
        ("", []),
        (" ... ", []),
    ],
)
def test_captions_by_hand(text, words) -> None:
    assert caption_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A man, riding.", ["A", "man", ",", "riding", "."]),
        ("the dog's T-shirt", ["the", "dog's", "T-shirt"]),
        ("'so' - he said", ["'", "so", "'", "-", "he", "said"]),
        ("나는 학교에 간다.", ["나는", "학교에", "간다", "."]),
        ("", []),
    ],
)
def test_translations_by_hand(text, words) -> None:
    assert translation_words(text) == words


def test_slowly() -> None:
    text = "Two dogs (brown) & a cat: 3 animals?! À propos, naïve façade."
    kept = "".join(c if c.isalnum() else " " for c in text.lower())
    assert caption_words(text) == kept.split()


def test_composed_or_not_is_the_same() -> None:
    for text in ("빨간 원이 있다", "Café crème"):
        assert caption_words(unicodedata.normalize("NFD", text)) == caption_words(text)
        assert translation_words(unicodedata.normalize("NFD", text)) == translation_words(text)


def test_words_joined_again_are_the_same_words() -> None:
    for text in ("The dog's well-known T-shirt!", "빨간 원이 있다."):
        assert caption_words(" ".join(caption_words(text))) == caption_words(text)
        assert translation_words(" ".join(translation_words(text))) == translation_words(text)


def test_the_sign_for_unknown_words_stays_whole() -> None:
    assert caption_words("A <unk> dog<unk>.", unknown="<unk>") == ["a", "<unk>", "dog", "<unk>"]
    assert caption_words("a <unk> dog") == ["a", "unk", "dog"]
    assert translation_words("<unk>, A.", unknown="<unk>") == ["<unk>", ",", "A", "."]
