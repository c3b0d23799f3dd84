"""Tables of biases for offsets, and their resize."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.layers.relative_table import offsets_of, resize_bias_table
from tests.foreign import foreign

Draw = Callable[..., Tensor]
RULES = ["bicubic", "bilinear", "geometric"]
CHANGES = [((7, 7), (12, 12)), ((7, 7), (4, 9)), ((4, 6), (7, 7)), ((12, 12), (7, 7))]
CHANGES += [((1, 1), (3, 3)), ((3, 3), (1, 2)), ((2, 2), (9, 9))]


def table_for(normal: Draw, window: tuple[int, int]) -> Tensor:
    rows, columns = offsets_of(window)
    return normal(rows * columns, 2)


def test_by_hand() -> None:
    # Windows of 1x2 have the offsets -1, 0, 1 along a row, windows of 1x3 two more. Steps of 1,
    # 1·q reach no farther than 1, so what lies beyond takes the bias of the border.
    table = torch.tensor([[1.0], [5.0], [3.0]])
    wide = resize_bias_table(table, (1, 2), (1, 3), rule="geometric")
    assert wide[:, 0].tolist() == [1, 1, 5, 3, 3]
    assert resize_bias_table(table, (1, 2), (1, 1), rule="geometric").tolist() == [[5.0]]


def test_geometric_places_by_hand() -> None:
    # Offsets to 2 become offsets to 2.5 at most (steps 1 and 1.5): 2 lies two thirds of the way.
    table = torch.tensor([[0.0], [3.0], [6.0], [9.0], [12.0]])
    wide = resize_bias_table(table, (1, 3), (1, 4), rule="geometric")
    wanted = [0, 1.0, 3.0, 6.0, 9.0, 11.0, 12]
    torch.testing.assert_close(wide[:, 0], torch.tensor(wanted), atol=1e-4, rtol=0)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("window", [(7, 7), (2, 5), (1, 1)], ids=str)
def test_the_same_window_changes_nothing(rule: str, window: tuple[int, int], normal: Draw) -> None:
    table = table_for(normal, window)
    assert torch.equal(resize_bias_table(table, window, window, rule=rule), table)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("source", "target"), CHANGES, ids=str)
def test_a_constant_stays_one_and_what_follows_is_kept(
    rule: str, source: tuple[int, int], target: tuple[int, int], normal: Draw
) -> None:
    (rows, columns), (down, right) = offsets_of(source), offsets_of(target)
    beside = normal(3, 2)
    table = torch.cat([torch.full((rows * columns, 2), 0.7), beside])
    found = resize_bias_table(table, source, target, rule=rule)
    assert found.shape == (down * right + 3, 2)
    torch.testing.assert_close(found[:-3], torch.full((down * right, 2), 0.7))
    assert torch.equal(found[-3:], beside)


@pytest.mark.parametrize("rule", RULES)
def test_mirrored_tables_give_mirrored_tables_and_types_stay(rule: str, normal: Draw) -> None:
    table = table_for(normal, (4, 3))
    found = resize_bias_table(table, (4, 3), (6, 5), rule=rule)
    torch.testing.assert_close(
        resize_bias_table(table.flip(0), (4, 3), (6, 5), rule=rule), found.flip(0)
    )
    assert resize_bias_table(table.bfloat16(), (4, 3), (6, 5), rule=rule).dtype == torch.bfloat16
    assert resize_bias_table(table.to("meta"), (4, 3), (6, 5), rule=rule).shape == (99, 2)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:torch.searchsorted", "ignore:Using a non-tuple sequence")
@pytest.mark.parametrize(("source", "target"), CHANGES, ids=str)
def test_timm_agrees(source: tuple[int, int], target: tuple[int, int], normal: Draw) -> None:
    theirs = foreign("timm.layers.pos_embed_rel")
    table = table_for(normal, source)
    shape = (offsets_of(target)[0] * offsets_of(target)[1], 2)
    wanted = theirs.resize_rel_pos_bias_table(table, target, shape, old_window_size=source)
    found = resize_bias_table(table, source, target, rule="geometric")
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)
    if source[0] == source[1]:
        wanted = theirs.resize_rel_pos_bias_table_simple(table, target, shape)
        torch.testing.assert_close(resize_bias_table(table, source, target), wanted)


def test_errors(normal: Draw) -> None:
    with pytest.raises(ConfigError) as error:
        resize_bias_table(normal(9, 2), (2, 2), (3, 3), rule="linear")  # type: ignore[arg-type]
    assert str(error.value) == (
        "expected a rule for tables, got 'linear'; try bicubic or bilinear or geometric"
    )
    with pytest.raises(ShapeError) as wrong:
        resize_bias_table(normal(9, 2), (3, 3), (2, 2))
    assert str(wrong.value) == (
        "expected a table (n heads) of at least 25 offsets for windows of 3x3, got (9, 2); "
        "try the window that the table was trained with"
    )
