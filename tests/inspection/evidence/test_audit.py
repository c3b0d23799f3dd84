"""Each wrong recipe gets its name, and what is right is left in peace."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.audit import audit


@pytest.fixture
def attention(normal):
    """Two layers of three heads over 8x8 patches that look around themselves, and a class token."""
    places = torch.stack(torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij"), -1)
    distance = torch.cdist(places.view(-1, 2), places.view(-1, 2))
    scores = normal(2, 3, 65, 65) / 2
    scores[..., 1:, 1:] -= distance.square() / 12
    return scores.softmax(-1)


def names(values, **options):
    found = audit(values, **options)
    return [finding.name for finding in found.findings if finding.wrong]


def test_what_is_right_is_left_in_peace(attention):
    found = audit(attention)
    assert (found.kind, found.grid, found.prefix, found.findings) == ("attention", (8, 8), 1, ())
    for right in (attention[1], attention[1, 2], attention.mean((0, 1)), attention.half()):
        assert audit(right).wrong == 0
    joined = torch.eye(65)
    for layer in attention.mean(1):
        joined = (layer + torch.eye(65)) / 2 @ joined
    assert names(joined) == []


def test_patches_alone_have_lost_mass_and_that_is_a_remark(attention):
    found = audit(attention[..., 1:, 1:], prefix=1)
    assert found.wrong == 0
    assert [finding.name for finding in found.findings] == ["prefix_mass"]


def test_wrong_recipes(attention, normal):
    layer = attention[0]
    low, high = layer.amin((1, 2), keepdim=True), layer.amax((1, 2), keepdim=True)
    values = normal(3, 65, 16)
    fused = (layer.amax(0) + torch.eye(65)) / 2
    recipes = {
        "columns": layer.transpose(-2, -1),
        "min_max": (layer - low) / (high - low),
        "scaled": layer.sum(0),
        "product": (layer @ values) @ values.transpose(-2, -1),
        "not_softmax": normal(3, 65, 65),
        "column_scaled": fused / fused.sum(-1),  # no keepdim
        "column_scaled_product": layer.amax(0),
        "lost_mass": layer[..., :60] @ torch.eye(60, 65),
        "wrong_end": layer[:, :-1, :-1],
        "uniform": torch.full((65, 65), 1 / 65),
        "identity": torch.eye(65),
        "same_rows": layer[:, :1].expand(3, 65, 65),
        "first_layer_flow": ((layer[0] + torch.eye(65)) / 2).sum(0).clamp_max(1).expand(65, 65),
        "not_finite": layer / 0,
    }
    assert {name: names(values) for name, values in recipes.items()} == {
        name: [name] for name in recipes
    }


def test_a_rollout_of_scaled_columns(attention):
    joined = torch.eye(65)
    for layer in attention.amax(1):
        mixed = (layer + torch.eye(65)) / 2
        joined = (mixed / mixed.sum(-1)) @ joined
    assert names(joined) in (["column_scaled"], ["column_scaled_product"])


def test_the_rows_of_the_grid_tell_the_prefix(attention):
    assert names(attention, grid=(8, 8), prefix=1) == []
    assert names(attention[..., 1:, 1:], grid=(8, 8), prefix=1) == []
    assert names(attention[..., :-1, :-1], grid=(8, 8), prefix=1) == ["wrong_end"]
    moved = torch.cat([attention[..., 1:, :], attention[..., :1, :]], -2)
    moved = torch.cat([moved[..., 1:], moved[..., :1]], -1)  # the class token at the end
    (finding,) = audit(moved).findings
    assert (finding.name, finding.numbers["found"]) == ("shifted", 0)
    (finding,) = audit(attention[..., :-2, :-2], grid=(8, 8), prefix=1).findings[:1]
    assert (finding.name, finding.wrong) in {("tokens", True), ("lost_mass", True)}


def test_similarities_of_positions(attention):
    table = attention.mean((0, 1))
    table = table / table.norm(dim=1, keepdim=True)
    whole = table @ table.T
    assert audit(whole).kind == "similarity"
    assert names(whole) == []
    assert names(whole[1:, 1:]) == []
    assert names(whole[:-1, :-1]) == ["wrong_end"]


def test_a_heat_map_and_its_picture(attention):
    heat = attention[0, 0, 0, 1:].view(8, 8)
    assert audit(heat).kind == "map"
    assert names(heat, picture=(500, 500)) == []
    (finding,) = audit(heat, picture=(640, 480)).findings
    assert finding.name == "crop"
    assert [finding.numbers[side] for side in ("left", "right", "top", "bottom")] == [
        80,
        560,
        0,
        480,
    ]
    assert names(heat[:, :6], picture=(480, 640)) == []
    assert names(heat[:, :6], picture=(640, 480)) == ["turned"]
    assert names(torch.ones(8, 8)) == ["constant"]
    remark = audit((heat - heat.min()) / (heat.max() - heat.min()))
    assert [(finding.name, finding.wrong) for finding in remark.findings] == [("stretched", False)]


def test_noise_has_no_grid_to_be_wrong_about(normal):
    for tokens in (16, 49, 64, 196, 197):
        assert names(normal(2, tokens, tokens).softmax(-1)) == []
    assert names(normal(14, 14).exp()) == []


def test_as_json(attention):
    told = audit(attention[..., :-1, :-1]).to_dict()
    assert told["wrong"] == 1
    assert told["findings"][0]["name"] == "wrong_end"
    assert "the last patch is missing" in told["findings"][0]["what"]


@pytest.mark.parametrize(
    ("values", "options", "error", "sentence"),
    [
        (torch.zeros(3), {}, ShapeError, r"attention \(… n n\) or a heat map"),
        (torch.zeros(2, 3, 4), {"kind": "attention"}, ShapeError, r"a square matrix"),
        (torch.zeros(2, 3, 4), {}, ShapeError, r"a heat map \(h w\), got \(2, 3, 4\)"),
        (torch.zeros(2, 2), {"grid": (0, 2)}, ConfigError, "a grid of rows and columns, got 0x2"),
        (torch.zeros(2, 2), {"prefix": -1}, ConfigError, "prefix of 0 tokens or more, got -1"),
        (torch.zeros(2, 2), {"picture": (0, 1)}, ConfigError, "a picture with pixels"),
    ],
)
def test_what_is_no_map(values, options, error, sentence):
    with pytest.raises(error, match=sentence):
        audit(values, **options)
