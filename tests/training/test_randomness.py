import torch

from saccade.training.randomness import capture, own_randomness, restore

CPU = torch.device("cpu")


def test_what_is_drawn_inside_changes_nothing_outside() -> None:
    before = torch.get_rng_state()
    with own_randomness(3, CPU):
        first = torch.rand(4)
    assert torch.equal(torch.get_rng_state(), before)
    with own_randomness(3, CPU):
        assert torch.equal(torch.rand(4), first)
    with own_randomness(4, CPU):
        assert not torch.equal(torch.rand(4), first)


def test_a_captured_state_goes_on() -> None:
    with own_randomness(0, CPU):
        torch.rand(3)
        state = capture(CPU)
        rest = torch.rand(3)
        torch.rand(5)
        restore(state, CPU)
        assert torch.equal(torch.rand(3), rest)
