"""What is said of weights: nothing unless the file says it."""

from saccade.checkpoints.mapping import Mapped
from saccade.checkpoints.source import About, Source


def test_nothing_is_made_up():
    about = About()
    assert (about.model, about.kind, about.near, dict(about.config)) == (None, None, (), {})
    assert (about.classes, dict(about.preprocessing)) == ((), {})
    source = Source(origin="x", files=(), how="", mapped=Mapped({}, {}, (), ()), about=about)
    assert (source.rule, source.card, dict(source.resume), source.notes) == (None, None, {}, ())
