"""The discussion on a post's page, its counts on lists, and the numbered feed of what has come since."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from unittest import mock

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from blog import belonging, workflow
from blog.models import Edition, Post, Tally
from comments import threads
from comments.models import Comment, HouseRules
from tests.factories import (
    fresh,
    make_author,
    make_comment,
    make_live_page,
    make_live_post,
    make_publisher,
    make_story,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db

KEPT = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests of reading"},
}
STATES = ["waiting", "held", "removed", "withdrawn", "spam"]


@pytest.fixture
def keeping():
    """Pages are kept, as in production."""
    with override_settings(CACHES=KEPT):
        caches["pages"].clear()
        yield
        caches["pages"].clear()


def live_post(*, ago=timedelta(hours=1), **parts):
    """A post of an hour ago: comments are open."""
    return make_live_post(at=timezone.now() - ago, **parts)


def discussion(client, post, query=""):
    """The part of the page that is the discussion; "" where there is none."""
    text = client.get(post.get_absolute_url() + query).text
    found = re.search(r'<section aria-labelledby="comments">.*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def marks(comment, state, **columns):
    """A comment as the tree and a moderator would leave it, with the numbers of the page moved on."""
    Comment.objects.filter(pk=comment.pk).update(state=state, **columns)
    Tally.objects.count(comment.post_id, visible=-1)


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class Nesting(HTMLParser):
    """That lists hold items alone and everything is closed in the order in which it was opened."""

    VOID = frozenset("meta link input img br hr".split())

    def __init__(self, html):
        super().__init__()
        self.open, self.wrong = [], []
        self.feed(html)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        if self.open and self.open[-1] == "ol" and tag != "li":
            self.wrong.append(f"{tag} in ol")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(f"/{tag}")


# A comment


def test_a_comment_with_all_that_is_told_of_it(client):
    post = live_post()
    first = make_comment(post, name="Marit <Dahl>", html="<p>Hello &amp; welcome.</p>")
    answer = make_comment(post, name="Ines", answers=first, badge="author", edited_at=timezone.now())
    html = discussion(client, post)
    assert f'<article class="cmt" id="c{first.pk}">' in html
    assert "<h3><bdi>Marit &lt;Dahl&gt;</bdi></h3>" in html
    assert '<div class="body"><p>Hello &amp; welcome.</p></div>' in html
    assert f'<a href="?c={answer.pk}#c{answer.pk}"><span class="vh">Comment, </span><time' in html
    assert f'<a href="#c{first.pk}">in reply to <bdi>Marit &lt;Dahl&gt;</bdi></a>' in html
    assert '<span class="badge">Author</span>' in html
    assert re.search(r"<span>edited <time [^>]+>[^<]+</time></span>", html)
    assert f'<a href="?reply={first.pk}#reply">Reply<span class="vh"> to Marit &lt;Dahl&gt;</span>' in html
    assert f'<a href="/comments/{answer.pk}/report/">Report<span class="vh">, Ines</span></a>' in html


def test_names_that_are_instructions_are_names(client):
    post = live_post()
    first = make_comment(post, name="%(name)s {{ x }} %s")
    make_comment(post, name="b", answers=first)
    assert discussion(client, post).count("%(name)s {{ x }} %s") == 4


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("removed", "person", "Removed by a moderator: about a person, not the subject. The replies stay."),
        ("removed", "", "Removed by a moderator. The replies stay."),
        ("removed", "erased", "Removed: erased for the writer. The replies stay."),
        ("withdrawn", "", "Withdrawn by the writer. The replies stay."),
        ("held", "", "A moderator is looking at this comment. The replies stay."),
        ("waiting", "", "A moderator is looking at this comment. The replies stay."),
        ("spam", "", "Removed by a moderator: advertising. The replies stay."),
    ],
)
def test_what_is_left_of_a_comment_says_who_did_it_and_why(client, state, reason, said):
    post = live_post()
    gone = make_comment(post, "secret words", name="Secret")
    make_comment(post, name="b", answers=gone)
    marks(gone, state, reason=reason)
    html = discussion(client, post)
    assert said in html
    assert f'id="c{gone.pk}"' in html
    assert "ecret" not in html
    assert "in reply to a removed comment" in html
    assert f"reply={gone.pk}" not in html
    assert f"/comments/{gone.pk}/report/" not in html


def test_a_comment_says_that_it_was_written_on_other_words(client):
    post = live_post()
    before = make_comment(post, name="before")
    post = published(write(post, body="<p>The bridge is open again.</p>", kind="update"))
    make_comment(post, name="after")
    html = discussion(client, post)
    assert html.count("on an earlier version") == 1
    assert html.index(">before<") < html.index("on an earlier version") < html.index(">after<")
    answer = make_comment(post, name="answer", answers=before, revision_id=before.revision_id)
    later = make_comment(post, name="later", answers=answer)  # on what is live
    assert discussion(client, post).count("on an earlier version") == 1  # said once, above what answers it
    Comment.objects.filter(pk=later.pk).update(revision=before.revision)
    Comment.objects.filter(pk=answer.pk).update(revision=later.revision)
    Tally.objects.count(post.pk)
    assert discussion(client, post).count("on an earlier version") == 2
    Comment.objects.filter(pk__in=[before.pk, later.pk]).update(revision=None)  # of another site
    Tally.objects.count(post.pk)
    assert "earlier version" not in discussion(client, post)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lists_are_closed_as_they_were_opened(client, monkeypatch, seed):
    monkeypatch.setattr(threads, "SIZE", 7)
    post = live_post()
    known = [make_comment(post)]
    for number in range(20):
        known.append(make_comment(post, answers=known[number * seed % len(known)] if number % 4 else None))
    page = threads.page_of(post)
    while True:
        start = f"?from={threads.spell(page.rows[0].spot)}"
        assert Nesting(discussion(client, post, start)).wrong == []
        if not page.following:
            break
        page = threads.page_of(post, start=page.following)


# The section


def test_how_many_there_are_and_how_they_are_sorted(client):
    post = live_post()
    first = make_comment(post, name="first", created_at=timezone.now() - timedelta(minutes=9))
    second = make_comment(post, name="second")
    plain, newest = discussion(client, post), discussion(client, post, "?comments=newest")
    assert '<h2 id="comments" tabindex="-1">2 comments</h2>' in plain
    assert "<b>Oldest first</b>" in plain
    assert "<b>Newest first</b>" in newest
    assert plain.index(f"c{first.pk}") < plain.index(f"c{second.pk}")
    assert newest.index(f"c{second.pk}") < newest.index(f"c{first.pk}")
    assert f'href="?comments=newest&amp;reply={first.pk}#reply"' in newest


def test_the_rules_of_the_house_and_how_long_it_is_open(client):
    HouseRules.objects.update(note="A person reads them.", rules_path="/comment-rules/")
    Edition.objects.update(discussion_days=30)
    post = live_post()
    said = words(discussion(client, post))
    assert "A person reads them." in said
    day = timezone.localdate(post.published_at + timedelta(days=30))
    assert f"Open for comments until {day.day} {day:%B %Y}." in said
    assert '<a href="/comment-rules/">The rules</a>' in discussion(client, post)


def test_time_runs_out_by_itself(client, keeping):
    Edition.objects.update(discussion_days=30)
    post = live_post()
    make_comment(post)
    path = post.get_absolute_url()
    seen = client.get(path)
    assert 'name="text"' in seen.text
    later = timezone.now() + timedelta(days=30)
    with mock.patch("django.utils.timezone.now", return_value=later):
        after = client.get(path, headers={"if-none-match": seen.headers["ETag"]})
    assert after.status_code == 200
    assert "Closed for comments since" in after.text
    assert 'name="text"' not in after.text
    assert "reply=" not in after.text
    assert f'id="c{Comment.objects.get().pk}"' in after.text


def test_closed_and_empty_shows_nothing(client):
    post = make_live_post()  # months ago
    assert discussion(client, post) == ""
    open_one = live_post(headline="Open")
    assert "No comments yet" in discussion(client, open_one)
    Post.objects.filter(pk=open_one.pk).update(discussion="closed", version=9)
    assert discussion(client, open_one) == ""


def test_a_page_has_no_discussion_unless_it_says_so(client):
    page = make_live_page(at=timezone.now())
    assert discussion(client, page) == ""
    Post.objects.filter(pk=page.pk).update(discussion="open", version=9)
    assert "No comments yet" in discussion(client, page)
    make_comment(page, name="Somebody")
    Post.objects.filter(pk=page.pk).update(discussion="", version=10)
    assert "Somebody" in discussion(client, page)
    assert 'name="text"' not in discussion(client, page)


def test_the_form_stands_below_the_comment_that_is_answered(client):
    post = live_post()
    first, second = make_comment(post, name="first"), make_comment(post, name="second")
    html = discussion(client, post, f"?reply={first.pk}")
    assert html.count("<form") == 1
    assert html.index(f'id="c{first.pk}"') < html.index("<form") < html.index(f'id="c{second.pk}"')
    assert f'name="reply" value="{first.pk}"' in html
    plain = discussion(client, post)
    assert plain.index("<form") > plain.index(f'id="c{second.pk}"')
    assert 'name="reply" value=""' in plain


def test_nobody_answers_what_is_gone(client):
    post = live_post()
    gone = make_comment(post)
    make_comment(post, answers=gone)
    marks(gone, "removed")
    html = discussion(client, post, f"?reply={gone.pk}")
    assert 'name="reply" value=""' in html


def test_pages_of_a_long_thread(client, monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 3)
    post = live_post()
    known = [make_comment(post, created_at=timezone.now() + timedelta(minutes=number)) for number in range(8)]
    met, path = [], ""
    while True:
        html = discussion(client, post, path)
        met += re.findall(r'<article class="cmt" id="c(\d+)"', html)
        following = re.search(r'<a href="(\?from=[^"#]+)#comments" rel="next">(.+?)</a>', html)
        if not following:
            break
        assert re.fullmatch(r"Conversations from .+ and later", following[2])
        path = following[1]
    assert met == [str(comment.pk) for comment in known]
    assert re.search(r'<a href="[^"]+\?from=[^"]+#comments" rel="prev">', html)
    second = discussion(client, post, re.search(r'href="(\?from=[^"#]+)', discussion(client, post))[1])
    assert f'<a href="{post.get_absolute_url()}#comments" rel="prev">' in second


def test_the_address_of_a_comment_leads_to_its_page(client, monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 3)
    post = live_post()
    known = [make_comment(post, created_at=timezone.now() + timedelta(minutes=number)) for number in range(8)]
    for comment in known:
        place = client.get(f"/comments/{comment.pk}/")
        assert (place.status_code, place.headers["Location"]) == (302, comment.get_absolute_url())
        assert f'id="c{comment.pk}"' in client.get(place.headers["Location"]).text


@pytest.mark.parametrize("state", STATES)
def test_what_readers_do_not_see_has_no_address(client, state):
    comment = make_comment(live_post(), state=state)
    assert client.get(f"/comments/{comment.pk}/").status_code == 404
    assert client.get(f"/comments/{comment.pk}/").status_code == client.get("/comments/999999/").status_code


def test_comments_of_a_withdrawn_post_have_no_address(client):
    post = live_post()
    comment = make_comment(post)
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="Wrong.")
    assert client.get(f"/comments/{comment.pk}/").status_code == 404
    assert client.get(f"/comments/on/{post.pk}/changes/?after=0").status_code == 404
    assert "open again" not in client.get(post.get_absolute_url()).text


def test_a_preview_has_no_discussion(client):
    post = live_post()
    make_comment(post)
    client.force_login(make_publisher())
    answer = client.get(f"/preview/{post.key}/1/")
    assert answer.status_code == 200
    assert 'id="comments"' not in answer.text
    assert "comments.atom" not in answer.text


# What a query may hold


@pytest.mark.parametrize("name", ["c", "reply"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "999", "99999999999999999999", "1.5", "١", "1 or 1=1", "\u200b"])
def test_a_number_of_no_comment_is_passed_over(client, name, value):
    post = live_post()
    make_comment(post, name="Somebody")
    answer = client.get(post.get_absolute_url(), {name: value})
    assert answer.status_code == 200
    assert "Somebody" in answer.text


@pytest.mark.parametrize("value", ["x", "", "2026-09-05T120000.000000-1", "2026-02-30T120000.000000-1-1", "1-1-1"])
def test_a_spot_that_we_did_not_write_is_refused(client, value):
    post = live_post()
    make_comment(post)
    answer = client.get(post.get_absolute_url(), {"from": value})
    assert answer.status_code == 400
    assert "place in a list" in answer.text


def test_other_orders_are_the_plain_one(client):
    post = live_post()
    make_comment(post)
    assert "<b>Oldest first</b>" in discussion(client, post, "?comments=best")


def test_whatever_else_stands_in_the_query_makes_no_other_page(client, settings):
    post = live_post()
    make_comment(post)
    path = post.get_absolute_url()
    seen = client.get(path).headers["ETag"]
    assert client.get(f"{path}?utm_source=x&page=2", headers={"if-none-match": seen}).status_code == 304
    assert client.get(f"{path}?comments=newest").headers["ETag"] != seen
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in client.get(f"{path}?comments=newest").text


# What it costs, and what is kept


@pytest.mark.parametrize(("size", "expected"), [(0, 4), (1, 5), (100, 5)])
def test_the_whole_page_is_five_queries(client, django_assert_num_queries, size, expected):
    post = live_post(tags=("Harbour",))
    first = None
    for _ in range(size):
        first = make_comment(post, answers=first if size % 2 else None)
    with django_assert_num_queries(expected):
        client.get(post.get_absolute_url())


def test_a_post_with_everything_is_seven(client, django_assert_max_num_queries):
    make_author("Ines", "ines")
    byline = ({"name": "Ines", "slug": "ines"},)
    live_post(story=make_story(), ago=timedelta(hours=2), headline="Before")
    post = live_post(tags=("Harbour",), byline=byline, section="Harbour", story=fresh(Post.objects.get()).story)
    make_comment(post)
    with django_assert_max_num_queries(7):
        client.get(post.get_absolute_url())


def test_who_has_the_page_gets_304_for_one_query(client, django_assert_num_queries):
    post = live_post()
    make_comment(post)
    path = post.get_absolute_url()
    seen = client.get(path).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(path, headers={"if-none-match": seen}).status_code == 304


def test_a_new_comment_makes_a_new_page_and_another_post_stays(client, keeping):
    post, other = live_post(), live_post(headline="Another")
    seen, seen_other = (client.get(one.get_absolute_url()).headers["ETag"] for one in (post, other))
    make_comment(post, name="Somebody")
    answer = client.get(post.get_absolute_url(), headers={"if-none-match": seen})
    assert answer.status_code == 200
    assert "Somebody" in answer.text
    assert client.get(other.get_absolute_url(), headers={"if-none-match": seen_other}).status_code == 304


def test_the_page_is_for_everybody(client):
    post = live_post()
    make_comment(post)
    answer = client.get(post.get_absolute_url())
    assert answer.headers["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert "csrf" not in answer.text


def test_fifty_comments_are_not_much_to_send(client):
    post = live_post(body="".join(f"<p>{'Words of a story. ' * 20}</p>" for _ in range(10)), tags=("Harbour", "Bridge"))
    known = []
    for number in range(50):
        answers = known[number // 2] if number % 3 else None
        text = "A comment has two sentences as a rule. This one says what most of them say, and then it stops."
        known.append(make_comment(post, text, name=f"Reader {number}", answers=answers))
    assert len(client.get(post.get_absolute_url()).content) < 45_000


# Lists


@pytest.fixture
def lists():
    """Addresses of lists with one post that has comments and one that has none."""
    make_author("Ines", "ines")
    story = make_story()
    common = {"tags": ("Harbour",), "byline": ({"name": "Ines", "slug": "ines"},), "story": story}
    quiet = live_post(headline="Quiet bridge", **common)
    post = live_post(headline="Talked about bridge", ago=timedelta(minutes=5), **common)
    live_post(headline="Newest bridge", ago=timedelta(minutes=1), **common)
    for _ in range(3):
        make_comment(post)
    marks(make_comment(post), "removed")
    make_comment(post, state="waiting")
    day = quiet.published_on
    paths = ["/", "/tags/harbour/", "/authors/ines/", f"/stories/{story.slug}/", "/search/?q=bridge"]
    return post, [*paths, f"/{day:%Y/%m}/", f"/{day:%Y/%m/%d}/"]


def test_lists_count_what_readers_see(client, lists):
    post, paths = lists
    for path in paths:
        found = re.findall(r'<a href="([^"]+)#comments">([^<]+)</a>', client.get(path).text)
        assert found == [(post.get_absolute_url(), "3 comments")], path


def test_the_leading_post_is_counted_as_well(client):
    post = live_post()
    make_comment(post)
    assert f'<a href="{post.get_absolute_url()}#comments">1 comment</a>' in client.get("/").text


def test_a_list_is_a_new_one_when_readers_see_another_comment(client, keeping, lists, django_assert_num_queries):
    post, paths = lists
    for path in paths:
        seen = client.get(path).headers["ETag"]
        with django_assert_num_queries(1):
            assert client.get(path, headers={"if-none-match": seen}).status_code == 304
        make_comment(post)
        assert client.get(path, headers={"if-none-match": seen}).status_code == 200, path


def test_feeds_of_posts_are_not_drawn_again_for_comments(client):
    post = live_post()
    seen = client.get("/feed.atom").headers["ETag"]
    make_comment(post)
    assert client.get("/feed.atom", headers={"if-none-match": seen}).status_code == 304


@pytest.mark.parametrize("path", ["/", "/search/?q=bridge"])
def test_counting_asks_no_more_for_more_posts(client, django_assert_num_queries, path):
    make_comment(live_post(headline="One bridge"))
    with_one = queries(client, path)
    for number in range(3):
        make_comment(live_post(headline=f"Another bridge {number}"))
    assert queries(client, path) == with_one


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def test_the_page_tells_machines_and_readers_how_many(client):
    post = live_post()
    assert "commentCount" not in client.get(post.get_absolute_url()).text
    make_comment(post)
    text = client.get(post.get_absolute_url()).text
    assert '"commentCount":1' in text
    assert '<li><a href="#comments">1 comment</a></li>' in text


# What has come since


def changes(client, post, after, **headers):
    return client.get(f"/comments/on/{post.pk}/changes/?after={after}", headers=headers)


def drawn_number(client, post):
    return re.search(r'data-changes="([^"]+)"', client.get(post.get_absolute_url()).text)[1]


def test_what_has_come_since_a_page_was_drawn(client):
    post = live_post()
    make_comment(post)
    address = drawn_number(client, post)
    assert client.get(address).json() == {"after": 1, "now": 1, "new": 0, "closed": False}
    first = make_comment(post, shown_at=timezone.now() + timedelta(seconds=1))
    make_comment(post, answers=first, shown_at=timezone.now() + timedelta(seconds=2))
    make_comment(post, state="waiting")
    assert client.get(address).json() == {
        "after": 1,
        "now": 3,
        "new": 2,
        "closed": False,
        "words": "2 new comments",
        "address": f"?c={first.pk}#c{first.pk}",
    }
    assert drawn_number(client, post).endswith("?after=3")


def test_what_went_is_not_new_when_it_comes_back(client):
    post = live_post()
    comment = make_comment(post)
    marks(comment, "removed")
    assert changes(client, post, 1).json()["new"] == 0
    Comment.objects.filter(pk=comment.pk).update(state="visible")
    Tally.objects.count(post.pk, visible=1)
    assert changes(client, post, 1).json()["new"] == 0


def test_new_ones_that_are_gone_already_lead_nowhere(client):
    post = live_post()
    marks(make_comment(post), "removed", placed=False)
    assert changes(client, post, 0).json() == {"after": 0, "now": 1, "new": 1, "closed": False}


def test_the_feed_is_the_same_for_everybody_and_says_when_nothing_has_changed(client, django_assert_num_queries):
    post = live_post()
    first, second = changes(client, post, 0), changes(client, post, 0)
    assert first.content == second.content
    assert first.headers["Cache-Control"].startswith("public")
    assert not first.cookies
    seen = first.headers["ETag"]
    with django_assert_num_queries(1):
        assert changes(client, post, 0, **{"if-none-match": seen}).status_code == 304
    make_comment(post)
    assert changes(client, post, 0, **{"if-none-match": seen}).status_code == 200
    assert changes(client, post, 1).headers["ETag"] != changes(client, post, 0).headers["ETag"]


def test_more_than_many_are_many(client):
    post = live_post()
    make_comment(post)
    Tally.objects.count(post.pk, shown=500)
    assert changes(client, post, 0).json()["words"] == "More than 100 new comments"


@pytest.mark.parametrize("after", ["", "x", "-1", "1.0", "9999999999", "١"])
def test_a_number_that_is_none_is_refused(client, after):
    assert changes(client, live_post(), after).status_code == 400


def test_there_is_no_feed_of_what_is_not_live(client):
    for number in (999_999, 10**30):
        assert client.get(f"/comments/on/{number}/changes/?after=0").status_code == 404


def test_the_feed_says_when_there_is_nothing_more_to_come(client):
    post = make_live_post()
    assert changes(client, post, 0).json()["closed"] is True


def test_a_page_that_asks_stops_when_a_moderator_closes_the_discussion(client, django_assert_num_queries):
    post = live_post()
    seen = changes(client, post, 0).headers["ETag"]
    belonging.set_discussion(post, "closed", by=person("mod"))
    answer = changes(client, post, 0, **{"if-none-match": seen})
    assert (answer.status_code, answer.json()["closed"]) == (200, True)
    belonging.set_discussion(post, "open", by=person("mod"))
    assert changes(client, post, 0).json()["closed"] is False
    belonging.set_discussion(post, "", by=person("mod"))
    HouseRules.objects.update(policy="closed")
    with django_assert_num_queries(2):
        assert changes(client, post, 0).json()["closed"] is True
    page = make_live_page(at=timezone.now())
    HouseRules.objects.update(policy="open")
    assert changes(client, page, 0).json()["closed"] is True


def test_in_a_language_that_runs_the_other_way(client, settings):
    settings.LANGUAGE_CODE = "ar"
    post = live_post()
    make_comment(post)
    with translation.override("ar"):
        assert Nesting(discussion(client, post)).wrong == []
