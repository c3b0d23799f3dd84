"""RAM: a model that reads a picture through a few small glimpses, and learns where to look next.

Source: Mnih, Heess, Graves, Kavukcuoglu, "Recurrent Models of Visual Attention", NeurIPS 2014,
arXiv:1406.6247, sections 3 and 4.1.
Axes: b batch, c channels, h height, w width, t glimpses, s scales, d features; a location is (x, y)
in -1…1, (-1, -1) the upper left corner of the image.
Cost: t·s·g² pixels are read, whatever the size of the image.
Differs: the location of a glimpse stays in -1…1, and what was drawn beyond counts for the
log-probability. `squash` and `locator="hidden"` are those of public code, not of the paper.
"""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.glimpse import Retina
from saccade.attention.tap import Tap
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier
from saccade.models.ram_chance import pixel_chances, spread
from saccade.models.ram_config import RAMConfig

_LEAST = 1e-6  # chances nearer to 0 or 1 are more than 4.7 deviations away


@dataclass(frozen=True, slots=True)
class Looks:
    """What came of looking at images.

    Args:
        states: after each glimpse (b t d).
        locations: of the glimpses (b t xy); the first is given, no gradient reaches them.
        log_probs: of every location after the first, under the policy that drew it (b t-1).
        baselines: the reward that is expected after each glimpse (b t).
        boxes: what each glimpse covered, in -1…1 of the image (b t s box).
    """

    states: Tensor
    locations: Tensor
    log_probs: Tensor
    baselines: Tensor
    boxes: Tensor


class GlimpseNetwork(nn.Module):
    """What is seen and where it is seen, as one vector.

    Args:
        config: of the model.
    """

    def __init__(self, config: RAMConfig) -> None:
        super().__init__()
        self.what = nn.Linear(config.seen, config.glimpse_hidden)
        self.where = nn.Linear(2, config.loc_hidden)
        self.what_out = nn.Linear(config.glimpse_hidden, config.hidden_size)
        self.where_out = nn.Linear(config.loc_hidden, config.hidden_size)

    def forward(self, patches: Tensor, locations: Tensor) -> Tensor:
        """Turn patches (b s c g g) and their locations (b xy) into features (b d)."""
        what = F.relu(self.what(patches.flatten(1)))
        where = F.relu(self.where(locations))
        return F.relu(self.what_out(what) + self.where_out(where))


class Locator(nn.Module):
    """The policy: where the next glimpse is meant to lie.

    Args:
        config: of the model.
    """

    def __init__(self, config: RAMConfig) -> None:
        super().__init__()
        width = config.hidden_size
        inner = width // 2 if config.locator == "hidden" else None
        self.hidden = None if inner is None else nn.Linear(width, inner)
        self.mean = nn.Linear(inner or width, 2)
        self.squash = config.squash

    def forward(self, states: Tensor) -> Tensor:
        """Turn states (... d) into mean locations (... xy)."""
        x = states if self.hidden is None else F.relu(self.hidden(states))
        mean = self.mean(x)
        return mean.tanh() if self.squash else mean


class RAM(Classifier):
    """A retina, a glimpse network, a recurrent core, a policy, a baseline and a head.

    While it learns, `look` gives all that the objective needs. In evaluation an image is looked at
    `runs` times, with draws that depend on its pixels and the config's seed alone.

    Args:
        config: its sizes and choices.
    """

    def __init__(self, config: RAMConfig) -> None:
        super().__init__()
        self.config = config
        width = config.hidden_size
        self.sensor = GlimpseNetwork(config)
        self.core: nn.RNNCell | nn.LSTMCell = (
            nn.LSTMCell(width, width)
            if config.core == "lstm"
            else nn.RNNCell(width, width, nonlinearity="relu")
        )
        self.locator = Locator(config)
        self.baseline = nn.Linear(width, 1)
        self.head = self._fresh_head()
        self.tap = Tap("b t s box")

    @property
    def layout(self) -> TokenLayout:
        """One token that stands for the whole image: the state."""
        return self.config.layout

    @property
    def steps(self) -> int:
        """How many glimpses there are."""
        return self.config.glimpses

    def look(self, images: Tensor, chances: Tensor | None = None) -> Looks:
        """Look at images, a glimpse after the other.

        Args:
            images: (b c h w).
            chances: from 0 to 1 for each location (b t xy), which it follows in order; without
                them each location is the mean of its policy, and the first that of its start.

        Returns:
            The states and all that a policy learns from. Locator and baseline read states without
            gradient, so that only what they are trained for changes them and nothing below.
        """
        images, config = self.cut(images), self.config
        retina = Retina(
            images, size=config.glimpse_size, scales=config.scales, factor=config.factor
        )
        deviations = None if chances is None else _deviations(chances) * config.std
        state: Tensor | tuple[Tensor, Tensor] | None = None
        states: list[Tensor] = []
        means: list[Tensor] = []
        drawn, boxes = [self._first(images, chances)], []
        for step in range(config.glimpses):
            if step:
                means.append(self.locator(states[-1].detach()))
                moved = 0.0 if deviations is None else deviations[:, step]
                drawn.append(means[-1].detach() + moved)
            state, box = self._glimpse(retina, drawn[-1].clamp(-1, 1), state)
            states.append(state if isinstance(state, Tensor) else state[0])
            boxes.append(box)
        every = torch.stack(states, dim=1)
        return Looks(
            states=every,
            locations=torch.stack(drawn, dim=1).clamp(-1, 1),
            log_probs=_log_probs(means, drawn[1:], config.std, every),
            baselines=self.baseline(every.detach())[..., 0],
            boxes=torch.stack(boxes, dim=1),
        )

    def first_run(self, images: Tensor) -> Looks:
        """Look at images (b c h w) as the first run of an evaluation does."""
        chances = self._chances(self.cut(images))
        return self.look(images, None if chances is None else chances[0])

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the state (b 1 d) after each glimpse, the mean over the runs.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        yield from self._states(images).mean(dim=0)[:, :, None].unbind(1)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into their last states (b d), the mean over the runs.

        The head is linear: its logits are the mean of the runs' log-probabilities, but for a number
        that all classes share.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        return self._states(images)[:, :, -1].mean(dim=0)

    def patch_kernel(self) -> Tensor:
        """What the glimpse network looks for in the finest patch (d c g g)."""
        side, channels = self.config.glimpse_size, self.config.in_chans
        finest = self.sensor.what.weight[:, : channels * side**2]
        return finest.reshape(-1, channels, side, side)

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.baseline.weight)

    def reset_parameters(self) -> None:
        """Draw all weights anew, uniform within 1 / sqrt(inputs) as torch does."""
        for part in self.modules():
            if isinstance(part, nn.Linear | nn.RNNCellBase):
                part.reset_parameters()

    def _states(self, images: Tensor) -> Tensor:
        """Look at images as often as there are runs, and show the first run (r b t d)."""
        chances = self._chances(self.cut(images))
        if chances is None:
            looks, runs = self.look(images), 1
        else:
            runs = len(chances)
            looks = self.look(images.repeat(runs, 1, 1, 1), chances.flatten(0, 1))
        self.tap(looks.boxes[: len(images)])
        return looks.states.reshape(runs, len(images), *looks.states.shape[1:])

    def _chances(self, images: Tensor) -> Tensor | None:
        """What the runs of images follow (r b t xy); None where nothing is drawn."""
        config = self.config
        if self.training:
            return torch.rand(1, len(images), config.glimpses, 2, device=images.device)
        if config.mean_path:
            return None
        shape = (config.runs, config.glimpses, 2)
        found = pixel_chances(images, *shape, seed=config.seed).transpose(0, 1)
        if not config.spread:
            return found
        return torch.cat([spread(found[:, :, :1]), found[:, :, 1:]], dim=2)

    def _glimpse(
        self, retina: Retina, place: Tensor, state: Tensor | tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor | tuple[Tensor, Tensor], Tensor]:
        """Take one glimpse (b xy), and give the next state and the boxes (b s box)."""
        patches, box = retina.look(place)
        seen = self.run(lambda x: self.sensor(x, place.to(x.dtype)), patches)
        return self.core(seen, state), box

    def _first(self, images: Tensor, chances: Tensor | None) -> Tensor:
        """Where the first glimpse lies (b xy)."""
        if self.config.first is None and chances is not None:
            return chances[:, 0] * 2 - 1
        return torch.tensor(self.config.first or (0.0, 0.0), device=images.device).expand(
            len(images), 2
        )

    def _fresh_head(self) -> nn.Module:
        width, classes = self.config.hidden_size, self.config.num_classes
        return nn.Linear(width, classes) if classes else nn.Identity()


def _deviations(chances: Tensor) -> Tensor:
    """Turn chances into draws of a standard normal."""
    return torch.special.ndtri(chances.clamp(_LEAST, 1 - _LEAST))


def _log_probs(means: list[Tensor], drawn: list[Tensor], std: float, states: Tensor) -> Tensor:
    """Log-density of each location under its normal (b t-1); gradients reach the means alone."""
    if not means:
        return states.new_zeros(len(states), 0)
    away = (torch.stack(drawn, dim=1) - torch.stack(means, dim=1)) / std
    return (-(away**2) / 2 - math.log(std * math.sqrt(2 * math.pi))).sum(dim=-1)
