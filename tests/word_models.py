"""Tiny models of words with drawn weights, whole and as files."""

from pathlib import Path

import torch
from torch import nn

from saccade.checkpoints.native import save
from saccade.checkpoints.word_weights import WordTask, WordWeights, word_card
from saccade.data.words.lexicon import END, PAD, START, UNKNOWN, Lexicon
from saccade.data.words.vocabulary import Vocabulary
from saccade.models.captioner import Captioner, CaptionerConfig
from saccade.models.question import QuestionAnswerer, QuestionConfig
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.caption_lstm import CaptionLstmConfig
from saccade.models.words.decoding import State, Step, WordModel
from saccade.models.words.grids import GridConfig, GridEncoder

VIT = {"img_size": 32, "embed_dim": 8, "depth": 1, "num_heads": 2}
ENGLISH = Vocabulary.build(["a red circle above a blue square", "what colour is the circle?"])
KOREAN = Vocabulary.build(["파란 네모 위에 빨간 동그라미"])
ANSWERS = ("red", "blue", "빨강")


def drawn(model: nn.Module, seed: int = 0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.5, generator=generator)
    return model.eval()


def captioner(words: Lexicon = ENGLISH, *, special: bool = False) -> Captioner:
    decoder = CaptionLstmConfig(vocab=len(words), embed=4, hidden=5, attention=6, dropout=0.0)
    grid = GridConfig(options=VIT, special=special)
    return drawn(Captioner(CaptionerConfig(grid=grid, decoder=decoder)))


def translator(source: Lexicon = ENGLISH, target: Lexicon = KOREAN, **changes) -> Seq2Seq:
    sizes = {"source_words": len(source), "target_words": len(target), "embedding": 5, "hidden": 6}
    return drawn(Seq2Seq(Seq2SeqConfig(**sizes, **changes)))


def answerer(words: Lexicon = ENGLISH) -> QuestionAnswerer:
    encoder = GridEncoder(GridConfig(options=VIT))
    sizes = {"vocab": len(words), "answers": len(ANSWERS), "features": 8, "grid": encoder.grid}
    config = QuestionConfig(**sizes, embed=4, width=8, attention=6)
    return drawn(QuestionAnswerer(encoder, config))


def parts_of(task: WordTask, **changes) -> dict:
    """What the weights for a task are made of."""
    if task == "translate":
        target = changes.get("target", KOREAN)
        return {"source": ENGLISH, "target": target, "model": translator(**changes)}
    model = (captioner if task == "caption" else answerer)(**changes)
    told = {"model": model, "preprocessing": model.encoder.preprocessing}
    own = {"target": ENGLISH} if task == "caption" else {"source": ENGLISH, "answers": ANSWERS}
    return {**told, **own}


def weights_of(task: WordTask, origin: str = "model.safetensors", **changes) -> WordWeights:
    parts = {"source": None, "target": None, "answers": (), "preprocessing": None}
    parts |= parts_of(task, **changes)
    return WordWeights(task=task, card=word_card(task=task, **parts), origin=origin, **parts)


def save_words(path: Path, task: WordTask, **changes) -> Path:
    """Write a tiny model of words as a run does."""
    parts = parts_of(task, **changes)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, parts["model"], word_card(task=task, **parts))
    return path


class Endless(WordModel):
    """Writes one word for ever and looks everywhere alike."""

    def __init__(self, words: int, places: int = 4) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.words, self.places = words, places

    def read(self, source, mask=None) -> State:
        return {"memory": torch.ones(len(source), source.shape[1]) / source.shape[1]}

    def step(self, words, state) -> Step:
        logits = torch.zeros(len(words), self.words)
        logits[:, [PAD, START, END, UNKNOWN]] = float("-inf")
        return Step(logits, state, state["memory"])
