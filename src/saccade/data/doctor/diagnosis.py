"""What an examination means: remarks, each with how bad it is and pictures to look at."""

from collections.abc import Iterator, Sequence

from saccade.data.doctor.balance import balance_of
from saccade.data.doctor.duplicates import Twin
from saccade.data.doctor.examination import KEPT, Examination
from saccade.data.doctor.near_duplicates import LEAST_SIDE
from saccade.data.doctor.phrases import DATA
from saccade.data.doctor.remark import Remark, Spot, ordered, say
from saccade.data.doctor.sizes import LONG, SMALL

_UNEQUAL = 10.0  # times, from which rare classes are hardly learned
_FEW = 10  # pictures
_DARK, _FLAT = 0.05, 0.05  # of 0-1


def diagnose(found: Examination) -> tuple[Remark, ...]:
    """Judge what was found; problems come first, what is fine last.

    Args:
        found: by `examine`.
    """
    every = (
        *_about_files(found),
        *_about_twins(found),
        *_about_classes(found),
        *_about_kinds(found),
        *_about_sizes(found),
        *_about_pixels(found),
    )
    return ordered(every)


def _about_files(found: Examination) -> Iterator[Remark]:
    if found.bad:
        names = [f"{file.name}: {file.reason}" for file in found.bad]
        yield say(DATA, "unreadable", {"count": len(found.bad)}, names=names)
    else:
        yield say(DATA, "readable")
    if found.unlabelled:
        yield say(DATA, "unlabelled", {"why": found.unlabelled})


def _about_twins(found: Examination) -> Iterator[Remark]:
    for kind, twins in (("", found.twins), ("near_", found.near)):
        leaks = [twin for twin in twins if twin.across]
        inside = [twin for twin in twins if not twin.across]
        conflicts = [twin for twin in twins if twin.conflict]
        yield from _about_pairs(f"{kind}leak", leaks)
        yield from _about_pairs(f"{kind}conflict", conflicts)
        yield from _about_pairs(f"{kind}twins", inside)
        compared = not kind or found.not_compared < sum(found.totals.values()) - len(found.twins)
        if compared and not twins:
            yield say(DATA, "no_near" if kind else "no_twins")
    if found.not_compared:
        yield say(DATA, "not_compared", {"count": found.not_compared, "side": LEAST_SIDE})


def _about_pairs(code: str, twins: Sequence[Twin]) -> Iterator[Remark]:
    if twins:
        names = [_told(twin) for twin in twins]
        shown = [(twin.first, twin.later) for twin in twins[:KEPT]]
        yield say(DATA, code, {"count": len(twins)}, names=names, shown=shown)


def _told(twin: Twin) -> str:
    sign = "=" if twin.likeness == 1 else "~ mirrored" if twin.mirrored else "~"
    mark = " (another class)" if twin.conflict else ""
    return f"{twin.later.name} {sign} {twin.first.name}{mark}"


def _about_classes(found: Examination) -> Iterator[Remark]:
    train = found.counts.get("train") or next(iter(found.counts.values()), {})
    balance = balance_of(train)
    if balance is None or not found.classes:
        return
    values = {
        "ratio": balance.ratio,
        "most": balance.most,
        "fewest": balance.fewest,
        "effective": balance.effective,
        "classes": sum(count > 0 for count in train.values()),
    }
    yield say(DATA, "imbalance" if balance.ratio >= _UNEQUAL else "balanced", values)
    unseen = [name for name, count in train.items() if not count]
    if unseen:
        yield say(DATA, "unseen", {"count": len(unseen)}, names=unseen)
    few = [name for name, count in train.items() if 0 < count < _FEW]
    if few:
        names = [f"{name} ({train[name]})" for name in few]
        yield say(DATA, "few", {"count": len(few), "least": _FEW}, names=names)
    absent = [
        f"{name} ({split})"
        for split, own in found.counts.items()
        for name, count in own.items()
        if own is not train and not count and train[name]
    ]
    if absent:
        yield say(DATA, "missing", {"count": len(absent)}, names=absent)


def _about_kinds(found: Examination) -> Iterator[Remark]:
    whole = sum(found.totals.values())
    for kind, own in found.kinds.items():
        mixed = kind == "grey" and own.count < whole
        values = {"count": own.count, "all": whole}
        code = "grey_some" if mixed else kind
        yield say(DATA, code, values, names=own.names, shown=_single(own.spots))


def _about_sizes(found: Examination) -> Iterator[Remark]:
    for code, (count, spots) in found.odd.items():
        width, height = found.size_range[1]
        values = {"count": count, "side": SMALL, "ratio": LONG, "width": width, "height": height}
        names = [spot.name for spot in spots]
        yield say(DATA, code, values, names=names, shown=_single(spots))


def _about_pixels(found: Examination) -> Iterator[Remark]:
    for code, spots in (("black", found.pixels.black), ("constant", found.pixels.constant)):
        if spots:
            names = [spot.name for spot in spots]
            yield say(DATA, code, {"count": len(spots)}, names=names, shown=_single(spots))
    mean, std = found.pixels.mean, found.pixels.std
    if mean:
        odd = max(mean) < _DARK or min(mean) > 1 - _DARK or max(std) < _FLAT
        values = {"mean": _numbers(mean), "std": _numbers(std)}
        yield say(DATA, "dark_or_flat" if odd else "pixels", values)


def _single(spots: Sequence[Spot]) -> list[tuple[Spot, ...]]:
    return [(spot,) for spot in spots[:KEPT]]


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3f}" for value in values)
