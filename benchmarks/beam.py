"""How much faster do captions come when the beams of all pictures are searched at once?

    python benchmarks/beam.py

The decoder is that of the well-known PyTorch tutorial on image captioning (sgrvinod), with random
weights: 16 pictures of 14x14 places, beam 5, 20 steps. The reference searches as the tutorial does,
picture by picture: it projects the annotations in each step, copies them for each text, takes the
log-softmax of all words and the best of the flat list (with // for the row of an index, and with
the unfinished texts where none has ended, for without these two it fails). "loop, keys kept" is the
same loop without the needless projection. All write the same captions, which is checked first. In
the second row END is likelier, so that captions end at various steps and leave the beam.
Results go to benchmarks/results/beam.json.
"""

import argparse
from collections.abc import Callable
from functools import partial

import torch
from rounds import Row, measure, show, write
from torch import Tensor

from saccade.models.words.beam import beam_search
from saccade.models.words.caption_lstm import CaptionLstm, CaptionLstmConfig

BEAM, PICTURES, STEPS, PLACES = 5, 16, 20, 196
START, END = 1, 2
Caption = tuple[int, ...]


def search_one(model: CaptionLstm, annotations: Tensor, steps: int, *, keep: bool) -> Caption:
    """Search for the caption of one picture (1 j d) with a shrinking beam.

    Args:
        model: the decoder.
        annotations: of the picture.
        steps: most steps.
        keep: whether the keys of the annotations are projected once, not in each step.
    """
    width = BEAM
    first = model.read(annotations)
    memory = annotations.expand(width, -1, -1)
    keys = first["memory_keys"].expand(width, -1, -1)
    hidden, cell = (first[name].expand(width, -1) for name in ("hidden", "cell"))
    texts = torch.full((width, 1), START)
    looks = torch.ones(width, 1, annotations.shape[1])
    totals = torch.zeros(width, 1)
    ended: list[tuple[float, Caption]] = []
    for step in range(steps):
        keys = keys if keep else model.attention.project(memory)
        state = {"memory": memory, "memory_keys": keys, "hidden": hidden, "cell": cell}
        logits, state, weights = model.step(texts[:, -1], state)
        sums = totals + logits.log_softmax(1)
        best, places = (sums[0] if step == 0 else sums.flatten()).topk(width)
        rows, words = places // sums.shape[1], places % sums.shape[1]
        texts = torch.cat([texts[rows], words[:, None]], 1)
        looks = torch.cat([looks[rows], weights[rows][:, None]], 1)
        over = words == END
        ended += zip(best[over].tolist(), map(tuple, texts[over, 1:-1].tolist()), strict=True)
        live = ~over
        width = int(live.sum())
        if width == 0:
            break
        rows = rows[live]
        texts, looks, totals = texts[live], looks[live], best[live][:, None]
        memory, hidden, cell = memory[rows], state["hidden"][rows], state["cell"][rows]
        keys = keys[rows] if keep else keys
    if not ended:
        return tuple(texts[0, 1:].tolist())
    return max(ended, key=lambda pair: pair[0])[1]


@torch.no_grad()
def loop(model: CaptionLstm, pictures: Tensor, steps: int, *, keep: bool) -> list[Caption]:
    """Search picture by picture."""
    return [search_one(model, picture[None], steps, keep=keep) for picture in pictures]


@torch.no_grad()
def batched(model: CaptionLstm, pictures: Tensor, steps: int) -> list[Caption]:
    """Search for all pictures at once."""
    told = beam_search(model, model.read(pictures), beam=BEAM, max_length=steps)
    return [texts[0].words for texts in told]


def decoder(config: CaptionLstmConfig, end: float) -> CaptionLstm:
    """Draw a decoder that is sure of its words; `end` is the bias of END."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CaptionLstm(config).eval()
    with torch.no_grad():
        model.word.weight.mul_(40)
        model.word.bias[END] = end
    return model


def annotations(count: int, places: int, features: int) -> Tensor:
    """Draw rectified annotations, so that each picture has features of its own (b j d)."""
    generator = torch.Generator().manual_seed(1)
    own = torch.randn(count, 1, features, generator=generator)
    return (own + torch.randn(count, places, features, generator=generator)).relu()


def row(name: str, config: CaptionLstmConfig, end: float, sizes: tuple[int, int, int]) -> Row:
    """Make a row, after a look whether all peers write the same captions.

    Args:
        name: of the row.
        config: of the decoder.
        end: bias of END.
        sizes: pictures, places, steps.
    """
    count, places, steps = sizes
    model, pictures = decoder(config, end), annotations(count, places, config.features)
    peers: dict[str, Callable[[], list[Caption]]] = {
        "loop of the tutorial": partial(loop, model, pictures, steps, keep=False),
        "loop, keys kept": partial(loop, model, pictures, steps, keep=True),
        "batched": partial(batched, model, pictures, steps),
    }
    captions = [call() for call in peers.values()]
    same = sum(len(set(texts)) == 1 for texts in zip(*captions, strict=True))
    lengths = [len(caption) for caption in captions[0]]
    print(
        f"{name}: same captions {same}/{count}, {len(set(captions[0]))} of them different,"
        f" {min(lengths)} to {max(lengths)} words"
    )
    if same < count:
        raise SystemExit(f"{name}: {count - same} captions differ")
    return Row(f"{name}, {count} pictures, beam {BEAM}, {steps} steps", peers)


def main() -> None:
    """Check, run, print and keep the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tiny", action="store_true", help="small sizes, nothing is kept")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = CaptionLstmConfig.tutorial(9490)
    small = CaptionLstmConfig.tutorial(3000, features=192)
    sizes = PICTURES, PLACES, STEPS
    if options.tiny:
        config, sizes = CaptionLstmConfig.tutorial(500, features=32), (4, 9, 6)
        small = config
    rows = [
        row("tutorial's sizes", config, -1e4, sizes),
        row("tutorial's sizes, captions that end", config, 16.0, sizes),
        row("192 features, 3000 words", small, -1e4, sizes),
    ]
    kept = [measure(x, rounds=options.rounds) for x in rows]
    for measured in kept:
        show(measured)
    if not options.tiny:
        write("beam", kept)


if __name__ == "__main__":
    main()
