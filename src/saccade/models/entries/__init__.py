"""The catalogue's data, a file for each family: name to entry, and nothing that loads torch."""

__all__: list[str] = []
