import pytest
import torch

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.training.words.aligning import alignment_error, diagonal_mass, strongest_links

ROWS = torch.tensor([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], [0.1, 0.3, 0.6]])


def test_links_by_hand() -> None:
    assert strongest_links(ROWS) == {(0, 0), (1, 0), (2, 2)}
    assert strongest_links(torch.zeros(0, 3)) == frozenset()


def test_error_by_hand() -> None:
    # Of three links two are sure: 1 - (2 + 2) / (3 + 3); if the third is possible: 1 - 5/6.
    sure = {(0, 0), (1, 1), (2, 2)}
    assert alignment_error([ROWS], [sure]) == pytest.approx(1 / 3)
    assert alignment_error([ROWS], [sure], [{(1, 0)}]) == pytest.approx(1 / 6)
    # Counts are added over sentences, not rates: (4 + 0) of (6 + 2).
    assert alignment_error([ROWS, torch.ones(1, 2)], [sure, [(0, 1)]]) == pytest.approx(1 / 2)


def test_error_slowly(generator) -> None:
    rows = torch.rand(6, 5, generator=generator)
    sure = {(0, 1), (1, 1), (3, 4), (5, 0)}
    possible = {(2, 2), (4, 0), (3, 3), (0, 1)}
    right = total = 0
    for k in range(6):
        for m in range(5):
            chosen = all(rows[k, m] > rows[k, other] for other in range(5) if other != m)
            right += (chosen and (k, m) in sure) + (chosen and (k, m) in sure | possible)
            total += chosen + ((k, m) in sure)
    assert alignment_error([rows], [sure], [possible]) == pytest.approx(1 - right / total)


def test_the_own_links_have_no_error_and_order_does_not_matter(generator) -> None:
    several = [torch.rand(t, 4, generator=generator) for t in (2, 5, 3)]
    links = [strongest_links(rows) for rows in several]
    assert alignment_error(several, links) == 0
    wrong = [{(k, (m + 1) % 4) for k, m in own} for own in links]
    assert alignment_error(several, wrong) == 1
    mixed = [links[0], wrong[1], links[2]]
    turned = alignment_error(several[::-1], mixed[::-1])
    assert turned == alignment_error(several, mixed)


def test_the_diagonal_by_hand() -> None:
    assert diagonal_mass(ROWS) == pytest.approx((0.7 + 0.4 + 0.6) / 3)
    assert diagonal_mass(ROWS, anti=True) == pytest.approx((0.1 + 0.4 + 0.1) / 3)
    assert diagonal_mass(ROWS, width=1) == pytest.approx((0.9 + 1 + 0.9) / 3)
    assert diagonal_mass(3 * torch.eye(4)) == 1
    assert diagonal_mass(torch.eye(4).flip(1), anti=True) == 1
    # Two words for three: the places 0 and 2; three for two: 0, between both, 1.
    assert diagonal_mass(torch.tensor([[0.5, 0.5, 0], [0, 0.2, 0.8]])) == pytest.approx(0.65)
    assert diagonal_mass(torch.tensor([[1.0, 0], [0.5, 0.5], [0.5, 0.5]])) == pytest.approx(2.5 / 3)
    # One word belongs to the middle.
    assert diagonal_mass(torch.tensor([[0.2, 0.5, 0.3]])) == pytest.approx(0.5)
    assert diagonal_mass(torch.ones(5, 1)) == 1


def test_an_even_map_has_its_share_on_both_diagonals() -> None:
    for size in (2, 5, 9):
        even = torch.full((size, size), 1 / size)
        assert diagonal_mass(even) == pytest.approx(1 / size)
        assert diagonal_mass(even, anti=True) == pytest.approx(1 / size)
    assert diagonal_mass(ROWS.flip(1), anti=True) == pytest.approx(diagonal_mass(ROWS))


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(DataError) as told:
        alignment_error([ROWS], [{(0, 3)}])
    assert str(told.value) == (
        "expected links (written, source) below (3, 3), got (0, 3); "
        "try counting from 0, and the written word first"
    )
    with pytest.raises(
        DataError, match="as many sentences as sets of links, one or more, got 1, 2"
    ):
        alignment_error([ROWS], [{(0, 0)}, {(0, 0)}])
    with pytest.raises(DataError, match="expected sentences with words or links, got none"):
        alignment_error([ROWS[:0]], [()])
    with pytest.raises(ShapeError, match="weights of 0 or more over one source word or more"):
        strongest_links(torch.tensor([[torch.nan, 1]]))
    with pytest.raises(ShapeError, match="expected weights that sum to more than 0"):
        diagonal_mass(torch.zeros(2, 2))
    with pytest.raises(ConfigError, match="expected a width of 0 words or more, got width=-1"):
        diagonal_mass(ROWS, width=-1)
