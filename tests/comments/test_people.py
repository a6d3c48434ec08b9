"""What is kept about people can be had and erased; threads stay whole; addresses go after a while."""

import json
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from unittest import mock

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from blog.models import WHOLE_SITE, Allowance, Outgoing, Suggestion, Tally
from comments import people
from comments.models import Ban, Comment, HouseRules, ModerationAct, Report, Subscription, Wording
from comments.names import skeleton
from comments.writers import writer_key
from tests.factories import everything, make_comment, make_live_post, make_moderator, make_reader, person

pytestmark = pytest.mark.django_db

EMAIL = "zqcanary@mail.example"
NAME = "Zqcanary Marlowe"
WORDS = "Zqcanary words about a bridge"
HOURS = timedelta(hours=1)


def address(name):
    return (name * 64)[:64]


def theirs(post, text=WORDS, **columns):
    """A comment of the person who will be erased."""
    known = {"name": NAME, "email": EMAIL, "address": address("a"), "form_key": None}
    known |= {"writer": writer_key(email=EMAIL, name=NAME), "facts": [["listed", "zqcanary"]]}
    return make_comment(post, text, **known | columns)


def suggest(post, exact, **columns):
    words = {"replacement": "so", "before": "", "after": ""} | columns
    return Suggestion.objects.create(post=post, revision=post.live, exact=exact, **words)


@pytest.fixture
def thread():
    """A conversation in which somebody wrote in every state, and left something in every table."""
    post, other = make_live_post(), make_live_post("Another")
    first = make_comment(post, "When does it open?")
    asked = theirs(post, answers=first)
    answer = make_comment(post, f"> {WORDS[:20]}…\n> not of this one\n\nI think so, too.", answers=asked)
    rows = {
        "asked": asked,
        "waiting": theirs(post, f"{WORDS}, waiting", state="waiting"),
        "spam": theirs(post, f"{WORDS}, spam", state="spam"),
        "removed": theirs(
            post, f"{WORDS}, removed", state="removed", reason="person", placed=True, shown_at=timezone.now()
        ),
        "elsewhere": theirs(other, f"{WORDS}, elsewhere", form_key="f" * 64),
    }
    Wording.objects.create(comment=asked, text=WORDS, html=f"<p>{WORDS}</p>", until=timezone.now())
    Wording.objects.create(comment=answer, text=f"> {WORDS}", html="", until=timezone.now())
    Comment.objects.filter(pk=asked.pk).update(reports=1)
    Report.objects.create(comment=asked, reason="person", words=f"He says: {WORDS}", address=address("b"))
    Report.objects.create(comment=first, reason="other", words="zqcanary, too", address=address("a"))
    suggest(post, "closed", email=EMAIL.title(), remark="Zqcanary was there", replacement="zqcanary")
    suggest(post, "Friday", credit=NAME, address=address("a"))
    Subscription.objects.create(post=post, email=EMAIL, confirmed_at=timezone.now())
    Ban.objects.create(
        kind="name",
        value=skeleton(NAME),
        label=NAME,
        reason="zqcanary",
        until=timezone.now() + HOURS,
        by_name="Mod",
    )
    kind = ContentType.objects.get_for_model(Comment)
    LogEntry.objects.create(
        user=person("mod"), content_type=kind, object_id=asked.pk, object_repr=str(asked), action_flag=CHANGE
    )
    return rows | {"post": post, "first": first, "answer": answer, "other": other}


def found_in_database(word):
    """Every table that has the word in any column, whoever made the table."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(word in str(row).casefold() for row in cursor.fetchall()):
                found.add(table)
    return found


def fresh(comment):
    return Comment.objects.get(pk=comment.pk)


# Erasing


def test_what_somebody_wrote_is_found_nowhere(thread, client):
    assert found_in_database("zqcanary") >= {
        "comments_comment",
        "comments_wording",
        "comments_report",
        "comments_subscription",
        "blog_suggestion",
        "comments_ban",
        "django_admin_log",
    }
    people.erase(people.by_email(EMAIL), by=make_moderator())
    assert found_in_database("zqcanary") == set()
    assert found_in_database(address("a")) == set()
    assert found_in_database(writer_key(email=EMAIL, name=NAME)) == set()
    pages = ["/comments/feed.atom"]
    for post in (thread["post"], thread["other"]):
        pages += [post.get_absolute_url(), f"{post.get_absolute_url()}comments.atom"]
    client.force_login(make_moderator())
    desk = "/admin/comments/comment/"
    pages += [f"{desk}?q={tab}" for tab in ("new", "reported", "held", "decided", "spam")]
    pages += [f"{desk}{thread[name].pk}/change/" for name in ("asked", "answer", "spam")]
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200 and "zqcanary" not in shown.text.casefold(), page


def test_threads_stay_whole(thread):
    before = {row.pk: (*row.spot(), row.parent_id, row.level) for row in Comment.objects.all()}
    placed = {row.pk: row.placed for row in Comment.objects.all()}
    people.erase(people.by_email(EMAIL), by=make_moderator())
    assert {row.pk: (*row.spot(), row.parent_id, row.level) for row in Comment.objects.all()} == before
    # The waiting one and the spam never had a place; all others keep theirs
    assert {row.pk: row.placed for row in Comment.objects.all()} == placed
    assert fresh(thread["answer"]).get_ancestors().count() == 2
    for name in ("asked", "waiting", "spam", "removed", "elsewhere"):
        row = fresh(thread[name])
        assert (row.state, row.reason, row.user, row.facts, row.reports) == ("withdrawn", "erased", None, [], 0)
        assert (row.form_key, row.badge, row.html) == (None, "", "")
    assert fresh(thread["first"]).text == "When does it open?"


def test_each_has_an_act_in_the_record(thread):
    at = timezone.now()
    people.erase(people.by_email(EMAIL), by=make_moderator(), at=at)
    acts = ModerationAct.objects.order_by("comment_id")
    assert {(act.verb, act.by_name, act.at, act.reason, act.state_after) for act in acts} == {
        ("erase", "Mod", at, "erased", "withdrawn")
    }
    assert [act.state_before for act in acts] == ["visible", "waiting", "spam", "removed", "visible"]
    assert acts[3].reason_before == "person"
    assert len({act.batch for act in acts}) == 1


def test_readers_are_told_of_fewer_comments_and_pages_are_drawn_again(thread):
    post, other = thread["post"].pk, thread["other"].pk
    before = {key: Tally.objects.of_post(key) for key in (post, other, WHOLE_SITE)}
    people.erase(people.by_email(EMAIL))
    after = {key: Tally.objects.of_post(key) for key in (post, other, WHOLE_SITE)}
    assert (after[post].visible, after[other].visible) == (2, 0)
    assert (after[post].shown, after[other].shown) == (before[post].shown, before[other].shown)
    assert all(after[key].version == before[key].version + 1 for key in after)


def test_quotations_in_answers_of_others_are_left_out(thread):
    people.erase(people.by_email(EMAIL))
    answer = fresh(thread["answer"])
    assert answer.text == "> […]\n> not of this one\n\nI think so, too."
    assert "[…]" in answer.html and "<blockquote>" in answer.html
    assert answer.edited_at is None
    assert Wording.objects.get().text == "> […]"


def test_a_quotation_that_its_writer_took_out_is_left_out_of_the_record(thread):
    answer = make_comment(thread["post"], "Never mind.", answers=thread["asked"])
    Wording.objects.create(comment=answer, text=f"> {WORDS}\n\nReally?", html="", until=timezone.now())
    theirs(thread["post"], f"> {WORDS}\n\nAs I said.")  # quoting oneself is nothing of others'
    assert people.erase(people.by_email(EMAIL)).quotations == 2
    assert [row.text for row in Wording.objects.order_by("pk")] == ["> […]", "> […]\n\nReally?"]
    assert fresh(answer).text == "Never mind."


def test_own_words_that_look_alike_are_no_quotation(thread):
    same = make_comment(thread["post"], WORDS.replace("Zqcanary", "My"), answers=thread["asked"])
    more = make_comment(thread["other"], f"> {WORDS} and many more", name="Ute")
    theirs(thread["other"], "> It does not say how long\n\nThat is so.")
    story = make_comment(thread["other"], "> It does not say how long\n\nIndeed.")
    people.erase(people.by_comment(thread["asked"]))
    assert fresh(same).text == "My words about a bridge"
    assert fresh(more).text == f"> {WORDS} and many more"
    assert fresh(story).text.startswith("> It does")  # which both had from the story


def test_a_quotation_without_a_place_in_what_was_erased_still_renews_the_page():
    """What was erased had been put to spam, and shows nothing; who quoted it shows other words now."""
    post = make_live_post()
    row = theirs(post)
    quoting = make_comment(post, f"> {WORDS}\n\nNo.")
    with connection.cursor() as cursor:  # as a moderator leaves it, who puts the first one to spam
        cursor.execute("UPDATE comments_comment SET state = 'spam', placed = %s WHERE id = %s", [False, row.pk])
    before = Tally.objects.of_post(post.pk).version
    people.erase(people.by_email(EMAIL))
    assert fresh(quoting).text == "> […]\n\nNo."
    assert (fresh(row).placed, fresh(row).shown_at) == (False, None)
    assert Tally.objects.of_post(post.pk).version == before + 1


def test_a_trial_tells_the_same_and_changes_nothing(thread):
    before = everything()
    told = people.erase(people.by_email(EMAIL), by=make_moderator(), trial=True)
    assert everything() == before
    assert people.erase(people.by_email(EMAIL), by=make_moderator()) == told
    assert asdict(told) == {
        "comments": 5,
        "visible": 2,
        "posts": 2,
        "wordings": 1,
        "quotations": 1,
        "reports": 2,
        "suggestions": 2,
        "subscriptions": 1,
        "bans": 1,
    }


def test_the_second_time_there_is_nothing(thread):
    people.erase(people.by_email(EMAIL))
    before = everything()
    assert not people.erase(people.by_email(EMAIL)).anything()
    assert everything() == before


def test_capitals_of_an_address_do_not_hide_anybody(thread):
    assert people.erase(people.by_email(f" {EMAIL.upper()} "), trial=True).comments == 5
    typed = theirs(thread["other"], email=EMAIL.title(), name="Another", writer="")
    people.erase(people.by_email(EMAIL))
    assert fresh(typed).text == ""


def test_what_was_written_before_addresses_were_purged_is_found_by_the_writer(thread):
    Comment.objects.filter(pk=thread["elsewhere"].pk).update(email="", address="")
    assert people.erase(people.by_email(EMAIL)).comments == 5


def test_from_a_comment_only_the_same_writer_is_meant():
    post = make_live_post()
    row, again = theirs(post), theirs(post)
    impostor = theirs(post, name="Somebody", writer=writer_key(email=EMAIL, name="Somebody"))
    Subscription.objects.create(post=post, email=EMAIL)
    people.erase(people.by_comment(row))
    assert (fresh(row).text, fresh(again).text, fresh(impostor).text) == ("", "", WORDS)
    assert Subscription.objects.exists()  # somebody else gave the same address, and may be the one who reads it


def test_a_comment_of_nobody_known_is_erased_alone():
    post = make_live_post()
    row, other = theirs(post, writer="", email=""), theirs(post, writer="", email="")
    people.erase(people.by_comment(row))
    assert (fresh(row).text, fresh(other).text) == ("", WORDS)
    assert not people.erase(people.by_email("")).anything()


def test_an_account_is_erased_with_its_badge_and_keeps_its_own_page():
    rita, post = make_reader(), make_live_post()
    row = theirs(post, user=rita, email="", badge="staff", writer=writer_key(user=rita))
    other = theirs(post, name="Rita")
    brought_in = theirs(post, user=rita, writer="", source="blogger", source_id="1")
    number_gone = theirs(post, writer=writer_key(user=rita))
    people.erase(people.by_account(rita))
    assert (fresh(brought_in).text, fresh(number_gone).text) == ("", "")
    assert fresh(brought_in).source_id == "1"  # so that it is not brought in again
    assert (fresh(row).user, fresh(row).badge, fresh(row).text) == (None, "", "")
    assert fresh(other).text == WORDS
    rita.refresh_from_db()


def test_a_ban_on_an_address_runs_on_and_one_on_a_name_that_others_bear_too(thread):
    until = timezone.now() + HOURS
    Ban.objects.create(kind="address", value=address("a"), label="as comment 2", until=until, by_name="Mod")
    make_comment(thread["post"], name=NAME)
    assert people.erase(people.by_email(EMAIL)).bans == 0
    assert Ban.objects.in_force().count() == 2


def test_a_ban_on_a_name_that_is_gone_ends(thread):
    people.erase(people.by_email(EMAIL), by=make_moderator())
    ban = Ban.objects.get()
    assert (ban.value, ban.label, ban.lifted_by_name) == ("", "[…]", "Mod")
    assert not Ban.objects.in_force()


def test_reports_on_what_is_gone_are_settled(thread):
    people.erase(people.by_email(EMAIL))
    about = Report.objects.get(comment=thread["asked"])
    assert (about.words, about.settled_at is not None, about.address) == ("", True, address("b"))
    by_them = Report.objects.get(comment=thread["first"])
    assert (by_them.words, by_them.address, by_them.settled_at) == ("", "", None)


def test_a_thousand_comments_cost_as_many_queries_as_ten(django_assert_max_num_queries):
    post = make_live_post()
    for _number in range(30):
        theirs(post)
    with django_assert_max_num_queries(40):
        assert people.erase(people.by_email(EMAIL)).comments == 30


def test_nothing_goes_when_something_fails(thread):
    before = everything()
    with mock.patch("comments.placing.settle", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        people.erase(people.by_email(EMAIL))
    assert everything() == before


# What can be had


def test_all_that_is_kept_can_be_had(thread):
    ModerationAct.objects.create(
        comment=thread["removed"],
        verb="remove",
        by=make_moderator(),
        by_name="Mod",
        at=timezone.now(),
        reason="person",
        note="a colleague should look, zqnote",
        state_before="visible",
        state_after="removed",
    )
    told = people.export(people.by_email(EMAIL))
    assert told["comments"][0]["text"] == WORDS
    assert len(told["comments"]) == 5
    first = told["comments"][0]
    assert (first["name"], first["email"], first["state"]) == (NAME, EMAIL, "visible")
    assert first["answers"] == thread["first"].pk
    assert first["address"].startswith("http") and first["address"].endswith(f"#c{first['id']}")
    assert [row["text"] for row in told["earlier_wordings"]] == [WORDS]
    assert [(row["verb"], row["reason"]) for row in told["acts"]] == [("remove", "person")]
    assert [row["email"] for row in told["subscriptions"]] == [EMAIL]
    assert [row["words"] for row in told["reports"]] == ["zqcanary, too"]
    assert [(row["exact"], row["credit"]) for row in told["suggestions"]] == [("closed", ""), ("Friday", NAME)]
    assert [row["label"] for row in told["bans"]] == [NAME]
    written = json.dumps(told)
    assert "zqnote" not in written and "Mod" not in written and "not of this one" not in written


def test_of_somebody_else_nothing_is_told(thread):
    told = people.export(people.by_email("nobody@mail.example"))
    assert {name: value for name, value in told.items() if value and name != "made_at"} == {
        "email": "nobody@mail.example"
    }


# What goes by itself


def ago(days):
    return timezone.now() - timedelta(days=days)


def test_addresses_go_after_a_while():
    post = make_live_post()
    old, new = theirs(post, created_at=ago(91)), theirs(post, created_at=ago(89))
    purged = people.purge(90)
    assert (fresh(old).email, fresh(old).address, fresh(old).text, fresh(old).name) == ("", "", WORDS, NAME)
    assert (fresh(new).email, fresh(new).address) == (EMAIL, address("a"))
    assert fresh(old).writer == fresh(new).writer  # still known as one writer
    assert purged == people.Purged(comments=1)
    assert people.purge(90) == people.Purged()


def test_so_does_what_was_kept_for_their_sake_only():
    post, other = make_live_post(), make_live_post("Other")
    row = theirs(post, created_at=ago(80))
    for key, days in (("c", 100), ("d", 80)):
        Report.objects.create(comment=row, reason="other", words="Why", address=address(key), at=ago(days))
        Allowance.objects.create(address=address(key), began_at=ago(200), last_at=ago(days))
        Ban.objects.create(
            kind="address", value=address(key), label="as 1", at=ago(300), until=ago(days), by_name="Mod"
        )
    mail = {"asked_at": ago(200)}
    Subscription.objects.create(post=post, email="ended@mail.example", ended_at=ago(100), **mail)
    Subscription.objects.create(post=post, email="unconfirmed@mail.example", **mail)
    Subscription.objects.create(post=other, email=EMAIL, confirmed_at=ago(199), **mail)
    kept = [
        Subscription.objects.create(post=post, email=EMAIL, confirmed_at=ago(199), **mail),
        Subscription.objects.create(post=post, email="new@mail.example", asked_at=ago(3)),
        Subscription.objects.create(post=other, email="late@mail.example", ended_at=ago(3), **mail),
    ]
    sent = {"payload": {"to": EMAIL}, "last_error": f"no such mailbox: {EMAIL}"}
    for state in Outgoing.State.values:
        Outgoing.objects.create(kind="decision", key=state, state=state, created_at=ago(100), **sent)
    told = people.purge(90, trial=True)
    assert told == people.Purged(reports=1, allowances=1, bans=1, subscriptions=3, mails=3)
    assert people.purge(90) == told
    assert list(Subscription.objects.order_by("pk")) == kept
    assert list(Report.objects.order_by("pk").values_list("address", "words")) == [("", "Why"), (address("d"), "Why")]
    assert list(Allowance.objects.values_list("address", flat=True)) == [address("d")]
    assert list(Ban.objects.order_by("pk").values_list("value", flat=True)) == ["", address("d")]
    assert [row.key for row in Outgoing.objects.exclude(payload={}, last_error="")] == ["waiting"]


def test_who_suggested_something_goes_after_a_while():
    post = make_live_post()
    for exact, days in (("closed", 91), ("Friday", 89)):
        suggest(post, exact, email=EMAIL, address=address("a"), credit=NAME, made_at=ago(days))
    assert people.purge(90) == people.Purged(suggestions=1)
    kept = Suggestion.objects.order_by("pk").values_list("email", "address", "credit", "replacement")
    assert list(kept) == [("", "", NAME, "so"), (EMAIL, address("a"), NAME, "so")]


def test_what_others_suggested_stays(thread):
    other = suggest(thread["post"], "bridge", credit="Somebody", address=address("a"), email="other@mail.example")
    applied = suggest(
        thread["post"], "until", email=EMAIL, replacement="since", state="applied", resolved=thread["post"].live
    )
    people.erase(people.by_email(EMAIL))
    assert Suggestion.objects.get(pk=other.pk).email == "other@mail.example"
    assert Suggestion.objects.get(pk=other.pk).state == "open"
    assert Suggestion.objects.get(pk=applied.pk).replacement == "since"
    assert set(Suggestion.objects.filter(email="").values_list("state", flat=True)) == {"applied", "declined"}


def test_a_trial_of_purging_changes_nothing():
    post = make_live_post()
    theirs(post, created_at=ago(91))
    Subscription.objects.create(post=post, email=EMAIL, asked_at=ago(91), confirmed_at=ago(91))
    before = everything()
    told = people.purge(90, trial=True)
    assert everything() == before
    assert people.purge(90) == told == people.Purged(comments=1, subscriptions=1)


def test_purging_can_be_stopped_and_goes_on():
    post = make_live_post()
    for _number in range(5):
        theirs(post, created_at=ago(91))
    done = []

    def stops(rows):
        done.append(rows)
        if len(done) == 2:
            raise KeyboardInterrupt

    with mock.patch("comments.people.AT_ONCE", 2):
        with pytest.raises(KeyboardInterrupt):
            people.purge(90, progress=stops)
        assert Comment.objects.exclude(email="").count() == 1
        assert people.purge(90).comments == 1


# Commands


def say(name, **options):
    out = StringIO()
    call_command(name, stdout=out, **options)
    return out.getvalue()


def test_erasing_by_command_asks_first(thread):
    before = everything()
    with mock.patch("builtins.input", return_value="no"), pytest.raises(CommandError, match="Nothing was erased"):
        say("erase_person", email=EMAIL)
    assert everything() == before
    with mock.patch("builtins.input", return_value=" Erase "):
        told = say("erase_person", email=EMAIL, by="mod")
    assert "Will be blanked: 5 comments, 2 visible" in told and "Blanked: 5 comments" in told
    assert set(ModerationAct.objects.values_list("by_name", flat=True)) == {"Mod"}


def test_erasing_by_command_on_trial_and_without_a_question(thread):
    before = everything()
    assert json.loads(say("erase_person", comment=thread["asked"].pk, dry_run=True, json=True))["comments"] == 5
    assert everything() == before
    assert json.loads(say("erase_person", comment=thread["asked"].pk, yes=True, json=True))["comments"] == 5
    assert set(ModerationAct.objects.values_list("by_name", flat=True)) == {"manage.py"}
    assert "Nothing is kept" in say("erase_person", email=EMAIL)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"user": "nobody"}, "no account “nobody”"),
        ({"comment": 10**12}, "no comment"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": EMAIL, "by": "nobody", "yes": True}, "no account “nobody”"),
        ({"email": EMAIL, "json": True}, "--yes"),
    ],
)
def test_commands_say_what_is_missing(thread, options, says):
    before = everything()
    with pytest.raises(CommandError, match=says):
        say("erase_person", **options)
    assert everything() == before


def test_exporting_and_purging_by_command(thread):
    assert len(json.loads(say("export_person", user=person("mod").username))["comments"]) == 0
    assert len(json.loads(say("export_person", email=EMAIL))["comments"]) == 5
    Comment.objects.filter(pk=thread["asked"].pk).update(created_at=ago(20))
    assert "Purged: 0 comments" in say("purge_comments")
    HouseRules.objects.update(keep_days=10)
    assert "Would be purged: 1 comments" in say("purge_comments", dry_run=True)
    assert json.loads(say("purge_comments", json=True))["comments"] == 1
    with pytest.raises(CommandError, match="--days"):
        say("purge_comments", days=-1)
