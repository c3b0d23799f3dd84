"""saccade describe: what is recognised of a model's attention, and what is not."""

from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn

    from saccade.inspection.description import Description, LayerFact

_USUAL = 224  # pixels, where a model does not say


def describe(model: str, /, *, size: str | None = None, json: Switch = False) -> int:
    """List the layers of attention of any model, and what was not recognised.

    Models that are named get random weights; two random pictures are shown to them.

    Args:
        model: one of ours by name, a weight file, timm:NAME, or package.module:function of one's
            own that makes the model.
        size: side of the pictures in pixels, or HEIGHTxWIDTH.
        json: print JSON instead of a table.
    """
    from saccade.inspection.request import size_of

    asked = _sides(size) if size else None
    network, usual = _made(model, asked)
    height, width = asked or usual
    found = _described(network, model, (height, width), usual)
    memory = _memory(network, (height, width)) if found.layers else {}
    if json:
        output.as_json({**asdict(found), "bytes_a_picture": memory})
        return 0
    output.table(
        {
            "layer": "left",
            "kind": "left",
            "heads": "right",
            "queries": "right",
            "keys": "right",
            "grid": "left",
            "prefix": "left",
            "added": "left",
            "error": "right",
        },
        [_row(fact) for fact in found.layers],
        title=f"{model} at {height}x{width}: {len(found.layers)} layers of attention",
    )
    output.line(f"recognised: {found.recognised} of {len(found.layers)} layers")
    for sentence in found.unknown:
        output.line(f"not recognised: {sentence}")
    if memory:
        told = ", ".join(f"{size_of(size)} of {name}" for name, size in memory.items())
        output.line(f"a picture takes: {told}")
    return 0


def _memory(network: "nn.Module", sides: tuple[int, int]) -> dict[str, int]:
    """Bytes that recordings of one picture keep, as far as the model can have them."""
    from saccade.errors import TraceError
    from saccade.inspection.estimate import estimate

    one = (1, 3, *sides)
    found = {"all maps": estimate(network, one).bytes}
    with suppress(TraceError):  # there is no class token
        found["rows of the class token"] = estimate(network, one, queries="cls").bytes
    found["entropies"] = estimate(network, one, reduce="entropy").bytes
    return found


def _described(
    network: "nn.Module", model: str, sides: tuple[int, int], usual: tuple[int, int]
) -> "Description":
    """Show two random pictures to a network."""
    import torch

    from saccade.inspection.description import describe as described

    images = torch.randn(2, 3, *sides, generator=torch.Generator().manual_seed(0))
    try:
        return described(network.eval(), images)
    except (AssertionError, RuntimeError, TypeError) as error:
        raise ConfigError(
            "a model that takes pictures (2 3 height width) of this size",
            f"{model} at {sides[0]}x{sides[1]} ({_first_line(error)})",
            f"--size {usual[0]}x{usual[1]}" if sides != usual else "--size HEIGHTxWIDTH",
        ) from error


def _row(fact: "LayerFact") -> tuple[object, ...]:
    return (
        fact.name,
        fact.kind,
        fact.heads,
        fact.queries,
        fact.keys,
        fact.grid or "-",
        " ".join(fact.prefix) or "-",
        fact.added or "-",
        "-" if fact.error is None else f"{fact.error:.1e}",
    )


def _made(model: str, asked: tuple[int, int] | None) -> tuple["nn.Module", tuple[int, int]]:
    """Make a model, and say at which size it is usually shown pictures."""
    from saccade.models import build, list_models
    from saccade.models.catalog import CATALOG

    library, _, name = model.partition(":")
    if name and not Path(model).exists():
        return _of_timm(name, asked) if library == "timm" else _of_function(library, name)
    changes: dict[str, Any] = {} if asked is None else {"img_size": asked}
    if model in list_models() and not Path(model).exists():
        sides: Any = CATALOG[model].preprocessing["img_size"]
        return build(model, **changes), (int(sides[0]), int(sides[1]))
    from saccade.predict import load

    network = load(model, **changes).model
    layout = getattr(network, "layout", None)
    return network, (_USUAL, _USUAL) if layout is None else layout.img_size


def _of_timm(name: str, asked: tuple[int, int] | None) -> tuple["nn.Module", tuple[int, int]]:
    """Make a model of timm, for pictures of a size where it has to be known."""
    from saccade.checkpoints.peer import imported

    create = imported("timm").create_model
    try:
        network = create(name, pretrained=False)
    except RuntimeError as error:
        raise ConfigError("a model that timm knows", name, "timm.list_models()") from error
    if asked is not None:
        with suppress(TypeError):  # not all ask for it
            network = create(name, pretrained=False, img_size=asked)
    sides = network.default_cfg["input_size"]
    return network, (int(sides[1]), int(sides[2]))


def _of_function(library: str, name: str) -> tuple["nn.Module", tuple[int, int]]:
    """Call a function of one's own that makes a model."""
    from torch import nn

    from saccade.checkpoints.peer import imported

    try:
        if library.partition(".")[0] == "torchvision":
            imported("torchvision")
        network = getattr(import_module(library), name)()
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(
            "package.module:function that makes a model without arguments",
            f"{library}:{name} ({_first_line(error)})",
            "a module on PYTHONPATH",
        ) from error
    if not isinstance(network, nn.Module):
        raise ConfigError(
            f"a torch.nn.Module from {library}:{name}", type(network).__name__, "returning one"
        )
    return network, (_USUAL, _USUAL)


def _sides(size: str) -> tuple[int, int]:
    """Read a size as people write it."""
    parts = size.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ConfigError("a size such as 224 or 224x320", repr(size), "--size 224")
    return int(parts[0]), int(parts[-1])


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", maxsplit=1)[0] or type(error).__name__
