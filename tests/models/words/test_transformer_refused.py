"""What a transformer of words refuses, in one sentence."""

import pytest
import torch

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.models.words.transformer import (
    CaptionTransformer,
    CaptionTransformerConfig,
    Transformer,
    TransformerConfig,
)
from saccade.models.words.transformer_decoder import DecoderConfig

SMALL = {"words": 11, "width": 6, "heads": 2, "hidden": 5, "depth": 1}
WORDS = torch.tensor([[1, 5, 9]])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"share": "most"}, "expected share out of all, output, none, got 'most'; try 'all'"),
        ({"encoder_depth": 0}, "expected a positive encoder_depth, got 0; try encoder_depth=4"),
        (
            {"source_words": 9},
            "expected source_words=11 for share='all', got 9; "
            "try share='output', which keeps two vocabularies apart",
        ),
    ],
)
def test_options_of_a_transformer(wrong: dict, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        TransformerConfig(**{**SMALL, **wrong})
    assert str(error.value) == sentence


@pytest.mark.parametrize("wrong", [{"memory_dim": 0}, {"grid": (0, 3)}, {"words": 2}])
def test_options_of_a_caption_transformer(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        CaptionTransformerConfig(**{**SMALL, **wrong})


def test_heads_that_do_not_divide() -> None:
    with pytest.raises(ConfigError) as error:
        Transformer(TransformerConfig(**{**SMALL, "heads": 4}))
    assert str(error.value).startswith("expected a number of heads that divides the width 6, got 4")


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (torch.ones(1, 3), "expected the mask as booleans, got torch.float32; try mask > 0"),
        (torch.ones(1, 4).bool(), "expected a mask of shape (1, 3), got (1, 4); try mask=None"),
    ],
)
def test_masks(mask: torch.Tensor, sentence: str) -> None:
    with pytest.raises(ShapeError) as error:
        Transformer(TransformerConfig(**SMALL))(WORDS, WORDS, mask)
    assert str(error.value).startswith(sentence)


def test_annotations_of_another_encoder() -> None:
    model = CaptionTransformer(CaptionTransformerConfig(**SMALL, memory_dim=7))
    with pytest.raises(ShapeError) as error:
        model(torch.rand(1, 6, 8), WORDS)
    assert str(error.value).startswith("expected the annotations as (b j d), d=7, got (1, 6, 8)")
    with pytest.raises(ShapeError):
        model(torch.ones(1, 6, 7).long(), WORDS)


@pytest.mark.parametrize(
    ("words", "error", "sentence"),
    [
        (
            torch.tensor([[1, 11], [1, -1]]),
            DataError,
            "expected words numbered from 0 to 10, got numbers from -1 to 11; "
            "try the vocabulary that the model was trained with",
        ),
        (
            torch.zeros(2, 0, dtype=torch.int64),
            DataError,
            "expected at least one word in a text, got none; try a text that ends with END",
        ),
        (
            torch.rand(2, 3),
            ShapeError,
            "expected words as whole numbers, got torch.float32; try words.long()",
        ),
        (
            torch.tensor([1, 2]),
            ShapeError,
            "expected the words as (b t) with 2 axes, got (2,); "
            "try a tensor whose axes are image, time",
        ),
    ],
)
def test_words_that_cannot_be(words, error, sentence: str) -> None:
    model = Transformer(TransformerConfig(**SMALL))
    with pytest.raises(error) as caught:
        model(WORDS.expand(2, 3), words)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("wrong", [{"depth": 0}, {"look": 2}, {"end": 11}, {"max_length": 0}])
def test_options_of_a_decoder(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        DecoderConfig(**{**SMALL, **wrong})
