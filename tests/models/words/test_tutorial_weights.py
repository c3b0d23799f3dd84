"""The tutorial's decoder, restated, and its weights in ours."""

import json

import pytest
import torch
from torch import Tensor, nn

from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import CheckpointError, DataError
from saccade.models import build
from saccade.models.words.tutorial_weights import (
    read_tutorial,
    tutorial_config,
    tutorial_decoder,
    tutorial_encoder,
    tutorial_words,
)

MAP = {"a": 1, "cat": 2, "sits": 3, "<unk>": 4, "<start>": 5, "<end>": 6, "<pad>": 0}


class Restated(nn.Module):
    """The tutorial's decoder: names of its layers, and what a step computes."""

    def __init__(self, v: int = 7, enc: int = 6, att: int = 5, emb: int = 4, dec: int = 3) -> None:
        super().__init__()
        self.attention = nn.ModuleDict(
            {
                "encoder_att": nn.Linear(enc, att),
                "decoder_att": nn.Linear(dec, att),
                "full_att": nn.Linear(att, 1),
            }
        )
        self.embedding = nn.Embedding(v, emb)
        self.decode_step = nn.LSTMCell(emb + enc, dec)
        self.init_h, self.init_c = nn.Linear(enc, dec), nn.Linear(enc, dec)
        self.f_beta, self.fc = nn.Linear(dec, enc), nn.Linear(dec, v)

    def start(self, a: Tensor) -> tuple[Tensor, Tensor]:
        return self.init_h(a.mean(1)), self.init_c(a.mean(1))

    def step(self, a: Tensor, word: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        att = self.attention
        units = (att["encoder_att"](a) + att["decoder_att"](h).unsqueeze(1)).relu()
        alpha = att["full_att"](units).squeeze(2).softmax(1)
        context = self.f_beta(h).sigmoid() * (a * alpha.unsqueeze(2)).sum(1)
        h, c = self.decode_step(torch.cat([self.embedding(word), context], 1), (h, c))
        return self.fc(h), alpha, h, c


@pytest.fixture
def restated() -> Restated:
    torch.manual_seed(0)
    return Restated().eval()


@torch.no_grad()
def test_our_step_is_the_tutorials(restated) -> None:
    model = tutorial_decoder(restated.state_dict())
    a, words = torch.randn(2, 9, 6), torch.tensor([[5, 1, 2], [5, 3, 4]])
    written = model(a, words)
    h, c = restated.start(a)
    for t in range(3):
        logits, alpha, h, c = restated.step(a, words[:, t], h, c)
        torch.testing.assert_close(written.logits[:, t], logits, rtol=0, atol=1e-6)
        torch.testing.assert_close(written.weights[:, t], alpha, rtol=0, atol=1e-6)


def test_every_tensor_is_used(restated) -> None:
    state = restated.state_dict()
    model = tutorial_decoder(state)
    assert model.config.parameters == sum(value.numel() for value in state.values())
    assert len(model.state_dict()) == len(state)
    assert (model.config.start, model.config.end, model.training) == (5, 6, False)


@torch.no_grad()
def test_words_in_our_order_say_the_same(restated, tmp_path) -> None:
    file = tmp_path / "WORDMAP_x.json"
    file.write_text(json.dumps(MAP), "utf-8")
    words = tutorial_words(file)
    assert words == tutorial_words(MAP)
    assert words.words == ("<pad>", "<start>", "<end>", "<unk>", "a", "cat", "sits")
    assert Vocabulary(words.words).encode("cat sits") == [5, 6]
    assert words.order == (0, 5, 6, 4, 1, 2, 3)
    old, new = (
        tutorial_decoder(restated.state_dict()),
        tutorial_decoder(restated.state_dict(), words),
    )
    a = torch.randn(1, 9, 6)
    theirs = old(a, torch.tensor([[5, 2, 3]])).logits
    ours = new(a, torch.tensor([[1, 5, 6]])).logits
    torch.testing.assert_close(ours, theirs[..., list(words.order)])
    assert (new.config.start, new.config.end) == (1, 2)


@pytest.mark.parametrize("wrapped", [False, True])
def test_files_of_state_dicts(restated, wrapped, tmp_path) -> None:
    state = {f"module.{name}": value for name, value in restated.state_dict().items()}
    encoder = {"resnet.0.weight": torch.zeros(1)}
    torch.save({"decoder": state, "encoder": encoder} if wrapped else state, tmp_path / "d.pth")
    found = read_tutorial(tmp_path / "d.pth")
    assert tutorial_config(found.decoder).attention == 5
    assert bool(found.encoder) == wrapped


def test_pickled_modules_are_refused(restated, tmp_path) -> None:
    torch.save({"epoch": 3, "decoder": restated}, tmp_path / "BEST.pth.tar")
    with pytest.raises(CheckpointError, match=r"pickled modules .* state dict"):
        read_tutorial(tmp_path / "BEST.pth.tar")
    with pytest.raises(CheckpointError, match="a pickled module"):
        tutorial_decoder(restated)
    with pytest.raises(CheckpointError, match="no such file"):
        read_tutorial(tmp_path / "none.pth")


def test_what_does_not_fit_is_told(restated) -> None:
    state = restated.state_dict()
    with pytest.raises(CheckpointError, match=r"'extra\.weight'"):
        tutorial_decoder({**state, "extra.weight": torch.zeros(1)})
    with pytest.raises(CheckpointError, match=r"start_hidden\.bias"):
        tutorial_decoder({name: value for name, value in state.items() if name != "init_h.bias"})
    with pytest.raises(CheckpointError, match="a decoder of the tutorial"):
        tutorial_decoder({"fc.weight": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="a word map of 4"):
        tutorial_decoder(state, tutorial_words({"<pad>": 0, "<unk>": 1, "<start>": 2, "<end>": 3}))
    with pytest.raises(DataError, match="<end>"):
        tutorial_words({"<pad>": 0, "<start>": 1, "<unk>": 2})
    with pytest.raises(DataError, match="numbers 0 to 6"):
        tutorial_words({**MAP, "cat": 9})


def test_the_encoder_is_renamed() -> None:
    ours = build("resnet18", widths=(2, 2, 2, 2), stem_chs=2, num_classes=0).state_dict()
    back = {"conv1": "0", "bn1": "1"} | {f"layer{n}": str(n + 3) for n in range(1, 5)}
    theirs = {}
    for name, value in ours.items():
        stage, _, rest = name.partition(".")
        theirs[f"resnet.{back[stage]}.{rest}"] = value
    found = tutorial_encoder(theirs)
    assert found.keys() == ours.keys()
    with pytest.raises(CheckpointError, match=r"resnet\.8"):
        tutorial_encoder({"resnet.8.weight": torch.zeros(1)})
