"""The queue through HTTP: what it shows to whom, every button and every refusal."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from justhtml import JustHTML

from blog import workflow
from comments import moderation, receiving
from comments.admin import reading, tabs
from comments.admin.marking import marked
from comments.limits import address_key
from comments.models import Comment, HouseRules, ModerationAct, Report, Wording
from tests.comments.deciding import faults
from tests.factories import everything, make_author, make_comment, make_live_post, make_publisher, make_user, person

pytestmark = pytest.mark.django_db

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
QUEUE = "/admin/comments/comment/"
BEGUN = datetime(2026, 9, 1, 12, tzinfo=UTC)
MODERATORS = ["mod", "edith", "paula", "ada"]
OTHERS = [None, "rita", "carla"]
ENDS = {"approve": "visible", "hold": "held", "remove": "removed", "bin": "spam"}


@pytest.fixture
def post(db):
    return make_live_post()


@pytest.fixture
def mod(client):
    client.force_login(person("mod"))
    return client


def waiting(post, text="Is the footpath closed?", *, minutes=0, **columns):
    at = BEGUN + timedelta(minutes=minutes)
    return make_comment(post, text, **{"state": "waiting", "created_at": at} | columns)


def fresh(comment):
    return Comment.objects.get(pk=comment.pk)


def seen(comment):
    now = fresh(comment)
    return reading.as_seen(now.state, now.decided_at, now.edited_at)


def press(client, comment, verb, *, json=False, **fields):
    """What a button of the queue sends."""
    headers = {"accept": "application/json"} if json else {}
    fields = {"verb": verb, "seen": seen(comment), "q": "new", "after": ""} | fields
    return client.post(f"{QUEUE}{comment.pk}/decide/", fields, headers=headers)


def page(client, path=QUEUE, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def parsed(html):
    return JustHTML(html, sanitize=False)


def shown(client, **query):
    """The keys of the comments on a page of the queue, in their order."""
    return [int(one.attrs["id"][1:]) for one in parsed(page(client, **query)).query("article.q")]


def words(client, path=QUEUE, **query):
    """What a page says, without its markup."""
    return plain(page(client, path, **query))


def plain(html):
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", "", main)).split())


def told(client, answer):
    """What the page says to which an answer leads, in its messages and in the line of the last decision."""
    assert answer.status_code == 302, answer
    found = parsed(page(client, answer["Location"].partition("#")[0]))
    return " ".join(one.to_text() for one in found.query(".messagelist li, .q-last [role=status]"))


# Who


def addresses(comment):
    return [
        ("get", QUEUE),
        ("get", f"{QUEUE}{comment.pk}/change/"),
        ("get", f"{QUEUE}together/?writer={comment.pk}"),
        ("post", f"{QUEUE}together/"),
        ("post", f"{QUEUE}{comment.pk}/decide/"),
        ("post", f"{QUEUE}undo/"),
    ]


@pytest.mark.parametrize("name", OTHERS)
def test_who_does_not_moderate_sees_nothing_of_it_and_changes_nothing(client, post, name):
    comment = waiting(post, "Only for moderators")
    act = moderation.hold(comment, by=person("mod"))
    if name:
        client.force_login(person(name))
    before = everything()
    fields = {"verb": "approve", "seen": seen(comment), "do": "remove", "reason": "person", "pick": comment.pk}
    for method, address in addresses(comment):
        given = fields | {"act": act.pk, "count": 1, "until": comment.pk} if method == "post" else {}
        answer = getattr(client, method)(address, given)
        assert answer.status_code == (403 if name == "carla" else 302), address
        assert b"Only for moderators" not in answer.content
    assert everything() == before


@pytest.mark.parametrize("name", MODERATORS)
@pytest.mark.parametrize("verb", ENDS)
def test_every_moderator_may_press_every_button(client, post, name, verb):
    comment = waiting(post)
    client.force_login(person(name))
    assert press(client, comment, verb, reason="person").status_code == 302
    assert fresh(comment).state == ENDS[verb]
    act = ModerationAct.objects.get()
    assert (act.verb, act.by, act.state_before, act.state_after) == (verb, person(name), "waiting", ENDS[verb])
    assert faults() == []


def test_the_way_to_the_queue_says_how_many_wait_and_is_for_moderators(client, post):
    waiting(post)
    waiting(post, state="held")
    waiting(post, state="spam")
    for name, count in (("mod", "2"), ("carla", None)):
        client.force_login(person(name))
        found = parsed(page(client, "/admin/blog/post/"))
        assert [one.to_text() for one in found.query("#desk-nav [data-count=all]")] == ([count] if count else [])
        assert (QUEUE in page(client, "/admin/")) is bool(count)


# Lists


def test_each_list_has_its_own_the_oldest_first(mod, post):
    new = [waiting(post, minutes=minutes).pk for minutes in (3, 1, 2)]
    held = waiting(post, state="held")
    spam = [waiting(post, state="spam", minutes=minutes).pk for minutes in (1, 2)]
    reported = make_comment(post, reports=1)
    make_comment(post)
    assert shown(mod) == shown(mod, q="new") == [new[1], new[2], new[0]]
    assert shown(mod, q="held") == [held.pk]
    assert shown(mod, q="spam") == [spam[1], spam[0]]
    assert shown(mod, q="reported") == [reported.pk]
    assert shown(mod, q="decided") == []


def test_decided_are_shown_from_the_last_back(mod, post):
    first, second = waiting(post), waiting(post, minutes=1)
    moderation.approve(second, by=person("edith"), at=BEGUN)
    moderation.remove(first, "person", by=person("emil"), at=BEGUN + timedelta(hours=1))
    assert shown(mod, q="decided") == [first.pk, second.pk]
    said = words(mod, q="decided")
    assert "Emil, 1 September 2026, 13:00: Removed it: about a person, not the subject." in said


def test_a_list_is_read_in_parts_and_none_is_skipped_when_others_are_decided(mod, post):
    keys = [waiting(post, minutes=number // 3).pk for number in range(tabs.SIZE * 2 + 3)]
    read, query = [], {}
    while True:
        found = parsed(page(mod, **query))
        read += [int(one.attrs["id"][1:]) for one in found.query("article.q")]
        moderation.approve(Comment(pk=read[-2]), by=person("edith"))
        following = [one.attrs["href"] for one in found.query(".q-pager a.button")]
        if not following:
            break
        query = {"after": following[0].partition("after=")[2]}
    assert read == keys


def test_lists_where_the_newest_stands_first_are_read_in_parts_too(mod, post):
    keys = [waiting(post, state="spam", minutes=number // 3).pk for number in range(tabs.SIZE + 3)]
    found = parsed(page(mod, q="spam"))
    [following] = [one.attrs["href"] for one in found.query(".q-pager a.button")]
    assert shown(mod, q="spam") + shown(mod, q="spam", after=following.partition("after=")[2]) == keys[::-1]


def test_what_is_more_than_anybody_counts_is_not_counted(mod, post, monkeypatch):
    monkeypatch.setattr(tabs, "MOST", 2)
    for _number in range(2):
        waiting(post)
    counts = {one.attrs["data-count"]: one.to_text() for one in parsed(page(mod)).query("[data-count]")}
    assert counts == {"all": "2", "new": "2", "reported": "0", "held": "0", "spam": "0", "decided": "0"}
    waiting(post)
    waiting(post)
    counts = {one.attrs["data-count"]: one.to_text() for one in parsed(page(mod)).query("[data-count]")}
    assert counts["new"] == counts["all"] == "2+"
    assert tabs.counts(RequestFactory().get(QUEUE))["new"] == 3


def test_a_page_asks_the_database_as_often_for_many_as_for_one(mod, post):
    def full(number):
        comment = waiting(post, answers=parent, writer=f"{number:064}", reports=1, edited_at=BEGUN)
        Report.objects.create(comment=comment, reason="person", words="Look")
        Wording.objects.create(comment=comment, text="Before", html="<p>Before</p>", until=BEGUN)
        ModerationAct.objects.create(
            comment=comment, verb="hold", at=BEGUN, by_name="Emil", state_before="waiting", state_after="waiting"
        )

    def asked():
        with CaptureQueriesContext(connection) as captured:
            page(mod)
            page(mod, q="reported")
        return len(captured)

    parent = make_comment(post)
    full(0)
    once = asked()
    for number in range(1, tabs.SIZE):
        full(number)
    assert asked() == once
    assert len(shown(mod)) == tabs.SIZE
    assert once / 2 <= 14


# What stands there


def test_how_long_each_waits_and_how_long_the_longest(mod, post):
    now = timezone.now()
    for minutes in (34, 13):
        waiting(post, created_at=now - timedelta(minutes=minutes, seconds=5))
    said = words(mod).replace("\xa0", " ")
    assert "Oldest first. The longest has waited 34 minutes." in said
    assert "waiting 34 minutes" in said
    assert "waiting 13 minutes" in said
    waiting(post, state="spam")
    assert "waited" not in words(mod, q="spam")


def test_of_what_is_reported_the_time_counts_from_the_first_report(mod, post):
    now = timezone.now()
    comment = make_comment(post, created_at=now - timedelta(days=300))
    moderation.report(comment, "person", address="", at=now - timedelta(hours=3, minutes=5))
    moderation.report(comment, "person", address="", at=now - timedelta(hours=1))
    said = words(mod, q="reported").replace("\xa0", " ")
    assert "The longest has waited 3 hours." in said
    assert "waiting" not in said


def test_an_item_says_who_where_what_was_answered_and_what_was_found(mod, post):
    writer = "w" * 64
    asked = make_comment(post, "They told me the same. " * 20, name="Oluwaseun A.")
    for state, reason in (("visible", ""), ("visible", ""), ("removed", "person")):
        waiting(post, state=state, reason=reason, writer=writer, placed=True)
    facts = [["first"], ["words", "advertising", ["Book now"]], ["links", 1, ["boats.example"]]]
    text = "Private crossings. Book now at https://boats.example/now"
    waiting(post, text, name="Book now Boats", writer=writer, answers=asked, facts=facts, badge="staff")
    said = words(mod)
    assert "Book now Boats Editor" in said
    assert "on Council closes the bridge, 1 September 2026, 12:00" in said
    assert "In reply to Oluwaseun A.: They told me the same. They told" in said
    assert "3 comments, 2 approved, 1 removed (about a person, not the subject)." in said
    assert "Matches 1 word on the list “advertising”. 1 link, to a site not seen before." in said
    assert "First comment" not in said
    marks = [one.to_text() for one in parsed(page(mod)).query("mark")]
    assert marks == ["Book now", "Book now", "https://boats.example/now"]


def test_of_an_unknown_writer_nothing_is_said_but_what_the_rules_found(mod, post):
    waiting(post, facts=[["first"]])
    said = words(mod)
    assert "First comment." in said
    assert "0 comments" not in said


def test_a_first_comment_is_said_to_be_one_as_long_as_it_is(mod, post):
    waiting(post, writer="w" * 64, facts=[["first"]])
    assert words(mod).count("First comment.") == 1
    waiting(post, writer="w" * 64, facts=[["first"]])
    assert words(mod).count("1 comment, 1 waiting.") == 2
    assert "First comment." not in words(mod)


def test_of_who_wrote_more_than_anybody_counts_it_is_said_so(mod, post, monkeypatch):
    monkeypatch.setattr(reading, "MOST_OF_WRITER", 2)
    monkeypatch.setattr(tabs, "MOST", 2)
    waiting(post, state="removed", reason="unlawful", writer="w" * 64)
    for _number in range(4):
        make_comment(post, writer="w" * 64)
    waiting(post, writer="w" * 64)
    assert "2+ comments" in words(mod)
    assert "1 removed (unlawful)" in words(mod)


def test_reports_stand_with_their_reasons_and_words(mod, post):
    comment = make_comment(post, "The council are thieves.")
    for number in range(reading.MOST_REPORTS + 2):
        moderation.report(comment, "person", f"Words {number}", address=address_key(f"192.0.2.{number}"))
    said = words(mod, q="reported")
    assert "Reported by 7 readers:" in said
    assert "It attacks a person: Words 6" in said
    assert "Words 1" not in said
    assert "and 2 more" in said


def test_what_the_writer_changed_is_shown_as_it_read_before(mod, post):
    comment = waiting(post, created_at=timezone.now())
    receiving.change(comment, "Buy boats")
    said = words(mod)
    assert "Changed once by the writer: how it read before" in said
    assert "Is the footpath closed?" in said
    assert "Buy boats" in said


def test_a_comment_under_a_piece_that_is_gone_leads_nowhere(mod, post):
    waiting(post)
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    assert "on a piece that readers do not see" in words(mod)
    assert post.get_absolute_url() not in page(mod)


def test_the_page_of_a_comment_says_all_but_where_it_came_from(mod, post):
    comment = waiting(post, email="marit@mail.example", address="a1b2" * 16, writer="c3d4" * 16, user_id=999_999)
    other = waiting(post, "The other one", writer="c3d4" * 16)
    moderation.report(make_comment(post), "other", address="")
    moderation.hold(comment, by=person("emil"), note="Ask the lawyer.")
    moderation.approve(comment, by=person("edith"))
    moderation.report(comment, "unlawful", "Read section 5", address="")
    html = page(mod, f"{QUEUE}{comment.pk}/change/")
    said = plain(html)
    for expected in (
        "marit@mail.example",
        "A former account",
        "The other one",
        "Ask the lawyer.",
        "Held it for a colleague",
        "Emil · Waiting → Held",
        "Edith · Held → Visible",
        "It is against the law",
        "Read section 5",
    ):
        assert expected in said, expected
    assert f"{QUEUE}{other.pk}/change/" in html
    for address in (
        QUEUE,
        f"{QUEUE}?q=reported",
        f"{QUEUE}{comment.pk}/change/",
        f"{QUEUE}together/?do=bin&writer={comment.pk}",
    ):
        html = mod.get(address).content.decode()
        assert "a1b2a1b2" not in html
        assert "c3d4c3d4" not in html
        assert ("marit@mail.example" in html) == address.endswith("/change/")


# Marking


@pytest.mark.parametrize(
    ("text", "found", "marks"),
    [
        ("Book now, BOOK NOW or book nowhere", ["Book now"], ["Book now", "BOOK NOW"]),
        ("A classy ass", ["ass"], ["ass"]),
        ("今すぐ買う", ["買う"], ["買う"]),
        ("See https://a.example/?x=<b>&y and www.b.example", [], ["https://a.example/?x=", "www.b.example"]),
        ("a.b aXb", ["a.b"], ["a.b"]),
        ("Nothing", ["", "x"], []),
        ("cat category", ["cat", "cat category"], ["cat category"]),
    ],
)
def test_words_and_links_are_marked(text, found, marks):
    html = marked(text, found)
    assert [one.to_text() for one in parsed(html).query("mark")] == marks
    assert unescape(html.replace("<mark>", "").replace("</mark>", "")) == text


def vectors():
    return (HOSTILE / "xss.txt").read_text(encoding="utf-8", errors="replace").splitlines()


def test_nothing_breaks_out_of_a_mark():
    hostile = [*vectors(), "</mark><script>x</script>", "&lt;mark&gt;", '"><mark onclick=x>', "<mark>"]
    for text in hostile:
        for found in ([], [text], [text[:5], text[3:]], ["<", ">", "&", '"', "'", "mark", "/", "script"]):
            html = marked(text, found)
            left = html.replace("<mark>", "").replace("</mark>", "")
            assert not set('<>"') & set(left), (text, found)
            assert unescape(left).replace("\r", "") == unescape(unescape(left)) or unescape(left) == text


def test_hostile_words_stand_on_the_pages_as_words(mod, post):
    many = vectors()
    for number, text in enumerate(many[:: max(1, len(many) // 20)][:20]):
        comment = waiting(
            post, text, name=text[:80], writer=f"{number:064}", reports=1, facts=[["words", text, [text, "<"]]]
        )
        Report.objects.create(comment=comment, reason="other", words=text[:1000])
        Wording.objects.create(comment=comment, text=text, html="", until=BEGUN)
        moderation.hold(comment, by=person("mod"), note="<img src=x onerror=alert(1)>")
    comment = Comment.objects.order_by("pk").last()
    pages = [f"{QUEUE}?q=held", f"{QUEUE}{comment.pk}/change/", f"{QUEUE}together/?writer={comment.pk}&do=approve"]
    for address in pages:
        found = parsed(page(mod, address))
        assert found.query("main script, main img, main iframe, main svg:not(.x), main style, main object") == []
        assert [one for one in found.query("main *") if any(name.startswith("on") for name in one.attrs)] == []


# Buttons


def test_a_decision_leads_back_to_the_same_place_at_the_next_comment_and_can_be_undone_there(mod, post):
    first, second = waiting(post), waiting(post, minutes=1)
    place = "2026-09-01T115900.000000-1"
    answer = press(mod, first, "hold", after=place, next=second.pk, note="Ask Emil.")
    assert answer["Location"] == f"{QUEUE}?q=new&after={place}#q{second.pk}"
    said = told(mod, answer)
    assert "Last: Held the comment by \u2068Marit Dahl\u2069 for a colleague." in said
    assert ModerationAct.objects.get().note == "Ask Emil."
    answer = mod.post(f"{QUEUE}undo/", {"act": ModerationAct.objects.get().pk, "q": "new", "after": place})
    assert answer["Location"] == f"{QUEUE}?q=new&after={place}#q{first.pk}"
    assert told(mod, answer).strip() == "Undone. The comment by \u2068Marit Dahl\u2069 is at “Waiting” again."
    assert fresh(first).state == "waiting"


def test_a_decision_on_a_comments_own_page_leads_back_to_it(mod, post):
    comment = waiting(post)
    answer = press(mod, comment, "approve", to="comment")
    assert answer["Location"] == f"{QUEUE}{comment.pk}/change/"
    assert "Approved the comment by" in told(mod, answer)


def test_with_script_the_same_comes_as_json(mod, post):
    comment = waiting(post)
    waiting(post)
    answer = press(mod, comment, "remove", reason="advertising", json=True)
    act = ModerationAct.objects.get()
    assert answer.json() == {
        "said": "Removed the comment by \u2068Marit Dahl\u2069: advertising.",
        "done": True,
        "undo": act.pk,
        "look": f"{QUEUE}{comment.pk}/change/",
        "counts": {"all": "1", "new": "1", "reported": "0", "held": "0", "spam": "0", "decided": "1"},
    }
    answer = mod.post(f"{QUEUE}undo/", {"act": act.pk, "q": "new"}, headers={"accept": "application/json"})
    assert answer.json()["counts"]["new"] == "2"
    assert answer.json()["back"] == comment.pk
    answer = mod.post(f"{QUEUE}undo/", {"act": act.pk, "q": "new"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["said"]) == (409, "It is undone already.")


def test_reports_looked_at_are_gone_from_the_list_and_the_comment_stays(mod, post):
    comment = make_comment(post)
    moderation.report(comment, "person", address="")
    assert shown(mod, q="reported") == [comment.pk]
    said = told(mod, press(mod, comment, "settle", q="reported"))
    assert "Left the comment by \u2068Marit Dahl\u2069 as it is." in said
    assert shown(mod, q="reported") == []
    assert fresh(comment).is_visible()


@pytest.mark.parametrize("reason", ["", "erased", "nonsense"])
def test_nothing_is_removed_without_a_reason_that_one_may_give(mod, post, reason):
    comment = waiting(post)
    before = everything()
    said = told(mod, press(mod, comment, "remove", reason=reason))
    assert "Say why it is removed." in said
    assert press(mod, comment, "remove", reason=reason, json=True).status_code == 409
    assert everything() == before


def test_a_decision_on_what_a_colleague_decided_meanwhile_is_not_taken_and_says_so(mod, post):
    comment = waiting(post)
    old = seen(comment)
    moderation.remove(comment, "unlawful", by=person("emil"))
    before = everything()
    said = told(mod, press(mod, comment, "approve", seen=old))
    assert "Nothing was done: \u2068Emil\u2069 was there before you (removed). Look at it again." in said
    answer = press(mod, comment, "approve", seen=old, json=True)
    assert (answer.status_code, answer.json()["done"]) == (409, False)
    assert everything() == before
    assert press(mod, comment, "approve").status_code == 302
    assert fresh(comment).is_visible()


def test_the_same_decision_twice_is_taken_once(mod, post):
    comment = waiting(post)
    old = seen(comment)
    press(mod, comment, "approve", seen=old)
    press(mod, comment, "approve", seen=old)
    assert ModerationAct.objects.count() == 1


def test_words_that_were_changed_meanwhile_are_not_approved_unread(mod, post):
    comment = waiting(post, created_at=timezone.now())
    old = seen(comment)
    receiving.change(comment, "Buy boats")
    said = told(mod, press(mod, comment, "approve", seen=old))
    assert "Nothing was done: the comment was changed by the writer meanwhile." in said
    assert fresh(comment).state == "waiting"


def test_two_who_settle_the_same_reports_leave_one_act(mod, post):
    comment = make_comment(post)
    moderation.report(comment, "person", address="")
    old = seen(comment)
    moderation.settle(comment, by=person("emil"))
    assert "was there before you (left as it is)" in told(mod, press(mod, comment, "settle", seen=old))
    assert ModerationAct.objects.count() == 1


def test_undo_is_refused_once_somebody_else_did_something(mod, post):
    comment = waiting(post)
    press(mod, comment, "approve")
    act = ModerationAct.objects.get()
    moderation.hold(comment, by=person("emil"))
    before = everything()
    assert "Emil did something to it since." in told(mod, mod.post(f"{QUEUE}undo/", {"act": act.pk}))
    assert everything() == before


@pytest.mark.parametrize(
    ("address", "fields", "status"),
    [
        ("{key}/decide/", {}, 400),
        ("{key}/decide/", {"verb": "delete"}, 400),
        ("{key}/decide/", {"verb": "undo"}, 400),
        ("{key}/decide/", {"verb": "__class__"}, 400),
        ("999999/decide/", {"verb": "approve"}, 404),
        ("undo/", {}, 400),
        ("undo/", {"act": "٣"}, 400),
        ("undo/", {"act": "9" * 30}, 400),
        ("undo/", {"act": "999999"}, 404),
        ("undo/", {"batch": "x"}, 400),
        ("together/", {"do": "settle"}, 400),
        ("together/", {"do": "x"}, 400),
        ("together/", {"do": "bin", "pick": "x"}, 400),
        ("together/", {"do": "bin", "writer": ""}, 400),
        ("together/", {"do": "bin", "writer": "999999"}, 404),
        ("together/", {"do": "bin", "pick": [str(number) for number in range(101)]}, 400),
    ],
)
def test_what_no_button_sends_is_refused_and_changes_nothing(mod, post, address, fields, status):
    comment = waiting(post)
    before = everything()
    answer = mod.post(QUEUE + address.format(key=comment.pk), fields)
    assert answer.status_code == status
    assert everything() == before


def test_a_place_that_is_none_is_refused_before_anything_is_done(mod, post):
    comment = waiting(post)
    before = everything()
    for fields in ({"q": "x"}, {"after": "x"}, {"next": "x"}):
        assert press(mod, comment, "approve", **fields).status_code == 400
        assert everything() == before


# Answers


@pytest.fixture
def live(db):
    """A piece under which comments are still taken."""
    return make_live_post(at=timezone.now())


def test_an_answer_stands_under_the_name_of_the_account_and_approves_nothing(mod, live):
    make_author("Mod of the Record", "mod", user=person("mod"))
    comment = make_comment(live)
    moderation.report(comment, "other", address="")
    answer = press(mod, comment, "answer", q="reported", answer="We have *asked*.")
    assert "Your answer is there." in told(mod, answer)
    written = Comment.objects.order_by("pk").last()
    assert (written.name, written.badge, written.parent_id) == ("Mod of the Record", "staff", comment.pk)
    assert written.is_visible()
    assert fresh(comment).reports == 1
    assert ModerationAct.objects.count() == 0
    assert press(mod, comment, "answer", answer="Another.", json=True).json()["done"] is True


def test_what_readers_do_not_see_is_approved_before_it_is_answered(mod, live):
    comment = waiting(live)
    before = everything()
    answer = press(mod, comment, "answer", answer="We have asked.")
    assert answer.status_code == 400
    assert "Readers do not see this comment. Approve it, then answer." in answer.content.decode()
    assert "We have asked." in answer.content.decode()
    assert press(mod, comment, "answer", answer="We have asked.", json=True).status_code == 409
    assert everything() == before


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_000])
def test_an_answer_that_is_none_comes_back_as_it_was_typed(mod, live, text):
    comment = make_comment(live)
    before = everything()
    answer = press(mod, comment, "answer", answer=text)
    assert answer.status_code == 400
    assert text.strip() in answer.content.decode()
    assert everything() == before


def test_where_the_discussion_is_closed_staff_does_not_answer_either(mod, live):
    comment = make_comment(live)
    HouseRules.objects.update(policy="closed")
    answer = press(mod, comment, "answer", answer="Late")
    assert "No more comments are taken under this piece." in answer.content.decode()


# Many


def together(client, **fields):
    """Opens the page that says what will happen, and presses its button."""
    html = page(client, f"{QUEUE}together/", **fields)
    form = parsed(html).query("form.q-act")
    if not form:
        return html, None
    given = {}
    for field in form[0].query("input"):
        given.setdefault(field.attrs["name"], []).append(field.attrs.get("value", ""))
    given = {name: values for name, values in given.items() if name != "csrfmiddlewaretoken"}
    return html, given


def send(client, given, **more):
    return client.post(f"{QUEUE}together/", given | more)


def states():
    return dict(Comment.objects.order_by("pk").values_list("pk", "state"))


def test_those_ticked_are_listed_and_then_decided_and_can_be_undone_at_once(mod, post):
    ticked = [waiting(post, f"Number {number}", minutes=number) for number in range(3)]
    left = waiting(post)
    before = states()
    html, given = together(mod, do="remove", pick=[comment.pk for comment in ticked])
    assert states() == before
    for comment in ticked:
        assert f"{QUEUE}{comment.pk}/change/" in html
    assert f"{QUEUE}{left.pk}/change/" not in html
    assert "3 comments will be removed" in html
    said = told(mod, send(mod, given, reason="advertising"))
    assert "Last: Removed 3 comments." in said
    assert states() == {comment.pk: "removed" for comment in ticked} | {left.pk: "waiting"}
    [batch] = set(ModerationAct.objects.values_list("batch", flat=True))
    assert "Undone for 3 comments." in told(mod, mod.post(f"{QUEUE}undo/", {"batch": str(batch)}))
    assert states() == before
    assert faults() == []


@pytest.mark.parametrize("way", ["writer", "address"])
@pytest.mark.parametrize(
    ("verb", "changes"),
    [
        ("approve", {"waiting", "held"}),
        ("hold", {"waiting", "visible"}),
        ("remove", {"waiting", "held", "visible"}),
        ("bin", {"waiting", "held", "visible"}),
    ],
)
def test_the_page_lists_exactly_what_then_happens(mod, post, way, verb, changes):
    other = make_live_post("Another piece")
    mine = [
        waiting(where, state=state, minutes=number, placed=state == "visible", **{way: "k" * 64})
        for where in (post, other)
        for number, state in enumerate(["waiting", "held", "visible", "removed", "spam", "withdrawn"])
    ]
    erased = waiting(post, state="visible", placed=True, reason="erased", **{way: "k" * 64})
    waiting(post)
    waiting(post, **{way: "z" * 64})
    before = states()
    html, given = together(mod, do=verb, **{way: mine[0].pk})
    expected = {comment.pk for comment in mine if comment.state in changes}
    listed = {comment for comment in before if f"{QUEUE}{comment}/change/" in html}
    assert listed == expected
    assert given["count"] == [str(len(expected))]
    said = plain(html)
    assert f"Council closes the bridge {len(expected) // 2}" in said
    assert f"Another piece {len(expected) // 2}" in said
    assert f"Marit Dahl {len(expected)}" in said
    send(mod, given, reason="advertising")
    changed = {key for key, state in states().items() if state != before[key]}
    assert changed == expected
    assert {states()[key] for key in expected} == {ENDS[verb]}
    assert states()[erased.pk] == "visible"


def test_only_the_first_are_listed_but_all_are_counted(mod, post):
    keys = [waiting(post, minutes=number, writer="w" * 64, name=f"Name {number}").pk for number in range(23)]
    html, given = together(mod, do="bin", writer=keys[0])
    assert [key for key in keys if f"{QUEUE}{key}/change/" in html] == keys[:20]
    assert "23 comments will be put to spam" in html
    assert "The first 20" in html
    assert "and others" in html
    send(mod, given)
    assert set(states().values()) == {"spam"}


def test_what_came_after_the_page_was_shown_is_left_alone(mod, post):
    first = waiting(post, writer="w" * 64)
    _html, given = together(mod, do="bin", writer=first.pk)
    later = waiting(post, writer="w" * 64)
    send(mod, given)
    assert states() == {first.pk: "spam", later.pk: "waiting"}


def test_when_others_decided_meanwhile_the_page_comes_again_and_nothing_is_done(mod, post):
    first, second = waiting(post, writer="w" * 64), waiting(post, writer="w" * 64)
    _html, given = together(mod, do="bin", writer=first.pk)
    moderation.approve(second, by=person("emil"))
    moderation.remove(second, "person", by=person("emil"))
    before = everything()
    answer = send(mod, given)
    assert answer.status_code == 409
    assert "Nothing was done: others came or went meanwhile." in answer.content.decode()
    assert everything() == before


def test_many_are_not_removed_without_a_reason(mod, post):
    comment = waiting(post)
    _html, given = together(mod, do="remove", pick=comment.pk)
    before = everything()
    answer = send(mod, given, note="Kept")
    assert answer.status_code == 409
    assert "Say why it is removed." in answer.content.decode()
    assert 'value="Kept"' in answer.content.decode()
    assert everything() == before


def test_nothing_ticked_is_nothing_to_do(mod, post):
    waiting(post)
    html, given = together(mod, do="approve")
    assert given is None
    assert "There are none to which this would do anything." in html


def test_writers_and_addresses_that_are_not_known_are_nobodys(mod, post):
    comment = waiting(post)
    waiting(post)
    for way in ("writer", "address"):
        _html, given = together(mod, do="bin", **{way: comment.pk})
        assert given is None


# Whatever comes in an address


def hostile():
    found = ["2026-09-05T120000.000000-999999999999999999", "0001-01-01T000000.000000-1", "9999-12-31T235959.999999-1"]
    for name in ("params/page-and-id-values.json", "params/dates.json", "unicode/text.json"):
        found += [str(value) for value in json.loads((HOSTILE / name).read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize(
    "address",
    "?q={} ?after={} ?q=decided&after={} together/?do={} together/?writer={} together/?address={} "
    "together/?do=bin&pick={} together/?do=bin&until={} {}/change/".split(),
)
def test_nothing_in_an_address_breaks_the_queue(mod, post, address):
    waiting(post)
    found = {}
    for value in hostile():
        path = QUEUE + address.format(quote(value, safe="", errors="surrogatepass"))
        status = mod.get(path).status_code
        if status not in {200, 301, 302, 400, 404}:
            found[path[:200]] = status
    assert found == {}


def test_a_person_without_a_name_can_be_named(mod, post):
    make_user("nameless", "Moderator")
    waiting(post, name="")
    assert "(no name)" in words(mod)
