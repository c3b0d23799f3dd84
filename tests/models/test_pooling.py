"""From tokens to one vector."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection import record
from saccade.models.pooling import AttentionPool, pool_tokens
from tests.models.test_vit import images, tiny


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("token", [1.0, 2.0]), ("avg", [3.0, 1.0]), ("max", [5.0, 2.0]), ("avgmax", [4.0, 1.5])],
)
def test_by_hand(kind: str, wanted: list[float]) -> None:
    tokens = torch.tensor([[[1.0, 2.0], [5.0, 0.0]]])
    assert pool_tokens(tokens, kind).tolist() == [wanted]


def test_a_pool_that_needs_weights() -> None:
    with pytest.raises(ConfigError, match="token, avg, max, avgmax or token_avg, got 'map'"):
        pool_tokens(torch.zeros(1, 2, 3), "map")


def test_the_order_of_the_tokens_does_not_matter(drawn, normal) -> None:
    pool, x = drawn(AttentionPool(8, 2, 12)).double(), normal(2, 5, 8, dtype=torch.float64)
    order = [3, 1, 4, 0, 2]
    torch.testing.assert_close(pool(x[:, order]), pool(x), atol=1e-12, rtol=0)
    same = x[:, :1].expand(-1, 5, -1)
    torch.testing.assert_close(pool(same), pool(x[:, :1]), atol=1e-12, rtol=0)


def test_what_the_query_reads_is_recorded(drawn, normal) -> None:
    model = drawn(tiny(global_pool="map", reg_tokens=1))
    pixels = images(normal, model)
    with torch.no_grad():
        plain = model(pixels)
        with record(model) as trace:
            torch.testing.assert_close(model(pixels), plain)
    last = trace.layers[-1]
    assert last.name == "attn_pool"
    assert last.weights.shape == (3, 2, 1, 6)
    assert (last.place.queries, last.place.keys) == ((1, 1), (2, 3))
    torch.testing.assert_close(last.weights.sum(-1), torch.ones(3, 2, 1))
    assert trace.attention.shape == (3, 2, 2, 7, 7)  # of the blocks, not of the pool


def test_the_query_is_drawn_by_its_width() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pool = AttentionPool(256, 4, 8)
    assert float(pool.latent.detach().std()) == pytest.approx(1 / 16, rel=0.2)


def test_class_token_and_mean_side_by_side(drawn, normal) -> None:
    tokens = torch.tensor([[[1.0, 2.0], [5.0, 0.0], [7.0, 4.0]]])
    assert pool_tokens(tokens, "token_avg").tolist() == [[1.0, 2.0, 6.0, 2.0]]
    model = drawn(tiny(global_pool="token_avg", reg_tokens=2))
    pixels = images(normal, model)
    with torch.no_grad():
        x, found = model.tokens(pixels), model.features(pixels)
    torch.testing.assert_close(found, torch.cat([x[:, 0], x[:, 3:].mean(dim=1)], dim=1))
    assert model.head.in_features == 2 * model.config.embed_dim
    model.reset_classifier(5)
    assert model(pixels).shape == (len(pixels), 5)


def test_both_need_a_class_token() -> None:
    with pytest.raises(ConfigError, match='a class token for global_pool="token_avg"'):
        tiny(global_pool="token_avg", class_token=False)
