"""Which part of a model runs, and what is left behind: nothing."""

import threading

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack

from saccade.inspection.frames import Frames, Run
from tests.inspection.shown import Watch, hooks, watched


class Attends(nn.Module):
    """Attention with a weight, which fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.error = nn.Parameter(torch.ones(())), None

    def forward(self, x: Tensor) -> Tensor:
        x = F.scaled_dot_product_attention(x * self.scale, x, x)
        if self.error is not None:
            raise self.error
        return x


class Nested(nn.Module):
    """Runs one block twice, inside another block."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Identity()
        self.outer = nn.Sequential(Attends(), nn.Sequential(Attends()))

    def forward(self, x: Tensor) -> Tensor:
        x = self.outer(self.stem(x))
        return self.outer[0](x)


def left(model: nn.Module) -> tuple[int, int]:
    return hooks(model), len(_get_current_function_mode_stack())


def test_the_innermost_part_and_a_part_that_runs_twice(normal) -> None:
    model, x = Nested(), normal(2, 3, 4, 5)
    before = [set(part.__dict__) for part in model.modules()]
    with watched(model) as watch:
        model(x)
        model(x=x)
    assert watch.names == ["outer.0", "outer.1.0", "outer.0"] * 2
    assert watch.ends == [(1, True), (2, True)]
    assert left(model) == (0, 0)
    assert [set(part.__dict__) for part in model.modules()] == before


def test_what_a_pass_knows(normal) -> None:
    runs: list[Run] = []
    names: list[list[str]] = []

    class Keeps(Watch):
        def visit(self, reading, run):
            runs.append(run)
            names.append([frame.name for frame in run.frames])
            assert run.frame is run.frames[-1]

    model = Nested()
    with Frames(model, Keeps()) as frames:
        assert (frames.run, frames.runs, frames.empty) == (None, 0, False)
        model(normal(2, 3, 4, 5))
        model(x=normal(7, 4, 5))
        assert (frames.run, frames.runs) == (None, 2)
        model(normal(0, 3, 4, 5))
    assert [(runs[n].number, runs[n].images, runs[n].size) for n in (0, 3)] == [
        (1, 2, (4, 5)),
        (2, 7, None),
    ]
    assert frames.empty
    assert names[:2] == [["", "outer", "outer.0"], ["", "outer", "outer.1", "outer.1.0"]]


@pytest.mark.parametrize("error", [ValueError("in the middle"), KeyboardInterrupt()])
def test_an_error_in_the_middle_of_a_pass(normal, error: BaseException) -> None:
    model, x = Nested(), normal(1, 2, 4)
    inner = model.outer[1][0]
    with watched(model) as watch:
        inner.error = error
        with pytest.raises(type(error)):
            model(x)
        if isinstance(error, Exception):
            assert left(model)[1] == 0
        inner.error = None
    assert (left(model), watch.ends) == ((0, 0), [(1, False)])
    with watched(model) as watch:
        model(x)
    assert (left(model), watch.ends) == ((0, 0), [(1, True)])


def test_a_model_that_gives_nothing_and_one_that_calls_itself(normal) -> None:
    class Quiet(Nested):
        def forward(self, x: Tensor) -> None:
            self.seen = super().forward(x)

    class Twice(Nested):
        def forward(self, x: Tensor, again: bool = True) -> Tensor:
            return self(x.flip(-1), False) + self(x, False) if again else super().forward(x)

    for model, calls in ((Quiet(), 3), (Twice(), 6)):
        with watched(model) as watch:
            model(normal(1, 2, 4))
        assert (watch.ends, len(watch.maps), left(model)) == ([(1, True)], calls, (0, 0))


def test_two_threads(normal) -> None:
    model, images = Nested(), normal(6, 1, 3, 4)
    with watched(model) as watch:
        threads = [threading.Thread(target=model, args=(part,)) for part in images.split(1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(watch.ends) == [(number, True) for number in range(1, 7)]
    assert (len(watch.maps), left(model)) == (18, (0, 0))


@pytest.mark.parametrize("how", ["whole", "in place", "a part", "in a wrapper"])
@torch.no_grad()
def test_compiled(normal, how: str) -> None:
    model, x = Nested(), normal(1, 2, 4)
    called: list[int] = []

    def backend(graph, inputs):
        called.append(1)
        return graph.forward

    ran: nn.Module = model
    if how == "in place":
        model.compile(backend=backend)
    elif how == "a part":
        model.outer[1] = torch.compile(model.outer[1], backend=backend)
    else:
        ran = torch.compile(model, backend=backend)
        ran = nn.DataParallel(ran) if how == "in a wrapper" else ran
    before = [dict(part.__dict__) for part in ran.modules()]
    with watched(ran) as watch:
        recorded = ran(x)
    assert (called, len(watch.maps), left(ran)) == ([], 3, (0, 0))
    assert [part.__dict__.keys() for part in ran.modules()] == [one.keys() for one in before]
    torch.testing.assert_close(recorded, ran(x), atol=1e-6, rtol=0)
