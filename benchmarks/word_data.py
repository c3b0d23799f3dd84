"""What is in data of words: pieces of a sentence, pairs that are left out, questions without eyes.

    python benchmarks/word_data.py TATOEBA MULTI30K

TATOEBA is a table with English and Korean in its first two columns, MULTI30K a folder with
train.de(.gz), train.en(.gz) and val.*. Pieces: each way to cut texts, built from all Korean
sentences of TATOEBA, subwords with 2,000 ids. Fill: share of a padded batch of 64 training pairs of
MULTI30K, sorted by length as in training, that is words. Blind: three who answer questions about
1,500 generated scenes of 2-4 things without seeing them, learned from the questions of the first
1,200 scenes, judged on the others. Results go to benchmarks/results/word_data.json.
"""

import argparse
import json
import statistics
from typing import Any

import torch
from rounds import save_json

from saccade.data.words.lexicon import PAD
from saccade.data.words.pairs import open_pairs
from saccade.data.words.scene_baselines import blind
from saccade.data.words.scene_questions import Question, ask
from saccade.data.words.scenes import SceneRules, make_scene
from saccade.data.words.vocabulary import WAYS, build_lexicon
from saccade.data.words.word_batches import WordBatches

SUBWORDS, BATCH = 2000, 64
SCENES, KNOWN = 1500, 1200


def pieces(texts: list[str]) -> list[dict[str, Any]]:
    """Cut the same texts in each way."""
    rows = []
    for way in WAYS:
        size = SUBWORDS if way.startswith(("bpe", "unigram")) else None
        words = build_lexicon(texts, way, size=size)
        mean = statistics.mean(len(words.ids(text)) for text in texts)
        rows.append({"way": way, "ids": len(words), "pieces": round(mean, 1)})
    return rows


def counted(source: str, sides: tuple[str, str]) -> dict[str, Any]:
    """Count the pairs of each part, and what was left out for which reason."""
    parts = open_pairs(source, sides=sides)
    told: dict[str, Any] = {name: len(part) for name, part in parts.items()}
    told["left out"] = [one.reason for part in parts.values() for one in part.problems]
    return told


def fill(source: str) -> float:
    """Give the share of the padded sources of an epoch that is words."""
    pairs = open_pairs(source, sides=("de", "en"))["train"]
    words = [build_lexicon(texts, "words", least=2) for texts in (pairs.sources, pairs.targets)]
    full = torch.zeros(2)
    for batch in WordBatches(pairs, words[0], words[1], batch_size=BATCH, seed=0).epoch(0):
        for ids in (batch.source, batch.words):
            full += torch.tensor([(ids != PAD).sum(), ids.numel()])
    return round(float(full[0] / full[1]), 3)


def guessed() -> dict[str, Any]:
    """Let those who see nothing answer, all questions and each kind."""
    rules = SceneRules(least=2, most=4, alike=0.4)
    scenes = [make_scene(0, index, rules) for index in range(SCENES)]
    asked = ask(scenes, rules, per_scene=3)
    known, new = (
        [q for own in part for q in own] for part in (asked[:KNOWN], asked[KNOWN:])
    )  # fmt: skip
    kinds: dict[str, list[Question]] = {}
    for question in new:
        kinds.setdefault(question.kind, []).append(question)
    shares = blind(known, new)._asdict()
    told = {name: round(share, 2) for name, share in shares.items()}
    by_kind = {kind: round(blind(known, own).by_kind, 2) for kind, own in kinds.items()}
    return {"known": len(known), "new": len(new), **told, "kinds by kind": by_kind}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("tatoeba")
    parser.add_argument("multi30k")
    arguments = parser.parse_args()
    tatoeba = open_pairs(arguments.tatoeba, sides=("2", "1"), val_fraction=0)["train"]
    told = {
        "pieces": pieces(list(tatoeba.sources)),
        "tatoeba": counted(arguments.tatoeba, ("2", "1")),
        "multi30k": counted(arguments.multi30k, ("de", "en")),
        "fill": fill(arguments.multi30k),
        "blind": guessed(),
    }
    save_json("word_data", told)
    print(json.dumps(told, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
