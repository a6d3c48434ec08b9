"""Comments move in with their posts: threads, states and writers; no state is raised, and twice is once."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from blog.models import Author, Post, Tally
from comments import moderation
from comments.limits import address_key
from comments.models import Comment
from tests.comments.trees import faults
from tests.exports import (
    EXPECTED,
    REAL,
    archive,
    blogger_comment,
    blogger_entry,
    disqus,
    disqus_post,
    disqus_thread,
    refusal,
    run,
    saved,
    takeout,
    takeout_comment,
    takeout_entry,
    wxr,
    wxr_comment,
    wxr_item,
)
from tests.factories import make_moderator, person
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db
State = Comment.State


@pytest.fixture
def wordpress(tmp_path):
    """Brings in one WordPress post with these comments; gives the report."""

    def bring_in(*comments, beside="", item=None, **options):
        text = wxr(wxr_item(inside="".join(comments), **(item or {})), beside=beside)
        return run("import_wordpress", saved(tmp_path, text), report=tmp_path / "report.json", **options)

    return bring_in


@pytest.fixture
def blogger(tmp_path):
    def bring_in(*entries, **options):
        return run("import_blogger", saved(tmp_path, archive(*entries)), report=tmp_path / "report.json", **options)

    return bring_in


@pytest.fixture
def from_takeout(tmp_path):
    def bring_in(*entries, **options):
        return run("import_blogger", saved(tmp_path, takeout(*entries)), report=tmp_path / "report.json", **options)

    return bring_in


@pytest.fixture
def from_disqus(tmp_path):
    def bring_in(*parts, **options):
        path = saved(tmp_path, disqus(*parts), "disqus.xml")
        return run("import_disqus", path, report=tmp_path / "disqus.json", **options)

    return bring_in


def number(comment):
    return comment.source_id.replace(".", "#").rpartition("#")[2]


def thread():
    """(number there, its level, the number of what it answers, state) of all, in the order of reading."""
    rows = Comment.objects.oldest_first()
    names = {row.pk: number(row) for row in rows}
    return [(number(row), row.level, names.get(row.answered_id()), row.state) for row in rows]


# Threads


def test_answers_stand_below_what_they_answer_whatever_comes_first(wordpress, blogger, from_takeout):
    wordpress(wxr_comment(3, parent=2), wxr_comment(2, parent=1), wxr_comment(1), wxr_comment(4))
    assert thread() == [("1", 0, None, "visible"), ("2", 1, "1", "visible"), ("3", 2, "2", "visible"),
                        ("4", 0, None, "visible")]  # fmt: skip
    blogger(blogger_comment(101, answers=100), blogger_entry(1), blogger_comment(100))
    from_takeout(takeout_comment(103, answers=102), takeout_comment(102), takeout_entry(1))
    # one post of one blog, in an archive and in a Takeout
    rows = Comment.objects.filter(source="blogger").oldest_first()
    assert [(number(row), row.level) for row in rows] == [("100", 0), ("101", 1), ("102", 0), ("103", 1)]
    assert faults() == []


def test_who_answers_nothing_that_is_there_begins_a_conversation(wordpress):
    told = wordpress(wxr_comment(1, parent=99), wxr_comment(2, parent=1))
    assert [row[:3] for row in thread()] == [("1", 0, None), ("2", 1, "1")]
    assert told["comments_notes"]["answer nothing that is there, and begin a conversation"] == 1


def test_answers_to_what_is_in_the_bin_hang_below_its_place(wordpress, client):
    wordpress(wxr_comment(1, "Rude words", approved="trash"), wxr_comment(2, "An answer", parent=1))
    assert thread() == [("1", 0, None, "removed"), ("2", 1, "1", "visible")]
    page = client.get(Post.objects.get().get_absolute_url()).content.decode()
    assert "An answer" in page and "Rude words" not in page and "Removed comment" in page
    assert Tally.objects.of_post(Post.objects.get().pk)[0] == 1


def test_comments_of_pages_come_in_too(wordpress, client):
    wordpress(wxr_comment(1, "On a page"), item={"post_type": "page", "post_name": "about"})
    assert "On a page" in client.get("/about/").content.decode()


def test_comments_of_what_was_not_brought_in_are_counted(wordpress):
    told = wordpress(wxr_comment(1), item={"post_type": "attachment"})
    assert (told["comments"], told["comments_brought"]) == ({"1": 1}, 0)
    assert told["comments_notes"] == {"stand under nothing that was brought in": 1}


# States: nothing is raised


@pytest.mark.parametrize(
    "approved, state",
    [
        ("1", State.VISIBLE),
        ("approved", State.VISIBLE),
        ("0", State.WAITING),
        ("hold", State.WAITING),
        ("spam", State.SPAM),
        ("trash", State.REMOVED),
        ("post-trashed", State.REMOVED),
        ("", State.WAITING),
        ("2", State.WAITING),
        ("delayed", State.WAITING),
    ],
)
def test_no_state_of_wordpress_is_raised(wordpress, approved, state):
    told = wordpress(wxr_comment(1, approved=approved))
    assert Comment.objects.get().state == state
    odd = approved in ("", "2", "delayed")
    assert told["comments_unknown"] == ({approved or "(none)": 1} if odd else {})


@pytest.mark.parametrize(
    "options, state",
    [
        ({"status": "LIVE"}, State.VISIBLE),
        ({"status": "PENDING_MODERATION"}, State.WAITING),
        ({"status": "SPAM_COMMENT"}, State.SPAM),
        ({"status": "NEWS_TO_US"}, State.WAITING),
        ({"status": ""}, State.WAITING),
    ],
)
def test_no_state_of_blogger_is_raised(from_takeout, options, state):
    told = from_takeout(takeout_entry(1), takeout_comment(100, **options))
    assert Comment.objects.get().state == state
    odd = options["status"] in ("NEWS_TO_US", "")
    assert told["comments_unknown"] == ({options["status"] or "(none)": 1} if odd else {})


@pytest.mark.parametrize("options", [{"status": "GHOSTED_COMMENT"}, {"trashed": "2020-01-01T00:00:00Z"}])
def test_of_what_was_removed_at_blogger_the_place_stays_where_somebody_answered(from_takeout, options, client):
    told = from_takeout(
        takeout_entry(1),
        takeout_comment(100, "Words that are gone", author="Bob", **options),
        takeout_comment(101, "An answer", answers=100),
        takeout_comment(102, "More that is gone", **options),
    )
    assert thread() == [("100", 0, None, "removed"), ("101", 1, "100", "visible")]
    assert told["comments_notes"] == {"were removed there, and nothing stands below them": 1}
    gone = Comment.objects.get(source_id="77.100")
    assert (gone.text, gone.html, gone.name, gone.email, gone.writer) == ("",) * 5
    page = client.get(Post.objects.get().get_absolute_url()).content.decode()
    assert "An answer" in page and "Removed comment" in page and "gone" not in page.replace('"cmt gone"', "")


def test_what_says_in_an_archive_that_it_was_removed_holds_no_words(blogger):
    blogger(
        blogger_entry(1),
        blogger_comment(100, "Dieser Kommentar wurde vom Autor entfernt.", removed=True),
        blogger_comment(101, answers=100),
    )
    assert thread() == [("100", 0, None, "removed"), ("101", 1, "100", "visible")]
    assert Comment.objects.get(state="removed").text == ""


def test_what_has_no_words_left_cannot_be_approved(blogger):
    blogger(blogger_entry(1), blogger_comment(100, removed=True), blogger_comment(101, answers=100))
    gone = Comment.objects.get(state="removed")
    with pytest.raises(moderation.WrongState):
        moderation.approve(gone, by=make_moderator())
    assert Comment.objects.get(pk=gone.pk).state == "removed"


@pytest.mark.parametrize(
    "facts, state",
    [
        ({}, "visible"),
        ({"isSpam": "true"}, "spam"),
        ({"isApproved": "false"}, "waiting"),
        ({"isDeleted": "true"}, None),
        ({"isDeleted": "true", "isSpam": "true"}, None),
    ],
)
def test_no_state_of_disqus_is_raised(wordpress, from_disqus, facts, state):
    wordpress()
    from_disqus(disqus_thread(), disqus_post(**facts))
    assert [comment.state for comment in Comment.objects.all()] == ([state] if state else [])


@pytest.mark.parametrize("pings, states", [("hide", ["removed"] * 2), ("show", ["visible"] * 2), ("skip", [])])
def test_notices_of_other_sites_stand_by_themselves_and_readers_see_them_where_that_was_asked_for(
    wordpress, pings, states
):
    comments = wxr_comment(1), wxr_comment(2, type="pingback", parent=1), wxr_comment(3, type="trackback", parent=1)
    told = wordpress(*comments, pings=pings)
    assert [row[1:3] for row in thread()[1:]] == [(0, None)] * len(states)
    assert [row[3] for row in thread()[1:]] == states
    assert told["comments_notes"]["pingbacks and trackbacks"] == 2
    assert told["comments"] == {"1": 3}


def test_what_a_plug_in_keeps_as_comments_waits_for_a_moderator(wordpress):
    told = wordpress(wxr_comment(1, type="order_note"), wxr_comment(2, type="review", approved="spam"))
    assert [row[3] for row in thread()] == ["waiting", "spam"]
    assert told["comments_unknown"] == {"type: order_note": 1, "type: review": 1}


# Who wrote them


def test_names_are_shown_and_addresses_are_not(wordpress, client):
    wordpress(
        wxr_comment(1, author="Ann"),
        wxr_comment(2, author="", author_email=""),
        wxr_comment(3, author="eve@mail.example"),
    )
    assert [comment.name for comment in Comment.objects.oldest_first()] == ["Ann", "", ""]
    first = Comment.objects.oldest_first().first()
    assert (first.email, first.address) == ("ann@mail.example", address_key("192.0.2.7"))
    page = client.get(Post.objects.get().get_absolute_url()).content.decode()
    assert "mail.example" not in page and "192.0.2" not in page
    assert page.count("Anonymous") >= 2


def test_what_blogger_writes_for_everybody_is_nobody_s_address(blogger):
    blogger(blogger_entry(1), blogger_comment(100), blogger_comment(101))
    assert {comment.email for comment in Comment.objects.all()} == {""}


WANDA = (
    "<wp:author><wp:author_id>4</wp:author_id><wp:author_login>wanda</wp:author_login>"
    "<wp:author_email>wanda@notes.example</wp:author_email><wp:author_display_name>Wanda Kovic"
    "</wp:author_display_name></wp:author>"
    "<wp:author><wp:author_id>5</wp:author_id><wp:author_login>karl</wp:author_login>"
    "<wp:author_email>karl@notes.example</wp:author_email><wp:author_display_name>Karl</wp:author_display_name></wp:author>"
)


def test_the_author_s_own_comments_say_so_and_belong_to_his_account(wordpress):
    edith = person("edith")
    Author.objects.create(name="Wanda Kovic", slug="wanda-kovic", user=edith)
    wordpress(
        wxr_comment(1, user_id=4, author="Wanda Kovic"),
        wxr_comment(2, user_id=5, author="Karl"),
        wxr_comment(3, author="Wanda Kovic", author_email="Wanda@notes.example"),
        wxr_comment(4, author="Wanda Kovic", author_email="other@mail.example"),
        wxr_comment(5, author="Somebody", author_email="wanda@notes.example"),
        wxr_comment(6, user_id=77, author="A subscriber"),
        beside=WANDA,
    )
    found = [(comment.badge, comment.user_id) for comment in Comment.objects.oldest_first()]
    assert found == [("author", edith.pk), ("staff", None), ("author", edith.pk), ("", None), ("", None), ("", None)]


def test_at_blogger_it_is_the_account_that_tells_its_author(blogger):
    profile = "<author><name>{0}</name><uri>http://www.blogger.com/profile/{1}</uri></author>"
    entry = blogger_entry(1).replace(
        "<author><name>Wanda Kovic</name>",
        "<author><name>Wanda Kovic</name><uri>http://www.blogger.com/profile/12</uri>",
    )
    blogger(
        blogger_comment(100, author=profile.format("Wanda Kovic", 12)),
        entry,
        blogger_comment(101, author=profile.format("Wanda Kovic", 13)),
        blogger_comment(102, author="<author><name>Wanda Kovic</name></author>"),
    )
    assert [comment.badge for comment in Comment.objects.oldest_first()] == ["author", "", ""]


# Their words


def test_newlines_and_bare_addresses_of_wordpress_are_paragraphs_and_links(wordpress):
    wordpress(wxr_comment(1, "One\nline\n\nSee https://a.example/x?a=1&b=2, please. <b>Bold</b>"))
    html = Comment.objects.get().html
    assert html.startswith("<p>One<br>")
    assert '<a href="https://a.example/x?a=1&amp;b=2"' in html and "nofollow ugc" in html
    assert "</a>, please." in html


def test_nothing_that_runs_comes_in(wordpress, blogger, from_disqus):
    bad = '<p onclick="x()">A<script>x()</script><a href="javascript:x()">b</a><img src=x onerror=x()></p>'
    wordpress(wxr_comment(1, bad))
    blogger(blogger_entry(9), blogger_comment(100, bad, under=9))
    from_disqus(disqus_thread(), disqus_post(1, bad))
    assert Comment.objects.count() == 3
    for comment in Comment.objects.all():
        assert not any(word in comment.html for word in ("script", "onclick", "onerror", "<img"))


# Again, later, and half-way


def test_a_later_export_adds_what_is_new_and_keeps_what_was_decided_here(wordpress):
    first = wxr_comment(1, "Words"), wxr_comment(2, parent=1), wxr_comment(3, approved="0")
    wordpress(*first)
    moderator = make_moderator()
    moderation.remove(Comment.objects.get(source_id__endswith="#1"), "person", by=moderator)
    moderation.approve(Comment.objects.get(source_id__endswith="#3"), by=moderator)
    before = list(Comment.objects.order_by("pk").values())
    told = wordpress(wxr_comment(1, "Other words"), *first[1:], wxr_comment(4, parent=2), wxr_comment(5, parent=3))
    assert (told["comments_brought"], told["comments_unchanged"]) == (2, 3)
    same = [
        row for row in Comment.objects.order_by("pk").values() if row["pk" if "pk" in row else "id"] <= before[-1]["id"]
    ]
    assert same == before
    assert [row[:3] for row in thread()] == [
        ("1", 0, None), ("2", 1, "1"), ("4", 2, "2"), ("3", 0, None), ("5", 1, "3"),
    ]  # fmt: skip
    assert faults() == []


def test_several_files_are_one_export(tmp_path):
    """A comment may be in two of them."""
    wordpress = [
        saved(tmp_path, wxr(wxr_item(1, inside=wxr_comment(1) + wxr_comment(2, parent=1))), "a.xml"),
        saved(tmp_path, wxr(wxr_item(1, inside=wxr_comment(2, parent=1) + wxr_comment(3, parent=2))), "b.xml"),
    ]
    told = run("import_wordpress", *wordpress, report=tmp_path / "report.json")
    assert [row[:3] for row in thread()] == [("1", 0, None), ("2", 1, "1"), ("3", 2, "2")]
    assert told["comments_notes"] == {"same comment twice": 1}


def test_two_comments_with_one_number_are_two_and_stay_two(wordpress):
    comments = wxr_comment(1, "One"), wxr_comment(1, "Another", author="Bob"), wxr_comment(1, "One")
    told = wordpress(*comments)
    assert told["comments_notes"] == {"same comment twice": 1, "same id for two comments": 1}
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["Another", "One"]
    assert wordpress(*comments)["comments_unchanged"] == 2


def facts(told):
    return {name: value for name, value in told.items() if name not in ("dry_run", "created", "unchanged", "redirects")}


LOST = (
    "stand under nothing that was brought in",
    "same comment twice",
    "hold nothing that can be shown, or too much",
    "were removed there, and nothing stands below them",
)
WITH_COMMENTS = [name for name, one in EXPECTED.items() if one.get("comments") and one["expect"] != "refuse"]


@pytest.mark.parametrize("name", WITH_COMMENTS)
def test_every_real_export_brings_what_the_oracle_counts_and_a_dry_run_says_it_before(name, tmp_path):
    expected = EXPECTED[name]
    command = {"wxr": "import_wordpress", "disqus": "import_disqus"}.get(expected["format"], "import_blogger")
    before = run(command, REAL / name, report=tmp_path / "dry.json", dry_run=True)
    assert not Comment.objects.exists()
    told = run(command, REAL / name, report=tmp_path / "report.json")
    assert facts(before) == facts(told)
    assert told["comments"] == expected["comments"]
    assert (told["replies"], told["max_depth"]) == (expected["replies"], expected["max_depth"])
    notes = told["comments_notes"]
    lost = (
        "stand under nothing that was brought in",
        "same comment twice",
        "hold nothing that can be shown, or too much",
    )
    lost = sum(notes.get(reason, 0) for reason in (*lost, "were removed there, and nothing stands below them"))
    assert Comment.objects.count() == told["comments_brought"] == sum(told["comments"].values()) - lost
    assert faults() == []
    held = list(Comment.objects.order_by("pk").values())
    again = run(command, REAL / name, report=tmp_path / "again.json")
    assert (again["comments_brought"], again["comments_unchanged"]) == (0, told["comments_brought"])
    assert list(Comment.objects.order_by("pk").values()) == held


# Disqus


def test_threads_of_one_page_are_one_and_those_of_none_are_listed(wordpress, from_disqus):
    wordpress()
    told = from_disqus(
        disqus_thread(1, "http://notes.example/ferry-1"),
        disqus_thread(2, "https://www.notes.example/?p=1"),
        disqus_thread(3, "", own="1 https://notes.example/?p=1"),
        disqus_thread(4, "https://notes.example/2012/05/06/ferry-1/?utm=x"),
        disqus_thread(5, "https://notes.example/nowhere/"),
        disqus_thread(6, "https://notes.example/never-used/"),
        *(disqus_post(place, thread=place) for place in (1, 2, 3, 4, 5, 77)),
    )
    assert sorted(number(comment) for comment in Comment.objects.under(Post.objects.get())) == ["1", "2", "3", "4"]
    assert told["unmatched_threads"] == [
        {"address": "https://notes.example/nowhere/", "title": "Ferry", "comments": 1},
        {"address": "", "title": "", "comments": 1},
    ]
    assert told["comments_notes"] == {"stand under nothing that was brought in": 2}


def test_what_wordpress_has_already_does_not_come_in_twice_and_is_answered_all_the_same(wordpress, from_disqus):
    wordpress(wxr_comment(1), wxr_comment(2, date_gmt="2013-05-07 08:11:00", author="Bob"))
    told = from_disqus(
        disqus_thread(),
        disqus_post(10, own="wp_id=1"),
        disqus_post(11, author="Bob"),  # written at Disqus, and copied to WordPress by its plug-in
        disqus_post(12, answers=10, author="Eve"),
        disqus_post(13, answers=11, author="Zoe"),
        disqus_post(14, own="wp_id=99", author="Kim"),
    )
    assert (told["comments_brought"], told["comments_unchanged"]) == (3, 2)
    assert [row[:3] for row in thread()] == [
        ("1", 0, None), ("12", 1, "1"), ("2", 0, None), ("13", 1, "2"), ("14", 0, None),
    ]  # fmt: skip
    assert from_disqus(disqus_thread(), disqus_post(12, answers=10))["comments_unchanged"] == 1


def test_deleted_words_of_disqus_stay_there_and_their_place_comes_along(wordpress, from_disqus):
    wordpress()
    from_disqus(
        disqus_thread(), disqus_post(1, isDeleted="true"), disqus_post(2, answers=1), disqus_post(3, isDeleted="true")
    )
    assert thread() == [("1", 0, None, "removed"), ("2", 1, "1", "visible")]
    gone = Comment.objects.get(source_id="1")
    assert (gone.text, gone.name, gone.email, gone.address) == ("",) * 4


def test_who_signed_the_post_is_its_author_at_disqus_as_well(wordpress, from_disqus):
    wordpress(beside=WANDA)
    from_disqus(disqus_thread(), disqus_post(1, author="Wanda"), disqus_post(2, author="Karl"))
    assert [comment.badge for comment in Comment.objects.oldest_first()] == ["author", ""]


def test_comments_of_disqus_wait_for_their_posts(from_disqus, wordpress):
    parts = disqus_thread(), disqus_post(1)
    assert from_disqus(*parts)["comments_brought"] == 0
    wordpress()
    assert from_disqus(*parts)["comments_brought"] == 1


# Links that people made


def test_old_links_to_comments_lead_to_them_here(wordpress, blogger, from_disqus, client):
    wordpress(wxr_comment(17), wxr_comment(18, approved="trash"), wxr_comment(19, parent=18))
    from_disqus(disqus_thread(), disqus_post(1234567), disqus_post(17))
    html = client.get(Post.objects.get().get_absolute_url()).content.decode()
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    assert {"comment-17", "comment-18", "comment-19", "comment-1234567"} <= set(ids)
    blogger(blogger_entry(9), blogger_comment(4427771335982415454, under=9), blogger_comment(101, under=9))
    html = client.get(Post.objects.get(source="blogger").get_absolute_url()).content.decode()
    assert '<span id="c4427771335982415454"></span>' in html
    assert html.count("<span id=") == 1  # a number as short as ours could be another comment's


def test_the_page_with_an_old_comment_is_found_by_its_name(wordpress, client):
    wordpress(
        *(wxr_comment(place, date_gmt=f"2012-05-{7 + place // 60:02} 08:{place % 60:02}:00") for place in range(1, 231))
    )
    address = Post.objects.get().get_absolute_url()
    assert 'id="comment-222"' not in client.get(address).content.decode()
    assert 'id="comment-222"' in client.get(f"{address}?c=comment-222").content.decode()
    assert client.get(f"{address}?c=comment-999").status_code == 200


# What is refused


@pytest.mark.parametrize("command", ["import_blogger", "import_wordpress", "import_disqus"])
def test_what_is_no_export_changes_nothing(command, tmp_path):
    others = {"import_blogger": wxr(), "import_wordpress": disqus(disqus_thread()), "import_disqus": archive()}
    sentence = refusal(command, saved(tmp_path, others[command]))
    assert "use `manage.py import_" in sentence
    assert "neither" in refusal("import_disqus", saved(tmp_path, disqus(), "empty.xml"))
    assert not Post.objects.exists()


def test_comments_that_somebody_wrote_on_other_people_s_blogs_are_refused(tmp_path):
    sentence = refusal("import_blogger", saved(tmp_path, takeout(takeout_comment())))
    assert "other people's blogs" in sentence
    assert not Comment.objects.exists()


def test_the_report_says_it_to_people(tmp_path):
    out = StringIO()
    text = wxr(wxr_item(inside=wxr_comment(1) + wxr_comment(2, approved="odd\x1b[2J") + wxr_comment(3, parent=77)))
    call_command("import_wordpress", str(saved(tmp_path, text)), stdout=out, stderr=StringIO())
    assert "Comments    3" in out.getvalue() and "3 brought in; 0 were here before" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_times_are_kept(wordpress):
    wordpress(
        wxr_comment(1, date_gmt="2009-01-02 03:04:05"),
        wxr_comment(2, date_gmt="0000-00-00 00:00:00", date=""),
    )
    times = [comment.created_at for comment in Comment.objects.order_by("source_id")]
    assert times == [datetime(2009, 1, 2, 3, 4, 5, tzinfo=UTC), Post.objects.get().published_at]


# Killed at whatever moment


MOMENTS = [1, 40, 75, 105, 140]  # spread over both runs: among the pieces, the comments, the answers


@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_at_whatever_moment_the_next_run_ends_as_if_nothing_had_been(tmp_path):
    """One run that brings everything, and a later one that brings answers to what is here."""
    moments = [None, *MOMENTS]
    place = database_for_race(connection, tmp_path)
    ends = []
    for moment in moments:
        for export in exports_of(moment, tmp_path):
            ends += race(place, ["move_in", "import_wordpress", str(export), {"dies_at": moment}])
            if moment:
                assert race(place, ["move_in", "import_wordpress", str(export)]) == ["done"]
    [found] = race(place, ["moved_in", [site_of(moment) for moment in moments]])
    undisturbed, *others = found["sites"]
    assert len(undisturbed["comments"]) == 9 and len(undisturbed["pieces"]) == 3
    assert [one for one in others if one != undisturbed] == []
    assert found["faults"] == []
    assert ends[:2] == ["done"] * 2 and ends[2:].count(None) >= len(MOMENTS)


def site_of(moment):
    return f"harbour-{moment or 0}.example"


def exports_of(moment, place):
    """An export, and a later one, of a site of its own for each moment."""
    site = site_of(moment)
    first = (
        [wxr_comment(2, parent=1), wxr_comment(1), wxr_comment(3, approved="spam"), wxr_comment(4, approved="trash")],
        [wxr_comment(5, parent=99), wxr_comment(6, parent=5, author="Wanda Kovic", user_id=4)],
        [],
    )
    later = ([wxr_comment(7, parent=2), wxr_comment(8, parent=4)], [wxr_comment(9, parent=7)], [])
    texts = []
    for more in ([[], [], []], later):
        items = "".join(
            wxr_item(
                number,
                inside="".join([*comments, *added]),
                post_name=f"{site}-{number}",
                link=f"https://{site}/{number}/",
                status="draft" if number == 3 else "publish",
            )
            for number, (comments, added) in enumerate(zip(first, more, strict=True), 1)
        )
        texts.append(wxr(items, beside=WANDA).replace("https://notes.example", f"https://{site}"))
    return [saved(place, text, f"{site}-{turn}.xml") for turn, text in enumerate(texts)]
