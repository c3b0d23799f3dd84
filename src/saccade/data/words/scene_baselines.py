"""What can be answered about scenes without seeing them: the measure of balanced questions."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from saccade.data.words.scene_questions import Question, keys_of
from saccade.errors import DataError


class Blind(NamedTuple):
    """Shares of right answers, 0-1, of three who see no picture.

    Args:
        majority: gives the most frequent answer always.
        by_kind: gives the most frequent answer to questions of the kind.
        by_words: gives the most frequent answer to the very words; to the kind, where the words
            are new; of all, where the kind is.
    """

    majority: float
    by_kind: float
    by_words: float


def blind(known: Sequence[Question], new: Sequence[Question]) -> Blind:
    """Judge those who answer without seeing.

    Args:
        known: questions whose answers they learn from.
        new: questions that they are judged by.

    Raises:
        DataError: there are no known or no new questions.
    """
    if not known or not new:
        raise DataError("known and new questions", f"{len(known)} and {len(new)}", "more scenes")
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for question in known:
        for key in keys_of(question):
            counts.setdefault(key, Counter())[question.answer] += 1
    guesses = {key: answers.most_common(1)[0][0] for key, answers in counts.items()}
    right = [0, 0, 0]
    for question in new:
        words, kind, nothing = keys_of(question)
        for place, keys in enumerate(((nothing,), (kind, nothing), (words, kind, nothing))):
            guess = next(guesses[key] for key in keys if key in guesses)
            right[place] += guess == question.answer
    return Blind(*(count / len(new) for count in right))
