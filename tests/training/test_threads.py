import torch

from saccade.training.threads import own_threads


def test_threads_are_lent_and_given_back() -> None:
    before = torch.get_num_threads()
    with own_threads(3):
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == before
    with own_threads(None):
        assert torch.get_num_threads() == before
