"""Every value in a file may be anything: it is kept, cleaned by name, or its piece is skipped with a reason."""

import time
from contextlib import suppress
from datetime import UTC
from io import StringIO

import pytest
from django.core.management import call_command

from blog import rendering
from blog.importing import bodies, shortcodes, wordpress_bodies
from blog.importing.cleaning import Cleaner, host_of, path_of
from blog.importing.records import Piece, Standing
from blog.importing.remarks import Discussion, Fate, Remark
from blog.models import Author, Post, Tag
from tests.exports import BOMBS, archive, blogger_entry, refusal, run, saved, wxr, wxr_item


@pytest.fixture
def wordpress(tmp_path):
    def bring_in(*items, beside=""):
        path = saved(tmp_path, wxr(*items, beside=beside), "notes.xml")
        return run("import_wordpress", path, report=tmp_path / "report.json")

    return bring_in


@pytest.fixture
def cleaner():
    return Cleaner(UTC)


def category(name, domain="post_tag"):
    return f'<category domain="{domain}" nicename="x">{name}</category>'


@pytest.mark.django_db
def test_a_title_of_ten_thousand_characters_is_cut(wordpress):
    told = wordpress(wxr_item(title="long " * 2_000))
    headline = Post.objects.get().live.headline
    assert len(headline) <= 500
    assert headline.endswith("…")
    assert told["repaired"] == {"cut-headline": 1}


@pytest.mark.django_db
def test_markup_in_a_title_goes_and_text_that_looks_like_it_stays(wordpress):
    wordpress(wxr_item(title="<em>On</em> List<String> &amp; 2 < 3 <script>x</script>"))
    assert Post.objects.get().live.headline == "On List<String> & 2 < 3 <script>x</script>"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body, headline",
    [("<p>The ferry is late.</p>", "The ferry is late."), ("", "Untitled"), ("<p>\ufeff\u202e</p>", "Untitled")],
)
def test_a_piece_without_a_title_is_called_by_its_first_words(wordpress, body, headline):
    told = wordpress(wxr_item(body=body, title="\u200b"))
    assert Post.objects.get().live.headline == headline
    assert told["repaired"] == {"headline-from-text": 1}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "date", ["0000-01-01 00:00:00", "99999-01-01 10:00:00", "2012-02-31 10:00:00", "yesterday", "٢٠١٢-٠١-٠١ ١٠:٠٠:٠٠"]
)
def test_an_impossible_date_does_not_lose_the_post(wordpress, date):
    wordpress(wxr_item(post_date=date, post_date_gmt=date))
    assert Post.objects.get().is_live()


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["../../etc/passwd", "x" * 5_000, "a/b", "<script>", "%00", "%ff%fe", "‮evil", "."])
def test_a_slug_that_cannot_be_one_becomes_one(wordpress, slug):
    wordpress(wxr_item(post_name=slug, link="https://notes.example/?p=1"))
    post = Post.objects.get()
    assert post.get_absolute_url().startswith("/2012/05/06/")
    assert len(post.slug) <= 200
    assert not set("/.%<") & set(post.slug)


@pytest.mark.django_db
def test_tags_are_cut_merged_and_left_out_by_name(wordpress):
    terms = [category("x" * 150), category("Sea"), category("SEA"), category(" "), category("…"), category("a\u202eb")]
    told = wordpress(wxr_item(terms="".join(terms)))
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["Sea", "ab", "x" * 99 + "…"]
    assert told["repaired"] == {"cut-tag": 1, "drop-empty-tag": 2, "merge-tags-by-case": 1}


@pytest.mark.django_db
def test_more_tags_than_a_piece_may_have_are_left_out(wordpress):
    told = wordpress(wxr_item(terms="".join(category(f"tag {number}") for number in range(130))))
    assert len(Post.objects.get().live.tags) == 100
    assert told["repaired"] == {"drop-tags-over-limit": 30}


@pytest.mark.django_db
def test_names_that_cannot_be_bylines_are_left_out(wordpress):
    wordpress(wxr_item(1, creator="x" * 400), wxr_item(2, creator=""), wxr_item(3, creator="<script>alert(1)</script>"))
    assert all(len(name) <= 150 for name in Author.objects.values_list("name", flat=True))
    assert Post.objects.live().count() == 3


@pytest.mark.django_db
def test_a_body_too_large_to_be_cleaned_skips_its_piece_and_says_so(wordpress):
    told = wordpress(wxr_item(1, "x" * 500_000), wxr_item(2), wxr_item(3, "<div>" * 5_000))
    assert told["posts"] == {"publish": 3}
    assert told["created"] == {"posts": 1, "pages": 0}
    assert told["skipped"] == {"too big": 2}
    assert [(one["id"], one["line"] > 0) for one in told["skipped_pieces"]] == [
        ("notes.example#1", True),
        ("notes.example#3", True),
    ]


@pytest.mark.django_db
def test_two_pieces_with_one_id_are_two_and_one_piece_twice_is_one(wordpress):
    told = wordpress(wxr_item(1), wxr_item(1, title="Another"), wxr_item(1))
    assert sorted(Post.objects.values_list("source_id", flat=True)) == ["notes.example#1", "notes.example#1~2"]
    assert told["skipped"] == {"same piece twice": 1}


@pytest.mark.django_db
def test_an_item_of_nothing_at_all_is_no_trouble(wordpress):
    bare = "<item><wp:post_type>post</wp:post_type></item>"
    told = wordpress(bare, "<item/>", "<item><wp:post_type>page</wp:post_type><wp:status>publish</wp:status></item>")
    assert (told["posts"], told["pages"]) == ({"(none)": 1}, {"publish": 1})
    assert Post.objects.count() == 2


@pytest.mark.django_db
def test_elements_of_other_tools_are_not_taken_for_wordpress_own(wordpress):
    others = "<item xmlns:m='http://search.yahoo.com/mrss/'><m:title>Not this</m:title><m:status>publish</m:status>"
    wordpress(wxr_item(status="draft", title="This").replace("<item>", others))
    post = Post.objects.get()
    assert (post.head.headline, post.is_live()) == ("This", False)


@pytest.mark.django_db
@pytest.mark.parametrize("entries", ["", "<entry><id>1</id><title>News</title></entry>"])
def test_a_feed_that_is_no_archive_is_refused(tmp_path, entries):
    sentence = refusal("import_blogger", saved(tmp_path, f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>"))
    assert "Takeout" in sentence


@pytest.mark.django_db
def test_an_ordinary_news_feed_is_no_wordpress_export(tmp_path):
    feed = "<rss version='2.0'><channel><title>x</title><item><title>y</title></item></channel></rss>"
    assert "RSS" in refusal("import_wordpress", saved(tmp_path, feed))


@pytest.mark.django_db
def test_the_report_does_not_move_the_terminal_s_cursor(tmp_path):
    out = StringIO()
    path = saved(
        tmp_path, wxr(wxr_item(post_type="a\x9b2J\u202eb"), wxr_item(2, "x" * 500_000, title="c\x9b2J\u202ed"))
    )
    call_command("import_wordpress", str(path), stdout=out, stderr=StringIO())
    assert "type: a2Jb" in out.getvalue()
    assert not {"\x9b", "\u202e"} & set(out.getvalue())


@pytest.mark.django_db
def test_scripts_in_a_body_do_not_arrive(tmp_path):
    body = (
        "<p onclick='x()'>a</p><script>x()</script><a href='javascript:x()'>b</a><img src=x onerror=x()>"
        "<svg onload=x()><style>p{}</style><iframe srcdoc='<script>'></iframe>&#xD800;&#0;"
    )
    run("import_blogger", saved(tmp_path, archive(blogger_entry(1, body))), report=tmp_path / "report.json")
    body = Post.objects.get().live.body
    assert "<p>a</p>" in body
    assert not any(word in body for word in ("onclick", "onerror", "onload", "script", "style", "iframe", "svg"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(BOMBS.iterdir()), ids=lambda path: path.stem)
def test_bombs_are_refused_by_both_commands(path):
    for command in ("import_wordpress", "import_blogger"):
        assert path.name in refusal(command, path)
    assert Post.objects.count() == 0


SHAPES = [
    "[gallery ",
    "[caption '",
    '[caption "',
    "[[",
    "[a b=",
    "<!-- wp:x ",
    "<!--",
    "<pre>",
    "<code>\n",
    "\n\n",
    "<br>",
]
SHAPES += [
    "[a b=c]",
    "[a]",
    "[a][/a]",
    "[audio http://a.b]",
    "[caption]",
    "[video]x",
    "<xml>",
    "&lt;",
    "[code]",
    "a=",
    "<p><a ",
    "http://a.b ",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_body_takes_longer_than_its_length_allows(shape):
    text = shape * (120_000 // len(shape)) + "[/caption][/video][/a][/audio]"
    piece = Piece("post", "x#1", "publish", Standing.LIVE, "", "", "", 1)
    start = time.process_time()
    with suppress(rendering.TooBig):
        bodies.tidy(wordpress_bodies.to_html(text, shortcodes.Media(), piece), lambda address: None)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text, hours",
    [
        ("2012-05-06T10:00:00.123+02:00", 8),
        ("2012-05-06T10:00:00Z", 10),
        ("2012-05-06T10:00-0400", 14),
        ("2012-05-06 10:00", 10),
    ],
)
def test_moments_are_kept_in_utc(cleaner, text, hours):
    assert cleaner.moment(text).hour == hours


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+14:00", "2012-05-06T10:00:00+99:00", "x"]
)
def test_moments_that_cannot_be_are_none(cleaner, text):
    assert cleaner.moment(text) is None
    assert cleaner.repairs["impossible-date"] == 1


def test_zeros_mean_that_there_is_no_date(cleaner):
    assert cleaner.gmt("0000-00-00 00:00:00") is None
    assert cleaner.pub_date("Wed, 30 Nov -0001 00:00:00 +0000") is None
    assert cleaner.pub_date("Thu, 01 Jan 1970 00:00:00 +0000") is None
    assert not cleaner.repairs


@pytest.mark.parametrize(
    "name", ["w@example.invalid", "Wanda <w@example.invalid>", "Unknown", "anonymous", " ", "\u200b"]
)
def test_who_has_no_name_to_show_is_nobody(cleaner, name):
    assert cleaner.person(name) is None


@pytest.mark.parametrize(
    "address, path",
    [
        ("https://a.example/b/c?d=e#f", "/b/c?d=e"),
        ("https://a.example?p=4", "/?p=4"),
        ("https://a.example", ""),
        ("/b", "/b"),
        ("b/c", ""),
        ("javascript:alert(1)", ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_paths_are_those_a_browser_would_ask_for(address, path):
    assert path_of(address) == path


def test_a_country_s_blogspot_is_the_same_host():
    hosts = {host_of(f"http://notes.blogspot.{end}/x") for end in ("com", "de", "co.uk", "com.br")}
    assert hosts == {"notes.blogspot.com"}


def test_comments_in_a_circle_end():
    discussion = Discussion()
    for key, parent in [("a", "b"), ("b", "a"), ("c", "c"), ("d", "a"), ("e", None), ("f", "nowhere")]:
        discussion.add(Remark(key, parent or "", "piece", Fate.SHOWN, ""), "live")
    assert discussion.depth() == 3
    assert discussion.replies() == 3
