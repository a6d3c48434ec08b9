"""Nothing that is not live is found on any public address; nothing that comes in an address breaks any.

The table names every public pattern of the resolver: a new one fails here until it has a line.
"""

import json
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from blog import belonging, revisions, workflow
from blog.models import Author, Story, Tally
from comments import threads
from comments.models import Comment
from config import accounts
from tests.factories import (
    approved,
    fresh,
    in_stage,
    make_admin,
    make_comment,
    make_content,
    make_contributor,
    make_live_page,
    make_live_post,
    make_publisher,
    published,
)

HOSTILE = Path(__file__).parent / "data" / "hostile"
STAGES = ["draft", "review", "changes", "approved", "withdrawn", "spiked", "behind live text"]

# One word for each place in which something could stand.
WORDS = {
    name: f"zq{name}zq"
    for name in "headline standfirst body tag section byline outlet source alt credit slug story summary author".split()
}

# Each pattern: its address with the words above, and whether something live shows there.
SURFACES = {
    "home": ("/", True),
    "archive": ("/archive/", False),
    "year": ("/{year}/", False),
    "month": ("/{year}/{month}/", True),
    "day": ("/{year}/{month}/{day}/", True),
    "post": ("/{year}/{month}/{day}/{slug}/", True),
    "history": ("/{year}/{month}/{day}/{slug}/history/", True),
    "page_history": ("/{slug}/history/", False),
    "page": ("/{slug}/", False),
    "blog:changes": ("/{year}/{month}/{day}/{slug}/changes/?after=0", True),
    "correct": ("/{year}/{month}/{day}/{slug}/correct/", True),
    "page_correct": ("/{slug}/correct/", False),
    "page_changes": ("/{slug}/changes/?after=0", False),
    "updates_feed": ("/{year}/{month}/{day}/{slug}/updates.atom", False),
    "corrections": ("/corrections/", False),
    "corrections_feed": ("/corrections/feed.atom", False),
    "tags": ("/tags/", True),
    "tag": ("/tags/{tag}/", True),
    "tag_feed_atom": ("/tags/{tag}/feed.atom", True),
    "tag_feed_json": ("/tags/{tag}/feed.json", True),
    "authors": ("/authors/", True),
    "author": ("/authors/{author}/", True),
    "author_feed_atom": ("/authors/{author}/feed.atom", True),
    "author_feed_json": ("/authors/{author}/feed.json", True),
    "stories": ("/stories/", True),
    "story": ("/stories/{story}/", True),
    "outlets": ("/sources/", True),
    "outlet": ("/sources/{outlet}/", True),
    "search": ("/search/?q={body}", True),
    "feed_atom": ("/feed.atom", True),
    "feed_json": ("/feed.json", True),
    "preview": ("/preview/{key}/1/", False),
    "shared": ("/shared/{secret}/", False),  # one that nobody made; what others show: test_previewing
    "healthz": ("/healthz", False),
    "robots": ("/robots.txt", False),
    "sitemap": ("/sitemap.xml", False),
    "sitemap_of_site": ("/sitemap/site.xml", True),
    "sitemap_of_month": ("/sitemap/{year}-{month}.xml", True),
    "news_sitemap": ("/sitemap-news.xml", True),
    "add": ("/comments/on/{post}/", True),
    "changes": ("/comments/on/{post}/changes/?after=0", False),
    "mine": ("/comments/mine/{comment}/", False),
    "comment": ("/comments/{comment}/", True),
    "report": ("/comments/{comment}/report/", True),
    "confirm": ("/comments/mail/{token}/", False),
    "end": ("/comments/mail/{token}/end/", False),
    "feed": ("/comments/feed.atom", True),
    "post_feed": ("/{year}/{month}/{day}/{slug}/comments.atom", True),
}


def public_patterns(patterns=None, app=""):
    """The name of every pattern but those of the desk, accounts and files; with its app where the table has it so."""
    for pattern in patterns or get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            full = f"{app}:{pattern.name}"
            yield full if full in SURFACES else pattern.name
        elif pattern.namespace != "admin" and pattern.urlconf_name is not accounts:
            yield from public_patterns(pattern.url_patterns, pattern.namespace)


def content_with_words():
    return make_content(
        f"News of {WORDS['headline']}",
        standfirst=f"About {WORDS['standfirst']}.",
        body=f"<p>It says {WORDS['body']}.</p>",
        tags=(WORDS["tag"],),
        section=WORDS["section"],
        byline=({"name": WORDS["byline"], "slug": WORDS["author"]},),
        sources=({"outlet": WORDS["outlet"], "title": WORDS["source"]},),
        image={"src": "/media/x.png", "alt": WORDS["alt"], "width": 1, "height": 1, "credit": WORDS["credit"]},
    )


def post_with_words(stage, kind="post"):
    """A piece in a stage whose every word is one of WORDS."""
    story = Story.objects.create(title=WORDS["story"], slug=WORDS["story"], summary=WORDS["summary"])
    Author.objects.create(name=WORDS["byline"], slug=WORDS["author"], biography=WORDS["author"])
    if stage == "behind live text":
        post = make_live_post("Plain words", slug="plain", at=timezone.now())
        revisions.write(post, content_with_words(), by=make_contributor())
        return fresh(post)
    content = content_with_words()
    parts = {**content.__dict__, "kind": kind, "slug": WORDS["slug"], "story": story if kind == "post" else None}
    return in_stage(stage, parts.pop("headline"), **parts)


def addresses(post):
    """Every address of the table, and some more by which one might get at the words."""
    today = timezone.localdate()
    date = {"year": f"{today.year}", "month": f"{today.month:02}", "day": f"{today.day:02}"}
    discussed = {"post": post.pk, "comment": Comment.objects.under(post).values_list("pk", flat=True).first() or 1}
    others = {**date, **WORDS, **discussed, "key": post.key, "token": "x" * 43, "secret": "x" * 32}
    known = {name: path.format(**others) for name, (path, _shows) in SURFACES.items()}
    yield from known.items()
    for word in WORDS.values():
        yield "search", f"/search/?q={word}"
        yield "search", f"/search/?q={word[:-3]}"
        yield "page", f"/{word}/"
        yield "tag", f"/tags/{word}/"
        yield "author", f"/authors/{word}/"
        yield "story", f"/stories/{word}/"
        yield "outlet", f"/sources/{word}/"
    yield "preview", f"/preview/{post.key}/2/"
    yield "post", post.get_absolute_url()


def shown(client, path):
    """The words that an answer holds and that were not in the question."""
    answer = client.get(path)
    text = answer.content.decode() + str(answer.headers)
    return {word for word in WORDS.values() if word in text and word not in path}


def test_every_public_pattern_has_its_line():
    names = [name for name in public_patterns() if name]
    assert sorted(names) == sorted(SURFACES)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["post", "page"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_not_live_is_nowhere(client, stage, kind):
    if stage == "behind live text" and kind == "page":
        post = make_live_page("Plain words", slug="plain")
        revisions.write(post, content_with_words(), by=make_contributor())
    else:
        post = post_with_words(stage, kind)
    make_comment(post)
    leaks = {(name, path): words for name, path in addresses(fresh(post)) if (words := shown(client, path))}
    assert leaks == {}


@pytest.mark.django_db
def test_what_is_live_is_where_it_should_be(client):
    post = published(post_with_words("draft"))
    make_comment(post)
    for name, (_path, shows) in SURFACES.items():
        path = dict(addresses_by_name(post))[name]
        assert bool(shown(client, path)) == shows, name
    assert shown(client, post.get_absolute_url()) == set(WORDS.values()) - {
        WORDS[name] for name in ("slug", "author", "summary")
    } | {WORDS["author"]}


def addresses_by_name(post):
    seen = {}
    for name, path in addresses(post):
        seen.setdefault(name, path)
    return seen.items()


@pytest.mark.django_db
def test_what_was_live_and_is_not_leaves_every_address(client):
    post = published(post_with_words("draft"))
    make_comment(post)
    assert any(shown(client, path) for _name, path in addresses(post))
    workflow.withdraw(post, by=make_publisher(), public_note="It was wrong.")
    assert {path: words for _name, path in addresses(post) if (words := shown(client, path))} == {}
    assert client.get(post.get_absolute_url()).status_code == 410


@pytest.mark.django_db
def test_a_redirect_leads_to_nothing_that_is_not_live(client):
    post = make_live_post("Plain words", slug="plain", at=timezone.now())
    old = post.get_absolute_url()
    workflow.withdraw(post, by=make_publisher(), public_note="It was wrong.")
    belonging.move(post, WORDS["slug"], by=make_publisher())
    assert shown(client, old) == set()
    published(approved(post))
    assert WORDS["slug"] in client.get(old).headers["Location"]


@pytest.mark.django_db
def test_staff_see_no_more_on_public_pages_than_anybody(client):
    post = post_with_words("draft")
    make_comment(post)
    client.force_login(make_admin())
    for name, path in addresses(post):
        if name != "preview" and not path.startswith("/preview/"):
            assert shown(client, path) == set(), path


# What readers do not see of the discussion

STATES = ["waiting", "held", "removed", "withdrawn", "spam"]
OF_A_COMMENT = {name: f"zq{name}zq" for name in "name email words markup writer address fact source".split()}


def comment_with_words(post, **columns):
    return make_comment(
        post,
        OF_A_COMMENT["words"],
        name=OF_A_COMMENT["name"],
        email=f"{OF_A_COMMENT['email']}@example.com",
        html=f"<p>{OF_A_COMMENT['markup']}</p>",
        writer=OF_A_COMMENT["writer"],
        address=OF_A_COMMENT["address"],
        facts=[[OF_A_COMMENT["fact"]]],
        source="wordpress",
        source_id=OF_A_COMMENT["source"],
        **columns,
    )


def addresses_around(post):
    """Every address of the table that there is, and those of the discussion's pages and comments."""
    yield from (path for _name, path in addresses_by_name(post))
    for comment in Comment.objects.all():
        for query in (f"?c={comment.pk}", f"?reply={comment.pk}", f"?comments=newest&c={comment.pk}"):
            yield f"{post.get_absolute_url()}{query}"
        yield f"{post.get_absolute_url()}?from={threads.spell(comment.spot())}"
        yield f"/comments/{comment.pk}/"
        yield f"/comments/{comment.pk}/report/"
    yield f"{post.get_absolute_url()}?comments=newest"
    yield f"{post.get_absolute_url()}comments.atom"
    yield f"/search/?q={OF_A_COMMENT['words']}"
    yield f"/search/?q={OF_A_COMMENT['name']}"


def told(client, paths):
    """What of a comment's words any of these addresses tells."""
    found = {}
    for path in paths:
        answer = client.get(path)
        text = answer.content.decode() + str(answer.headers)
        if words := {word for word in OF_A_COMMENT.values() if word in text and word not in path}:
            found[path] = words
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("answered", [False, True], ids=["alone", "answered"])
@pytest.mark.parametrize("state", STATES)
def test_what_readers_do_not_see_of_a_discussion_is_nowhere(client, state, answered):
    post = make_live_post("Plain words", slug="plain", at=timezone.now())
    comment = comment_with_words(post)
    if answered:
        make_comment(post, "Seen by all.", name="Somebody", answers=comment)
    assert told(client, [post.get_absolute_url()]) != {}
    Comment.objects.filter(pk=comment.pk).update(state=state, placed=answered, reason="person")
    Tally.objects.count(post.pk, visible=-1)
    assert told(client, addresses_around(post)) == {}
    client.force_login(make_admin())
    assert told(client, [post.get_absolute_url(), "/comments/feed.atom"]) == {}


@pytest.mark.django_db
def test_of_a_comment_that_readers_see_they_see_the_name_and_the_words_alone(client):
    post = make_live_post("Plain words", slug="plain", at=timezone.now())
    make_comment(post, answers=comment_with_words(post))
    found = set().union(*told(client, addresses_around(post)).values())
    assert found - {OF_A_COMMENT["words"]} == {OF_A_COMMENT["name"], OF_A_COMMENT["markup"]}


@pytest.mark.django_db
def test_no_query_breaks_the_discussion(client, something_live):
    post = make_live_post("Discussed", at=timezone.now())
    make_comment(post)
    path, changes = post.get_absolute_url(), f"/comments/on/{post.pk}/changes/"
    for value in [*PLACES, *TEXTS]:
        passed_over = urlencode(dict.fromkeys(("comments", "c", "reply"), value), errors="surrogatepass")
        refused = urlencode({"from": value}, errors="surrogatepass")
        after = urlencode({"after": value}, errors="surrogatepass")
        for address in (f"{path}?{passed_over}", f"{path}?{refused}", f"{changes}?{after}"):
            assert client.get(address).status_code in (200, 400), address[:200]


# Whatever comes in an address


def values(*names):
    found = []
    for name in names:
        found += [str(value) for value in json.loads((HOSTILE / name).read_text(encoding="utf-8"))]
    return found


def as_part(value):
    """A value as a part of a path: encoded, unless it is already."""
    return value if "%" in value else quote(value, safe="", errors="surrogatepass")


PARTS = values("params/slugs-and-paths.json", "params/page-and-id-values.json", "params/dates.json")
TEXTS = values("params/search-queries.json", "unicode/text.json")
PLACES = [
    *values("params/page-and-id-values.json", "params/dates.json"),
    "2026-09-05T120000.000000-99999999999999999999",
    "2026-09-05T120000.000000-999999999999999999",
    "0001-01-01T000000.000000-1",
    "9999-12-31T235959.999999-1",
    "3-0001-01-01T000000.000000-1",
    "3-9999-12-31T235959.999999-1",
    "9-2026-09-05T120000.000000-1",
    "٢٠٢٦-09-05T120000.000000-1",
]
GOOD = {200, 301, 302, 400, 404, 410}


@pytest.fixture
def something_live():
    make_live_post("Bridge", tags=("Harbour",))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    "/{}/ /{} /{}/history/ /2025/09/05/{}/history/ "
    "/2025/{}/ /2025/09/{}/ /2025/09/05/{}/ /{}/09/05/x/ /tags/{}/ /tags/{}/feed.atom /authors/{}/ "
    "/stories/{}/ /comments/{}/ /comments/{}/report/ /comments/on/{}/ /comments/on/{}/changes/?after=0 "
    "/comments/mine/{}/ /comments/mail/{}/ /2025/09/05/{}/comments.atom /preview/{}/1/ "
    "/preview/00000000-0000-4000-8000-000000000000/{}/ /sitemap/2025-{}.xml".split(),
)
def test_no_part_of_a_path_breaks_a_page(client, something_live, address):
    client.force_login(make_admin())
    paths = [address.format(as_part(value)) for value in PARTS]
    assert {path[:200]: status for path in paths if (status := client.get(path).status_code) not in GOOD} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("list_and_name", ["/?before", "/tags/harbour/?before", "/2025/09/05/?after"])
def test_no_place_in_a_list_breaks_a_page(client, something_live, list_and_name):
    for value in PLACES:
        path = f"{list_and_name}={quote(value, safe='', errors='surrogatepass')}"
        assert client.get(path).status_code in (200, 400), path[:200]


@pytest.mark.django_db
def test_no_search_breaks_the_page(client, something_live):
    for value in TEXTS:
        query = urlencode({"q": value}, errors="surrogatepass")
        assert client.get(f"/search/?{query}").status_code in (200, 400), query[:200]
    for value in PLACES:
        query = urlencode({"q": "bridge", "after": value}, errors="surrogatepass")
        assert client.get(f"/search/?{query}").status_code in (200, 400), query[:200]


@pytest.mark.django_db
def test_no_parameter_of_our_own_invention_means_anything(client, something_live):
    for value in TEXTS:
        query = urlencode({"id__gt": "1", "order_by": value, "format": "json"}, errors="surrogatepass")
        assert client.get(f"/?{query}").status_code in (200, 400), query[:200]
