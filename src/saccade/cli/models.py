"""saccade models: the list of models."""

from saccade.cli import output
from saccade.cli.switch import Switch


def models(pattern: str = "*", /, *, json: Switch = False) -> int:
    """List the models that can be made by name.

    Args:
        pattern: shell pattern of names, such as "vit_tiny*".
        json: print JSON instead of a table.
    """
    from saccade.models.catalog import CATALOG

    entries = {name: CATALOG[name] for name in CATALOG.names(pattern)}
    if not entries:
        CATALOG[pattern]  # raises, with the nearest names
    if json:
        output.as_json(
            {
                name: {"parameters": entry.parameters, "source": entry.source}
                for name, entry in entries.items()
            }
        )
        return 0
    output.table(
        {"model": "left", "parameters": "right", "source": "left"},
        [(name, f"{entry.parameters:,}", entry.source) for name, entry in entries.items()],
    )
    return 0
