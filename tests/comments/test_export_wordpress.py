"""`export_wordpress`: what is in the file, what is never in it, and that what we read of it is what we wrote."""

import re
from datetime import UTC, datetime, timedelta
from html import escape
from io import StringIO
from xml.etree import ElementTree

import feedparser
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from blog import belonging, rendering, workflow
from blog.exporting import wordpress_bodies
from blog.importing import bodies
from blog.importing import wordpress_bodies as reading
from blog.importing.records import Piece, Standing
from blog.importing.shortcodes import Media
from blog.models import Post
from comments.models import Comment
from tests.factories import (
    NOON,
    approved,
    fresh,
    in_stage,
    make_author,
    make_comment,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    write,
)

WP = "{http://wordpress.org/export/1.2/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
NASTY = (
    '<p>It says <strong>]]&gt;</strong> and ]]> and [gallery ids="1"] and [caption]x[/caption].</p>'
    "<pre>one\n\n  two ]]> [code]\n&lt;p&gt;</pre><blockquote><p>Said &amp; done</p><p>Twice</p></blockquote>"
    "<ul><li>A</li><li>B</li></ul><h3>Who pays</h3><p>Line<br>break</p>"
    "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "site.xml"


def export(file, *named):
    out = StringIO()
    options = [part for name in named for part in ("--with", name)]
    call_command("export_wordpress", file, *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def items(file, kind="post"):
    root = ElementTree.parse(file).getroot()
    return [one for one in root.iter("item") if one.findtext(f"{WP}post_type") == kind]


def comments_in(item):
    return [{part.tag.removeprefix(WP): part.text or "" for part in one} for one in item.iter(f"{WP}comment")]


def columns():
    """Of every live piece what moves from one system to another."""
    rows = Post.objects.live().select_related("live").order_by("kind", "published_on", "slug")
    return [
        (
            post.kind,
            post.slug,
            post.published_on,
            post.published_at.replace(microsecond=0),
            post.live.headline,
            post.live.standfirst,
            post.live.body.replace("https://record.example/", "/"),
            post.live.tags,
            post.live.section,
            [person["name"] for person in post.live.byline],
        )
        for post in rows
    ]


def discussion():
    """Every comment that readers see, with whom it answers; names are told apart by their words."""
    rows = list(Comment.objects.order_by("created_at", "pk").select_related("post"))
    words = {one.pk: one.text for one in rows}
    told = [(one.post.slug, one.name, one.html, one.state, one.created_at.replace(microsecond=0)) for one in rows]
    return [(*columns, words.get(one.answered_id())) for columns, one in zip(told, rows, strict=True)]


def make_thread(post, deep):
    """A conversation that goes so many answers deep, with one more at each step; other conversations between."""
    at, above = NOON, None
    for number in range(deep):
        at += timedelta(minutes=1)
        below = make_comment(post, f"Step {number} ]]> & <b>", name=f"Reader & {number}", answers=above, created_at=at)
        make_comment(post, f"Beside {number}", name="", answers=above, created_at=at + timedelta(seconds=7))
        above = below


def make_site():
    """One of each, with what is easily lost."""
    make_author("Cora Whitlow", "cora-whitlow")
    byline = ({"name": "Cora Whitlow", "slug": "cora-whitlow"}, {"name": "A Guest & Son", "slug": ""})
    first = make_live_post(
        "Tom & Jerry <3 ]]> “quoted”",
        body=NASTY,
        standfirst="Less than < and & more.",
        tags=("Harbour", "Bridges & roads"),
        section="Harbour",
        byline=byline,
    )
    link = f'<p>See <a href="{first.get_absolute_url()}">that</a>.</p>'
    make_live_post("Zürich: 橋が閉じた", body=link, at=NOON + timedelta(days=40, hours=11), slug="橋")
    make_live_page("About us", body="<p>We are here.</p>")
    return first


@pytest.mark.django_db
def test_what_we_read_of_it_is_what_we_wrote(file):
    with transaction.atomic():
        make_thread(make_site(), deep=14)
        before, said = columns(), discussion()
        export(file)
        transaction.set_rollback(True)
    assert not Post.objects.exists()
    assert not Comment.objects.exists()
    call_command("import_wordpress", file, stdout=StringIO())
    assert columns() == before
    assert discussion() == said
    assert (len(before), len(said)) == (3, 28)


@pytest.mark.django_db
def test_comments_keep_their_order_their_answers_and_their_times(file):
    post = make_live_post()
    first = make_comment(post, "When?", name="Marit & Co", created_at=NOON)
    answer = make_comment(post, "Friday ]]> maybe.", answers=first, created_at=NOON + timedelta(minutes=3))
    make_comment(post, "Thanks", answers=answer, created_at=NOON + timedelta(minutes=9))
    assert "3 comments" in export(file)
    found = comments_in(items(file)[0])
    assert [(one["comment_author"], one["comment_content"]) for one in found] == [
        ("Marit & Co", "<p>When?</p>"),
        ("Marit Dahl", "<p>Friday ]]&gt; maybe.</p>"),
        ("Marit Dahl", "<p>Thanks</p>"),
    ]
    numbers = [one["comment_id"] for one in found]
    assert [one["comment_parent"] for one in found] == ["0", *numbers[:2]]
    assert {one["comment_approved"] for one in found} == {"1"}
    assert [one["comment_date_gmt"] for one in found] == [f"2025-09-05 12:0{minutes}:00" for minutes in (0, 3, 9)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "approved_there"),
    [("waiting", "0"), ("held", "0"), ("spam", "spam"), ("removed", "trash"), ("withdrawn", "trash")],
)
def test_hidden_comments_are_in_it_only_by_name_and_in_their_state(file, state, approved_there):
    post = make_live_post()
    hidden = make_comment(post, "zqwordszq", name="zqnamezq", email="zq@mail.example", state=state, placed=False)
    make_comment(post, "Seen by all")
    export(file)
    assert "zq" not in file.read_text(encoding="utf-8")
    assert [one["comment_content"] for one in comments_in(items(file)[0])] == ["<p>Seen by all</p>"]
    export(file, "hidden-comments")
    found = {one["comment_id"]: one for one in comments_in(items(file)[0])}
    assert found[str(hidden.pk)]["comment_approved"] == approved_there
    assert "zq@mail.example" not in file.read_text(encoding="utf-8")
    export(file, "hidden-comments", "emails")
    assert "zq@mail.example" in file.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_answers_to_a_comment_that_is_gone_do_not_answer_somebody_else(file):
    post = make_live_post()
    first = make_comment(post, "First")
    gone = make_comment(post, "zqwordszq", name="zqnamezq", answers=first)
    make_comment(post, "Answer to what is gone", answers=gone)
    Comment.objects.filter(pk=gone.pk).update(state="removed", placed=True)
    export(file)
    kept, stub, answer = comments_in(items(file)[0])
    assert answer["comment_parent"] == stub["comment_id"] == str(gone.pk)
    assert stub["comment_parent"] == kept["comment_id"]
    assert (stub["comment_author"], stub["comment_content"]) == ("", "<p>This comment was removed.</p>")
    assert "zq" not in file.read_text(encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("draft", "draft"),
        ("review", "pending"),
        ("changes", "draft"),
        ("approved", "pending"),
        ("withdrawn", "private"),
        ("spiked", "trash"),
    ],
)
def test_what_is_not_public_is_in_it_only_by_name(file, stage, status):
    make_live_post("Plain words")
    in_stage(stage, "zqheadlinezq", body="<p>zqbodyzq</p>", tags=("zqtagzq",), byline=({"name": "zqwhozq"},))
    export(file)
    assert "zq" not in file.read_text(encoding="utf-8")
    assert "1 of them not public" in export(file, "drafts")
    found = {one.findtext("title"): one for one in items(file)}
    assert found["zqheadlinezq"].findtext(f"{WP}status") == status
    assert found["Plain words"].findtext(f"{WP}status") == "publish"


@pytest.mark.django_db
def test_newer_words_behind_what_is_live_are_never_in_it(file):
    post = make_live_post("Plain words")
    write(post, headline="zqheadlinezq", body="<p>zqbodyzq</p>")
    make_post("Draft")
    for named in ([], ["drafts", "hidden-comments", "emails"]):
        export(file, *named)
        assert "zqheadlinezq" not in file.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_draft_has_no_date_and_one_that_was_public_has(file):
    make_post("Draft", at=NOON)
    export(file, "drafts")
    (item,) = items(file)
    assert item.findtext(f"{WP}post_date_gmt") == "0000-00-00 00:00:00"
    assert item.findtext(f"{WP}post_date") == "2025-09-05 12:00:00"


@pytest.mark.django_db
def test_dates_are_in_gmt_and_local(file, settings):
    settings.TIME_ZONE = "America/New_York"
    make_live_post(at=datetime(2025, 9, 6, 1, 30, tzinfo=UTC))
    export(file)
    (item,) = items(file)
    assert item.findtext(f"{WP}post_date_gmt") == "2025-09-06 01:30:00"
    assert item.findtext(f"{WP}post_date") == "2025-09-05 21:30:00"
    assert item.findtext("pubDate") == "Sat, 06 Sep 2025 01:30:00 +0000"


@pytest.mark.django_db
def test_a_running_story_is_one_text_with_its_updates_as_they_stand_on_the_page(file):
    post = make_rolling_post(body='<p>It began, <a href="#t-s1">they say</a>.</p>', sources=({"outlet": "The Paper"},))
    make_live_update(post, "Earlier", body="<p>First crack.</p>", at=NOON + timedelta(minutes=5))
    make_live_update(post, "Later", body="<p>Second crack.</p>", at=NOON + timedelta(minutes=65))
    export(file)
    text = items(file)[0].findtext(CONTENT)
    order = ["It began", "2 updates", "13:05 Later", "Second crack.", "12:05 Earlier", "First crack.", "Sources"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert 'href="#t-source-1"' in text
    assert 'id="t-source-1"' in text


@pytest.mark.django_db
def test_an_update_that_is_not_public_is_not_in_it(file):
    post = make_rolling_post()
    update = make_live_update(post, "zqonezq", body="<p>zqbodyzq</p>")
    workflow.withdraw(update, by=make_publisher(), public_note="The figure was wrong.")
    export(file)
    text = items(file)[0].findtext(CONTENT)
    assert "zq" not in text
    assert "The figure was wrong." in text


@pytest.mark.django_db
def test_what_was_corrected_is_said(file):
    post = write(make_live_post(body="<p>Twelve people.</p>"), body="<p>Ten people.</p>", kind="correction")
    workflow.publish(
        approved(post), fresh(post).head, by=make_publisher(), kind="correction", public_note="It was ten."
    )
    export(file)
    assert "It was ten." in items(file)[0].findtext(CONTENT)


@pytest.mark.django_db
def test_former_addresses_go_along(file):
    post = make_live_post(slug="former")
    belonging.move(post, "present", by=make_publisher())
    export(file)
    (item,) = items(file)
    pairs = {one.findtext(f"{WP}meta_key"): one.findtext(f"{WP}meta_value") for one in item.iter(f"{WP}postmeta")}
    assert (item.findtext(f"{WP}post_name"), pairs) == ("present", {"_wp_old_slug": "former"})


@pytest.mark.django_db
def test_a_reader_of_feeds_reads_it_as_well(file):
    make_site()
    export(file)
    read = feedparser.parse(file.read_bytes())
    assert not read.bozo
    first = next(one for one in read.entries if one.title.startswith("Tom"))
    assert first.author == "cora-whitlow"
    assert first.published_parsed[:5] == (2025, 9, 5, 12, 0)
    # As in WordPress' own files, names are HTML.
    assert {tag.term for tag in first.tags} >= {"Harbour", "Bridges &amp; roads"}
    assert "Who pays" in first.content[0].value
    assert first.wp_post_type == "post"


@pytest.mark.django_db
def test_it_has_the_shape_of_wordpress_own_files(file):
    """Every element of an item of WordPress' own export, each once; numbers are of one piece alone."""
    make_site()
    export(file)
    root = ElementTree.parse(file).getroot()
    channel = root.find("channel")
    assert root.get("version") == "2.0"
    assert channel.findtext(f"{WP}wxr_version") == "1.2"
    needed = "post_id post_date post_date_gmt post_modified post_modified_gmt comment_status ping_status post_name "
    needed += "status post_parent menu_order post_type post_password is_sticky"
    every = list(channel.iter("item"))
    for item in every:
        for name in needed.split():
            assert len(item.findall(f"{WP}{name}")) == 1, name
    numbers = [item.findtext(f"{WP}post_id") for item in every]
    assert len(set(numbers)) == len(numbers) == 3
    logins = {one.findtext(f"{WP}author_login") for one in channel.findall(f"{WP}author")}
    creators = {item.findtext("{http://purl.org/dc/elements/1.1/}creator") for item in every} - {""}
    assert creators <= logins == {"cora-whitlow", "a-guest-son"}
    assert {re.fullmatch("[a-z0-9-]+", login) is not None for login in logins} == {True}


@pytest.mark.django_db
def test_an_earlier_export_is_replaced_whole_and_nothing_else_ever_is(file, tmp_path):
    make_live_post()
    export(file)
    export(file)
    assert [one.name for one in tmp_path.iterdir()] == ["site.xml"]
    other = tmp_path / "db.sqlite3"
    other.write_bytes(b"SQLite format 3")
    with pytest.raises(CommandError, match="stays as it is") as refused:
        export(other)
    assert refused.value.returncode == 2
    assert other.read_bytes() == b"SQLite format 3"
    with pytest.raises(CommandError, match="no such folder") as refused:
        export(tmp_path / "none" / "site.xml")
    assert refused.value.returncode == 2


@pytest.mark.django_db
def test_what_is_stopped_leaves_nothing_behind(file, tmp_path, monkeypatch):
    make_live_post()
    file.write_text("<?xml earlier")

    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("blog.exporting.wordpress.wordpress_bodies.of_post", stopped)
    with pytest.raises(KeyboardInterrupt):
        export(file)
    assert [one.name for one in tmp_path.iterdir()] == ["site.xml"]
    assert file.read_text() == "<?xml earlier"


@pytest.mark.django_db
def test_the_questions_do_not_grow_with_plain_posts(file, django_assert_max_num_queries):
    for number in range(3):
        make_live_post(f"Post {number}", slug=f"post-{number}")
    with django_assert_max_num_queries(12 + 3):  # one for the comments of each
        export(file)


_LINE = re.compile("<br>|\xa0")

# Any text of ours is the same one when we read it again

_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("[]<>&\"'\n"), max_size=20)
_SHORTCODES = st.sampled_from(
    ["[gallery]", "[caption id='x']y[/caption]", "[[x]]", "]]>", "https://a.example/", "[/b]"]
)
_INLINE = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["em", "code", "a", "q"]), _WORDS)
_RUN = st.lists(_WORDS | _SHORTCODES | _INLINE | st.just("<br>"), max_size=4).map("".join)
_BLOCK = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag}>",
    st.sampled_from(["p", "h2", "h3", "h4", "blockquote", "li", "td", "figure", "details", "dd"]),
    _RUN,
)
_LISTING = (_WORDS | _SHORTCODES).map(lambda text: f"<pre>{escape(text)}</pre>")


@given(st.lists(_BLOCK | _RUN | _LISTING, max_size=5).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_text_of_ours_comes_back_as_it_was(typed):
    ours = rendering.clean(typed)
    piece = Piece("post", "site#2", "publish", Standing.LIVE, "", "", "site.xml", 1)
    html = bodies.tidy(reading.to_html(wordpress_bodies.in_blocks(ours), Media(), piece), lambda address: None)
    assert _lines(rendering.clean(html)) == _lines(ours)
    assert piece.remarks == []


def _lines(html):
    """In a listing a break is a line, and none counts at its ends: so the reader of other people's exports has it."""
    return re.sub(r"<pre>(.*?)</pre>", lambda one: f"<pre>{_LINE.sub(chr(10), one[1]).strip()}</pre>", html, flags=re.S)
