"""What the kit asks of a model itself, ours or another's: its first filters and its positions.

Our models say it; of others the first convolution is taken, and the parameter that is called as
tables of positions usually are.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor, nn

from saccade.errors import SaccadeError, TraceError
from saccade.inspection.kit.filters_part import filter_findings
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.kernel_part import kernel_findings
from saccade.inspection.kit.positional import position_kernels
from saccade.inspection.kit.similarity_part import similarity_findings
from saccade.inspection.structure import layout_of
from saccade.layers.tokens import TokenLayout

Size = tuple[int, int]
_TABLES = ("pos_embed", "pos_embedding", "position_embeddings", "positional_embedding")


def patch_kernel_of(model: nn.Module) -> Tensor:
    """The filters that a picture meets first (d c p p).

    Raises:
        TraceError: there is no convolution.
    """
    ask = getattr(model, "patch_kernel", None)
    if callable(ask):
        told: Tensor = ask()
        return told
    first = next((part for part in model.modules() if isinstance(part, nn.Conv2d)), None)
    if first is None:
        raise TraceError(
            "a first layer that is a convolution",
            f"{type(model).__name__} without any",
            "embedding_filters(weight) with its weight as (d c p p)",
        )
    return first.weight


def position_table_of(model: nn.Module, size: Size) -> tuple[Tensor | None, Size]:
    """The table of positions without rows of special tokens (n d), and its grid.

    Args:
        model: any.
        size: (height, width) of its image.

    Returns:
        None for the table, and a grid of no meaning, where there is none.

    Raises:
        TraceError: there is a table, but it is not known which grid it is of.
    """
    ask, layout = getattr(model, "position_table", None), getattr(model, "layout", None)
    if callable(ask) and isinstance(layout, TokenLayout):
        return ask(), layout.grid
    for name, value in model.named_parameters():
        if name.removesuffix(".weight").rpartition(".")[2] in _TABLES:
            table = value.reshape(-1, value.shape[-1])
            found = layout_of(model, len(table), size)
            if found is None:
                raise TraceError(
                    f"a grid of which {name} is the table of positions",
                    f"{len(table)} rows for {size[0]}x{size[1]} pixels",
                    "position_similarity(table, grid) with both",
                )
            return table[len(found.prefix) :], found.grid
    return None, (0, 0)


def _filters(model: nn.Module, images: Tensor) -> Findings:
    return filter_findings(patch_kernel_of(model))


def _similarity(model: nn.Module, images: Tensor) -> Findings:
    size = images.shape[-2], images.shape[-1]
    return similarity_findings(*position_table_of(model, size))


def _kernel(model: nn.Module, images: Tensor) -> Findings:
    return kernel_findings(position_kernels(model, images))


FACTS: Mapping[str, Callable[[nn.Module, Tensor], Findings]] = MappingProxyType(
    {"filters": _filters, "similarity": _similarity, "kernel": _kernel}
)
"""The parts of the kit that need no pictures, by name; images (1 c h w) tell the size."""


@torch.no_grad()
def facts(
    model: nn.Module, images: Tensor, names: Sequence[str] = tuple(FACTS)
) -> tuple[dict[str, Findings], dict[str, str]]:
    """Run the parts of the kit that need no pictures.

    Args:
        model: any.
        images: of the size that it takes (1 c h w); what they show does not matter.
        names: of the parts, out of `FACTS`.

    Returns:
        What was found by each part, and a sentence for each part that the model cannot have.
    """
    found: dict[str, Findings] = {}
    refused: dict[str, str] = {}
    for name in names:
        try:
            found[name] = FACTS[name](model, images)
        except SaccadeError as error:
            refused[name] = str(error)
    return found, refused
