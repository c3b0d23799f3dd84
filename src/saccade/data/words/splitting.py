"""Cutting a text into words, characters or jamo, and writing it again.

Source of the decomposition of Hangul: The Unicode Standard, section 3.12, "Conjoining Jamo
Behavior". Its initial, medial and final jamo have code points of their own, unlike those of a
keyboard, so each carries the mark of its place, and only one row of syllables can come back.

Laws: `join(split(text))` is the text in normal form C for "characters" and "jamo", whatever is in
it. "words", "cased" and "spaces" do not keep the spaces: there `split(join(split(text)))` is
`split(text)`, and a text with the usual spaces around its signs comes back as it was.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from saccade.errors import UnknownName

_APOSTROPHES = "'\u2019"
_CLITICS = "s|t|m|d|re|ve|ll"  # English ones lean on the word before them, French ones behind
_LEANING_LEFT = frozenset(".,:;!?%)]}…。、，！？：；」』）》〉\u201d\u2019")
_LEANING_RIGHT = frozenset("([{¿¡「『（《〈$£₩#@„\u201c\u2018")
_PAIRED = frozenset("\"'")  # opens at its first, third .. place, closes at the others
_JOINERS = "\u200c\u200d"
_DRESS = f"\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff{_JOINERS}"  # of an emoji
# Beyond Latin letters, Chinese, Japanese and Hangul there may be accents and emoji.
_RARE = re.compile(
    "[^\0-\u02ff\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u318e\u4e00-\u9fff\uac00-\ud7a3]"
)
_SYLLABLES, _INITIALS, _MEDIALS, _FINALS = 0xAC00, 0x1100, 0x1161, 0x11A7


@dataclass(frozen=True, slots=True)
class Splitter:
    """A way to cut texts.

    Args:
        split: from a text to its pieces.
        join: from pieces to a text.
        about: what its pieces are, in a few words.
    """

    split: Callable[[str], list[str]]
    join: Callable[[Sequence[str]], str]
    about: str


def find_splitter(name: str) -> Splitter:
    """Give the splitter of a name.

    Raises:
        UnknownName: there is none of that name.
    """
    found = SPLITTERS.get(name)
    if found is None:
        near = get_close_matches(name, SPLITTERS, n=1) or SPLITTERS
        raise UnknownName("a known way to cut texts", repr(name), " or ".join(near))
    return found


def normal(text: str) -> str:
    """Give a text in normal form C: Hangul as whole syllables, accents with their letters."""
    return unicodedata.normalize("NFC", text)


def split_words(text: str) -> list[str]:
    """Cut a text into words in lower case, numbers and single signs."""
    return split_cased(text.lower())


def split_cased(text: str) -> list[str]:
    """Cut a text into words, numbers and single signs.

    Numbers keep the signs inside them (3.14, 10:30), words their hyphens. An apostrophe goes with
    what it shortens: don 't, it 's, l' homme. An emoji with its skin and joiners is one sign.
    """
    text = normal(text)
    pieces: list[str] = _pattern(full=_RARE.search(text) is not None).findall(text)
    if not any(sign in text for sign in _APOSTROPHES):
        return pieces
    found: list[str] = []
    for piece in pieces:
        shortened = any(sign in piece[1:] for sign in _APOSTROPHES) and piece[0].isalnum()
        found += _apart(piece) if shortened else [piece]
    return found


def join_words(pieces: Sequence[str]) -> str:
    """Write words and signs as a text, with the spaces that signs usually have."""
    written: list[str] = []
    seen: dict[str, int] = {}
    glued = True
    for piece in filter(None, pieces):
        left, right = _leaning(piece, seen)
        if written and (not (glued or left) or _melt(written[-1], piece)):
            written.append(" ")
        written.append(piece)
        glued = right
    return "".join(written)


def join_spaced(pieces: Sequence[str]) -> str:
    """Write pieces with a space between any two."""
    return " ".join(pieces)


def split_spaces(text: str) -> list[str]:
    """Cut a text at its spaces only, for texts that were cut before."""
    return normal(text).split()


def split_characters(text: str) -> list[str]:
    """Cut a text into its characters in normal form C; a Hangul syllable is one."""
    return list(normal(text))


def split_jamo(text: str) -> list[str]:
    """Cut a text into characters, and each Hangul syllable into two or three jamo."""
    return list(decomposed(normal(text)))


def join_characters(pieces: Sequence[str]) -> str:
    """Write characters or jamo as a text in normal form C."""
    return normal("".join(pieces))


def decomposed(text: str) -> str:
    """Write each Hangul syllable of a text as its jamo; leave everything else as it is."""
    return "".join(_jamo(letter) for letter in text)


def _jamo(letter: str) -> str:
    place = ord(letter) - _SYLLABLES
    if not 0 <= place < 19 * 21 * 28:
        return letter
    initial, rest = divmod(place, 21 * 28)
    medial, final = divmod(rest, 28)
    last = chr(_FINALS + final) if final else ""
    return chr(_INITIALS + initial) + chr(_MEDIALS + medial) + last


@cache
def _pattern(*, full: bool) -> re.Pattern[str]:
    """Make the pattern of numbers, words, emoji and signs.

    Args:
        full: know accents of their own and emoji, for which `re` has no class; it takes longer.
    """
    dress = f"[{_accents()}{_DRESS}]*" if full else ""
    letters = rf"[\w{_accents()}{_JOINERS}]*" if full else r"\w*"
    word = rf"\w{letters}(?:[-{_APOSTROPHES}]\w{letters})*"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    chain = rf"[^\w\s]{dress}(?:(?<=\u200d)[^\w\s]{dress})*"
    return re.compile(rf"\d+(?:[.,:]\d+)+{letters}|{word}|{flag}|{chain}")


@cache
def _accents() -> str:
    """Write all combining marks as ranges for a pattern."""
    every = [code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[tuple[int, int]] = []
    for code in every:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


@cache
def _clitic() -> re.Pattern[str]:
    return re.compile(rf"(?=[{_APOSTROPHES}](?:{_CLITICS})$)|(?<=[{_APOSTROPHES}])", re.IGNORECASE)


def _apart(word: str) -> list[str]:
    """Cut a word at its apostrophes: before those of English clitics, else behind."""
    found: list[str] = []
    for piece in _clitic().split(word):
        if found and found[-1] in tuple(_APOSTROPHES):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _leaning(piece: str, seen: dict[str, int]) -> tuple[bool, bool]:
    """Tell whether a piece is written without a space before it, and after it."""
    if piece in _PAIRED:
        seen[piece] = seen.get(piece, 0) + 1
        opens = seen[piece] % 2 == 1
        return not opens, opens
    shortened = len(piece) > 1
    left = piece in _LEANING_LEFT or (shortened and piece[0] in _APOSTROPHES)
    right = piece in _LEANING_RIGHT or (shortened and piece[-1] in _APOSTROPHES)
    return left, right


def _melt(before: str, piece: str) -> bool:
    """Tell whether two pieces would be one if nothing stood between them."""
    first = piece[0]
    return before[-1] in _JOINERS or first in _DRESS or unicodedata.category(first)[0] == "M"


SPLITTERS: Mapping[str, Splitter] = MappingProxyType(
    {
        "words": Splitter(split_words, join_words, "words in lower case, signs apart"),
        "cased": Splitter(split_cased, join_words, "words as they are written, signs apart"),
        "spaces": Splitter(split_spaces, join_spaced, "whatever stands between two spaces"),
        "characters": Splitter(split_characters, join_characters, "characters, spaces too"),
        "jamo": Splitter(split_jamo, join_characters, "characters, Hangul syllables as jamo"),
    }
)
