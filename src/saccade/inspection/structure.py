"""What the tokens of any model are, told from their number, the size of its image and its parts.

A grid that is only guessed would put every map in the wrong place, so that where two things that
are known of a model do not agree its tokens stay unknown.
"""

import math

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.inspection.frames import Frame, Run
from saccade.layers.tokens import TokenLayout

# What modules call the tokens that are no patches, in the order in which they stand.
_SPECIAL = (
    ("cls", ("cls_token", "class_token", "cls", "class_embedding")),
    ("dist", ("dist_token", "distillation_token", "distill_token")),
    ("reg", ("reg_token", "register_tokens", "storage_tokens", "reg_tokens")),
)
_MOST_SPECIAL = 16
_SHRINKS = ("merging", "downsample", "reduction")


def layout_of(
    model: nn.Module, tokens: int, size: tuple[int, int] | None, run: Run | None = None
) -> TokenLayout | None:
    """Find what the tokens of a model are.

    Args:
        model: any; what it says itself in an attribute `layout` counts first.
        tokens: how many there are.
        size: (height, width) of its image.
        run: the pass in which they are, which tells more.

    Returns:
        None where no grid of square patches, behind the special tokens that the model has, gives
        so many tokens, or where something that is known of the model speaks against it.
    """
    own = _told(model, tokens, run)
    if own is not None or size is None:
        return own
    tower = model if run is None else tower_of(run)
    if tower is None or _shuffles(tower):
        return None
    pool = None if run is None else _pool_of(tokens, size, run)
    if pool is not None:
        return pool
    names = special_tokens(tower)
    known = patch_grid(tower, size)
    if known is not None and tokens - math.prod(known) in (0, len(names)):
        grid: tuple[int, int] | None = known
        names = names if tokens > math.prod(known) else ()
    elif known is not None and not shrinks(tower):
        return None
    else:
        grid = grid_of(tokens - len(names), size)
        if grid is None:
            names, grid = (), grid_of(tokens, size)
    if grid is None or (names and run is not None and not _stand_first(run, tokens, names)):
        return None
    return TokenLayout(names, grid, (size[0] // grid[0], size[1] // grid[1]))


def tower_of(run: Run) -> nn.Module | None:
    """The innermost part of a model that was given the picture, and nothing but pictures.

    Returns:
        None where words were given beside it, so that what runs there may read either, and in a
        decoder, whose queries are no patches.
    """
    if any("decoder" in part for part in run.frames[-1].name.lower().split(".")):
        return None
    for frame in reversed(run.frames):
        if any(_is_picture(x, run) for x in frame.inputs):
            words = any(not x.is_floating_point() and x.dim() == 2 for x in frame.inputs)
            return None if words else frame.module
    return None


def patch_grid(model: nn.Module, size: tuple[int, int]) -> tuple[int, int] | None:
    """The grid that the model's own patch embedding makes of an image of this size.

    Returns:
        None where no convolution cuts the picture into patches side by side.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            cuts = module.kernel_size == module.stride and min(module.stride) > 3
            if cuts and module.in_channels in (1, 3, 4) and module.padding in ((0, 0), 0):
                rows, columns = size[0] // module.stride[0], size[1] // module.stride[1]
                return rows, columns
            return None
    return None


def shrinks(model: nn.Module) -> bool:
    """Tell whether a model may make its grid coarser behind the patch embedding."""
    first = True
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            if not first and max(module.stride) > 1:
                return True
            first = False
        last = name.rpartition(".")[2].lower()
        if last.startswith(_SHRINKS) and any(True for _ in module.parameters()):
            return True
    return False


def grid_of(cells: int, size: tuple[int, int]) -> tuple[int, int] | None:
    """The grid of so many square cells that covers an image of this size.

    Returns:
        None where there is none.
    """
    if cells < 1:
        return None
    side = math.sqrt(size[0] * size[1] / cells)
    for patch in {math.floor(side), math.ceil(side)}:
        if patch < 1:
            continue
        rows, columns = size[0] // patch, size[1] // patch
        if rows * columns == cells:
            return rows, columns
    # A map that was rounded up on its way down.
    rows = round(math.sqrt(cells * size[0] / size[1]))
    if rows and cells % rows == 0 and abs(rows * size[1] / size[0] - cells // rows) < 1:
        return rows, cells // rows
    return None


def special_tokens(model: nn.Module) -> tuple[str, ...]:
    """The names of the tokens that a model puts before its patches."""
    found = {name.rpartition(".")[2]: value for name, value in model.named_parameters()}
    names: list[str] = []
    for name, spellings in _SPECIAL:
        value = next((found[word] for word in spellings if word in found), None)
        if value is not None:
            count = _rows(value)
            names += (
                [name] if count == 1 and name != "reg" else [f"{name}{i}" for i in range(count)]
            )
    return tuple(names) if len(names) <= _MOST_SPECIAL else ()


def place_of(
    shape: tuple[int, int, int, int],
    size: tuple[int, int] | None,
    layout: TokenLayout | None,
    prefix: int = 0,
) -> Place | None:
    """Find where the queries and keys of a map lie that is not one of the model's tokens.

    Args:
        shape: of the map (b heads i j).
        size: (height, width) of the model's image.
        layout: of the tokens, where they are known.
        prefix: how many special tokens the model has, which a single query may read.
    """
    queries, keys = shape[2], shape[3]
    if size is None or (layout is not None and layout.tokens == queries == keys):
        return None
    if queries == 1:
        return _asked_once(keys, size, layout, prefix)
    grids = grid_of(queries, size), grid_of(keys, size)
    return None if grids[0] is None or grids[1] is None else Place(grids[0], grids[1])


def _asked_once(
    keys: int, size: tuple[int, int], layout: TokenLayout | None, prefix: int
) -> Place | None:
    """One query that reads patches, perhaps behind special tokens, which are outside of them."""
    if layout is not None and keys - math.prod(layout.grid) in (0, len(layout.prefix), prefix):
        grid: tuple[int, int] | None = layout.grid
    else:
        grid = grid_of(keys - prefix, size) or grid_of(keys, size)
    if grid is None:
        return None
    before, cells = keys - math.prod(grid), math.prod(grid)
    if not before:
        return Place((1, 1), grid)
    index = torch.cat([torch.full((before,), -1), torch.arange(cells)])
    return Place((1, 1), grid, index[None])


def _told(model: nn.Module, tokens: int, run: Run | None) -> TokenLayout | None:
    """What the innermost part that says what its tokens are says."""
    parts = [frame.module for frame in reversed(run.frames)] if run is not None else []
    for part in [*parts, model]:
        own = getattr(part, "layout", None)
        if isinstance(own, TokenLayout) and own.tokens == tokens:
            return own
    return None


def _stand_first(run: Run, tokens: int, names: tuple[str, ...]) -> bool:
    """Tell whether the special tokens stand before the patches, from what a block was given.

    Before any attention a special token is the same for every image, and a patch is not.
    """
    given = next((x for x in map(_first, run.frames) if _is_sequence(x, run, tokens)), None)
    classed = names[0].startswith("cls")
    if given is None or len(given) < 2:
        return classed
    alike = (given == given[:1]).flatten(2).all(-1).all(0)
    count = len(names)
    if bool(alike.all()) or not bool(alike.any()):  # one picture twice, or a later layer
        return classed
    return bool(alike[:count].all()) and not bool(alike[count:].any())


def _first(frame: Frame) -> Tensor | None:
    return frame.inputs[0] if frame.inputs else None


def _is_sequence(x: Tensor | None, run: Run, tokens: int) -> bool:
    return x is not None and x.dim() == 3 and x.shape[:2] == (run.images, tokens)


def _is_picture(x: Tensor, run: Run) -> bool:
    return x.dim() == 4 and len(x) == run.images and tuple(x.shape[2:]) == run.size


def _pool_of(tokens: int, size: tuple[int, int], run: Run) -> TokenLayout | None:
    """The tokens of a pool that puts one of its own before the positions of the map it gets."""
    x = _first(run.frame)
    if x is None or x.dim() != 4 or len(x) != run.images or math.prod(x.shape[2:]) != tokens - 1:
        return None
    own = any(name in _SPECIAL[0][1] for name, _ in run.frame.module.named_parameters())
    grid = (x.shape[2], x.shape[3])
    return TokenLayout(("cls" if own else "mean",), grid, (size[0] // grid[0], size[1] // grid[1]))


def _shuffles(tower: nn.Module) -> bool:
    """Tell whether patches are put in a random order, as masked autoencoders do."""
    return any(callable(getattr(part, "random_masking", None)) for part in tower.modules())


def _rows(value: Tensor) -> int:
    return 1 if value.dim() < 2 else value.shape[-2]
