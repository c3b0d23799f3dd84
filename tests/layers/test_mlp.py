"""The two-layer perceptron."""

import math

import torch

from saccade.layers import Mlp
from saccade.layers.mlp import PackedSwiGLU, make_activation


def test_by_hand() -> None:
    # 2·1 = 2, gelu(2) = 2·Φ(2) = 1.954500, times 3 plus 1.
    mlp = Mlp(1, 1)
    mlp.load_state_dict(
        {
            "fc1.weight": torch.tensor([[2.0]]),
            "fc1.bias": torch.zeros(1),
            "fc2.weight": torch.tensor([[3.0]]),
            "fc2.bias": torch.ones(1),
        }
    )
    torch.testing.assert_close(mlp(torch.ones(1, 1, 1)), torch.tensor([[[1 + 3 * 1.9544997]]]))


@torch.no_grad()
def test_slowly(drawn, normal) -> None:
    x = normal(1, 2, 3, dtype=torch.float64)
    for activation in ("gelu", "gelu_tanh"):
        mlp = drawn(Mlp(3, 5, activation=activation).double())
        for token, output in zip(x[0], mlp(x)[0], strict=True):
            hidden = [float(h) for h in mlp.fc1.weight @ token + mlp.fc1.bias]
            if activation == "gelu":
                bent = [h * 0.5 * (1 + math.erf(h / math.sqrt(2))) for h in hidden]
            else:
                inner = [math.sqrt(2 / math.pi) * (h + 0.044715 * h**3) for h in hidden]
                bent = [0.5 * h * (1 + math.tanh(i)) for h, i in zip(hidden, inner, strict=True)]
            expected = mlp.fc2.weight @ torch.tensor(bent, dtype=torch.float64) + mlp.fc2.bias
            torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)


def test_dropout_is_for_training_only(drawn, normal) -> None:
    mlp, x = drawn(Mlp(3, 8, dropout=0.5)), normal(2, 2, 3)
    assert torch.equal(mlp(x), mlp(x))
    mlp.train()
    assert not torch.equal(mlp(x), mlp(x))


@torch.no_grad()
def test_gates_and_values_share_a_matrix(drawn, normal) -> None:
    mlp, x = drawn(PackedSwiGLU(3, 10).double()), normal(1, 2, 3, dtype=torch.float64)
    for token, output in zip(x[0], mlp(x)[0], strict=True):
        hidden = mlp.fc1.weight @ token + mlp.fc1.bias
        bent = [float(g) / (1 + math.exp(-float(g))) for g in hidden[:5]]
        gated = torch.tensor(bent, dtype=torch.float64) * hidden[5:]
        expected = mlp.fc2.weight @ gated + mlp.fc2.bias
        torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)


def test_the_stand_in_of_clip_by_hand() -> None:
    # 2 / (1 + e^(-3.404)) = 1.9357
    bent = make_activation("quick_gelu")(torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(bent, torch.tensor([1.935651, 0.0]), atol=1e-5, rtol=0)
