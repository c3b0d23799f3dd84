"""A switchboard for heads: let a model run with some of them muted, swapped, sharpened or averaged.

Places are written as layer and heads: "blocks.3.heads[1]", "blocks.*.heads[0,2]", "blocks.3" for
all heads of a layer. A layer's name is that of the module that computes attention, as a trace has
it, or the beginning of it.

Sources: Michel, Levy, Neubig, "Are Sixteen Heads Really Better than One?", NeurIPS 2019,
arXiv:1905.10650, section 2.3, for muting; the other ways are plain.
Axes: b images, heads, i queries, j keys.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from saccade.attention.reading import Reading
from saccade.errors import ConfigError, UnknownName
from saccade.inspection.frames import Frames, Run, original
from saccade.inspection.graded import unrounded
from saccade.inspection.interception import Interception

How = Literal["mute", "uniform", "average", "swap", "sharpen"]

_PLACE = re.compile(r"(?P<layer>.+?)(\.heads\[(?P<heads>\*|-?\d+(\s*,\s*-?\d+)*)\])?")


@dataclass(frozen=True, slots=True)
class Switch:
    """What happens to some heads.

    Args:
        place: layer and heads, such as "blocks.3.heads[1]"; a layer may be a pattern.
        how: "mute" lets a head read nothing; "uniform" lets it read all keys alike; "average" gives
            it the mean map of all heads of its layer; "swap" exchanges the maps of two heads;
            "sharpen" raises the map to 1/temperature and lets rows sum to one again.
        temperature: of "sharpen"; below 1 it sharpens, above 1 it flattens.

    Raises:
        ConfigError: the place cannot be read, there is no such way, or it does not fit the heads.
    """

    place: str
    how: How = "mute"
    temperature: float = 0.5

    def __post_init__(self) -> None:
        if self.how not in get_args(How):
            raise ConfigError(f"how= out of {', '.join(get_args(How))}", repr(self.how), "'mute'")
        if not self.temperature > 0:
            raise ConfigError("a temperature above 0", str(self.temperature), "temperature=0.5")
        if _PLACE.fullmatch(self.place) is None:
            raise ConfigError(
                "a place such as 'blocks.3.heads[1]'", repr(self.place), "'blocks.3.heads[0,2]'"
            )
        if self.how == "swap" and len(self.heads or ()) != 2:
            raise ConfigError("two heads to swap", repr(self.place), "'blocks.3.heads[0,1]'")

    @property
    def layer(self) -> str:
        """Name or pattern of the layer."""
        found = _PLACE.fullmatch(self.place)
        return found["layer"] if found else ""

    @property
    def heads(self) -> tuple[int, ...] | None:
        """Which heads; all when None."""
        found = _PLACE.fullmatch(self.place)
        text = found["heads"] if found else None
        return None if text in (None, "*") else tuple(int(part) for part in text.split(","))

    def meets(self, name: str) -> bool:
        """Whether this layer is meant: by its whole name or by a beginning that ends at a dot."""
        return fnmatchcase(name, self.layer) or fnmatchcase(name, f"{self.layer}.*")

    def apply(self, weights: Tensor, name: str) -> Tensor:
        """Change a map (b heads i j) of a layer.

        Raises:
            UnknownName: the layer has no such head.
        """
        count = weights.shape[1]
        wrong = [head for head in self.heads or () if not -count <= head < count]
        if wrong:
            raise UnknownName(f"a head of {name} from 0 to {count - 1}", str(wrong[0]), "heads[0]")
        which = list(range(count)) if self.heads is None else [h % count for h in self.heads]
        changed = weights.clone()
        changed[:, which] = self._changed(weights, which)
        return changed

    def _changed(self, weights: Tensor, which: list[int]) -> Tensor:
        chosen = weights[:, which]
        if self.how == "mute":
            return torch.zeros_like(chosen)
        if self.how == "uniform":
            return torch.full_like(chosen, 1 / weights.shape[-1])
        if self.how == "average":
            return weights.mean(dim=1, keepdim=True).expand_as(chosen)
        if self.how == "swap":
            return weights[:, which[::-1]]
        scores = chosen.clamp_min(torch.finfo(chosen.dtype).tiny).log() / self.temperature
        # What may not be read stays unread.
        return scores.masked_fill(chosen == 0, -torch.inf).softmax(dim=-1).nan_to_num(0.0)


@contextmanager
def ablate(
    model: nn.Module, *places: str | Switch, how: How = "mute", temperature: float = 0.5
) -> Iterator[nn.Module]:
    """Let a model run with changed heads inside the `with` block; its weights stay untouched.

    Any model whose attention torch computes can be changed; a compiled one runs uncompiled inside.
    Several places change together, in their order. Blocks can stand in each other where they change
    different layers. On the way out nothing is left behind, also after an error.

    Args:
        model: any module.
        places: such as "blocks.3.heads[1]", or switches with a way of their own.
        how: what happens at the places that are text: "mute", "uniform", "average", "swap" or
            "sharpen".
        temperature: of "sharpen".

    Yields:
        The model itself.

    Raises:
        UnknownName: there is no such layer or head; the nearest layers are named.
        ConfigError: there is no place, or one cannot be read.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> with saccade.ablate(model, "blocks.0.heads[1]", "blocks.2", how="mute"):
        ...     logits = model(torch.zeros(1, 3, 8, 8))
    """
    if not places:
        raise ConfigError("at least one place", "none", "'blocks.0.heads[0]'")
    switches = [x if isinstance(x, Switch) else Switch(x, how, temperature) for x in places]
    board = _Board(switches)
    check_names(switches, known_layers(model))
    with Frames(model, board):
        yield model


def known_layers(model: nn.Module) -> list[str]:
    """Names of the modules with a tap: the layers of a model of saccade; empty for others."""
    return [
        name.rpartition(".")[0] or "attention"
        for name, _ in original(model).named_modules()
        if name.rpartition(".")[2] == "tap"
    ]


def check_names(switches: Sequence[Switch], names: Sequence[str]) -> None:
    """Refuse places that are no layer of these; where none is known nothing can be said.

    Raises:
        UnknownName: one is not there; the nearest are named.
    """
    for switch in switches if names else ():
        if not any(switch.meets(name) for name in names):
            distinct = list(dict.fromkeys(names))
            near = get_close_matches(switch.layer, distinct, n=3, cutoff=0.4) or distinct[:3]
            raise UnknownName("a layer with attention", repr(switch.layer), " or ".join(near))


class _Board:
    """Changes the maps of every pass."""

    def __init__(self, switches: list[Switch]) -> None:
        self._switches = switches

    def begin(self, run: Run) -> AbstractContextManager[object]:
        """Change what a pass reads."""
        return Interception(run, self._visit)

    def end(self, run: Run, *, whole: bool) -> None:
        """See that every place was there."""
        if whole and not run.again:
            check_names(self._switches, list(run.calls))

    def _visit(self, reading: Reading, run: Run) -> Tensor | None:
        name = run.frame.name or "attention"
        run.count(name)
        meant = [switch for switch in self._switches if switch.meets(name)]
        if not meant:
            return None
        with unrounded():
            weights = reading.rows()
        for switch in meant:
            weights = switch.apply(weights, name)
        return weights
