"""Several parts of the kit over one run of pictures.

A part that a model cannot have (flow of windows, the atlas of stages) does not end the others: what
it lacks is told in a sentence.
"""

from collections.abc import Iterable, Sequence

from saccade.errors import SaccadeError, TraceError
from saccade.inspection.kit.findings import Choice, Findings, Part, Seen
from saccade.inspection.kit.parts import PARTS


def survey(
    batches: Iterable[Seen], names: Sequence[str] = tuple(PARTS), choice: Choice | None = None
) -> tuple[dict[str, Findings], dict[str, str]]:
    """Run parts of the kit over batches, each batch once.

    Args:
        batches: pictures and where a model looked.
        names: of the parts, out of `PARTS`.
        choice: what can be chosen.

    Returns:
        What was found by each part, and a sentence for each part that the model cannot have.

    Raises:
        TraceError: there was no picture.
        SaccadeError: no part can be had; the sentence of the first.
    """
    parts: dict[str, Part] = {name: PARTS[name](choice or Choice()) for name in names}
    refused: dict[str, SaccadeError] = {}
    pictures = 0
    for seen in batches:
        pictures += len(seen)
        for name in [name for name in parts if name not in refused]:
            try:
                parts[name].take(seen)
            except SaccadeError as error:
                refused[name] = error
    if not pictures:
        raise TraceError("at least one picture", "none", "a file, a folder or a pattern")
    found: dict[str, Findings] = {}
    for name in [name for name in parts if name not in refused]:
        try:
            found[name] = parts[name].finish()
        except SaccadeError as error:
            refused[name] = error
    if not found:
        raise next(iter(refused.values()))
    return found, {name: str(error) for name, error in refused.items()}
