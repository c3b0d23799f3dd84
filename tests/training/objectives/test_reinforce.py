"""The hybrid loss: cross-entropy, baseline and REINFORCE, each against numbers by hand."""

import math

import pytest
import torch

from saccade.checkpoints.load import load_model
from saccade.errors import ConfigError
from saccade.models.ram import RAM, Looks
from saccade.training.config import TrainConfig
from saccade.training.objectives.outcome import Examples
from saccade.training.objectives.reinforce import reinforce, reinforce_terms
from saccade.training.run import train
from tests.models.test_ram import pictures, tiny


def _looks(log_probs: torch.Tensor, baselines: torch.Tensor) -> Looks:
    count, steps = baselines.shape
    nothing = torch.zeros(count, steps, 2)
    return Looks(torch.zeros(count, steps, 1), nothing, log_probs, baselines, nothing)


def test_the_terms_by_hand():
    """Two pictures, three glimpses: the first answer is right, the second wrong."""
    log_probs = torch.tensor([[-1.0, -2.0], [-3.0, 0.5]], requires_grad=True)
    baselines = torch.tensor([[0.5, 0.25, 1.0], [0.0, 0.5, 0.0]], requires_grad=True)
    logits = torch.tensor([[2.0, 0.0], [2.0, 0.0]])
    terms = reinforce_terms(_looks(log_probs, baselines), logits, torch.tensor([0, 1]))
    sure = math.log(1 + math.exp(-2))
    assert terms.answer.item() == pytest.approx((sure + sure + 2) / 2)
    # (1-.5)^2 + (1-.25)^2 + 0 + 0 + .5^2 + 0, over six
    assert terms.baseline.item() == pytest.approx((0.25 + 0.5625 + 0.25) / 6)
    # -( -1*.5 - 2*.75 ) and -( -3*0 + .5*(-.5) ), over two
    assert terms.policy.item() == pytest.approx((2.0 + 0.25) / 2)
    terms.policy.backward()
    torch.testing.assert_close(log_probs.grad, torch.tensor([[-0.25, -0.375], [0.0, 0.25]]))
    assert baselines.grad is None


def test_a_mixed_target_rewards_its_share():
    targets = torch.tensor([[0.7, 0.3], [0.2, 0.8]])
    looks = _looks(torch.zeros(2, 0), torch.zeros(2, 1))
    logits = torch.tensor([[5.0, 0.0], [5.0, 0.0]])
    terms = reinforce_terms(looks, logits, targets)
    assert terms.baseline.item() == pytest.approx((0.49 + 0.04) / 2)
    assert terms.policy.item() == 0


def test_the_gradient_of_the_policy_is_the_textbook_one():
    """For a normal: (location - mean) / variance, by the advantage, through the locator."""
    model = tiny(glimpses=2, squash=False, policy_weight=1.0)
    images = pictures(4)
    chances = torch.rand(4, 2, 2, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([0, 1, 2, 0])
    looks = model.look(images, chances)
    logits = model.head(looks.states[:, -1])
    model.zero_grad()
    reinforce_terms(looks, logits, labels).policy.backward()
    with torch.no_grad():
        state = looks.states[:, 0]
        moved = 0.17 * torch.special.ndtri(chances[:, 1].double()).float()  # what was drawn - mean
        better = (logits.argmax(1) == labels).float() - looks.baselines[:, 0]
        slope = moved / 0.17**2 * better[:, None]
    torch.testing.assert_close(
        model.locator.mean.weight.grad, -(slope.T @ state) / 4, atol=1e-4, rtol=1e-3
    )
    others = [p.grad for name, p in model.named_parameters() if not name.startswith("locator")]
    assert all(grad is None for grad in others)


def test_an_outcome_sums_the_terms_and_counts_pictures():
    model = tiny(train_runs=3, policy_weight=0.5).train()
    batch = Examples(pictures(4), torch.tensor([0, 1, 2, 0]), indices=(5, 2, 9, 7), chance="0/1")
    found = reinforce(model, batch)
    told = {name: float(value.detach()) / 4 for name, value in found.numbers.items()}
    loss = found.loss.item()
    assert loss == pytest.approx(told["answer"] + told["baseline"] + 0.5 * told["policy"], rel=1e-5)
    assert 0 <= told["correct"] <= 1
    assert reinforce(model, batch).loss.item() == loss
    turned = Examples(pictures(4).flip(0), batch.labels.flip(0), indices=(7, 9, 2, 5), chance="0/1")
    assert reinforce(model, turned).loss.item() == pytest.approx(loss, rel=1e-5)


def test_one_glimpse_has_no_policy():
    model = tiny(glimpses=1).train()
    batch = Examples(pictures(2), torch.tensor([0, 1]), indices=(0, 1))
    found = reinforce(model, batch)
    found.loss.backward()
    assert found.numbers["policy"] == 0
    assert model.locator.mean.weight.grad is None


def _config(tmp_path, **changes: object) -> TrainConfig:
    small = {"glimpses": 3, "glimpse_size": 4, "hidden_size": 32, "runs": 2}
    told = {"model_kwargs": small, **changes}
    return TrainConfig(model="ram_mnist", device="cpu", out=str(tmp_path), **told)


def test_the_loop_takes_it_for_such_models(tmp_path):
    run = train("digits", _config(tmp_path, epochs=1, batch_size=256))
    rows = (run.folder / "metrics.jsonl").read_text()
    assert '"train_policy"' in rows
    assert '"train_baseline"' in rows
    assert run.finished
    found = load_model(run.best).model
    assert isinstance(found, RAM)
    assert (found.config.runs, found.config.image) == (2, (8, 8))


def test_weighed_classes_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="rewards that are equal for all classes"):
        train("digits", _config(tmp_path, epochs=1, class_weights="auto"))


@pytest.mark.slow
def test_it_learns_to_read_digits(tmp_path):
    sizes = {"glimpses": 4, "glimpse_size": 4, "hidden_size": 64, "runs": 4}
    run = train("digits", _config(tmp_path, model_kwargs=sizes, epochs=25, batch_size=32, lr=2e-3))
    assert run.metrics["test_accuracy"] > 0.85
