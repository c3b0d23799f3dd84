"""saccade inspect: look at what a model looks at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.training.named import Fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saccade.predict import Predictor


def inspect(
    model: str,
    /,
    *pictures: str,
    out: Annotated[Path, Parameter(alias="-o")] = Path("report.html"),
    trace: Path | None = None,
    glimpses: Path | None = None,
    warps: Path | None = None,
    checkpoint: str | None = None,
    size: int | str | None = None,
    img_fit: Fit | None = None,
    limit: int = 12,
    batch_size: int = 8,
    quick: Switch = False,
    patience: float = 60.0,
    json: Switch = False,
) -> int:
    """Show where a model looks, as one HTML page that needs no network.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        pictures: files, folders or patterns.
        out: the page to write.
        trace: also write every attention map to this npz file.
        glimpses: also draw to this PNG file where a recurrent attention model looked, what its
            retina saw and what it would have answered after each glimpse.
        warps: also draw to this PNG file what spatial transformers look at: the warped grid on each
            picture that the page shows, and beside it what is read there.
        checkpoint: the weight file of the model that is named.
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        img_fit: what becomes of a size that the patch does not divide: an error, zeros at the right
            and the bottom, or only the middle.
        limit: how many pictures the page shows; the statistics use all.
        batch_size: pictures at a time.
        quick: do not test whether to believe the map of each picture that the page shows.
        patience: seconds that these tests may take in all; the first picture is always tested.
        json: print the statistics as JSON.
    """
    from saccade.cli.sources import find, load_model
    from saccade.viewer.report import Options
    from saccade.viewer.write import write_report

    paths, bad = find(pictures)
    predictor = load_model(model, checkpoint, size=size, img_fit=img_fit)
    _draw(predictor, paths[:limit], glimpses, warps)
    options = Options(
        title=f"{predictor.name}: where it looks",
        command=f"saccade inspect {Path(model).name}",
        pictures=limit,
        honest=not quick,
        patience=patience,
    )
    found = write_report(
        predictor, paths, options, out=out, trace=trace, skipped=bad, batch_size=batch_size
    )
    if json:
        output.as_json({**found, "report": str(out)})
    else:
        _tell(found)
        _tell_files({"report": out, "trace": trace, "glimpses": glimpses, "warps": warps})
    output.skipped([*bad, *predictor.bad], of=len(paths) + len(bad))
    return 0


def _draw(
    predictor: Predictor, paths: Sequence[Path], glimpses: Path | None, warps: Path | None
) -> None:
    """Draw what is asked for of models that look a piece at a time, or through a warp."""
    if glimpses is not None:
        from saccade.viewer.glimpses import write_glimpses

        write_glimpses(predictor, paths, glimpses, limit=len(paths))
    if warps is not None:
        from saccade.viewer.warp_figure import write_warps

        write_warps(predictor, paths, warps)


def _tell_files(written: Mapping[str, Path | None]) -> None:
    for name, file in written.items():
        if file is not None:
            output.line(f"{name + ':':<7} {file}")


def _tell(found: dict[str, Any]) -> None:
    if found["distance"] is not None:
        _tell_tokens(found)
    if found["layers"]:
        _tell_layers(found)
    belief = found["belief"]
    if belief is not None and belief["summary"] is not None:
        _tell_belief(belief)


def _tell_belief(belief: dict[str, Any]) -> None:
    from saccade.cli.belief_tables import tell_beliefs, tell_cost

    tell_beliefs([], belief["summary"], belief["method"])
    tell_cost(belief["seconds"], belief["passes"])


def _tell_layers(found: dict[str, Any]) -> None:
    columns = {"layer": "left", "picture": "left", "map": "left", "grid": "right"}
    output.table(
        {**columns, "entropy (nats)": "right"},
        [
            (
                layer["name"],
                layer["kind"],
                " x ".join(
                    f"{axis} {size}"
                    for axis, size in zip(layer["axes"][1:], layer["shape"], strict=True)
                ),
                "x".join(str(side) for side in layer["grid"] or ()),
                _spread(layer["entropy"]["mean"]) if layer["entropy"] else "",
            )
            for layer in found["layers"]
        ],
        title=f"Maps of the layers; entropy of each query's weights, mean over "
        f"{found['n_images']} pictures (lowest part to highest part)",
    )


def _tell_tokens(found: dict[str, Any]) -> None:
    measures = [found["distance"]["mean"], found["entropy"]["mean"]]
    output.table(
        {"layer": "right", "distance (px)": "right", "entropy (nats)": "right"},
        [
            (index, _spread(distance), _spread(entropy))
            for index, (distance, entropy) in enumerate(zip(*measures, strict=True))
        ],
        title=f"Attention of each layer, mean over {found['n_images']} pictures (lowest head to "
        "highest head)",
    )


def _spread(values: list[float]) -> str:
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.2f}"
    return f"{mean:.2f} ({min(values):.2f} to {max(values):.2f})"
