"""The chain of a rollout against whole products, with links of either kind."""

import pytest
import torch

from saccade.attention.fused_reading import Fused
from saccade.errors import TraceError
from saccade.inspection.chain import (
    FusedLink,
    ReadingLink,
    check_link,
    class_rollout,
    keeps_reading,
    link_bytes,
)


def readings(count: int, tokens: int = 6, images: int = 2) -> list[Fused]:
    generator = torch.Generator().manual_seed(3)

    def drawn() -> torch.Tensor:
        return torch.randn(images, 3, tokens, 4, generator=generator, dtype=torch.float64)

    return [Fused(drawn(), drawn(), drawn()) for _ in range(count)]


def whole(layers: list[Fused]) -> torch.Tensor:
    """The rollout, as its equation says: products of (A + I) / 2 from the first layer up."""
    found = torch.eye(layers[0].shape[-1], dtype=torch.float64)
    for layer in layers:
        found = (layer.rows().mean(1) + torch.eye(layer.shape[-1])) / 2 @ found
    return found


@pytest.mark.parametrize("first", [True, False])
def test_links_of_both_kinds_give_rows_of_the_product(first):
    layers = readings(3)
    wanted = whole(layers)[:, 0] if first else whole(layers).mean(1)
    fused = [FusedLink(layer.rows().mean(1)) for layer in layers]
    again = [ReadingLink(layer.light()) for layer in layers]
    for links in (fused, again, [fused[0], again[1], fused[2]]):
        found = class_rollout(links, first=first)
        torch.testing.assert_close(found.double(), wanted, atol=1e-6, rtol=0)
        torch.testing.assert_close(found.sum(-1), torch.ones(2))


def test_the_smaller_of_the_two_is_kept():
    few, many = readings(1, tokens=47)[0], readings(1, tokens=49)[0]
    # Queries and keys: 2 of 3 heads of 4 float64 a token; the map: a float32 for each pair.
    assert (few.bytes, many.bytes) == (2 * 2 * 3 * 4 * 8 * 47, 2 * 2 * 3 * 4 * 8 * 49)
    assert not keeps_reading(few)
    assert keeps_reading(many)
    assert link_bytes(few) == 2 * 47 * 47 * 4
    assert link_bytes(many) == many.bytes


def test_a_light_reading_lets_go_of_the_kernel_s_tensors():
    reading = readings(1)[0]
    light = reading.light()
    torch.testing.assert_close(light.rows(), reading.rows(), atol=0, rtol=0)
    assert light.queries.data_ptr() != reading.queries.data_ptr()
    assert light.values is light.keys
    assert light.output is None


def test_errors():
    two = [ReadingLink(layer) for layer in readings(2)]
    with pytest.raises(TraceError, match="7x7 in stage2 behind 6x6; try reduce='entropy'"):
        check_link("stage2", "", readings(1, tokens=7)[0], two)
    with pytest.raises(TraceError, match="windows shifted in stage1; try"):
        check_link("stage1", "windows shifted", readings(1)[0], [])
