"""Readers of questions: by hand, blind to padding, the bag alone blind to order."""

import pytest
import torch
from torch import Tensor, nn

from saccade.models.words.question_reader import BagReader, RecurrentReader, make_reader, mean_of

KINDS = ("gru", "bag", "transformer")


def words(*lengths: int) -> tuple[Tensor, Tensor]:
    made = torch.randn(len(lengths), max(lengths), 6, generator=torch.Generator().manual_seed(1))
    return made, torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def test_the_mean_by_hand() -> None:
    x = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert torch.equal(mean_of(x, mask), torch.tensor([[2.0, 4.0], [0.0, 0.0]]))


def test_the_bag_by_hand() -> None:
    reader = BagReader(2, 1)
    with torch.no_grad():
        reader.out.weight.copy_(torch.tensor([[0.5, -0.25]]))
        reader.out.bias.zero_()
    found = reader(torch.tensor([[[1.0, 2.0], [3.0, 2.0]]]), torch.ones(1, 2, dtype=torch.bool))
    assert found.item() == pytest.approx(torch.tensor(0.5).tanh().item())  # 0.5*2 - 0.25*2


def test_the_recurrent_reader_is_torchs_state_after_the_last_real_word() -> None:
    torch.manual_seed(0)
    reader = RecurrentReader(6, 8)
    x, mask = words(3, 5)
    plain: nn.GRU = reader.stack.layers  # type: ignore[assignment]
    _, last = plain(x[:1, :3])
    torch.testing.assert_close(reader(x, mask)[:1], last[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing_and_an_empty_question_is_no_nan(kind: str) -> None:
    torch.manual_seed(0)
    reader = make_reader(kind, 6, 8, layers=2, heads=2).eval()  # type: ignore[arg-type]
    x, mask = words(2, 4)
    read = reader(x, mask)
    x[0, 2:] = 99.0
    torch.testing.assert_close(reader(x, mask), read)
    torch.testing.assert_close(reader(x[:1, :2], mask[:1, :2]), read[:1])
    assert reader(x, torch.zeros_like(mask)).isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_matters_to_all_but_the_bag(kind: str) -> None:
    torch.manual_seed(0)
    reader = make_reader(kind, 6, 8, heads=2).eval()  # type: ignore[arg-type]
    x, mask = words(4)
    same = torch.allclose(reader(x, mask), reader(x.flip(1), mask), atol=1e-5)
    assert same == (kind == "bag")
