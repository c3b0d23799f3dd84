"""The recipe of a run: what is chosen for the user, why, and what the papers say."""
