"""From pictures to a page on disk: gather, pack, write."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from saccade.data.images import BadFile
from saccade.files import check_writable, write_text
from saccade.inspection.trace import Trace
from saccade.predict import Predictor, View
from saccade.viewer.pack import pack
from saccade.viewer.report import Options, report


def write_report(
    predictor: Predictor,
    paths: Sequence[Path],
    options: Options,
    *,
    out: Path,
    trace: Path | None = None,
    skipped: Sequence[BadFile] = (),
    batch_size: int = 8,
) -> dict[str, Any]:
    """Look at pictures and write the page, and if wanted every map.

    Args:
        predictor: the model.
        paths: picture files.
        options: what goes into the page.
        out: the page.
        trace: an npz file for the maps of all pictures.
        skipped: files that were found but are no pictures.
        batch_size: pictures at a time.

    Returns:
        The report's data without the pictures themselves.

    Raises:
        TraceError: no picture could be read, or the maps are too many to keep.
        OutputError: a file cannot be written.
    """
    for file in (out, trace):
        if file is not None:
            check_writable(file)
    views: Iterable[View] = predictor.look(paths, batch_size=batch_size)
    whole = Trace(getattr(predictor.model, "layout", None), model=predictor.name)
    if trace is not None:
        views = _kept(views, whole)
    data = report(predictor, views, options, skipped)
    write_text(out, pack(data, title=options.title))
    if trace is not None:
        whole.save(trace)
    heavy = ("pictures", "filters", "positions", "index")
    light = {key: value for key, value in data.items() if key not in heavy}
    layers = [{key: layer[key] for key in layer if key not in heavy} for layer in data["layers"]]
    return {**light, "layers": layers}


def _kept(views: Iterable[View], whole: Trace) -> Iterator[View]:
    for view in views:
        if view.trace is not None:
            whole.extend(view.trace)
        yield view
