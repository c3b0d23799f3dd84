"""What makes a recurrent attention model: its sizes and choices."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.layers.tokens import TokenLayout

CoreName = Literal["rnn", "lstm"]
LocatorName = Literal["linear", "hidden"]
_COUNTS = (
    *("in_chans", "glimpses", "glimpse_size", "scales", "factor", "glimpse_hidden", "loc_hidden"),
    *("hidden_size", "runs", "train_runs"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RAMConfig:
    """Everything that makes a recurrent attention model; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width); no weight depends on it.
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        glimpses: how often the model looks before it answers.
        glimpse_size: side g of every patch that the retina gives, in pixels.
        scales: patches of a glimpse, the coarsest with side g·factor^(scales - 1).
        factor: how much larger the next patch is than the one before.
        glimpse_hidden: features of what is seen, before it meets where.
        loc_hidden: features of where it is seen.
        hidden_size: features d of the state, and of what and where together.
        core: "rnn" is the paper's for pictures, a sum and a ReLU; "lstm" its one for games.
        locator: "linear" is the paper's; "hidden" puts a layer with half the state's features and
            a ReLU between, as later public code does.
        squash: bring the mean of the next location into -1…1 by tanh, as public code does.
        std: of the next location around its mean, on each axis, in units of half the image's side;
            above 0.
        start: where the first glimpse lies: "uniform", anywhere, or (x, y) in -1…1.
        runs: how often an image is looked at in evaluation, each time with other draws; the mean
            of their log-probabilities answers, as in public code.
        spread: let the first glimpses of these runs cover the image evenly together; else each is
            drawn by itself, as public code does.
        mean_path: look in evaluation where the model means to instead of drawing: once, from the
            start's mean on.
        train_runs: how often each image of a batch is looked at while the model learns.
        policy_weight: lambda, the weight of the policy's loss beside the other two; 0 or more.
        seed: of the draws in evaluation, which depend on it and on the image's pixels alone.
    """

    img_size: int | tuple[int, int] = 28
    in_chans: int = 1
    num_classes: int = 10
    glimpses: int = 6
    glimpse_size: int = 8
    scales: int = 1
    factor: int = 2
    glimpse_hidden: int = 128
    loc_hidden: int = 128
    hidden_size: int = 256
    core: CoreName = "rnn"
    locator: LocatorName = "linear"
    squash: bool = True
    std: float = 0.17
    start: str | tuple[float, float] = "uniform"
    runs: int = 10
    spread: bool = True
    mean_path: bool = False
    train_runs: int = 1
    policy_weight: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        for name in _COUNTS:
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f"{name} as a positive whole number", str(value), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        self._check_policy()
        if self.start != "uniform":
            object.__setattr__(self, "start", _point(self.start))

    def _check_policy(self) -> None:
        if not self.std > 0:
            raise ConfigError("a positive std", str(self.std), "std=0.1")
        if not self.policy_weight >= 0:
            raise ConfigError("policy_weight of at least 0", str(self.policy_weight), "0.01")
        for name, allowed in (("core", CoreName), ("locator", LocatorName)):
            if getattr(self, name) not in get_args(allowed):
                words = " or ".join(get_args(allowed))
                raise ConfigError(
                    f"{name} {words}", repr(getattr(self, name)), get_args(allowed)[0]
                )

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def first(self) -> tuple[float, float] | None:
        """Where the first glimpse lies, (x, y) in -1…1; None where it is drawn."""
        return None if self.start == "uniform" else cast("tuple[float, float]", self.start)

    @property
    def seen(self) -> int:
        """How many numbers a glimpse has."""
        return self.scales * self.in_chans * self.glimpse_size**2

    @property
    def layout(self) -> TokenLayout:
        """One token that stands for the whole image: the state."""
        return TokenLayout((), (1, 1), self.image)


def _point(start: object) -> tuple[float, float]:
    """Read a location.

    Raises:
        ConfigError: it is none.
    """
    numbers = start if isinstance(start, tuple | list) else ()
    fine = len(numbers) == 2 and all(isinstance(one, int | float) for one in numbers)
    if not fine or not all(-1 <= one <= 1 for one in numbers):
        raise ConfigError('start "uniform" or (x, y) in -1…1', repr(start), "start=(0.0, 0.0)")
    return float(numbers[0]), float(numbers[1])
