import math

import torch

from saccade.layers.softmax import masked_softmax


def test_by_hand() -> None:
    # exp(0) : exp(log 3) = 1 : 3; the hidden key takes no part, the empty row reads nothing.
    scores = torch.tensor([[0.0, math.log(3.0), 5.0], [1.0, 2.0, 3.0]], requires_grad=True)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    weights = masked_softmax(scores, mask)
    torch.testing.assert_close(weights, torch.tensor([[0.25, 0.75, 0.0], [0.0, 0.0, 0.0]]))
    weights[:, 0].sum().backward()
    assert scores.grad is not None
    assert scores.grad.isfinite().all()


def test_no_mask_is_torch() -> None:
    scores = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(masked_softmax(scores), scores.softmax(-1))
