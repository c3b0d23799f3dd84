"""Mechanisms and recordings under torch.compile and torch.export."""

from collections.abc import Iterator

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection import record
from saccade.models import build
from tests.contract.cases import CASES, Case
from tests.contract.test_mechanisms import watch

_FIRST = {case.mechanism: case for case in reversed(CASES)}
each_case = pytest.mark.parametrize(  # variants of a mechanism take a second or more each
    "case",
    [
        pytest.param(case, marks=() if _FIRST[case.mechanism] is case else pytest.mark.slow)
        for case in CASES
    ],
    ids=str,
)


@pytest.fixture(autouse=True)
def fresh_compiler() -> Iterator[None]:
    """Forget what other tests compiled."""
    yield
    torch.compiler.reset()


@pytest.mark.slow
@each_case
def test_compiles_whole_and_is_heard_afterwards(case: Case) -> None:
    module, inputs = case.make(), case.draw()
    plain = module(**inputs)
    compiled = torch.compile(module, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(**inputs), plain)
    seen = watch(module)
    torch.testing.assert_close(compiled(**inputs), plain)
    assert [tuple(weights.shape) for weights in seen] == [tuple(case.map.values())]


@pytest.mark.slow
@each_case
def test_an_export_keeps_no_trace_of_the_tap(case: Case) -> None:
    module, inputs = case.make(), case.draw()
    program = torch.export.export(module, (), inputs)
    assert "tap" not in str(program.graph)
    assert not [
        node for node in program.graph.nodes if "tap" in str(node.meta.get("nn_module_stack", ""))
    ]
    seen = watch(module)
    torch.testing.assert_close(program.module()(**inputs), module(**inputs))
    assert len(seen) == 1


def test_a_compiled_model_can_be_recorded_any_number_of_times() -> None:
    model = build("vit_pico_patch2_8", depth=2).eval()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    plain = compiled(images)
    compilations = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    for _ in range(5):
        with record(compiled) as outer, record(compiled, layers=[-1]) as inner:
            torch.testing.assert_close(compiled(images), plain)
        assert [layer.name for layer in outer.layers] == ["blocks.0.attn", "blocks.1.attn"]
        assert [layer.name for layer in inner.layers] == ["blocks.1.attn"]
        torch.testing.assert_close(compiled(images), plain, atol=0, rtol=0)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == compilations


def test_the_compiler_is_on_again_after_an_error() -> None:
    model = build("vit_pico_patch2_8", depth=1).eval()
    graphs = []

    def backend(graph: torch.fx.GraphModule, _: list[object]) -> object:
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(model, backend=backend)
    with pytest.raises(ShapeError), record(compiled):
        compiled(torch.zeros(1, 3, 9, 9))
    assert graphs == []
    compiled(torch.zeros(1, 3, 8, 8))
    assert len(graphs) == 1
