"""The words of a text as they are counted when captions and translations are scored.

They are the same for every model, whatever vocabulary it writes with, so that numbers compare.

Axes: none.
Differs: from the Penn Treebank tokeniser of coco-caption, which needs Java: that one cuts "dog's"
into "dog" and "'s", "don't" into "do" and "n't", "cannot" into "can" and "not", and keeps "%", "$"
and "&" as words. From sacrebleu's 13a, which cuts at fewer marks and leaves "2.5" whole.
"""

import re
import unicodedata

_JOINING = "'-"  # within a word they belong to it: rock'n'roll, t-shirt
_WORD = rf"[^\s{_JOINING}]+(?:[{_JOINING}][^\s{_JOINING}]+)*"
_WORDS = re.compile(_WORD)
_WORDS_AND_MARKS = re.compile(rf"{_WORD}|[{_JOINING}]")
_ALIKE = {"’": "'", "ʼ": "'", "‐": "-", "‑": "-"}  # ways to write the joining marks
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # say how the symbol before them looks


class _Characters(dict[int, str]):
    """What to write for each character, found out when it first comes up."""

    def __init__(self, around: str) -> None:
        """Take a pattern for marks and symbols, with {} where they stand if they are kept."""
        self._around = around

    def __missing__(self, code: int) -> str:
        character = _ALIKE.get(chr(code), chr(code))
        kind = unicodedata.category(character)
        if kind == "Cf" or character in _SELECTORS:  # invisible: joiners, direction marks
            found = ""
        elif kind[0] in "LMN" or character in _JOINING:
            found = character
        else:
            found = " " if kind[0] in "ZC" else self._around.format(character)
        self[code] = found
        return found


_SPACES = _Characters(" ")
_SPACED = _Characters(" {} ")


def caption_words(text: str, *, unknown: str = "") -> list[str]:
    """Cut a caption into lower-cased words without punctuation.

    A word is a run of letters, digits and their accents, with single apostrophes and hyphens
    inside; everything else is left out. Accents and Hangul are composed first (NFC). Where nothing
    stands between words, as in Chinese, a run is one word.

    Args:
        text: the caption.
        unknown: the sign of a word that the model does not know, which stays whole.
    """
    return _cut(text.lower(), _SPACES, _WORDS, unknown)


def translation_words(text: str, *, unknown: str = "") -> list[str]:
    """Cut a translation into words as they are written, and marks of punctuation.

    Args:
        text: the translation.
        unknown: the sign of a word that the model does not know, which stays whole.
    """
    return _cut(text, _SPACED, _WORDS_AND_MARKS, unknown)


def _cut(text: str, written: _Characters, words: re.Pattern[str], unknown: str) -> list[str]:
    found: list[str] = []
    for number, part in enumerate(text.split(unknown) if unknown else [text]):
        found += [unknown] * (number > 0)
        found += words.findall(unicodedata.normalize("NFC", part).translate(written))
    return found
