"""open_clip, torch's own transformer and code that people write themselves."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.inspection import record
from tests.foreign import foreign
from tests.parity.foreign_seen import close, facts, seen

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]


def images_of(side: int = 64) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_open_clip() -> None:
    clip = foreign("open_clip").model
    torch.manual_seed(0)
    text = clip.CLIPTextCfg(context_length=16, vocab_size=50, width=32, heads=2, layers=2)
    sizes: dict[str, Any] = {"layers": 2, "width": 64, "head_width": 32, "image_size": 64}
    model = clip.CLIP(32, clip.CLIPVisionCfg(**sizes, patch_size=16), text)
    trace = seen(model, images_of(), torch.randint(0, 50, (2, 16)))
    assert (len(trace.layers), trace.grid.prefix) == (4, ("cls",))
    assert [layer.over_tokens for layer in trace.layers] == [True, True, False, False]
    assert facts(model.visual, images_of()) == "2 tokens 4x4 cls"
    resnet = clip.CLIP(32, clip.CLIPVisionCfg((1, 1, 1, 1), width=8, image_size=64), text)
    assert facts(resnet.visual, images_of()) == "1 tokens 2x2 mean"
    seen(resnet.visual, images_of())


class Patches(nn.Module):
    """Patches, and whatever reads them."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.stem, self.body = nn.Conv2d(3, 32, 16, 16), body

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self.stem(x).flatten(2).mT)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("grad", [True, False])
def test_the_transformer_of_torch(first: bool, grad: bool) -> None:
    """Without gradients torch takes one kernel for a whole layer."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(32, 2, 48, batch_first=True, norm_first=first)
    model = Patches(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)).eval()
    with torch.set_grad_enabled(grad):
        plain = model(images_of())
        with record(model) as trace:
            close(model(images_of()), plain)
    assert facts(model, images_of()) == "2 tokens 4x4"
    assert max(trace.errors.values()) <= 1e-5
    x = model.stem(images_of()).flatten(2).mT
    layer = model.body.layers[0]
    x = layer.norm1(x) if first else x
    close(trace.layers[0].weights, layer.self_attn(x, x, x, average_attn_weights=False)[1])


class Asks(nn.Module):
    """nn.MultiheadAttention in a module of one's own, with a token of one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, 32))
        self.attend = nn.MultiheadAttention(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1).transpose(0, 1)
        return self.attend(x, x, x, need_weights=False)[0].transpose(0, 1)


def test_multi_head_attention_of_torch_in_a_module_of_ones_own() -> None:
    torch.manual_seed(0)
    model = Patches(Asks()).eval()
    assert facts(model, images_of()) == "1 tokens 4x4 cls"
    trace = seen(model, images_of())
    x = model.stem(images_of()).flatten(2).mT
    x = torch.cat([model.body.cls_token.expand(2, -1, -1), x], 1).transpose(0, 1)
    own = model.body.attend(x, x, x, average_attn_weights=False)[1]
    close(trace.layers[0].weights, own.detach())


class Dino(nn.Module):
    """Attention as it is written in many repositories: it gives its map beside its output."""

    def __init__(self) -> None:
        super().__init__()
        self.num_heads, self.qkv, self.proj = 2, nn.Linear(32, 96), nn.Linear(32, 32)
        self.attn_drop = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        qkv = self.qkv(x).unflatten(-1, (3, 2, 16)).permute(2, 0, 3, 1, 4)
        attn = self.attn_drop((qkv[0] @ qkv[1].transpose(-2, -1) * 0.25).softmax(dim=-1))
        return self.proj((attn @ qkv[2]).transpose(1, 2).flatten(2)), attn


class Hub(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.cls_token = nn.Conv2d(3, 32, 16, 16), nn.Parameter(torch.randn(1, 1, 32))
        self.blocks = nn.ModuleList(Dino() for _ in range(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x).flatten(2).mT
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            more, attn = block(F.layer_norm(x, (32,)))
            x = x + more
        return x, attn


def test_code_like_that_of_dino() -> None:
    torch.manual_seed(0)
    model = Hub().eval()
    assert facts(model, images_of()) == "2 tokens 4x4 cls"
    trace = seen(model, images_of())
    close(trace.layers[1].weights, model(images_of())[1].detach())
