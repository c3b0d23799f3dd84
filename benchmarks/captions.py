"""How well does a captioner write that learns on two cores? Photographs, a frozen ViT-Tiny.

    python benchmarks/captions.py FLICKR8K WEIGHTS [--seeds 0] [--writers recurrent transformer]

FLICKR8K holds captions.json with the parts train and dev (2,500 and 250 pictures here), WEIGHTS is
a ViT-Tiny. A tenth of the training pictures chooses the best epoch, dev is measured once at the
end, by beam search with 5. The options are those that `saccade train FLICKR8K --task caption
--checkpoint WEIGHTS` chooses, but for the epochs. Sharpness: 0 for an even map, 1 for one place.
Minutes: of one core, training and judging. Results go to benchmarks/results/captions.json, the maps
of the first pictures of dev to captions.html, which stays out of the project because the
photographs may not be published.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from word_runs import best_of, keep, texts_of, trained

from saccade.checkpoints.word_weights import WordWeights
from saccade.data.batches import View
from saccade.data.words.captions import CaptionSet, open_captions
from saccade.data.words.seeing import see_pictures
from saccade.models.captioner import Captioner
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import Hypothesis
from saccade.training.config import TrainConfig
from saccade.training.word_options import WordOptions
from saccade.training.words.looking import sharpness
from saccade.training.words.scoring import score_captions

EPOCHS = 12
_BATCH = 25


def write_captions(path: Path, parts: dict[str, CaptionSet]) -> str:
    """Write parts as one file, so that a run sees the very same ones."""
    rows = [
        {"file": str(pictures.paths[i].resolve()), "split": name, "captions": pictures.captions[i]}
        for name, pictures in parts.items()
        for i in range(len(pictures))
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


@torch.inference_mode()
def written(weights: WordWeights, pictures: CaptionSet, *, beam: int = 5) -> list[Hypothesis]:
    """Write a caption for each picture."""
    model, pixels = cast("Captioner", weights.model), weights.preprocessing
    if pixels is None:
        raise TypeError("a captioner without preprocessing")
    found: list[Hypothesis] = []
    for begin in range(0, len(pictures), _BATCH):
        some = range(begin, min(begin + _BATCH, len(pictures)))
        seen = see_pictures(pictures, some, [""] * len(some), View(pixels, None))
        state = model.read(pixels.normalize(seen.images))
        found += [own[0] for own in beam_search(model, state, beam=beam, max_length=40)]
    return found


def measured(source: str, checkpoint: str, writer: str, seed: int, place: Path) -> dict[str, Any]:
    """Train once and test on the pictures of dev."""
    opened = open_captions(source, seed=seed)
    parts = {"train": opened["train"], "test": opened["val"]}
    config = TrainConfig(
        task="caption", checkpoint=checkpoint, epochs=EPOCHS, seed=seed, threads=1,
        out=str(place / "runs"), words=WordOptions(writer=cast("Any", writer)),
    )  # fmt: skip
    run, minutes = trained(write_captions(place / "captions.json", parts), config)
    weights = best_of(run)
    found = written(weights, parts["test"])
    texts = texts_of(weights, found)
    scores = score_captions(texts, parts["test"].captions)
    sharp = _sharp(found)
    for index in range(0, len(texts), 25):
        print(f"{texts[index]}   ({parts['test'].captions[index][0]})", flush=True)
    return {
        "writer": writer,
        "seed": seed,
        "train": len(parts["train"]),
        "test": len(parts["test"]),
        **{f"bleu{n}": round(100 * value, 2) for n, value in enumerate(scores.bleu, start=1)},
        "cider": round(scores.cider, 4),
        "rouge": round(100 * scores.rouge, 2),
        "words": scores.words,
        "sharpness": sharp,
        "minutes": minutes,
    }


def _sharp(found: Sequence[Hypothesis]) -> float:
    values = [sharpness(one.weights) for one in found if one.weights is not None and one.words]
    return round(float(torch.cat(values).mean()), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("source")
    parser.add_argument("checkpoint")
    parser.add_argument("--writers", nargs="*", default=["recurrent", "transformer"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--keep", type=Path, help="folder that keeps the runs")
    arguments = parser.parse_args()
    numbers = ("bleu1", "bleu4", "cider", "rouge", "words", "sharpness", "minutes")
    for seed in arguments.seeds:
        for writer in arguments.writers:
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place) if arguments.keep is None else arguments.keep
                folder.mkdir(parents=True, exist_ok=True)
                row = measured(arguments.source, arguments.checkpoint, writer, seed, folder)
            keep("captions", row, ("writer", "seed"), numbers)


if __name__ == "__main__":
    main()
