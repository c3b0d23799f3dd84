"""Models that answer questions learn in seconds what no blind guesser knows, and look there."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from saccade.data.words.scene_baselines import blind
from saccade.data.words.scene_questions import Question, ask
from saccade.data.words.scenes import Scene, SceneRules, make_scene
from saccade.models.question import (
    Answered,
    QuestionAnswerer,
    QuestionConfig,
    StackedAttention,
    small_eyes,
)
from saccade.models.words.grids import GridEncoder

Asked = list[tuple[Scene, Question]]


def draw(rules: SceneRules, count: int, kinds: Sequence[str]) -> tuple[Asked, Asked]:
    """Questions to learn from, and 120 about other scenes."""
    scenes = [make_scene(0, index, rules) for index in range(count)]
    asked = ask(scenes, rules, per_scene=4, kinds=kinds)
    flat = [(scene, q) for scene, each in zip(scenes, asked, strict=True) for q in each]
    return flat[120:], flat[:120]


def words(asked: Asked, vocabulary: list[str]) -> Tensor:
    rows = [q.text()[:-1].split() for _, q in asked]
    most = max(map(len, rows))
    return torch.tensor(
        [[vocabulary.index(w) + 1 for w in row] + [0] * (most - len(row)) for row in rows]
    )


def learn(
    model: nn.Module, seen: Tensor, read: Tensor, right: Tensor, *, steps: int, rows: int
) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    chance = torch.Generator().manual_seed(0)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 5e-3 * min(1.0, step / 20) * (1.02 - step / steps)
        one = torch.randint(len(seen), (rows,), generator=chance)
        loss = cross_entropy(model(seen[one], read[one]).logits, right[one])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def judged(
    found: Answered, new: Asked, right: Tensor, grid: tuple[int, int]
) -> tuple[float, float]:
    """The share of right answers; the last look's weight in the right box, times chance."""
    shares = []
    for scene, question in new:
        x0, y0, x1, y1 = scene.things[question.seen[0]].box
        edges = torch.arange(grid[0] + 1) * scene.side / grid[0]
        across, down = edges.clamp(x0, x1).diff(), edges.clamp(y0, y1).diff()
        shares.append((down[:, None] * across).flatten() / (scene.side / grid[0]) ** 2)
    boxes = torch.stack(shares)
    mass = (found.weights[:, -1] * boxes).sum(1).mean() / boxes.mean()
    return (found.logits.argmax(1) == right).float().mean().item(), mass.item()


def symbols(scene: Scene, rules: SceneRules, side: int) -> Tensor:
    """A grid that says in each place which shape and colour has its centre there."""
    grid = torch.zeros(side, side, len(rules.shapes) + len(rules.colours))
    for thing in scene.things:
        column, row = (int(part / scene.side * side) for part in thing.centre)
        grid[row, column, rules.shapes.index(thing.shape)] = 1.0
        grid[row, column, len(rules.shapes) + rules.colours.index(thing.colour)] = 1.0
    return grid.flatten(0, 1)


@pytest.mark.slow
def test_it_finds_the_circle_left_of_the_square() -> None:
    shapes, colours = ("circle", "square", "triangle"), ("red", "green", "blue", "yellow")
    rules = SceneRules(least=3, most=3, alike=0.6, shapes=shapes, colours=colours)
    known, new = draw(rules, 600, ["colour", "colour_beside"])
    random.Random(0).shuffle(known)
    texts = sorted({word for _, q in known + new for word in q.text()[:-1].split()})
    torch.manual_seed(0)
    model = StackedAttention(
        QuestionConfig(
            vocab=len(texts) + 1, answers=4, features=7, grid=(6, 6), width=64, attention=64
        )
    )
    read = words(known + new, texts)
    seen = torch.stack([symbols(scene, rules, 6) for scene, _ in known + new])
    right = torch.tensor([rules.colours.index(q.answer) for _, q in known + new])
    learn(model, seen[:-120], read[:-120], right[:-120], steps=250, rows=128)
    with torch.no_grad():
        found = model.eval()(seen[-120:], read[-120:])
    correct, mass = judged(found, new, right[-120:], (6, 6))
    assert max(blind([q for _, q in known], [q for _, q in new])) < 0.5
    assert correct > 0.85
    assert mass > 5


@pytest.mark.slow
def test_it_learns_colours_from_pixels() -> None:
    rules = SceneRules(
        side=32,
        least=2,
        most=2,
        shapes=("circle", "cross"),
        colours=("red", "green", "blue"),
        sizes=("large",),
    )
    known, new = draw(rules, 560, ["colour"])
    texts = sorted({word for _, q in known + new for word in q.text()[:-1].split()})
    torch.manual_seed(0)
    encoder = GridEncoder(small_eyes(32))
    config = QuestionConfig(
        vocab=len(texts) + 1,
        answers=3,
        features=encoder.features,
        grid=encoder.grid,
        embed=16,
        width=32,
        attention=32,
    )
    model = QuestionAnswerer(encoder, config)
    read = words(known + new, texts)
    pictures = np.stack([np.asarray(scene.painted()) for scene, _ in known + new])
    seen = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    right = torch.tensor([rules.colours.index(q.answer) for _, q in known + new])
    learn(model, seen[:-120], read[:-120], right[:-120], steps=320, rows=32)
    with torch.no_grad():
        found = model.eval()(seen[-120:], read[-120:])
    correct, mass = judged(found, new, right[-120:], encoder.grid)
    guessed = max(blind([q for _, q in known], [q for _, q in new]))
    assert correct > guessed + 0.4, (correct, guessed)
    assert mass > 1.5
