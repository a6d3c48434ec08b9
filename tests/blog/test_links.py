"""Each address that a live source names is visited in turn, and what came of it is kept."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from blog import links, workflow
from blog.models import CheckedLink, Edition
from blog.visiting import Visit
from tests.factories import make_live_post, make_live_update, make_post, make_publisher, make_rolling_post

pytestmark = pytest.mark.django_db

State = CheckedLink.State
FINE, GONE, AWAY = Visit(State.FINE, 200), Visit(State.GONE, 404), Visit(State.UNSURE, 503)
LOST = Visit(State.UNSURE, note="There is no such name.", lost=True)
NOW = timezone.now()


def url(name):
    return f"https://{name}.example/"


def sources(*names):
    return tuple({"outlet": name.title(), "title": "Notice", "url": url(name)} for name in names)


def seen(name, came=FINE, *, ago=timedelta(0)):
    return links.keep(url(name), came, NOW - ago)[0]


def standing(link):
    link.refresh_from_db()
    return (link.state, link.fine_at, link.failing_since)


def test_what_is_live_is_visited_once_the_longest_unvisited_first():
    make_live_post(sources=(*sources("b", "a", "b"), {"outlet": "Said to us"}))
    make_live_update(make_rolling_post("Other", sources=sources("a", "c")), sources=sources("d"))
    make_post("Draft", sources=sources("draft"))
    gone = make_live_post("Withdrawn", sources=sources("withdrawn"))
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    seen("a", ago=timedelta(days=2))
    seen("b", ago=timedelta(days=5))
    assert links.due() == [url(name) for name in ("c", "d", "b", "a")]
    assert links.due(older_than=timedelta(days=3)) == [url(name) for name in ("c", "d", "b")]
    assert links.due(limit=3) == [url(name) for name in ("c", "d", "b")]
    assert links.due(limit=0) == []


def test_what_a_visit_leaves():
    link = seen("a", FINE, ago=timedelta(days=9))
    assert standing(link) == (State.FINE, NOW - timedelta(days=9), None)
    seen("a", AWAY, ago=timedelta(days=6))
    seen("a", GONE, ago=timedelta(days=3))
    assert standing(link) == (State.GONE, NOW - timedelta(days=9), NOW - timedelta(days=6))
    seen("a", FINE)
    assert standing(link) == (State.FINE, NOW, None)
    seen("a", Visit(State.REFUSED, note="It leads to an address that is not public."))
    assert standing(link) == (State.REFUSED, NOW, None)
    assert (link.code, link.note) == (None, "It leads to an address that is not public.")
    seen("a", AWAY)
    seen("a", Visit(State.REFUSED))
    assert standing(link) == (State.REFUSED, NOW, None)  # what is not visited does not fail


def test_a_name_that_is_lost_for_a_week_is_gone():
    assert seen("a", LOST, ago=timedelta(days=8)).state == State.UNSURE
    assert seen("a", LOST, ago=timedelta(days=2)).state == State.UNSURE
    assert seen("a", LOST, ago=timedelta(days=1)).state == State.GONE
    seen("b", AWAY, ago=timedelta(days=30))
    assert seen("b", LOST, ago=timedelta(days=1)).state == State.UNSURE  # perhaps it is our resolver that is away
    assert seen("b", LOST).state == State.GONE


def test_what_is_gone_stays_gone_until_it_answers():
    seen("a", GONE, ago=timedelta(days=2))
    for came in (AWAY, LOST, Visit(State.UNSURE, 403)):
        link = seen("a", came, ago=timedelta(days=1))
        assert (link.state, link.failing_since) == (State.GONE, NOW - timedelta(days=2))
    assert seen("a", FINE).state == State.FINE


def edition():
    return tuple(Edition.objects.values_list("number", "furniture").get(pk=1))


def answering(answers):
    asked = []

    def ask(url, pause):
        asked.append(url)
        return answers[url]

    return ask, asked


def test_a_round_says_what_is_new():
    seen("a", GONE)
    seen("b")
    number, furniture = edition()
    urls = [url(name) for name in "abcd"]
    ask, asked = answering(dict(zip(urls, [FINE, GONE, AWAY, GONE], strict=True)))
    checked = links.Checked()
    assert {link.url for link in links.check(urls, checked, ask=ask)} == set(urls) == set(asked)
    assert checked.states == {State.FINE: 1, State.GONE: 2, State.UNSURE: 1}
    assert sorted(link.url for link in checked.newly_gone) == [url("b"), url("d")]
    assert [link.url for link in checked.back] == [url("a")]
    assert edition() == (number + 1, furniture)  # lists show it, pages of pieces do not


def test_nothing_is_drawn_again_when_nothing_is_new():
    seen("a", GONE)
    before = edition()
    ask, _asked = answering({url("a"): GONE, url("b"): FINE})
    list(links.check([url("a"), url("b")], links.Checked(), ask=ask))
    assert edition() == before


def test_what_is_no_longer_visited_is_no_longer_called_gone():
    seen("a", GONE)
    number, _furniture = edition()
    checked = links.Checked()
    ask, _asked = answering({url("a"): Visit(State.REFUSED, note="Only http and https are visited.")})
    list(links.check([url("a")], checked, ask=ask))
    assert (checked.newly_gone, checked.back, edition()[0]) == ([], [], number + 1)


def test_who_stops_keeps_what_was_done(monkeypatch):
    monkeypatch.setattr(links, "AT_ONCE", 1)
    before = edition()
    urls = [url(name) for name in "abc"]
    ask, asked = answering(dict.fromkeys(urls, GONE))
    checked = links.Checked()
    visits = links.check(urls, checked, ask=ask)
    first = next(visits)
    visits.close()
    assert list(CheckedLink.objects.values_list("url", flat=True)) == [first.url] == [url("a")]
    assert edition() == (before[0] + 1, before[1])
    assert set(asked) <= set(urls)


def test_an_error_of_ours_is_not_lost_in_a_thread():
    def ask(url, pause):
        raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"):
        list(links.check([url("a")], links.Checked(), ask=ask))
    assert not CheckedLink.objects.exists()


def test_each_host_is_given_a_second():
    now, waited = [100.0], []
    pace = links.Pace(waited.append, clock=lambda: now[0])
    assert [pace.pause(host) for host in ("a", "b", "a", "a")] == [0, 0, 1, 2]
    assert waited == [1, 2]
    now[0] = 102.5
    assert pace.pause("a") == 0.5
    assert pace.pause("b") == 0
    now[0] = 110.0
    assert pace.pause("a") == 0


def test_those_of_one_host_are_asked_in_turn_and_in_order():
    urls = [f"https://a.example/{number}" for number in range(20)] + [url("b")]
    pauses = []

    def ask(url, pause):
        pauses.append(url)
        return FINE

    list(links.check(urls, links.Checked(), ask=ask))
    assert [one for one in pauses if "a.example" in one] == urls[:20]


# The command


@pytest.fixture
def web(monkeypatch):
    """Addresses and what they answer."""
    answers = {}
    monkeypatch.setattr(links.check, "__kwdefaults__", {"ask": lambda url, pause: answers[url]})
    return answers


def run(*words, code=0):
    out, err = StringIO(), StringIO()
    ended = 0
    try:
        call_command("check_links", *words, stdout=out, stderr=err)
    except SystemExit as end:
        ended = end.code
    assert ended == code, out.getvalue()
    assert err.getvalue() == ""
    return out.getvalue()


def test_the_command_says_what_is_gone_and_ends_with_1(web):
    make_live_post(sources=sources("a", "b", "c"))
    web |= {url("a"): FINE, url("b"): GONE, url("c"): LOST}
    assert run(code=1) == (
        "Visited 3 of 3 addresses.\n"
        "Answer 1, gone 1, no clear answer 1, not visited 0.\n"
        "Gone: https://b.example/ (404)\n"
    )  # fmt: skip
    assert run() == "Visited 0 of 0 addresses.\nAnswer 0, gone 0, no clear answer 0, not visited 0.\n"
    web[url("b")] = FINE
    assert "There again: https://b.example/ (200)\n" in run("--older-than", "0")


def test_the_command_as_json(web):
    make_live_post(sources=sources("a", "b"))
    web |= {url("a"): GONE, url("b"): FINE}
    assert json.loads(run("--json", "--limit", "1", code=1)) == {
        "due": 1,
        "stopped": False,
        "fine": 0,
        "gone": 1,
        "unsure": 0,
        "refused": 0,
        "newly_gone": [{"url": url("a"), "state": "gone", "code": 404, "note": ""}],
        "there_again": [],
    }
    assert json.loads(run("--json"))["fine"] == 1


def test_the_command_goes_on_where_it_was_stopped(monkeypatch):
    monkeypatch.setattr(links, "AT_ONCE", 1)
    make_live_post(sources=sources("a", "b", "c"))

    def ask(address, pause):
        if address == url("b"):
            raise KeyboardInterrupt
        return FINE

    monkeypatch.setattr(links.check, "__kwdefaults__", {"ask": ask})
    assert run(code=130).startswith("Visited 1 of 3 addresses: stopped.\n")
    monkeypatch.setattr(links.check, "__kwdefaults__", {"ask": lambda url, pause: FINE})
    assert run().startswith("Visited 2 of 2 addresses.\n")


@pytest.mark.parametrize("words", [("--limit", "-1"), ("--older-than", "-1"), ("--older-than", "nan")])
def test_numbers_that_mean_nothing_are_refused(words):
    with pytest.raises(CommandError):
        call_command("check_links", *words)
