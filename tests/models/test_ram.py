"""The recurrent attention model: where it looks, what it reads, what learns by which loss."""

import math

import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError, ShapeError
from saccade.models import build
from saccade.models.ram import RAM
from saccade.models.ram_config import RAMConfig


def tiny(**changes: object) -> RAM:
    """A small model on pictures of 9x13 pixels, with seeded weights."""
    sizes: dict[str, object] = {
        "img_size": (9, 13),
        "glimpses": 3,
        "glimpse_size": 4,
        "hidden_size": 8,
        "glimpse_hidden": 6,
        "loc_hidden": 5,
        "num_classes": 3,
        "runs": 1,
    }
    model = RAM(RAMConfig(**{**sizes, **changes}))
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.5, generator=generator)
    return model.eval()


def pictures(count: int = 2, size: tuple[int, int] = (9, 13), channels: int = 1) -> torch.Tensor:
    return torch.randn(count, channels, *size, generator=torch.Generator().manual_seed(4))


def seen_by_loops(image: torch.Tensor, x: float, y: float, size: int, scales: int) -> list[float]:
    """The retina's numbers for one image (c h w), pixel by pixel."""
    channels, height, width = image.shape
    column, row = math.floor((x + 1) / 2 * width), math.floor((y + 1) / 2 * height)
    numbers = []
    for scale in range(scales):
        step = 2**scale
        left, top = column - size * step // 2, row - size * step // 2
        for c in range(channels):
            for i in range(size):
                for j in range(size):
                    total = 0.0
                    for u in range(step):
                        for v in range(step):
                            r, q = top + i * step + u, left + j * step + v
                            if 0 <= r < height and 0 <= q < width:
                                total += float(image[c, r, q])
                    numbers.append(total / step**2)
    return numbers


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scales": 2, "in_chans": 2},
        {"locator": "hidden", "squash": False},
        {"core": "lstm", "start": (0.5, -1.0)},
        {"glimpses": 1},
    ],
)
def test_looking_is_what_the_equations_say(changes):
    """A loop over pictures and glimpses, with the formulas written out."""
    model = tiny(**changes)
    config, state = model.config, model.state_dict()
    images = pictures(channels=config.in_chans)
    chances = torch.rand(2, config.glimpses, 2, generator=torch.Generator().manual_seed(5))
    looks = model.look(images, chances)
    for n, image in enumerate(images):
        h, cell, place = torch.zeros(8), torch.zeros(8), chances[n, 0] * 2 - 1
        if config.start != "uniform":
            place = torch.tensor(config.start)
        for t in range(config.glimpses):
            if t:
                mean = h
                if config.locator == "hidden":
                    mean = F.relu(
                        F.linear(h, state["locator.hidden.weight"], state["locator.hidden.bias"])
                    )
                mean = F.linear(mean, state["locator.mean.weight"], state["locator.mean.bias"])
                mean = mean.tanh() if config.squash else mean
                drawn = mean + config.std * math.sqrt(2) * torch.erfinv(2 * chances[n, t] - 1)
                away = (drawn - mean) / config.std
                density = (-(away**2) / 2).sum() - math.log(2 * math.pi * config.std**2)
                torch.testing.assert_close(looks.log_probs[n, t - 1], density, atol=1e-3, rtol=1e-4)
                place = drawn.clamp(-1, 1)
            torch.testing.assert_close(looks.locations[n, t], place, atol=1e-5, rtol=0)
            numbers = seen_by_loops(image, *place.tolist(), 4, config.scales)
            what = F.relu(
                F.linear(
                    torch.tensor(numbers), state["sensor.what.weight"], state["sensor.what.bias"]
                )
            )
            where = F.relu(
                F.linear(place, state["sensor.where.weight"], state["sensor.where.bias"])
            )
            g = F.relu(
                F.linear(what, state["sensor.what_out.weight"], state["sensor.what_out.bias"])
                + F.linear(where, state["sensor.where_out.weight"], state["sensor.where_out.bias"])
            )
            total = F.linear(g, state["core.weight_ih"], state["core.bias_ih"])
            total = total + F.linear(h, state["core.weight_hh"], state["core.bias_hh"])
            if config.core == "rnn":
                h = F.relu(total)
            else:
                enter, forget, new, leave = total.chunk(4)
                cell = forget.sigmoid() * cell + enter.sigmoid() * new.tanh()
                h = leave.sigmoid() * cell.tanh()
            torch.testing.assert_close(looks.states[n, t], h, atol=1e-4, rtol=1e-4)
            expected = F.linear(h, state["baseline.weight"], state["baseline.bias"])[0]
            torch.testing.assert_close(looks.baselines[n, t], expected, atol=1e-4, rtol=1e-4)
    assert looks.log_probs.shape == (2, config.glimpses - 1)


def test_where_the_first_glimpse_lies():
    """(0, 0) is the middle; ±1 is half outside; x goes right, y goes down, also if not square."""
    model = tiny(img_size=(10, 20), glimpses=1)
    images = torch.zeros(4, 1, 10, 20)
    chances = torch.tensor([[0.5, 0.5], [0.0, 0.5], [1.0, 0.0], [0.75, 0.5]])[:, None]
    looks = model.look(images, chances)
    pixels = (looks.boxes[:, 0, 0] + 1) / 2 * torch.tensor([20.0, 10.0, 20.0, 10.0])
    wanted = [[8, 3, 12, 7], [-2, 3, 2, 7], [18, -2, 22, 2], [13, 3, 17, 7]]
    torch.testing.assert_close(pixels, torch.tensor(wanted).float())


def test_without_chances_it_looks_where_it_means_to():
    model = tiny(img_size=(10, 20), mean_path=True, runs=5)
    images = pictures(size=(10, 20))
    looks = model.look(images)
    assert looks.locations[:, 0].eq(0).all()
    mean = model.locator(looks.states[:, 0])
    torch.testing.assert_close(looks.locations[:, 1], mean.clamp(-1, 1))
    torch.testing.assert_close(model(images), model.head(looks.states[:, -1]))
    peak = -2 * math.log(model.config.std * math.sqrt(2 * math.pi))
    torch.testing.assert_close(looks.log_probs, torch.full((2, 2), peak))


def test_the_answer_trains_no_policy_and_the_policy_nothing_else():
    model = tiny(locator="hidden")
    chances = torch.rand(2, 3, 2, generator=torch.Generator().manual_seed(6))

    def touched(name: str) -> set[str]:
        model.zero_grad()
        looks = model.look(pictures(), chances)
        {"answer": model.head(looks.states[:, -1]), "policy": looks.log_probs,
         "baseline": looks.baselines}[name].sum().backward()  # fmt: skip
        return {key.split(".")[0] for key, p in model.named_parameters() if p.grad is not None}

    assert touched("answer") == {"sensor", "core", "head"}
    assert touched("policy") == {"locator"}
    assert touched("baseline") == {"baseline"}


def test_runs_are_averaged_by_their_log_probabilities():
    model = tiny(runs=4)
    images = pictures(3)
    looks = [model._chances(images)[run] for run in range(4)]
    last = torch.stack([model.look(images, u).states[:, -1] for u in looks])
    each = model.head(last).log_softmax(2)
    torch.testing.assert_close(model(images).log_softmax(1), each.mean(0).log_softmax(1))
    assert not torch.allclose(each[0], each[1])
    assert model.features(images).shape == (3, 8)
    assert [x.shape for x in model.walk(images)] == [(3, 1, 8)] * 3


def test_an_answer_does_not_depend_on_the_other_pictures():
    model = tiny(runs=3)
    images = pictures(5)
    with torch.no_grad():
        alone = torch.cat([model(image[None]) for image in images])
        torch.testing.assert_close(model(images), alone)
        torch.testing.assert_close(model(images.flip(0)), alone.flip(0))
        other = tiny(runs=3, seed=1)
        assert not torch.allclose(other(images), alone)


def test_learning_draws_anew_each_time():
    model = tiny().train()
    images = pictures()
    torch.manual_seed(0)
    first, second = model(images), model(images)
    torch.manual_seed(0)
    assert model(images).equal(first)
    assert not second.equal(first)


def test_the_first_run_is_shown():
    model = tiny(runs=3, scales=2)
    shown = []
    model.tap.listeners.append(lambda tap, boxes, place: shown.append(boxes))
    images = pictures()
    model(images)
    assert shown[0].shape == (2, 3, 2, 4)
    torch.testing.assert_close(shown[0], model.first_run(images).boxes)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("ram_mnist", 209_677), ("ram_mnist_hidden", 242_317), ("ram_translated", 289_421)],
)
def test_parameters_of_paper_and_public_code(name, parameters):
    with torch.device("meta"):
        assert sum(p.numel() for p in build(name).parameters()) == parameters


def test_what_does_not_fit_is_refused():
    model = tiny()
    with pytest.raises(ShapeError, match="h=9, w=13"):
        model(torch.zeros(1, 1, 8, 8))
    with pytest.raises(ConfigError, match="no img_fit"):
        model.set_input_size(20, img_fit="pad")
    model.set_input_size((20, 30))
    assert model(torch.zeros(1, 1, 20, 30)).shape == (1, 3)
    assert model.patch_kernel().shape == (6, 1, 4, 4)
