"""Clocks that are put back or forward: a time of day may have come twice, or not at all."""

from datetime import UTC, datetime, timedelta, tzinfo

MINUTE = timedelta(minutes=1)


def instants(typed: datetime, zone: tzinfo) -> list[datetime]:
    """When the clocks of a zone showed this time: once as a rule, twice when they were put back over it, else never.

    `typed` has no zone. In order; OverflowError for a time at the ends of the calendar.
    """
    found = []
    for fold in (0, 1):
        moment = typed.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment not in found and moment.astimezone(zone).replace(tzinfo=None, fold=0) == typed.replace(fold=0):
            found.append(moment)
    return found


def beside_gap(typed: datetime, zone: tzinfo) -> list[datetime]:
    """The last minute before, and the first one after, those that the clocks left out when they were put forward."""
    late, early = (typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):  # the change lies between the two
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    # Changes are on whole seconds.
    change = late.replace(microsecond=0)
    return [change - MINUTE, change]


def meant(typed: datetime, zone: tzinfo) -> list[datetime]:
    """What may be meant by a time: one instant where that is clear, else the two that somebody has to choose from."""
    return instants(typed, zone) or beside_gap(typed, zone)
