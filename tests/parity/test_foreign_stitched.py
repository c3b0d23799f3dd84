"""Windows put together, against loops over the positions of the maps that libraries make."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.inspection import LayerMap, record
from tests.foreign import foreign
from tests.parity.foreign_models import SWIN
from tests.parity.foreign_seen import close, facts, own_maps, seen, unfused

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
Where = tuple[int, int]  # which window, and which place in it


def block(y: int, x: int, size: Where, side: int, shift: int) -> Where:
    """Windows side by side, of a map that was rolled up and to the left."""
    y, x = (y - shift) % size[0], (x - shift) % size[1]
    return y // side * (size[1] // side) + x // side, y % side * side + x % side


def grid(y: int, x: int, size: Where, side: int, shift: int) -> Where:
    """Windows whose places lie far apart."""
    down, right = size[0] // side, size[1] // side
    return y % down * right + x % right, y // down * side + x // right


def same(layer: LayerMap, own: Tensor, side: int, shift: int, how: Any = block) -> None:
    """Each weight that a map on the grid holds is the one of the windows (images·windows h i j)."""
    place, size = layer.place, layer.place.queries
    windows = own.unflatten(0, (len(layer.weights), -1))
    spots = [how(y, x, size, side, shift) for y in range(size[0]) for x in range(size[1])]
    for query, (window, row) in enumerate(spots):
        keys = place.index[query].tolist()
        assert sorted(keys) == [key for key, spot in enumerate(spots) if spot[0] == window]
        columns = [spots[key][1] for key in keys]
        close(layer.weights[:, :, query], windows[:, window, :, row, columns])


@pytest.mark.parametrize(
    "name", ["swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "swinv2_cr_tiny_224"]
)
@torch.no_grad()
def test_swin_of_timm(timm: Any, name: str) -> None:
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=7, **{**SWIN, "img_size": (64, 96)})
    unfused(model)
    images = torch.randn(2, 3, 64, 96)
    trace = seen(model, images)
    own = own_maps(model, "attn_drop", lambda: model(images))
    for number, layer in enumerate(trace.layers):
        same(layer, own[layer.name], 4, 2 * (number % 2))
    assert [layer.place.queries for layer in trace.layers] == [(16, 24)] * 2 + [(8, 12)] * 2


@torch.no_grad()
def test_maxvit_of_timm(timm: Any) -> None:
    torch.manual_seed(0)
    model = timm.create_model("maxvit_pico_rw_256", num_classes=7, img_size=64).eval()
    unfused(model)
    images = torch.randn(1, 3, 64, 64)
    trace = seen(model, images)
    own = own_maps(model, "attn_drop", lambda: model(images))
    for layer in trace.layers[:4]:
        how = grid if layer.name.endswith("attn_grid.attn") else block
        same(layer, own[layer.name], 2, 0, how)


@torch.no_grad()
def test_swin_of_transformers() -> None:
    library = foreign("transformers")
    torch.manual_seed(0)
    options = {**SWIN, "image_size": 64, "attn_implementation": "eager"}
    options.pop("img_size")
    model = library.SwinModel(library.SwinConfig(**options)).eval()
    images = torch.randn(2, 3, 64, 64)
    trace = seen(model, images)
    own = model(images, output_attentions=True).attentions  # of the last block of each stage
    for layer, maps in zip(trace.layers[1::2], own, strict=True):
        same(layer, maps, 4, 2)


def corners(y: int, x: int, size: Where, side: int, shift: int) -> Where:
    """Windows of the positions at the same corner of all patches."""
    return y % side * side + x % side, y // side * (size[1] // side) + x // side


@torch.no_grad()
def test_mobilevit_of_transformers() -> None:
    library = foreign("transformers")
    torch.manual_seed(0)
    model = library.MobileViTModel(library.MobileViTConfig(image_size=64)).eval()
    images = torch.randn(2, 3, 64, 64)
    trace = seen(model, images)
    own = own_maps(model, "dropout", lambda: model(images))
    for layer in trace.layers:
        same(layer, own[layer.name], 2, 0, corners)


class Copied(nn.Module):
    """Shifted windows as they are written in many repositories."""

    def __init__(self, name: str = "shift_size") -> None:
        super().__init__()
        self.stem, self.qkv = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 24)
        self.window_size, self.num_heads, self.attn_drop = 4, 2, nn.Dropout(0.0)
        setattr(self, name, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.roll(self.stem(x).movedim(1, -1), (-2, -2), (1, 2))
        b, h, w, _ = x.shape
        rows, columns = ((torch.arange(n) >= n - 2).long() for n in (h, w))
        part = cut((rows[:, None] * 2 + columns)[None, :, :, None].float()).squeeze(-1)
        mask = torch.where(part[:, None] == part[:, :, None], 0.0, -100.0)
        q, k, v = self.qkv(cut(x)).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        scores = (q @ k.mT).unflatten(0, (b, -1)) + mask[None, :, None]
        return self.attn_drop(F.softmax(scores.flatten(0, 1), -1)) @ v


def cut(x: Tensor) -> Tensor:
    """Part a map (b h w c) into windows (b·windows 16 c)."""
    b, h, w, c = x.shape
    x = x.view(b, h // 4, 4, w // 4, 4, c).transpose(2, 3)
    return x.reshape(-1, 16, c)


def test_copied_code() -> None:
    torch.manual_seed(0)
    model, images = Copied().eval(), torch.randn(2, 3, 32, 48)
    assert facts(model, images) == "1 windows shifted 8x12"
    trace = seen(model, images)
    kept: list[Tensor] = []
    with model.attn_drop.register_forward_hook(lambda module, given, output: kept.append(output)):
        model(images)
    same(trace.layers[0], kept[0].detach(), 4, 2)


def test_windows_that_were_moved_without_a_word_are_not_believed() -> None:
    """Hidden keys speak against windows that lie where they are cut."""
    torch.manual_seed(0)
    model, images = Copied("displacement").eval(), torch.randn(2, 3, 32, 48)
    with record(model) as trace:
        model(images)
    assert trace.layers[0].axes == ("image", "window", "head", "query", "key")
    assert facts(model, images) == "1 windows not recognised"
