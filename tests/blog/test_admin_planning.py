"""Planning on the page of a piece, and the page of tonight."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import events, plans, prospects, removal, schedule, tonight, workflow
from blog.admin import planning
from blog.models import Picture, Revision, Schedule, Update
from blog.schedule import State
from tests.blog.test_admin_writing import as_sent, page_of, rows, told
from tests.blog.test_schedule import HOUR, WHY, approved_update, becomes_due, in_hours, planned, ran, row_of
from tests.factories import (
    approved,
    four_eyes,
    fresh,
    make_live_post,
    make_post,
    make_rolling_post,
    make_update,
    person,
    write,
)

pytestmark = pytest.mark.django_db
TONIGHT = "/admin/tonight/"


def typed(moment):
    """As a field for a local time has it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def minute(moment):
    return moment.replace(second=0, microsecond=0)


def place_of(piece):
    return f"/admin/blog/post/{piece.post_id}/updates/{piece.number}/" if isinstance(piece, Update) else page_of(piece)


@pytest.fixture
def desk(client):
    """Opens the page of a piece as somebody, and presses a button there, with what was typed."""

    class Desk:
        def open(self, piece, by):
            client.force_login(person(by))
            response = client.get(place_of(piece))
            form = response.context.get("form")
            self.sent = as_sent(form) if form else {"based_on": piece.head.number}
            return response

        def press(self, piece, by, verb, **typed):
            self.open(piece, by)
            words = {name.replace("__", "-"): value for name, value in typed.items()}
            return client.post(place_of(piece), self.sent | words | {"verb": verb})

        def tonight(self, by, **sent):
            client.force_login(person(by))
            return client.post(TONIGHT, sent) if sent else client.get(TONIGHT)

    return Desk()


def texts(response):
    return " ".join(response.content.decode().split())


def test_a_plan_made_on_the_page_stands_there_with_by_whom_when_and_which_version(desk):
    post = approved(make_post())
    at = in_hours(5)
    response = desk.press(post, "paula", "plan", plan__publish_at=typed(at))
    assert (response.status_code, response["Location"]) == (302, page_of(post))
    row = row_of(post)
    assert (row.due_at, row.revision, row.by) == (minute(at), post.head, person("paula"))
    assert "goes out at" in told(response)
    page = texts(desk.open(post, "paula"))
    assert "Version 1, planned by Paula," in page and "Do not let it go out" in page
    assert Revision.objects.of(post).count() == 1


def test_both_at_once_and_a_latest_time(desk):
    post = approved(make_post())
    times = {"publish_at": in_hours(1), "expires_at": in_hours(2), "withdraw_at": in_hours(3)}
    sent = {f"plan__{name}": typed(at) for name, at in times.items()}
    assert desk.press(post, "paula", "plan", **sent, plan__withdrawal_note=WHY).status_code == 302
    found, end = row_of(post), row_of(post, "withdraw")
    assert [found.due_at, found.expires_at, end.due_at] == [minute(at) for at in times.values()]
    assert end.words["public_note"] == WHY


@four_eyes(False)
def test_what_was_typed_is_saved_first_and_that_version_is_planned(desk):
    post = make_post()
    desk.press(post, "paula", "plan", headline="The last word", plan__publish_at=typed(in_hours(1)))
    row = row_of(post)
    assert (row.revision.number, row.revision.headline) == (2, "The last word")
    assert fresh(post).head == row.revision


def test_a_plan_that_is_refused_costs_no_word_and_keeps_the_times(desk):
    """Changed words have to be approved first, so there is nothing to plan; they are saved all the same."""
    post = approved(make_post())
    at = typed(in_hours(1))
    response = desk.press(post, "paula", "plan", headline="The last word", plan__publish_at=at)
    assert (response.status_code, Schedule.objects.count()) == (409, 0)
    assert fresh(post).head.headline == "The last word"
    assert "Somebody else has to approve it first." in texts(response)


def test_a_time_that_has_passed_is_refused_and_stays_in_the_field(desk):
    post = approved(make_post())
    at = typed(in_hours(-1))
    response = desk.press(post, "paula", "plan", plan__publish_at=at)
    assert (response.status_code, Schedule.objects.count()) == (409, 0)
    assert "has passed" in texts(response) and f'value="{at}"' in texts(response)


@pytest.mark.parametrize(
    ("zone", "time", "words"),
    [
        ("America/New_York", "03-14T02:30", "The clocks were put forward"),
        ("America/New_York", "11-07T01:30", "The clocks were put back"),
        ("Europe/Paris", "03-28T02:30", "The clocks were put forward"),
        ("Australia/Lord_Howe", "04-04T01:45", "The clocks were put back"),
    ],
)
def test_times_that_there_are_not_or_twice_are_asked_back_and_chosen(desk, settings, zone, time, words):
    settings.TIME_ZONE = zone
    timezone.activate(ZoneInfo(zone))
    post = approved(make_post())
    with four_eyes(False):
        response = desk.press(post, "paula", "plan", plan__publish_at=f"2027-{time}")
        assert (response.status_code, Schedule.objects.count()) == (409, 0)
        assert words in texts(response)
        form = response.context["plan_form"]
        [first, second] = [instant for instant, _said in form["publish_at"].field.widget.offered]
        sent = {"plan__publish_at": f"2027-{time}", "plan__publish_at-exact": second.isoformat()}
        assert desk.press(post, "paula", "plan", **sent).status_code == 302
    assert first < second == row_of(post).due_at
    timezone.deactivate()


def test_moving_the_newsroom_moves_nothing_that_is_planned(desk, settings):
    post = approved(make_post())
    at = in_hours(30)
    desk.press(post, "paula", "plan", plan__publish_at=typed(at))
    settings.TIME_ZONE = "Pacific/Apia"
    assert Schedule.objects.get().due_at == minute(at)


def test_a_correction_is_planned_with_its_sentence(desk):
    post = make_live_post()
    with four_eyes(False):
        words = {"headline": "Other", "change": "correction", "plan__publish_at": typed(in_hours(1))}
        response = desk.press(post, "paula", "plan", **words)
        assert response.status_code == 409 and "sentence for readers" in texts(response)
        words = {"change": "correction", "plan__publish_at": typed(in_hours(1))}
        response = desk.press(fresh(post), "paula", "plan", **words, publish__public_note="The wrong day.")
    assert response.status_code == 302
    assert row_of(post).words["public_note"] == "The wrong day." and row_of(post).words["kind"] == "correction"


def test_a_typo_that_is_none_is_doubted_before_it_is_planned(desk):
    post = make_live_post(body="<p>17 people came.</p>")
    with four_eyes(False):
        words = {"body": "<p>71 people came.</p>", "change": "typo", "plan__publish_at": typed(in_hours(1))}
        response = desk.press(post, "paula", "plan", **words)
        assert (response.status_code, Schedule.objects.count()) == (409, 0)
        doubts = " ".join(doubt.name for doubt in response.context["doubts"])
        words = {"change": "typo", "plan__publish_at": typed(in_hours(1)), "publish__sure": doubts}
        assert desk.press(fresh(post), "paula", "plan", **words).status_code == 302
    assert row_of(post).words["warnings"] == doubts.split()
    ran(post)
    assert row_of(post).event.details["warnings"] == doubts.split()


def test_who_may_not_publish_sees_what_is_planned_and_has_no_form(desk):
    post = planned(approved(make_post()))
    for name in ("carla", "edith"):
        response = desk.open(post, name)
        assert response.context["plan_form"] is None and "Do not let it go out" not in texts(response)
        assert "planned by Paula" in texts(response)
    before = rows(), list(Schedule.objects.values())
    assert desk.press(post, "edith", "take_back_publish").status_code == 409
    assert desk.press(make_live_post("Live"), "edith", "plan", plan__withdraw_at=typed(in_hours(1))).status_code == 409
    assert list(Schedule.objects.values()) == before[1]


def test_who_may_not_read_a_draft_learns_nothing_of_its_plan(desk):
    post = make_live_post(by=person("colin"))
    with four_eyes(False):
        planned(write(post, person("colin"), headline="Secret"))
    page = texts(desk.open(post, "carla"))
    assert "planned by" not in page and "Secret" not in page


def test_taking_back_on_the_page(desk):
    post = planned(approved(make_post()))
    response = desk.press(post, "peter", "take_back_publish")
    assert (response.status_code, row_of(post).state) == (302, State.CANCELLED)
    assert "is taken back" in told(response)
    assert desk.press(post, "peter", "take_back_publish").status_code == 409


def test_the_page_says_that_a_plan_went_with_its_approval(desk):
    post = planned(approved(make_post()))
    workflow.request_changes(post, by=person("edith"), note="Who says so?")
    page = texts(desk.open(post, "paula"))
    assert "What was planned is taken back: changes were asked for. Edith did that." in page


def test_the_page_says_each_plan_that_went(desk):
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    out, away = row_of(post), row_of(post, "withdraw")
    workflow.recall(post, by=person("carla"))
    response = desk.open(post, "paula")
    spelt = [("Publish", events.spell(out.due_at)), ("Withdraw", events.spell(away.due_at))]
    assert response.context["plan_dropped"] == ("Carla", "it went back to draft.", spelt)


def test_the_page_says_that_a_plan_went_with_words_that_had_to_go(desk):
    post = planned(approved(make_post()))
    removal.remove(post, [post.head], by=person("ada"), reason="A court", public_reason="A court.")
    assert "What was planned is taken back: words were removed for legal reasons. Ada did that." in texts(
        desk.open(post, "paula")
    )


def test_the_page_knows_each_reason_for_which_a_plan_goes():
    sources = "".join(path.read_text() for path in Path(plans.__file__).parent.glob("**/*.py"))
    with_approval = {"recall", "request_changes", "spike"}
    assert planning.BECAUSE.keys() == {*re.findall(r'because="(\w+)"', sources)} | with_approval


def test_the_page_says_what_did_not_happen_until_somebody_has_seen_it(desk):
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    ran(post, ago=3 * HOUR)
    assert "It was to go out until" in texts(desk.open(post, "carla"))
    schedule.see(row_of(post), by=person("paula"))
    assert "It was to go out until" not in texts(desk.open(post, "carla"))


def test_what_else_is_planned_within_half_an_hour_stands_beside(desk):
    now = timezone.now()
    post = planned(approved(make_post()), publish_at=now + HOUR)
    planned(approved(make_post("Near it")), publish_at=now + 1.4 * HOUR)
    planned(approved(make_post("Far away")), publish_at=now + 1.6 * HOUR)
    page = texts(desk.open(post, "paula"))
    assert "Near it" in page and "Far away" not in page


def test_an_update_is_planned_on_its_own_page(desk):
    update = approved_update(make_update(make_rolling_post()))
    response = desk.press(update, "paula", "plan", plan__publish_at=typed(in_hours(1)))
    assert (response.status_code, response["Location"]) == (302, place_of(update))
    assert row_of(update).revision == update.head
    assert "planned by Paula" in texts(desk.open(update, "paula"))
    assert desk.press(update, "paula", "take_back_publish").status_code == 302
    assert row_of(update).state == State.CANCELLED


def test_saving_the_form_while_it_went_out_does_not_put_it_back(desk, client):
    """The page was open when the plan was done: what is saved then is a draft behind what readers see."""
    post = planned(approved(make_post()))
    desk.open(post, "paula")
    ran(post)
    response = client.post(place_of(post), desk.sent | {"headline": "After it", "change": "update"})
    assert response.status_code == 302
    post = fresh(post)
    assert (post.live.number, post.head.headline, post.stage) == (1, "After it", "draft")


# Tonight


def test_tonight_shows_what_comes_what_failed_and_what_was_done(desk):
    planned(approved(make_post("It comes")))
    missed = planned(approved(make_post("It was missed")), publish_at=in_hours(1), expires_at=in_hours(2))
    ran(missed, ago=3 * HOUR)
    done = planned(approved(make_post("It is done")))
    ran(done)
    doomed = planned(approved(make_post("It will be missed")), publish_at=in_hours(1), expires_at=in_hours(2))
    becomes_due(doomed, ago=3 * HOUR)
    response = desk.tonight("paula")
    context = response.context
    assert [one.headline for one, _may in context["coming"]] == ["It will be missed", "It comes"]
    assert [row.post for row, _may in context["troubles"]] == [missed]
    assert [row.post for row in context["done"]] == [done]
    page = texts(response)
    assert "It will not happen. It was to go out until" in page and "overdue" in page


def test_seen_on_the_page_of_tonight_is_red_no_longer(desk):
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    ran(post, ago=3 * HOUR)
    row = row_of(post)
    assert desk.tonight("edith", seen=row.pk).status_code == 409
    assert row_of(post).seen_at is None
    assert desk.tonight("peter", seen=row.pk).status_code == 302
    assert row_of(post).seen_at is not None
    assert desk.tonight("peter").context["troubles"] == []


def test_taking_back_on_the_page_of_tonight(desk):
    post = planned(approved(make_post()))
    row = row_of(post)
    assert desk.tonight("edith", take_back=row.pk).status_code == 409
    assert desk.tonight("paula", take_back=row.pk).status_code == 302
    assert row_of(post).state == State.CANCELLED
    response = desk.tonight("paula", take_back=row.pk)
    assert response.status_code == 409 and "not planned any more" in texts(response)


def test_tonight_shows_nobody_what_he_may_not_read(desk):
    post = planned(approved(make_post("Secret", by=person("colin"))))
    row = row_of(post)
    assert "Secret" in texts(desk.tonight("colin"))
    assert "Secret" not in texts(desk.tonight("carla"))
    assert desk.tonight("carla", take_back=row.pk).status_code == 404
    assert desk.tonight("mod").status_code == 403
    for made_up in ("x", "9" * 30, "-1"):
        assert desk.tonight("paula", seen=made_up).status_code == 400
    assert row_of(post).state == State.DUE


def test_tonight_says_where_an_account_is_closed(desk):
    planned(approved(make_post()), by="peter")
    peter = person("peter")
    peter.is_active = False
    peter.save()
    assert "that account is closed; the plan stands" in texts(desk.tonight("paula"))


UPLOAD = "ab" * 32
WITH_ALL = f'<p><img src="/media/pictures/aa/{UPLOAD}-9x9.png"> <a href="https://post.example/1">Minutes</a></p>'


def a_night(number):
    """A piece that comes and goes, one that comes back, a change over live words, an update, one that is blocked."""
    planned(approved(make_post(f"New {number}", body=WITH_ALL)), publish_at=in_hours(1), withdraw_at=in_hours(2))
    gone = workflow.withdraw(make_live_post(f"Gone {number}", body=WITH_ALL), by=person("paula"), public_note=WHY)
    planned(approved(write(gone, headline=f"Back {number}")))
    planned(approved(write(make_live_post(f"Live {number}", body=WITH_ALL), headline=f"Change {number}")))
    planned(approved_update(make_update(make_rolling_post(f"Story {number}"))))
    blocked = planned(approved(make_post(f"Blocked {number}")))
    write_over = WITH_ALL.replace(UPLOAD, "cd" * 32)
    row = row_of(blocked)
    Schedule.objects.filter(pk=row.pk).update(revision=make_post(f"Bad {number}", body=write_over).head)


@pytest.mark.parametrize("blocks", [["pictures"], ["pictures", "links", "summary"]])
def test_tonight_asks_the_same_for_few_and_for_many(desk, client, settings, blocks):
    settings.CHECKS_THAT_BLOCK = blocks
    Picture.objects.create(file="x.png", sha256=UPLOAD, width=1, height=1, is_decorative=True)
    counts, nights = [], (3, 7)
    for many in nights:
        for number in range(many - Schedule.objects.filter(verb="withdraw").count()):
            a_night(f"{many} {number}")
        desk.tonight("paula")
        with CaptureQueriesContext(connection) as asked:
            response = client.get(TONIGHT)
        counts.append(len(asked))
        shown = [one.prospect.state for one, _may in response.context["coming"]]
        assert (len(shown), shown.count("failed")) == (6 * many, many)
    assert counts[0] == counts[1] <= 12 + (blocks != ["pictures"])


def test_what_is_told_beforehand_is_what_asking_each_by_itself_tells(desk):
    Picture.objects.create(file="x.png", sha256=UPLOAD, width=1, height=1, is_decorative=True)
    a_night(1)
    together = {one.row.pk: one.prospect for one in tonight.coming()}
    for one in tonight.coming():
        if one.row.verb == "publish":
            alone = prospects.expect(one.row, one.row.piece, one.row.due_at, prospects.known_of([one.row]))
            assert (alone.state, alone.words) == (together[one.row.pk].state, together[one.row.pk].words)


def test_tonight_is_shown_in_parts_that_neither_skip_nor_repeat(desk, client, monkeypatch):
    monkeypatch.setattr(tonight, "SHOWN", 2)
    at = in_hours(1)
    for number in range(3):
        planned(approved(make_post(f"Piece {number}")), publish_at=at, withdraw_at=in_hours(2 + number))
    everything = [one.row.pk for one in tonight.coming()]
    client.force_login(person("paula"))
    found, address, states = [], TONIGHT, set()
    while address:
        response = client.get(address)
        found.append([one.row.pk for one, _may in response.context["coming"]])
        states |= {(one.prospect.state, one.prospect.words) for one, _may in response.context["coming"]}
        following = re.search(r'href="([^"]*[?]after=[^"]*)"', response.content.decode())
        address = following and following[1]
    assert found == [everything[:2], everything[2:4], everything[4:]]
    assert states == {("done", "")}  # a withdrawal on a later part knows of the publication before it
    for made_up in ("x", "9" * 30, "\ud800", "2026-13-01T000000.000000-1", "2026-01-01T000000.000000-" + "9" * 19):
        assert client.get(TONIGHT, {"after": made_up.encode("utf-8", "replace")}).status_code == 400


def test_of_very_many_troubles_the_oldest_are_shown(desk, monkeypatch):
    monkeypatch.setattr(tonight, "SHOWN", 1)
    posts = [planned(approved(make_post(f"M {number}")), expires_at=in_hours(2)) for number in range(2)]
    ran(*posts, ago=3 * HOUR)
    oldest = Schedule.objects.in_trouble().first()
    assert [row for row, _may in desk.tonight("paula").context["troubles"]] == [oldest]
