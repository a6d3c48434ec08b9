"""The field for a local time: what it asks, what it takes for an answer, and what it leaves as it was."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone

from blog.forms import LocalTimeField


class TimeForm(forms.Form):
    at = LocalTimeField(required=False)


@pytest.fixture
def zone():
    """Sets the zone of the site for a test."""

    def at(name):
        timezone.activate(ZoneInfo(name))

    yield at
    timezone.deactivate()


class Fields(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "input":
            self.found.append(dict(attributes))


def sent_again(form, choice):
    """What a browser sends for a refused form in which somebody took one of the two."""
    typed, *radios = Fields(str(form["at"])).found
    assert [one["type"] for one in radios] == ["radio"] * 2
    assert len({one["id"] for one in [typed, *radios]}) == 3
    return {"at": typed["value"], radios[choice]["name"]: radios[choice]["value"]}


@pytest.mark.parametrize(
    ("where", "typed", "words", "instants"),
    [
        (
            "America/New_York",
            "2027-11-07T01:30",
            ["01:30 summer time", "01:30 winter time"],
            ["2027-11-07T05:30", "2027-11-07T06:30"],
        ),
        ("America/New_York", "2027-03-14T02:30", ["01:59", "03:00"], ["2027-03-14T06:59", "2027-03-14T07:00"]),
        (
            "Europe/Paris",
            "2027-10-31T02:30",
            ["02:30 summer time", "02:30 winter time"],
            ["2027-10-31T00:30", "2027-10-31T01:30"],
        ),
        ("Europe/Paris", "2027-03-28T02:30", ["01:59", "03:00"], ["2027-03-28T00:59", "2027-03-28T01:00"]),
        ("Australia/Lord_Howe", "2027-10-03T02:15", ["01:59", "02:30"], ["2027-10-02T15:29", "2027-10-02T15:30"]),
        (
            "Europe/Dublin",  # where the law calls winter the exception
            "2027-10-31T01:30",
            ["01:30 summer time", "01:30 winter time"],
            ["2027-10-31T00:30", "2027-10-31T01:30"],
        ),
        (
            "Europe/Moscow",  # which changed its zone
            "2014-10-26T01:30",
            ["01:30, the first time", "01:30, the second time"],
            ["2014-10-25T21:30", "2014-10-25T22:30"],
        ),
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            ["29 December 2011, 23:59", "31 December 2011, 00:00"],
            ["2011-12-30T09:59", "2011-12-30T10:00"],
        ),
    ],
)
def test_what_the_clocks_leave_open_is_asked_and_the_answer_is_taken(zone, where, typed, words, instants):
    zone(where)
    form = TimeForm({"at": typed})
    assert not form.is_valid()
    assert [said for _instant, said in form.fields["at"].widget.offered] == words
    assert all(said in str(form["at"]) for said in words)
    for choice in (0, 1):
        again = TimeForm(sent_again(form, choice))
        assert again.is_valid()
        assert again.cleaned_data["at"] == datetime.fromisoformat(instants[choice]).replace(tzinfo=UTC)


def test_the_answer_to_one_time_is_none_to_another(zone):
    zone("America/New_York")
    chosen = "2027-11-07T06:30:00+00:00"
    assert TimeForm({"at": "2027-11-07T01:30", "at-exact": chosen}).is_valid()
    assert not TimeForm({"at": "2027-11-07T01:31", "at-exact": chosen}).is_valid()
    other = TimeForm({"at": "2027-11-07T03:30", "at-exact": chosen})
    assert other.is_valid() and other.cleaned_data["at"].isoformat() == "2027-11-07T08:30:00+00:00"


@pytest.mark.parametrize(
    "exact", ["x", "2027-11-07T06:30:00", "2026-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"]
)
def test_an_answer_that_was_made_up_is_none(zone, exact):
    zone("America/New_York")
    assert not TimeForm({"at": "2027-11-07T01:30", "at-exact": exact}).is_valid()


@pytest.mark.parametrize("instant", ["2027-11-07T05:30:00+00:00", "2027-11-07T06:30:00+00:00"])
def test_a_time_that_is_shown_comes_back_as_it_was(zone, instant):
    zone("America/New_York")
    instant = datetime.fromisoformat(instant)
    typed, exact = Fields(str(TimeForm(initial={"at": instant})["at"])).found
    assert (typed["value"], exact["type"]) == ("2027-11-07T01:30", "hidden")
    form = TimeForm({"at": typed["value"], exact["name"]: exact["value"]}, initial={"at": instant})
    assert form.is_valid() and form.cleaned_data["at"] == instant
    assert not form.has_changed()


@pytest.mark.parametrize(
    "text", ["soon", "2027-02-30T12:00", "2027-13-01T12:00", "0001-01-01T00:00", "9999-12-31T23:59", "2027-01-01T25:00"]
)
def test_what_is_no_time_is_refused_and_kept(zone, text):
    zone("Pacific/Kiritimati")
    form = TimeForm({"at": text})
    assert form.errors["at"] == ["Write the time as 2026-03-12 18:42."]
    assert f'value="{text}"' in str(form["at"])


@pytest.mark.parametrize(("text", "at"), [("", None), ("  ", None), ("2027-06-01 12:00", "2027-06-01T10:00:00+00:00")])
def test_other_times_are_read(zone, text, at):
    zone("Europe/Paris")
    form = TimeForm({"at": text})
    assert form.is_valid()
    assert form.cleaned_data["at"] == (at and datetime.fromisoformat(at))
