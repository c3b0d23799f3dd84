"""Itti, Koch and Niebur's saliency: contrasts of brightness, colour and direction at many scales.

Source: Itti, Koch, Niebur, "A Model of Saliency-Based Visual Attention for Rapid Scene Analysis",
TPAMI 1998, sections 2.1 and 2.2.
Axes: b batch, c channels, h height, w width.
Differs: the paper's Gabor pyramid is the length of an even and an odd filter on each level. Colours
are compared as brightness is, |(R-G)(c) - (R-G)(s)|: with the printed sign of the surround a centre
adds to a surround of its own colour, and one red thing among green ones does not stand out.
"""

import warnings
from itertools import product

import torch
from torch import Tensor

from saccade.classic.opponents import opponents
from saccade.classic.peaks import promote
from saccade.classic.pyramid import ANGLES, gaussian_pyramid, oriented_edges
from saccade.classic.resizing import enlarged
from saccade.errors import ConfigError, ShapeError

CENTRES, DELTAS = (2, 3, 4), (3, 4)
_CHANNELS = ("I", "RG", "BY", *(f"O{angle}" for angle in ANGLES))
# Signs of the surround: I(c) - I(s), but as the paper prints it (R-G)(c) - (G-R)(s).
_PRINTED, _PLAIN = (-1, 1, 1, -1, -1, -1, -1), (-1,) * 7
Pair = tuple[int, int]


@torch.no_grad()
def itti(
    images: Tensor,
    *,
    centres: tuple[int, ...] = CENTRES,
    deltas: tuple[int, ...] = DELTAS,
    as_printed: bool = False,
) -> Tensor:
    """Map what differs from its surround in brightness, colour or direction.

    Args:
        images: pictures (b 3 h w), 0-1.
        centres: levels of the pyramid that are looked at; 0 is the picture itself.
        deltas: how many levels above a centre its surround lies.
        as_printed: take colours by the paper's equations 2 and 3, |(R-G)(c) - (G-R)(s)|.

    Returns:
        Maps (b h w), 0-1; zeros for a picture of one colour.

    Raises:
        ShapeError: the picture is too small for any pair of levels.
        ConfigError: there is no pair, or a level is below 0.

    Warns:
        UserWarning: the picture is too small for some pairs of levels, which are left out.
    """
    b, _, height, width = images.shape
    contrasts = _contrasts(images, centres, deltas, as_printed)
    coarsest = max(centre for centre, _ in contrasts)
    promoted = [
        gaussian_pyramid(promote(maps.flatten(0, 1)), coarsest - centre + 1)[-1]
        for (centre, _), maps in contrasts.items()
    ]
    sums = torch.stack(promoted).sum(dim=0)
    parts = sums.view(b, len(_CHANNELS), *sums.shape[1:]).unbind(dim=1)
    intensity, red_green, blue_yellow, *edges = parts
    direction = torch.stack([promote(edge) for edge in edges]).sum(dim=0)
    seen = [promote(part) for part in (intensity, red_green + blue_yellow, direction)]
    return enlarged(torch.stack(seen).mean(dim=0), (height, width))


@torch.no_grad()
def feature_maps(
    images: Tensor,
    *,
    centres: tuple[int, ...] = CENTRES,
    deltas: tuple[int, ...] = DELTAS,
    as_printed: bool = False,
) -> dict[str, Tensor]:
    """Make the 42 feature maps, by the names that the paper gives them.

    Args:
        images: pictures (b 3 h w), 0-1, 256 pixels or more on the shorter side for all 42.
        centres: as for `itti`.
        deltas: as for `itti`.
        as_printed: as for `itti`.

    Returns:
        "I(2,5)", "RG(2,5)", "BY(2,5)" and so on for centre and surround, and "O(2,5,45)" with the
        degrees of the bars; each (b h w) in the size of its centre's level, not normalised.

    Raises:
        ShapeError: as for `itti`.
        ConfigError: as for `itti`.

    Warns:
        UserWarning: as for `itti`.
    """
    found = {}
    contrasts = _contrasts(images, centres, deltas, as_printed)
    for channel, name in enumerate(_CHANNELS):
        for (centre, surround), maps in contrasts.items():
            angle = f",{name[1:]}" if name[0] == "O" else ""
            letters = "O" if angle else name
            found[f"{letters}({centre},{surround}{angle})"] = maps[:, channel]
    return found


def _contrasts(
    images: Tensor, centres: tuple[int, ...], deltas: tuple[int, ...], as_printed: bool
) -> dict[Pair, Tensor]:
    """Differences across scales (b 7 h w) of each pair of levels, in the size of the centre's."""
    pairs = _pairs(images, centres, deltas)
    b = len(images)
    levels = gaussian_pyramid(opponents(images).flatten(0, 1), max(s for _, s in pairs) + 1)
    signs = images.new_tensor(_PRINTED if as_printed else _PLAIN)[:, None, None]
    stacks: dict[int, Tensor] = {}
    for level in {level for pair in pairs for level in pair}:
        colours = levels[level].view(b, 3, *levels[level].shape[1:])
        stacks[level] = torch.cat((colours, oriented_edges(colours[:, 0])), dim=1)
    found = {}
    for centre, surround in pairs:
        fine, coarse = stacks[centre], stacks[surround].flatten(0, 1)
        wide = enlarged(coarse, (fine.shape[2], fine.shape[3])).view_as(fine)
        found[centre, surround] = (fine + signs * wide).abs_()
    return found


def _pairs(images: Tensor, centres: tuple[int, ...], deltas: tuple[int, ...]) -> list[Pair]:
    """The pairs of levels whose surround still has a pixel."""
    wanted = [(centre, centre + delta) for centre, delta in product(centres, deltas)]
    if not wanted or min(*centres, *deltas) < 0:
        raise ConfigError(
            "levels from 0 on", f"centres={centres} and deltas={deltas}", f"centres={CENTRES}"
        )
    side = min(images.shape[-2:])
    kept = [pair for pair in wanted if 2 ** pair[1] <= side]
    need = 2 ** max(surround for _, surround in wanted)
    if not kept:
        least = 2 ** min(surround for _, surround in wanted)
        raise ShapeError(
            f"{least} pixels or more on the shorter side of a picture for centres={centres}",
            str(side),
            "an enlarged picture, or finer levels such as centres=(0, 1)",
        )
    if len(kept) < len(wanted):
        warnings.warn(
            f"expected {need} pixels or more on the shorter side of a picture, got {side}; "
            f"{len(kept) * len(_CHANNELS)} of {len(wanted) * len(_CHANNELS)} feature maps are made",
            stacklevel=2,
        )
    return kept
