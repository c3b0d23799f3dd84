"""Weights of the PyTorch tutorial to image captioning, under the names of our models.

Source: github.com/sgrvinod/a-PyTorch-Tutorial-to-Image-Captioning, `models.py` (names and sizes of
the layers) and `create_input_files.py` (the word map). Its checkpoints hold whole pickled modules;
to open these would run code, so only state dicts are taken.
Axes: v words of the vocabulary.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from saccade.errors import CheckpointError, DataError
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.caption_lstm import CaptionLstm

_NAMES = {
    "attention.encoder_att": "attention.key",
    "attention.decoder_att": "attention.query",
    "attention.full_att": "attention.score",
    "embedding": "embedding",
    "decode_step": "cell",
    "init_h": "start_hidden",
    "init_c": "start_cell",
    "f_beta": "gate",
    "fc": "word",
}
_STAGES = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
_SPECIAL = ("<pad>", "<start>", "<end>", "<unk>")
_ADVICE = (
    'a state dict, saved where the tutorial\'s code is by torch.save({"encoder": '
    'c["encoder"].state_dict(), "decoder": c["decoder"].state_dict()}, FILE)'
)


class TutorialWords(NamedTuple):
    """The words of a tutorial's word map in the order of our vocabulary.

    Args:
        words: PAD, START, END, UNKNOWN, then the others by their old numbers.
        order: the old number of each (v).
    """

    words: tuple[str, ...]
    order: tuple[int, ...]


class TutorialFile(NamedTuple):
    """The two state dicts of a file; the encoder's is empty where the file has none."""

    decoder: dict[str, Tensor]
    encoder: dict[str, Tensor]


def read_tutorial(path: str | Path) -> TutorialFile:
    """Read state dicts of the tutorial's decoder, and its encoder if it is there, from a file.

    Args:
        path: of `torch.save`: the decoder's state dict, or a table with both under "decoder" and
            "encoder".

    Raises:
        CheckpointError: there is no such file, it holds pickled modules, or something else.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"a weight file at {path}", "no such file", "another path")
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle can fail in any way
        raise CheckpointError(
            f"only tensors in {path}", "pickled modules or a damaged file, never opened", _ADVICE
        ) from error
    if not isinstance(found, Mapping):
        raise CheckpointError(f"tensors by name in {path}", type(found).__name__, _ADVICE)
    decoder = found.get("decoder", found)
    encoder = found.get("encoder", {})
    return TutorialFile(_tensors(decoder, "decoder"), _tensors(encoder, "encoder"))


def tutorial_words(word_map: Mapping[str, int] | str | Path) -> TutorialWords:
    """Read a word map, and bring its words into the order of our vocabulary.

    Args:
        word_map: word to number, or the path of its JSON file (WORDMAP_*.json).

    Raises:
        DataError: it cannot be read, lacks a special word, or its numbers are not 0 to v - 1.
    """
    table = _read_map(word_map)
    missing = [word for word in _SPECIAL if word not in table]
    if missing:
        raise DataError(f"a word map with {', '.join(_SPECIAL)}", f"no {', '.join(missing)}")
    by_number = {number: word for word, number in table.items()}
    if sorted(by_number) != list(range(len(table))):
        raise DataError(f"the numbers 0 to {len(table) - 1}", f"{len(by_number)} others")
    others = (word for _, word in sorted(by_number.items()) if word not in _SPECIAL)
    words = (*_SPECIAL, *others)
    return TutorialWords(words, tuple(table[word] for word in words))


def tutorial_config(state: Mapping[str, Tensor]) -> CaptionLstmConfig:
    """Read the sizes of a tutorial's decoder off its weights.

    The numbers of its special words are those of its word map: PAD 0, START and END the last two.

    Raises:
        CheckpointError: a tensor is missing.
    """
    try:
        vocab, embed = state["embedding.weight"].shape
        attention, features = state["attention.encoder_att.weight"].shape
        hidden = state["decode_step.weight_hh"].shape[1]
    except (KeyError, ValueError, AttributeError) as error:
        raise CheckpointError("a decoder of the tutorial", f"no {error}", _ADVICE) from error
    preset = CaptionLstmConfig.tutorial(vocab, features)
    sizes = replace(preset, embed=embed, hidden=hidden, attention=attention)
    return replace(sizes, start=vocab - 2, end=vocab - 1)


def tutorial_decoder(
    state: Mapping[str, Tensor], words: TutorialWords | None = None
) -> CaptionLstm:
    """Make the attending LSTM with the weights of a tutorial's decoder.

    Args:
        state: its state dict.
        words: of its word map; the rows of the vocabulary are then brought into our order, with
            PAD 0, START 1, END 2 and UNKNOWN 3. As they are when None.

    Returns:
        In evaluation mode.

    Raises:
        CheckpointError: a tensor is missing, unknown or of another shape.
    """
    state = _tensors(state, "decoder")
    config = tutorial_config(state)
    renamed = {_renamed(name): value for name, value in state.items()}
    if words is not None:
        if len(words.order) != config.vocab:
            got = f"a word map of {len(words.order)}"
            raise CheckpointError(f"the word map of {config.vocab} words", got, "the map beside it")
        rows = torch.tensor(words.order)
        for name in ("embedding.weight", "word.weight", "word.bias"):
            renamed[name] = renamed[name][rows]
        config = replace(config, start=1, end=2)
    return _filled(CaptionLstm(config), renamed)


def tutorial_encoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the state dict of the tutorial's encoder for our `resnet101` without a head.

    Raises:
        CheckpointError: a tensor is of no layer of it.
    """
    renamed = {}
    for name, value in _tensors(state, "encoder").items():
        net, _, rest = name.partition(".")
        stage, _, rest = rest.partition(".")
        if net != "resnet" or stage not in _STAGES:
            raise CheckpointError("the layers of a ResNet", repr(name), "the tutorial's encoder")
        renamed[f"{_STAGES[stage]}.{rest}"] = value
    return renamed


def _filled(model: CaptionLstm, state: Mapping[str, Tensor]) -> CaptionLstm:
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in state.items()}
    if given != wanted:
        wrong = sorted(
            name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name)
        )
        name = wrong[0]
        raise CheckpointError(
            f"{name} as {wanted.get(name, 'no tensor')}", f"{given.get(name, 'none')}", _ADVICE
        )
    model.load_state_dict(dict(state))
    return model.eval()


def _renamed(name: str) -> str:
    layer, _, last = name.rpartition(".")
    if layer not in _NAMES:
        raise CheckpointError("the layers of the tutorial's decoder", repr(name), _ADVICE)
    return f"{_NAMES[layer]}.{last}"


def _tensors(found: object, part: str) -> dict[str, Tensor]:
    if isinstance(found, nn.Module):
        raise CheckpointError(f"a state dict of the {part}", "a pickled module", _ADVICE)
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise CheckpointError(f"a state dict of the {part}", "something else", _ADVICE)
    return {str(name).removeprefix("module."): value for name, value in found.items()}


def _read_map(word_map: Mapping[str, int] | str | Path) -> dict[str, int]:
    told: Any = word_map
    if isinstance(word_map, str | Path):
        try:
            told = json.loads(Path(word_map).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"a word map at {word_map}", str(error), "WORDMAP_*.json") from error
    if not isinstance(told, Mapping) or not all(isinstance(n, int) for n in told.values()):
        raise DataError("a word map of words and numbers", type(told).__name__, "WORDMAP_*.json")
    return dict(told)
