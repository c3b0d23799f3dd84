"""What a point looks at and who looks at it, in pixels of the picture."""

import pytest
import torch
from torch import nn

from saccade.attention.place import Place
from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection import Trace, record
from saccade.inspection.looking import mean_look
from saccade.layers.tokens import TokenLayout
from saccade.models import build

TURNED = Geometry.of((60, 40), 6).resized((8, 12)).cropped(0, 2, (8, 8))


@pytest.fixture
def trace(normal) -> Trace:
    """A layer of tokens, one of windows, one of channels and one question."""
    layout = TokenLayout(("cls",), (2, 2), (4, 4))
    trace = Trace(layout, geometries=(TURNED.to_dict(),) * 2)
    names = ("b", "heads", "i", "j")
    trace.add("tokens", names, normal(2, 3, 5, 5).softmax(-1))
    index = torch.tensor([[0, 1], [1, 0], [2, -1], [3, 2]])
    trace.add("windows", names, normal(2, 3, 4, 2).softmax(-1), Place((2, 2), (2, 2), index))
    trace.add("channels", ("b", "heads", "c", "c"), normal(2, 3, 7, 7).softmax(-1))
    trace.add("class", names, normal(2, 3, 1, 4).softmax(-1), Place((1, 1), (2, 2)))
    return trace


def test_a_point_of_the_file_is_brought_to_the_model(trace: Trace) -> None:
    x, y = TURNED.to_source(5.0, 1.0)  # the model's cell of row 0 and column 1
    tokens, windows = trace.at(x, y, image=1)
    assert (tokens.cell, windows.cell) == ((0, 1), (0, 1))
    first, second = trace.layers[:2]
    assert torch.equal(tokens.weights.flatten(1), first.weights[1, :, 2, 1:])
    assert torch.equal(windows.weights[:, 0], second.weights[1, :, 1].flip(-1))
    assert windows.weights[:, 1].abs().max() == 0


def test_who_looks_at_it(trace: Trace) -> None:
    tokens, windows, question = trace.to(*TURNED.to_source(1.0, 7.0))
    layers = trace.layers
    assert torch.equal(tokens.weights.flatten(1), layers[0].weights[0, :, 1:, 3])
    assert torch.equal(windows.weights[:, 1, 0], layers[1].weights[0, :, 2, 0])
    assert torch.equal(windows.weights[:, 1, 1], layers[1].weights[0, :, 3, 1])
    assert question.weights.shape == (3, 1, 1)
    assert mean_look([tokens, windows]).shape == (2, 2)
    with pytest.raises(TraceError, match="layers of one grid, got 1x1 and 2x2"):
        mean_look([tokens, question])


def test_points_that_are_nowhere(trace: Trace) -> None:
    with pytest.raises(TraceError, match=r"inside the model's 8x8 image"):
        trace.at(1, 1)  # cut off by the crop
    with pytest.raises(TraceError, match="an image from 0 to 1, got 2"):
        trace.to(30, 20, image=2)
    other = Trace()
    other.add("channels", ("b", "heads", "c", "c"), torch.eye(2)[None, None])
    with pytest.raises(TraceError, match=r"lie on the picture, got none of them; try .*describe"):
        other.at(0, 0)


def test_queries_are_asked_in_pixels_of_the_file(drawn, normal) -> None:
    model: nn.Module = drawn(build("vit_pico_patch2_8"), 0.1)
    point, images = TURNED.to_source(5.0, 3.0), normal(2, 3, 8, 8)
    with record(model) as everything:
        model(images)
    with record(model, queries=[point], geometry=TURNED) as trace:
        model(images)
    assert trace.layers[0].queries == (1 + 1 * 4 + 2,)
    wanted = everything.at(5.0, 3.0, image=1)
    for mine, their in zip(trace.at(*point, image=1), wanted, strict=True):
        torch.testing.assert_close(mine.weights, their.weights)
    with pytest.raises(TraceError, match="a point whose query was kept, got query 16"):
        trace.at(*TURNED.to_source(7.0, 7.0))
    with pytest.raises(TraceError, match="all queries, to see which of them look"):
        trace.to(*point)
