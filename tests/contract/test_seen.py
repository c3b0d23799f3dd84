"""Every mechanism that reads a feature map can be seen: in pictures, drawings and reports."""

import json
import math

import pytest
import torch
from PIL import Image

from saccade.inspection import QueryHeat, Trace, draw, heat, pictures, record, row_entropy
from saccade.viewer.sheets import sheet
from tests.contract.cases import CASES, Case

MAPS = [case for case in CASES if case.features == 1 and len(next(iter(case.inputs.values()))) == 4]
each_case = pytest.mark.parametrize("case", MAPS, ids=str)


def recorded(case: Case) -> Trace:
    """The trace of one call."""
    module, inputs = case.make(), case.draw()
    with record(module) as trace:
        module(**inputs)
    return trace


@each_case
def test_its_map_is_a_picture(case: Case) -> None:
    for layer in recorded(case).layers:
        found = pictures(layer)
        assert found, f"{layer.axes} with {layer.place} lies on no picture"
        for number, picture in enumerate(found):
            one = sheet(layer, number, picture)
            one.stored = one.parts
            told = json.dumps([one.describe(), one.numbers(picture)], allow_nan=False)
            assert "data" in told
        assert draw(layer, Image.new("RGB", (40, 30)), side=80).width == 80


@each_case
def test_what_each_query_reads_lies_on_the_picture(case: Case) -> None:
    for layer in recorded(case).layers:
        if layer.place is None:
            continue
        (picture,) = pictures(layer)
        assert isinstance(picture, QueryHeat)
        rows, columns = layer.place.queries
        for row in range(rows):
            for column in range(columns):
                # The middle of a cell of the queries' grid, in pixels of the input.
                at = ((column + 0.5) * layer.size[1] / columns, (row + 0.5) * layer.size[0] / rows)
                seen, query = heat(layer, at=at), row * columns + column
                weights = picture.weights[:, query]
                if layer.place.index is not None:
                    weights = weights * (layer.place.index[query] >= 0)
                torch.testing.assert_close(seen.sum((1, 2)), weights.sum(-1))
        entropy = row_entropy(layer)
        if entropy is not None:
            assert float(entropy.max()) <= math.log(layer.weights.shape[-1]) + 1e-5


def test_all_kinds_of_feature_maps_are_among_the_cases() -> None:
    assert {case.mechanism for case in MAPS} >= {"squeeze_excitation", "glimpse"}
