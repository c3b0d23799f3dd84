"""DINO's head: cosines to prototypes, and its size."""

import torch
from torch import nn

from saccade.training.options import PretrainOptions
from saccade.training.pretraining.dino_head import DinoHead, HeadSizes, head_sizes

SIZES = HeadSizes(hidden=6, bottleneck=4, prototypes=5, reason="")


def test_by_hand():
    head = DinoHead(2, HeadSizes(hidden=2, bottleneck=2, prototypes=2, reason=""))
    head.mlp = nn.Identity()
    head.prototypes.weight.data = torch.tensor([[10.0, 0.0], [1.0, 1.0]])
    # (3, 4) points to (0.6, 0.8): 0.6 along the first axis, 1.4 / sqrt 2 along the diagonal
    found = head(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.6, 1.4 / 2**0.5]]))


def test_equals_torchs_weight_norm_with_lengths_of_one():
    head = DinoHead(3, SIZES)
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    other = nn.Linear(4, 5, bias=False)
    other.weight.data.copy_(head.prototypes.weight)
    other = nn.utils.parametrizations.weight_norm(other)
    other.parametrizations.weight.original0.data.fill_(1)
    wanted = other(nn.functional.normalize(head.mlp(x), dim=-1))
    torch.testing.assert_close(head(x), wanted)
    assert float(head(x).detach().abs().max()) <= 1 + 1e-6


def test_lengths_of_prototypes_do_not_matter():
    head, x = DinoHead(3, SIZES), torch.ones(2, 3)
    before = head(x)
    head.prototypes.weight.data *= 7
    torch.testing.assert_close(head(x), before)


def test_sizes_follow_the_pictures_unless_given():
    large = head_sizes(PretrainOptions(), width=384, pictures=1_281_167)
    assert (large.hidden, large.bottleneck, large.prototypes) == (2048, 256, 65536)
    small = head_sizes(PretrainOptions(), width=192, pictures=9000)
    assert (small.hidden, small.bottleneck, small.prototypes) == (1536, 256, 8192)
    assert "9,000 pictures" in small.reason
    own = PretrainOptions(prototypes=65536, head_hidden=2048, bottleneck=64)
    given = head_sizes(own, width=192, pictures=9000)
    assert (given.hidden, given.bottleneck, given.prototypes) == (2048, 64, 65536)
