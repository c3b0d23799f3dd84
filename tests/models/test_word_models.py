import json

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, UnknownName
from saccade.models.word_models import MODELS, build_words, told_of
from tests.training.words.writers import captioner, transformer, translator
from tests.word_models import answerer

MAKES = {
    "captioner": captioner,
    "seq2seq": translator,
    "transformer": transformer,
    "answerer": answerer,
}


@pytest.mark.parametrize("name", MAKES)
def test_a_model_is_made_again_from_what_it_tells(name: str) -> None:
    model = MAKES[name]()
    told, config = told_of(model)
    assert told == name
    again = build_words(name, json.loads(json.dumps(config)))
    assert type(again) is type(model)
    again.load_state_dict(model.state_dict())
    assert told_of(again) == (name, config)


def test_a_transformer_that_captions_is_told_from_a_recurrent_one() -> None:
    kinds = [
        told_of(captioner(writer=one))[1]["decoder"]["kind"] for one in ("lstm", "transformer")
    ]
    assert kinds == ["lstm", "transformer"]
    again = build_words(*told_of(captioner(writer="transformer"))).eval()
    assert again(torch.rand(1, 4, 3), torch.tensor([[1, 4]])).logits.shape == (1, 2, 7)


def test_what_is_no_model_of_words() -> None:
    assert set(MODELS) == set(MAKES)
    with pytest.raises(ConfigError, match="a model of words, got Linear; try captioner, seq2seq"):
        told_of(nn.Linear(1, 1))
    with pytest.raises(UnknownName, match="a model of words, got 'captoner'; try captioner"):
        build_words("captoner", {})


@pytest.mark.parametrize("name", MAKES)
def test_a_config_that_cannot_work_is_one_sentence(name: str) -> None:
    _, config = told_of(MAKES[name]())
    parts = ({"colour": 3},) if name == "transformer" else ({},)  # it has a size of its own
    for bad in (*parts, {**config, "colour": 3}, {"grid": 1, "decoder": 2}):
        if name in ("captioner", "answerer") and "colour" in bad:
            continue  # what is beside their parts is passed over
        with pytest.raises(ConfigError, match=r"expected .*, got"):
            build_words(name, bad)
