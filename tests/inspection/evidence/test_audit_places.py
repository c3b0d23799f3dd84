"""Tokens on their grid, and grids on their picture."""

import pytest
import torch

from saccade.inspection.evidence.audit_places import Places, check_heat_places, check_matrix_places


def looks(rows, columns, before=0, behind=0):
    """Patches that look around themselves, between tokens that look everywhere."""
    axes = torch.meshgrid(torch.arange(1.0 * rows), torch.arange(1.0 * columns), indexing="ij")
    places = torch.stack(axes, -1).view(-1, 2)
    tokens = before + len(places) + behind
    scores = torch.zeros(tokens, tokens, dtype=torch.float64)
    inside = slice(before, before + len(places))
    scores[inside, inside] = -torch.cdist(places, places).square().double() / 8
    return scores.softmax(-1)[None]


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (6, 10), (12, 7)])
@pytest.mark.parametrize("before", [0, 1, 2, 5])
def test_the_break_is_found_on_any_grid(rows, columns, before):
    places = Places((rows, columns), before, None, rows * columns + before)
    assert check_matrix_places(looks(rows, columns, before), places) == []


@pytest.mark.parametrize(("before", "behind", "excess"), [(0, 1, -1), (2, 0, 1)])
def test_tokens_at_the_wrong_end(before, behind, excess):
    maps = looks(8, 8, before, behind)
    places = Places((8, 8), before + behind if behind else 1, None, maps.shape[-1])
    (finding,) = check_matrix_places(maps, places)
    expected = "tokens" if maps.shape[-1] == 66 else "shifted"
    assert (finding.name, finding.numbers["excess"]) == (expected, excess)


def test_the_last_patch_that_was_dropped():
    maps = looks(8, 8, before=1)[:, :-1, :-1]
    (finding,) = check_matrix_places(maps, Places((8, 8), 1, None, 64))
    assert (finding.name, finding.numbers["dropped"]) == ("wrong_end", 1)
    assert float(finding.numbers["margin"]) > 0.2


def test_tokens_without_a_grid_are_a_remark():
    (finding,) = check_matrix_places(looks(5, 4), Places(None, None, None, 20))
    assert (finding.name, finding.wrong) == ("no_grid", False)


def smooth(size):
    y, x = torch.meshgrid(torch.linspace(0, 3, size), torch.linspace(0, 2, size), indexing="ij")
    return (torch.sin(y) + x).double()


def test_a_class_token_in_a_heat_map():
    heat = smooth(8)
    assert check_heat_places(heat, Places((8, 8), None, None, 64)) == []
    moved = torch.cat([heat.new_tensor([50.0]), heat.flatten()[:-1]]).view(8, 8)
    (finding,) = check_heat_places(moved, Places((8, 8), None, None, 64))
    assert (finding.name, finding.wrong) == ("class_in_map", True)
    assert finding.numbers["times"] == pytest.approx(50 / float(heat.flatten()[:-1].max()))
    stretched = moved.repeat_interleave(4, 0).repeat_interleave(4, 1)
    assert check_heat_places(stretched, Places((8, 8), None, None, 64))[0].name == "class_in_map"


def test_a_map_that_may_have_moved_is_a_remark():
    moved = smooth(8).flatten().roll(1).view(8, 8)
    (finding,) = check_heat_places(moved, Places((8, 8), None, None, 64))
    assert (finding.name, finding.wrong) == ("shifted_map", False)


@pytest.mark.parametrize(
    ("size", "picture", "name"),
    [
        ((14, 14), (480, 480), None),
        ((14, 14), (500, 480), None),  # less than one patch apart
        ((14, 18), (640, 480), None),
        ((14, 14), (640, 480), "crop"),
        ((18, 14), (640, 480), "turned"),
        ((480, 640), (640, 480), None),
        ((224, 224), (1024, 768), "crop"),
    ],
)
def test_the_shape_of_the_picture(size, picture, name):
    found = check_heat_places(torch.rand(size).double(), Places(size, None, picture, 1))
    assert [finding.name for finding in found] == ([] if name is None else [name])
