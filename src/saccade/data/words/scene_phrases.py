"""How questions about scenes are put into words, in English and Korean.

Korean particles follow the last syllable of the word before them.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from saccade.data.words.scene_captions import Language, check_language
from saccade.data.words.scene_shapes import KOREAN, article, particle

Phrase = Callable[[Sequence[str]], str]
_PLURALS = {"cross": "crosses"}
_KOREAN_ANSWERS = {"small": "작아요", "large": "커요"}


def told(kind: str, names: Sequence[str], language: Language) -> str:
    """Put a question into words.

    Args:
        kind: of question, as in `scene_questions`.
        names: English words that fill its gaps.
        language: "en" or "ko".

    Raises:
        ConfigError: the language is unknown.
    """
    check_language(language)
    if language == "ko":
        return _KOREAN[kind]([KOREAN[name] for name in names]) + "?"
    return _ENGLISH[kind](names) + "?"


def answer_word(answer: str, language: Language) -> str:
    """Give an answer's word in a language; digits stay digits.

    Raises:
        ConfigError: the language is unknown.
    """
    check_language(language)
    if language == "en":
        return answer
    return _KOREAN_ANSWERS.get(answer) or KOREAN.get(answer, answer)


def _topic(word: str) -> str:
    return word + particle(word, "은", "는")


def _subject(word: str) -> str:
    return word + particle(word, "이", "가")


_ENGLISH: Mapping[str, Phrase] = MappingProxyType(
    {
        "colour": lambda n: f"what colour is the {n[0]}",
        "colour_beside": lambda n: f"what colour is the {n[0]} {n[1]} the {n[2]}",
        "shape": lambda n: f"what shape is the {n[0]} thing",
        "beside": lambda n: f"what is {n[0]} the {n[1]} {n[2]}",
        "count_shape": lambda n: f"how many {_PLURALS.get(n[0], n[0] + 's')} are there",
        "count_colour": lambda n: f"how many {n[0]} things are there",
        "exists": lambda n: f"is there {article(n[0])} {n[0]} {n[1]}",
        "compare": lambda n: f"is the {n[0]} {n[1]} {n[2]} the {n[3]} {n[4]}",
        "size": lambda n: f"is the {n[0]} {n[1]} small or large",
    }
)
_KOREAN: Mapping[str, Phrase] = MappingProxyType(
    {
        "colour": lambda n: f"{_topic(n[0])} 무슨 색인가요",
        "colour_beside": lambda n: f"{n[2]}의 {n[1]}에 있는 {_topic(n[0])} 무슨 색인가요",
        "shape": lambda n: f"{n[0]} 도형은 무슨 모양인가요",
        "beside": lambda n: f"{n[1]} {n[2]}의 {n[0]}에는 무엇이 있나요",
        "count_shape": lambda n: f"{_topic(n[0])} 몇 개인가요",
        "count_colour": lambda n: f"{n[0]} 도형은 몇 개인가요",
        "exists": lambda n: f"{n[0]} {_subject(n[1])} 있나요",
        "compare": lambda n: f"{n[0]} {_topic(n[1])} {n[3]} {n[4]}의 {n[2]}에 있나요",
        "size": lambda n: f"{n[0]} {_topic(n[1])} 큰가요 작은가요",
    }
)
