"""Our BEiT beside that of transformers, also on pictures of another size."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.checkpoints import huggingface_layouts as layouts
from saccade.checkpoints.mapping import read_as
from saccade.inspection import record
from saccade.models.beit import Beit, BeitConfig
from tests.foreign import foreign

pytestmark = pytest.mark.parity
CLOSE = {"atol": 1e-5, "rtol": 1e-5}


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        ones = "layernorm" in name and name.endswith("weight")
        parameter.data.normal_(float(ones), 0.15, generator=generator)
    return model.eval()


def noise(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def both(*, shared: bool, **options: Any) -> tuple[Beit, nn.Module]:
    """Ours and theirs, with the same weights."""
    library = foreign("transformers.models.beit.modeling_beit")
    config = library.BeitConfig(
        hidden_size=48,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=96,
        image_size=32,
        patch_size=8,
        num_labels=7,
        layer_norm_eps=1e-6,
        use_mask_token=False,
        use_relative_position_bias=not shared,
        use_shared_relative_position_bias=shared,
        **options,
    )
    theirs = drawn(library.BeitForImageClassification(config))
    told = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3}
    told |= {"mlp_ratio": 2.0, "num_classes": 7}
    told |= {"use_rel_pos_bias": not shared, "use_shared_rel_pos_bias": shared}
    ours = Beit(BeitConfig(**told)).eval()
    ours.load_state_dict(read_as(layouts.BEIT_5, theirs.state_dict()).state)
    return ours, theirs


@pytest.mark.parametrize("shared", [False, True])
@torch.no_grad()
def test_logits_and_maps(shared: bool) -> None:
    ours, theirs = both(shared=shared, attn_implementation="eager")
    with record(ours) as trace:
        logits = ours(noise(32, 32))
    told = theirs(noise(32, 32), output_attentions=True)
    torch.testing.assert_close(logits, told.logits, **CLOSE)
    for layer, wanted in zip(trace.layers, told.attentions, strict=True):
        torch.testing.assert_close(layer.weights, wanted, **CLOSE)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("size", [(48, 24), (56, 56), (16, 32)], ids=str)
@torch.no_grad()
def test_other_sizes(shared: bool, size: tuple[int, int]) -> None:
    ours, theirs = both(shared=shared)
    ours.set_input_size(size, rule="hf")
    wanted = theirs(noise(*size), interpolate_pos_encoding=True).logits
    torch.testing.assert_close(ours(noise(*size)), wanted, **CLOSE)
