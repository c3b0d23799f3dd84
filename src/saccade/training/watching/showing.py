"""Several ways to show one run, at once."""

from saccade.training.journal import Record, Show


def together(*shows: Show | None) -> Show:
    """Make one function of several that are shown each record in turn.

    Args:
        shows: what is shown the records; None is left out.
    """
    chosen = [show for show in shows if show is not None]

    def show(record: Record) -> None:
        for one in chosen:
            one(record)

    return show
