"""Sentences to measure: some right, some half right, some empty."""

import random

Sentences = list[list[str]]


def drawn(
    count: int, *, references: int = 3, words: int = 40, longest: int = 12, seed: int = 0
) -> tuple[Sentences, list[Sentences]]:
    """Written sentences and their references, of words that are rare and frequent."""
    chance = random.Random(seed)
    known = [f"w{k}" for k in range(words)]

    def sentence() -> list[str]:
        size = chance.randint(1, longest)
        return [known[int(words * chance.random() ** 2)] for _ in range(size)]

    others = [[sentence() for _ in range(references)] for _ in range(count)]
    written = [sentence() for _ in range(count)]
    for number, several in enumerate(others):
        if number % 2:
            written[number] = several[0][: chance.randint(0, longest)] + written[number][:2]
        if number % 7 == 3:
            written[number] = list(several[-1])
        if number % 11 == 5:
            written[number] = []
    return written, others
