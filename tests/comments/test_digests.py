"""Moderators are told what waits: who, how often, once, and not when nothing does."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from blog import sending
from blog.models import Outgoing
from comments import digests
from comments.models import Comment, Digest
from tests.factories import everything, make_comment, make_live_post, make_user, person
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 3, 12, 9, 20, tzinfo=UTC)


def moderator(name="mod", often=None, **columns):
    user = make_user(name, "Moderator", email=f"{name}@record.example", first_name=name.title(), **columns)
    if often:
        digests.choose(user, often)
    return user


def waits(**columns):
    return make_comment(make_live_post(f"Piece {timezone.now()}"), state="waiting", **columns)


def posted():
    mail.outbox = []
    Outgoing.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    result = sending.send_due(digests.KINDS)
    assert result.is_well(), Outgoing.objects.values_list("last_error", flat=True)
    return mail.outbox


def test_who_moderates_and_has_an_address_is_told():
    moderator()
    moderator("gone", is_active=False)
    make_user("without", "Moderator")
    make_user("carla", "Contributor", email="carla@record.example")
    make_user("rita", email="rita@record.example")
    waits()
    assert digests.write(NINE) == 1
    [told] = posted()
    assert told.to == ["mod@record.example"]
    assert told.subject == "1 comment waits for a moderator at The Port Ansel Record"
    assert "https://record.example/admin/comments/comment/\n" in told.body
    assert "https://record.example/admin/comments/digest/\n" in told.body
    assert told.message()["Auto-Submitted"] == "auto-generated"


def test_it_says_what_waits_and_since_when():
    moderator()
    make_comment(make_live_post("One"), state="waiting", created_at=timezone.now() - timedelta(hours=2, minutes=1))
    waits()
    make_comment(make_live_post("Two"), state="held")
    Comment.objects.filter(pk=make_comment(make_live_post("Three")).pk).update(reports=2)
    make_comment(make_live_post("Four"))
    digests.write(NINE)
    [told] = posted()
    assert told.subject.startswith("4 comments wait")
    assert "2 new comments wait." in told.body
    assert "2\xa0hours, 1\xa0minute ago" in told.body
    assert "Readers reported 1 comment." in told.body
    assert "1 comment is held." in told.body


def test_it_holds_no_words_of_commenters():
    moderator()
    waits(text="Unread libel.", name="Nasty Name", email="x@reader.example")
    digests.write(NINE)
    [told] = posted()
    assert not [word for word in ("libel", "Nasty", "reader.example") if word in told.message().as_string()]


def test_nothing_waits_nothing_is_written():
    moderator()
    make_comment(make_live_post())
    before = everything()
    assert digests.write(NINE) == 0
    assert everything() == before


def test_two_runs_in_a_day_write_one_daily_mail():
    moderator()
    waits()
    for minutes in (0, 1, 60, 600):
        digests.write(NINE + timedelta(minutes=minutes))
    assert Outgoing.objects.count() == 1
    digests.write(NINE + timedelta(days=1))
    assert Outgoing.objects.count() == 2


def test_the_daily_mail_does_not_come_before_breakfast(settings):
    moderator()
    waits()
    at_six = NINE.replace(hour=6)
    assert digests.write(at_six) == 0
    with timezone.override("Europe/Helsinki"):
        assert digests.write(at_six) == 1


def test_two_runs_in_an_hour_write_one_hourly_mail():
    moderator(often="hourly")
    waits()
    for minutes in (0, 10, 39):
        digests.write(NINE + timedelta(minutes=minutes))
    assert Outgoing.objects.count() == 1
    digests.write(NINE + timedelta(minutes=40))
    assert Outgoing.objects.count() == 2
    assert digests.write(NINE.replace(hour=3)) == 1


def test_who_wants_none_gets_none():
    moderator(often="never")
    waits()
    assert digests.write(NINE) == 0
    assert Outgoing.objects.count() == 0


@pytest.mark.parametrize("what", ["decided", "never", "left"])
def test_what_has_no_point_any_longer_is_not_sent(what):
    mod = moderator()
    comment = waits()
    digests.write(NINE)
    match what:
        case "decided":
            comment.state, comment.placed = "visible", True
            comment.save(update_fields=["state", "placed"])
        case "never":
            digests.choose(mod, "never")
        case "left":
            mod.groups.clear()
    assert posted() == []
    assert Outgoing.objects.get().state == "dropped"


def test_the_next_mail_says_how_many_are_new():
    mod = moderator(often="hourly")
    waits()
    digests.write(NINE)
    [told] = posted()
    assert "since the mail before" not in told.body
    Comment.objects.update(created_at=F("created_at") - timedelta(hours=1))
    Digest.objects.update(sent_at=F("sent_at") - timedelta(minutes=30))
    waits()
    digests.write(NINE + timedelta(hours=1))
    [told] = posted()
    assert "2 new comments wait. 1 of them came since the mail before." in told.body
    assert digests.often(mod) == "hourly"


def test_the_database_is_asked_no_more_for_many_moderators(django_assert_max_num_queries):
    moderator()
    waits()
    with django_assert_max_num_queries(9):
        digests.write(NINE)
    for number in range(3):
        moderator(f"mod{number}")
    with django_assert_max_num_queries(9):
        digests.write(NINE)
    assert Outgoing.objects.count() == 4


def test_the_command_says_how_many():
    moderator(often="hourly")
    waits()
    said = StringIO()
    call_command("moderation_digest", stdout=said)
    call_command("moderation_digest", stdout=said)
    assert said.getvalue() == "Moderators to be told: 1.\n" * 2
    assert Outgoing.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_write_digests_at_once_write_one(tmp_path):
    moderator()
    waits()
    place = database_for_race(connection, tmp_path)
    assert race(place, *[["write_digests", NINE.isoformat()]] * 3) == [1, 1, 1]
    assert race(place, ["waiting_to_be_sent"]) == [[""]]


# The page at the desk


PAGE = "/admin/comments/digest/"


def test_a_moderator_chooses(client):
    mod = moderator()
    client.force_login(mod)
    page = client.get(PAGE).content.decode()
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["daily"]
    assert "mod@record.example" in page
    assert client.post(PAGE, {"often": "hourly"}).status_code == 302
    assert digests.often(mod) == "hourly"
    assert Digest.objects.count() == 1


def test_what_is_no_choice_is_refused(client):
    client.force_login(moderator())
    before = everything()
    for sent in ({}, {"often": "yearly"}, {"often": ""}):
        response = client.post(PAGE, sent)
        assert response.status_code == 400
        assert "errorlist" in response.content.decode()
    assert everything() == before


def test_each_sees_and_changes_only_the_own_choice(client):
    other = moderator("other", "never")
    mod = moderator()
    client.force_login(mod)
    client.post(PAGE, {"often": "hourly", "user": other.pk})
    assert (digests.often(other), digests.often(mod)) == ("never", "hourly")
    assert "other" not in client.get(PAGE).content.decode()


def test_who_does_not_moderate_has_no_page(client):
    client.force_login(person("carla"))
    before = everything()
    assert (client.get(PAGE).status_code, client.post(PAGE, {"often": "never"}).status_code) == (403, 403)
    assert everything() == before


def test_who_has_no_address_is_told_so(client):
    client.force_login(person("mod"))
    assert "Your account has no e-mail address" in client.get(PAGE).content.decode()
