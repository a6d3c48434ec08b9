"""The record: what was done, looked through by who, what, where and when, and taken along as a table."""

import ast
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import glass, recording, workflow
from blog.models import Event
from blog.recording import Wanted
from blog.templatetags.desk import in_words
from tests.factories import (
    fresh,
    make_live_post,
    make_post,
    make_rolling_post,
    make_update,
    person,
    published,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db
RECORD = "/admin/record/"


@pytest.fixture
def as_person(client):
    def sign_in(name):
        client.force_login(person(name))
        return client

    return sign_in


def told(acts):
    return [(act.by_name, act.verb, act.post_id) for act in acts]


def shown(client, **query):
    answer = client.get(RECORD, query)
    assert answer.status_code == 200
    return told(answer.context["part"].rows)


def table(client, **query):
    answer = client.get(f"{RECORD}file/", query)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_everything_is_there_the_newest_first(as_person):
    post = make_live_post("Bridge")
    story = make_rolling_post("Storm")
    make_update(story)
    acts = shown(as_person("edith"))
    assert acts == told(Event.objects.order_by("-at", "-pk").select_related("post"))
    assert {pk for _name, _verb, pk in acts} == {post.pk, story.pk}
    assert len(acts) == Event.objects.count()


def test_it_is_looked_through_by_who_what_and_where(as_person):
    bridge, storm = make_live_post("Bridge"), make_post("Storm", by=person("colin"))
    client = as_person("edith")
    assert shown(client, person="Colin") == [("Colin", "write", storm.pk)]
    assert shown(client, verb="publish") == [("Paula", "publish", bridge.pk)]
    assert shown(client, verb="write", person="Carla") == [("Carla", "write", bridge.pk)]
    assert shown(client, person="Colin", verb="publish") == []
    for words in (
        str(bridge.pk),
        bridge.slug,
        bridge.get_absolute_url(),
        f"https://record.example{bridge.get_absolute_url()}?c=1#c1",
        f"/admin/blog/post/{bridge.pk}/change/",
    ):
        assert {pk for _name, _verb, pk in shown(client, post=words)} == {bridge.pk}, words
    assert shown(client, post="nothing-like-that") == []
    assert shown(client, person="Nobody like that") == []


@override_settings(TIME_ZONE="America/New_York")
def test_days_are_those_of_the_site(as_person):
    client = as_person("edith")
    with timezone.override("America/New_York"):
        for at in ("2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"):
            with time_machine.travel(at, tick=False):
                make_post(at)
        found = [
            act.at for act in client.get(RECORD, {"since": "2026-03-08", "until": "2026-03-08"}).context["part"].rows
        ]
    # the day on which clocks are put forward has 23 hours
    assert found == [datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [("", "", 1), ("0001-01-01", "9999-12-31", 1), ("2000-01-01", "", 1), ("", "2000-01-01", 0)],
)
def test_days_at_the_ends_of_the_calendar_break_nothing(as_person, since, until, count):
    make_post()
    assert len(shown(as_person("edith"), since=since, until=until)) == count


@pytest.mark.parametrize(
    "query", [{"since": "2026-09-05", "until": "2026-09-04"}, {"since": "soon"}, {"verb": "x" * 900}, {"after": "x"}]
)
def test_what_cannot_be_looked_for_is_refused(as_person, query):
    make_post()
    client = as_person("edith")
    answer = client.get(RECORD, query)
    assert answer.status_code in (200, 400)
    if "verb" not in query:
        assert answer.status_code == 400
    if "after" not in query:
        assert client.get(f"{RECORD}file/", query).status_code == answer.status_code


def test_it_is_read_in_parts_without_a_gap(as_person, monkeypatch):
    monkeypatch.setattr("blog.admin.record.SHOWN", 3)
    with time_machine.travel("2026-09-05T12:00:00Z", tick=False):  # all at one moment
        for number in range(4):
            make_live_post(f"Piece {number}", at=timezone.now())
    client, query, found = as_person("edith"), {"verb": "publish"}, []
    while True:
        part = client.get(RECORD, query).context["part"]
        found += told(part.rows)
        if not part.next_place:
            break
        make_post("Comes in between")
        query["after"] = part.next_place
    assert len(found) == len(set(found)) == 4


def test_a_name_stays_when_the_account_has_gone(as_person):
    post = make_post("Bridge", by=person("colin"))
    get_user_model().objects.filter(username="colin").delete()
    client = as_person("edith")
    assert "Colin" in dict(client.get(RECORD).context["form"].fields["person"].choices)
    assert shown(client, person="Colin") == [("Colin", "write", post.pk)]
    assert table(client, person="Colin")[1][1:3] == ["Colin", "Saved"]


# Who reads it


@pytest.mark.parametrize(
    ("name", "status"), [("rita", 302), ("mod", 403), ("carla", 403), ("edith", 200), ("ada", 200)]
)
def test_only_who_reads_all_drafts_reads_it(as_person, name, status):
    post = put_in_review(make_post("zqheadlinezq", by=person("colin")))
    workflow.request_changes(post, by=person("edith"), note="zqnotezq")
    client = as_person(name)
    for address in (RECORD, f"{RECORD}file/", f"{RECORD}?person=Colin", f"{RECORD}file/?post={post.pk}"):
        answer = client.get(address)
        assert answer.status_code == status
        if status != 200:
            assert "zqnotezq" not in answer.text and "zqheadlinezq" not in answer.text
    front = client.get("/admin/", follow=True).text
    assert (f'href="{RECORD}"' in front) == (status == 200)


def test_who_may_read_no_events_reads_none(as_person):
    edith = person("edith")
    group = edith.groups.get()
    group.permissions.remove(group.permissions.get(codename="view_event"))
    assert as_person("edith").get(RECORD).status_code == 403


# The table


def test_the_table_says_what_the_page_says(as_person):
    post = published(write(make_live_post("Bridge"), headline="Bridge, closed", note="Hint: ask the council"))
    client = as_person("edith")
    rows = table(client, post=str(post.pk))
    assert len({len(row) for row in rows}) == 1
    assert [row[2] for row in rows[1:]] == [
        recording.word_for(verb) for _name, verb, _pk in shown(client, post=post.pk)
    ]
    first = dict(zip(rows[0], rows[-1], strict=True))
    assert first | {"When": ""} == {
        "When": "",
        "Who": "Carla",
        "What": "Saved",
        "Piece": str(post.pk),
        "Headline": "Bridge, closed",
        "Address": post.get_absolute_url(),
        "Update": "",
        "Version": "1",
        "Stage before": "",
        "Stage after": "draft",
        "Kind of change": "",
        "Note for colleagues": "",
        "Note for readers": "",
        "Readers saw it": "no",
        "More": "",
    }
    assert datetime.fromisoformat(first["When"]).tzinfo is not None


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\u22121",
    '=HYPERLINK("https://evil.example","x")',
    "=cmd|' /C calc'!A0",
    "\x00=1",
]


@pytest.mark.parametrize("words", FORMULAS)
def test_no_cell_is_a_formula(words):
    given = recording.cell(words)
    assert given[0] == "'"
    assert not any(sign in given for sign in "\t\r\n\x00")
    assert recording.cell(f"Words {words}") == "Words " + "".join(" " if sign < " " else sign for sign in words)


def test_no_formula_comes_out_of_what_people_write(as_person):
    colin = person("colin")
    colin.first_name = "=1+1"
    colin.save()
    post = make_post("=2+2", by=colin)
    workflow.request_changes(put_in_review(post), by=person("edith"), note='=3+3\r\n=4+4,"x"')
    cells = [value for row in table(as_person("edith")) for value in row]
    assert {"'=1+1", "'=2+2", '\'=3+3 =4+4,"x"'} <= set(cells)
    assert not [value for value in cells if value[:1] in {"=", "+", "-", "@", "\t", "\r"}]


def test_the_table_is_read_in_parts_and_whole(as_person, monkeypatch):
    monkeypatch.setattr(recording, "AT_ONCE", 4)
    for number in range(3):
        make_live_post(f"Piece {number}")
    rows = table(as_person("edith"))
    assert len(rows) == 1 + Event.objects.count()
    assert len({tuple(row) for row in rows}) == len(rows)


# How much is asked


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_asks_little(as_person, count):
    for number in range(count):
        make_update(make_rolling_post(f"Piece {number}"))
    client = as_person("edith")
    client.get(RECORD)
    with CaptureQueriesContext(connection) as asked:
        client.get(RECORD)
    assert len(asked) <= 9, [query["sql"][:90] for query in asked]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "record"),
        (Wanted(person="Carla"), "record_of_person"),
        (Wanted(verb="publish"), "record_of_verb"),
        (Wanted(since=timezone.now() - timedelta(days=1)), "record"),
    ],
)
def test_a_part_is_read_off_an_index(wanted, index):
    make_live_post()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = recording.acts(wanted)[:51].explain()
    assert index in plan, plan
    assert "TEMP B-TREE" not in plan


def test_the_locks_of_the_record_are_still_there():
    """Indexes were added to a table that refuses changes: on SQLite some changes make it anew, and lose that."""
    post = make_post()
    for statement in ("UPDATE blog_event SET note = 'x'", "DELETE FROM blog_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert fresh(post).events.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["change", "history", "/", "//", "change/", "a/change"])
def test_words_that_name_no_piece_find_none(words):
    make_live_post()
    make_post("Has no slug yet")
    assert recording.posts_named(words) == ()


@pytest.mark.parametrize("split", [";", "|"])
def test_no_formula_begins_in_the_middle_of_a_cell(split):
    assert recording.cell(f"x{split}=HYPERLINK(1)") == f"x{split}'=HYPERLINK(1)"
    assert recording.cell(f'x{split} "+1') == f"x{split}' \"+1"
    assert recording.cell(f"x{split}y") == f"x{split}y"


def test_what_was_published_without_approval_is_found_as_that_and_told_as_that(as_person):
    post = put_in_review(make_post("The river"))
    glass.break_glass(post, post.head, by=person("paula"), reason="It is over the quay.")
    other = make_live_post("The weather")
    desk = as_person("edith")
    assert '<option value="break_glass">Published without approval</option>' in desk.get(RECORD).text
    assert shown(desk, verb="break_glass") == [("Paula", "publish", post.pk)]
    assert sorted(one[2] for one in shown(desk, verb="publish")) == [post.pk, other.pk]
    assert [(row[2], row[3]) for row in table(desk, verb="break_glass")[1:]] == [
        ("Published without approval", str(post.pk))
    ]
    assert [row[2] for row in table(desk, post=str(other.pk), verb="publish")[1:]] == ["Published"]
    assert "Published version 1 without approval" in desk.get(RECORD).text


def test_where_nothing_was_it_is_not_offered(as_person):
    make_live_post()
    assert "Published without approval" not in as_person("edith").get(RECORD).text


def written_verbs():
    """The verbs of all events that the code can leave: it names them where they are made."""
    makers = set("add build build_event _move _act _mark setting _set_for_colleagues _note".split())
    found = set(workflow.STEPS) - {recording.GLASS}
    for path in Path(recording.__file__).parent.glob("*.py"):
        for call in (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            verb = call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else None
            if name in makers and isinstance(verb, str):
                found.add(verb)
    return found


def test_every_verb_has_words():
    verbs = written_verbs()
    assert {"write", "share", "remove", "pin", "spike", "plan", "fail_plan", "move", "retype"} <= verbs
    assert verbs <= recording.VERBS.keys(), verbs - recording.VERBS.keys()
    details = {"from": "", "to": "", "until": timezone.now().isoformat()}
    untold = {verb for verb in verbs if in_words(Event(verb=verb, details=details)) == verb}
    assert untold == set()
