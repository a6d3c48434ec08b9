"""What a time of day may mean where clocks are put back or forward."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from blog import local_times


@pytest.mark.parametrize(
    ("zone", "typed", "meant"),
    [
        ("America/New_York", "2027-03-14T01:59", ["01:59-05:00"]),
        ("America/New_York", "2027-03-14T02:30", ["01:59-05:00", "03:00-04:00"]),
        ("America/New_York", "2027-03-14T03:00", ["03:00-04:00"]),
        ("America/New_York", "2027-11-07T00:59", ["00:59-04:00"]),
        ("America/New_York", "2027-11-07T01:30", ["01:30-04:00", "01:30-05:00"]),
        ("America/New_York", "2027-11-07T02:00", ["02:00-05:00"]),
        ("Europe/Paris", "2027-03-28T02:00", ["01:59+01:00", "03:00+02:00"]),
        ("Europe/Paris", "2027-03-28T02:59", ["01:59+01:00", "03:00+02:00"]),
        ("Europe/Paris", "2027-10-31T02:59", ["02:59+02:00", "02:59+01:00"]),
        ("Australia/Lord_Howe", "2027-10-03T02:15", ["01:59+10:30", "02:30+11:00"]),  # by half an hour
        ("Australia/Lord_Howe", "2027-04-04T01:45", ["01:45+11:00", "01:45+10:30"]),
        ("Australia/Lord_Howe", "2027-04-04T02:00", ["02:00+10:30"]),
        ("UTC", "2027-03-28T02:30", ["02:30+00:00"]),
    ],
)
def test_a_time_means_one_instant_or_somebody_chooses_from_two(zone, typed, meant):
    zone = ZoneInfo(zone)
    found = local_times.meant(datetime.fromisoformat(typed), zone)
    assert [one.astimezone(zone).isoformat(timespec="minutes")[11:] for one in found] == meant
    assert found == sorted(found)


def test_a_whole_day_that_was_left_out():
    zone = ZoneInfo("Pacific/Apia")
    found = local_times.meant(datetime(2011, 12, 30, 12), zone)
    assert [f"{one.astimezone(zone):%d %H:%M}" for one in found] == ["29 23:59", "31 00:00"]


def test_seconds_are_kept():
    assert local_times.instants(datetime(2027, 6, 1, 12, 0, 7), ZoneInfo("Europe/Paris")) == [
        datetime(2027, 6, 1, 10, 0, 7, tzinfo=UTC)
    ]
