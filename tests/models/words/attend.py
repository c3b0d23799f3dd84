"""The equations of Show, Attend and Tell, place by place and gate by gate, for tests."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from saccade.models.words.caption_lstm import CaptionLstm, CaptionLstmConfig

SMALL = CaptionLstmConfig(vocab=9, features=4, embed=3, hidden=5, attention=6, dropout=0.0)
VARIANTS = {
    "paper": replace(SMALL, deep_output="linear"),
    "official": replace(
        SMALL, context_layers=1, init_layers=2, first="zero", one_bias=True, weight_init="normal"
    ),
    "tutorial": replace(
        SMALL, activation="relu", query_bias=True, gate="vector", init="linear", deep_output="none"
    ),
    "plain": replace(SMALL, gate="none", init_layers=2, init="linear", temperature=0.5),
}
WORDS = torch.tensor([[1, 4, 8, 3], [1, 5, 0, 0]])


def made(config: CaptionLstmConfig) -> tuple[CaptionLstm, Tensor]:
    torch.manual_seed(0)
    model = CaptionLstm(config).double().eval()
    for parameter in model.parameters():  # zeros would hide what is not added
        parameter.data.uniform_(-0.7, 0.7)
    return model, torch.randn(2, 6, 4, dtype=torch.float64)


class Naive:
    """The equations for one image, with the weights of a model.

    Args:
        model: whose weights and options.
        a: the annotations (j d).
    """

    def __init__(self, model: CaptionLstm, a: Tensor) -> None:
        self.c, self.a = model.config, a
        self.w = {name: p.data for name, p in model.named_parameters()}
        mean = sum(a) / len(a)
        if self.c.init_layers == 2:
            mean = self.affine(mean, "start_layer").clamp_min(0)
        self.h, self.s = self.affine(mean, "start_hidden"), self.affine(mean, "start_cell")
        if self.c.init == "tanh":
            self.h, self.s = self.h.tanh(), self.s.tanh()

    def affine(self, x: Tensor, name: str) -> Tensor:
        return self.w[f"{name}.weight"] @ x + self.w.get(f"{name}.bias", 0.0)

    def score(self, place: Tensor) -> Tensor:
        key = self.affine(place, "attention.key")
        for layer in range(self.c.context_layers):
            key = self.affine(key, f"attention.context.{2 * layer}").tanh()
        bend = torch.tanh if self.c.activation == "tanh" else torch.relu
        return self.affine(bend(key + self.affine(self.h, "attention.query")), "attention.score")

    def look(self) -> tuple[Tensor, Tensor]:
        scores = [math.exp(float(self.score(place)) / self.c.temperature) for place in self.a]
        alpha = torch.tensor(scores, dtype=self.a.dtype) / sum(scores)
        z = sum(float(weight) * place for weight, place in zip(alpha, self.a, strict=True))
        if self.c.gate != "none":
            z = torch.sigmoid(self.affine(self.h, "gate")) * z
        return z, alpha

    def advance(self, x: Tensor) -> None:
        both = self.w["cell.weight_ih"] @ x + self.w["cell.weight_hh"] @ self.h
        i, f, g, o = (both + self.w["cell.bias_ih"] + self.w.get("cell.bias_hh", 0.0)).chunk(4)
        self.s = f.sigmoid() * self.s + i.sigmoid() * g.tanh()
        self.h = o.sigmoid() * self.s.tanh()

    def write(self, word: int) -> tuple[Tensor, Tensor]:
        """Give the logits (v) and the map (j) of the word after this one."""
        z, alpha = self.look()
        zero = self.c.first == "zero" and word == self.c.start
        y = self.w["embedding.weight"][word] * (0.0 if zero else 1.0)
        self.advance(torch.cat([y, z]))
        out = self.h
        if self.c.deep_output != "none":
            out = y + self.affine(self.h, "deep_hidden") + self.affine(z, "deep_context")
            out = out.tanh() if self.c.deep_output == "tanh" else out
        return self.affine(out, "word"), alpha
