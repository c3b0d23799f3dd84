"""Rules of relevance: by hand, slowly, and their law."""

import torch

from saccade.explanation.relevance import (
    divided,
    through_linear,
    through_mean,
    through_product,
    through_sum,
)


def test_linear_by_hand() -> None:
    # 2·1 + (-1)·(-3) = 5 pull up, 3·(-4) pulls down and gets nothing.
    x, weight = torch.tensor([[2.0, -1.0, 3.0]]), torch.tensor([[1.0, -3.0, -4.0]])
    found = through_linear(torch.tensor([[10.0]]), x, weight)
    torch.testing.assert_close(found, torch.tensor([[4.0, 6.0, 0.0]]))


def test_linear_slowly(normal) -> None:
    x, weight = normal(3, dtype=torch.float64), normal(4, 3, dtype=torch.float64)
    relevance = normal(4, dtype=torch.float64)
    expected = torch.zeros(3, dtype=torch.float64)
    for out in range(4):
        parts = [float(x[i] * weight[out, i]) for i in range(3)]
        # Positive inputs count with positive weights, negative ones with negative weights.
        up = [max(part, 0.0) for part in parts]
        for i in range(3):
            expected[i] += up[i] / (sum(up) + 1e-9) * float(relevance[out]) if sum(up) else 0.0
    torch.testing.assert_close(through_linear(relevance, x, weight), expected)


def test_product_slowly(normal) -> None:
    left, right = (normal(3, 4, dtype=torch.float64), normal(4, 2, dtype=torch.float64))
    relevance, whole = normal(3, 2, dtype=torch.float64), left @ right
    first, second = torch.zeros_like(left), torch.zeros_like(right)
    for i in range(3):
        for k in range(2):
            for j in range(4):
                part = left[i, j] * right[j, k] / whole[i, k] * relevance[i, k] / 2
                first[i, j] += part
                second[j, k] += part
    found = through_product(relevance, left, right)
    torch.testing.assert_close(found, (first, second), atol=1e-6, rtol=1e-5)


def test_sum_by_hand() -> None:
    # Shares of 1/(1 + 3) and 3/4 of 8, and 4/(4 - 2) and -2/2 of 6: sums 14 and 0 of 14.
    first, second = torch.tensor([[1.0, 4.0]]), torch.tensor([[3.0, -2.0]])
    one, other = through_sum(torch.tensor([[8.0, 6.0]]), first, second)
    torch.testing.assert_close(one, torch.tensor([[2.0, 12.0]]))
    torch.testing.assert_close(other, torch.zeros(1, 2))


def test_each_rule_keeps_the_sum(normal) -> None:
    relevance = normal(2, 5, 4, dtype=torch.float64)
    first, second = normal(2, 5, 4, dtype=torch.float64), normal(2, 5, 4, dtype=torch.float64)
    near = {"atol": 1e-5, "rtol": 1e-5}
    one, other = through_sum(relevance, first, second)
    torch.testing.assert_close(one.sum((1, 2)) + other.sum((1, 2)), relevance.sum((1, 2)), **near)
    left, right = normal(2, 5, 3, dtype=torch.float64), normal(2, 3, 4, dtype=torch.float64)
    one, other = through_product(relevance, left, right)
    torch.testing.assert_close(one.sum((1, 2)), relevance.sum((1, 2)) / 2, **near)
    torch.testing.assert_close(other.sum((1, 2)), relevance.sum((1, 2)) / 2, **near)
    some = torch.tensor([[False, True, True, True, True]] * 2)
    spread = through_mean(relevance[:, 0], first, some)
    torch.testing.assert_close(spread.sum(1), relevance[:, 0], **near)
    assert not spread[:, 0].any()
    found = through_linear(
        relevance, normal(2, 5, 7, dtype=torch.float64).abs(), normal(4, 7).double()
    )
    torch.testing.assert_close(found.sum((1, 2)), relevance.sum((1, 2)), **near)


def test_one_token_takes_all_and_nothing_is_divided_by_zero(normal) -> None:
    relevance, tokens = normal(1, 4), torch.zeros(1, 3, 4)
    one = through_mean(relevance, tokens, torch.tensor([[True, False, False]]))
    torch.testing.assert_close(one[:, 0], relevance)
    assert divided(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0])).tolist() == [0.0, 0.5]
    assert through_linear(relevance, torch.zeros(1, 2), torch.ones(4, 2)).tolist() == [[0.0, 0.0]]
