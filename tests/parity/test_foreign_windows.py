"""Windows of other libraries: a key that stands out is found where it was put, in every map.

The map that a block gets is the same everywhere but in one cell. Every query that reads this cell
then gives another weight to this one key, beside which the others only share what is left.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.inspection import LayerMap, record
from tests.foreign import foreign

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
CELLS = [(0, 0), (2, 5), (5, 1), (6, 7)]
TINY: dict[str, Any] = {"embed_dim": 16, "depths": (2, 2), "num_heads": (2, 2), "window_size": 4}
# name, sides of the image, options, module, its input or output, axes of it, layer, rows left out
CASES: list[tuple[str, tuple[int, int], dict[str, Any], str, str, str, str, int]] = [
    ("swin_tiny_patch4_window7_224", (60, 76), {**TINY, "img_size": (60, 76)},
     "layers.0.blocks.1", "in", "hwc", "layers.0.blocks.1.attn", 0),
    ("swinv2_tiny_window8_256", (64, 96), {**TINY, "img_size": (64, 96)},
     "layers.0.blocks.1", "in", "hwc", "layers.0.blocks.1.attn", 0),
    ("davit_tiny", (60, 92), {}, "stages.0.blocks.0.0.cpe1", "out", "chw",
     "stages.0.blocks.0.0.attn", 0),
    ("twins_svt_small", (64, 96), {"img_size": (64, 96)}, "blocks.0.0", "in", "nc",
     "blocks.0.0.attn", 0),
    ("gcvit_xxtiny", (64, 64), {"img_size": 64, "window_size": (4, 4, 2, 2)},
     "stages.0.blocks.1", "in", "hwc", "stages.0.blocks.1.attn", 0),
    ("maxvit_pico_rw_256", (64, 96), {"img_size": (64, 96)}, "stages.0.blocks.0.attn_block", "in",
     "hwc", "stages.0.blocks.0.attn_block.attn", 0),
    ("maxvit_pico_rw_256", (64, 96), {"img_size": (64, 96)}, "stages.0.blocks.0.attn_grid", "in",
     "hwc", "stages.0.blocks.0.attn_grid.attn", 0),
    ("nest_tiny", (64, 64), {"img_size": 64}, "levels.0.pool", "out", "chw",
     "levels.0.transformer_encoder.0.attn", 0),
    ("samvit_base_patch16_224", (160, 160), {"img_size": 160, "depth": 1, "window_size": 4},
     "blocks.0", "in", "hwc", "blocks.0.attn", 0),
    ("hiera_tiny_224", (224, 224), {}, "patch_embed", "out", "nc", "blocks.0.attn", 0),
    ("halonet26t", (256, 256), {}, "stages.2.1.self_attn", "in", "chw", "stages.2.1.self_attn", 0),
    ("mobilevit_xs", (64, 96), {}, "stages.2.1.conv_1x1", "out", "chw",
     "stages.2.1.transformer.0.attn", 0),
    ("tnt_s_legacy_patch16_224", (64, 96), {"img_size": (64, 96)}, "pixel_embed.proj", "out", "chw",
     "blocks.0.attn_in", 0),
    ("efficientvit_m0", (224, 224), {}, "stages.0.blocks.0.mixer.m", "in", "chw",
     "stages.0.blocks.0.mixer.m.attn", 4),
]  # fmt: skip


def planted(x: Tensor, axes: str, cell: tuple[int, int] | None, columns: int) -> Tensor:
    """The same features everywhere, and others in one cell."""
    generator = torch.Generator().manual_seed(3)
    channels = x.shape[axes.index("c") + 1]
    usual, other = 2 * torch.randn(2, channels, generator=generator)
    last = x.movedim(axes.index("c") + 1, -1)
    made = usual.expand(last.shape).clone()
    if cell is not None and axes == "nc":
        made[:, cell[0] * columns + cell[1]] = other
    elif cell is not None:
        made[:, cell[0], cell[1]] = other
    return made.movedim(-1, axes.index("c") + 1)


def looked(
    model: nn.Module, images: Tensor, name: str, layer: str, put: Callable[[Tensor], Tensor],
    *, out: bool
) -> LayerMap:  # fmt: skip
    """Record one layer while a module gets, or gives, something else."""
    module = model.get_submodule(name)
    if out:
        hook = module.register_forward_hook(lambda module, given, x: put(x))
    else:
        hook = module.register_forward_pre_hook(lambda module, given: (put(given[0]), *given[1:]))
    with hook, torch.no_grad(), record(model, layers=[layer]) as trace:
        model(images)
    return next(one for one in trace.layers if one.name == layer)


def check(plain: LayerMap, other: LayerMap, cell: tuple[int, int], far: int) -> None:
    """Only the weight of the planted cell stands out, in every row that reads it."""
    place = plain.place
    assert place is not None
    rows, key = place.queries[1], cell[0] * place.keys[1] + cell[1]
    down, right = place.keys[0] / place.queries[0], place.keys[1] / place.queries[1]
    found = 0
    for query in range(len(place.index)):
        away = (query // rows - int(cell[0] / down), query % rows - int(cell[1] / right))
        if max(abs(away[0]), abs(away[1])) <= far:
            continue
        before, after = (one.weights[0, 0, query].double() for one in (plain, other))
        read = before > 1e-9
        change = (after[read] / before[read]).log()
        odd = (change - change.median()).abs()
        mine = place.index[query][read] == key
        if bool(mine.any()):
            assert bool(mine[odd.argmax()]), (cell, query)
            assert float(odd.max()) > 1e-4, (cell, query)
            assert float(odd[~mine].max()) < 2e-5, (cell, query)
            found += 1
        else:
            assert float(odd.max()) < 2e-5, (cell, query)
    assert found


def each_cell(
    model: nn.Module, sides: tuple[int, int], name: str, how: tuple[str, str, str, int]
) -> None:
    way, axes, layer, far = how
    images, out = torch.zeros(1, 3, *sides), way == "out"
    for parameter, value in model.named_parameters():
        if parameter.rpartition(".")[2] in ("pos_embed", "pixel_pos"):
            value.data.zero_()
    model.eval()

    def look(cell: tuple[int, int] | None, columns: int = 1) -> LayerMap:
        return looked(
            model, images, name, layer, lambda x: planted(x, axes, cell, columns), out=out
        )

    plain = look(None)
    for cell in CELLS:
        check(plain, look(cell, plain.place.keys[1]), cell, far)


@pytest.mark.parametrize("case", CASES, ids=[f"{one[0]}-{one[3]}" for one in CASES])
def test_timm(timm: Any, case: tuple[Any, ...]) -> None:
    torch.manual_seed(0)
    name, sides, options, module, *how = case
    each_cell(timm.create_model(name, num_classes=2, **options), sides, module, tuple(how))


@pytest.mark.parametrize("sides", [(64, 64), (60, 92)], ids=str)
def test_torchvision_and_transformers(torchvision: Any, sides: tuple[int, int]) -> None:
    torch.manual_seed(0)
    swin = torchvision.models.SwinTransformer([4, 4], 16, [2, 2], [2, 2], [4, 4])
    each_cell(swin, sides, "features.1.1", ("in", "hwc", "features.1.1.attn", 0))
    library = foreign("transformers")
    model = library.SwinModel(library.SwinConfig(image_size=64, **TINY))
    layer = "encoder.layers.0.blocks.1.attention"
    each_cell(model, sides, "encoder.layers.0.blocks.1", ("in", "nc", layer, 0))


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_maxvit_of_torchvision(torchvision: Any, kind: str) -> None:
    torch.manual_seed(0)
    model = torchvision.models.MaxVit((64, 64), 16, 2, [16, 16], [1, 1], 16, 0.0)
    name = f"blocks.0.layers.0.layers.{kind}_attention"
    each_cell(model, (64, 64), name, ("in", "chw", f"{name}.attn_layer.1", 0))
