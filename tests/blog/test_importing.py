"""Moving in: what was public is public, nothing else is; twice is once; and what is changed here stays changed."""

import json
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from unittest.mock import patch
from zipfile import ZipFile

import pytest
from django.contrib.auth import get_user_model
from django.contrib.redirects.models import Redirect
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from blog import addresses, revisions
from blog.importing import account, writing
from blog.models import Author, Edition, Event, Post, Revision, Tag
from blog.revisions import Content
from tests.exports import (
    REAL,
    archive,
    blogger_entry,
    refusal,
    run,
    saved,
    takeout,
    takeout_entry,
    wxr,
    wxr_item,
)
from tests.factories import make_admin, make_author, make_editor, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def wordpress(tmp_path):
    """Brings in a WordPress export of these items; gives the report."""

    def bring_in(*items, beside="", **options):
        path = saved(tmp_path, wxr(*items, beside=beside), "notes.xml")
        return run("import_wordpress", path, report=tmp_path / "report.json", **options)

    return bring_in


@pytest.fixture
def blogger(tmp_path):
    def bring_in(*entries, **options):
        path = saved(tmp_path, archive(*entries), "blog.xml")
        return run("import_blogger", path, report=tmp_path / "report.json", **options)

    return bring_in


def rows():
    models = (Post, Revision, Event, Redirect, Author, Tag, get_user_model())
    return [model.objects.count() for model in models] + [Edition.objects.get().number]


def redirects():
    return dict(Redirect.objects.values_list("old_path", "new_path"))


# Where pieces stand


@pytest.mark.parametrize(
    "fields, stage, live",
    [
        ({"status": "publish"}, "published", True),
        ({"status": "draft", "post_date_gmt": "0000-00-00 00:00:00"}, "draft", False),
        ({"status": "auto-draft"}, "draft", False),
        ({"status": "pending"}, "review", False),
        ({"status": "private"}, "draft", False),
        ({"status": "future", "post_date_gmt": "2999-01-01 10:00:00"}, "draft", False),
        ({"status": "trash"}, "spiked", False),
        ({"status": "something-else"}, "draft", False),
        ({"status": ""}, "draft", False),
        ({"status": "publish", "post_password": "enter"}, "draft", False),
        ({"status": "publish", "post_date_gmt": "2999-01-01 10:00:00"}, "draft", False),
    ],
)
@pytest.mark.parametrize("kind", ["post", "page"])
def test_only_what_was_public_in_wordpress_is_live(wordpress, fields, stage, live, kind):
    wordpress(wxr_item(1, post_type=kind, **fields))
    post = Post.objects.get()
    assert (post.stage, post.is_live(), post.kind) == (stage, live, kind)
    if fields["status"] not in ("publish", "draft", "auto-draft", "pending", "trash"):
        assert post.head.note.count(".") > 1, "the editor is told why it is a draft"


def test_what_was_still_to_come_there_is_written_here_now(wordpress):
    wordpress(wxr_item(1, status="future", post_date_gmt="2999-01-01 10:00:00"))
    post = Post.objects.get()
    assert post.head.created_at <= timezone.now()
    assert post.events.get().at == post.head.created_at


def test_pages_have_no_tags_and_count_under_none(wordpress, blogger, client):
    terms = '<category domain="post_tag" nicename="harbour"><![CDATA[Harbour]]></category>'
    wordpress(wxr_item(1, terms=terms), wxr_item(2, post_type="page", post_name="about", terms=terms))
    blogger(blogger_entry(3, kind="page", labels=["Harbour"]))
    pages = Post.objects.pages().live()
    assert [(page.head.tags, page.section) for page in pages] == [([], None)] * 2
    assert client.get("/tags/harbour/").context["count"] == 1


@pytest.mark.parametrize(
    "entry, stage",
    [
        (takeout_entry(), "published"),
        (takeout_entry(status="DRAFT", filename=""), "draft"),
        (takeout_entry(status="SCHEDULED"), "draft"),
        (takeout_entry(status="SOFT_TRASHED"), "spiked"),
        (takeout_entry(trashed="2020-01-01T00:00:00Z"), "spiked"),
        (takeout_entry(status="NEWS_TO_US"), "draft"),
        (takeout_entry(kind="PAGE", filename="/p/about.html"), "published"),
    ],
)
def test_only_what_was_public_in_a_takeout_is_live(tmp_path, entry, stage):
    run("import_blogger", saved(tmp_path, takeout(entry), "feed.atom"), report=tmp_path / "report.json")
    post = Post.objects.get()
    assert (post.stage, post.is_live()) == (stage, stage == "published")


@pytest.mark.parametrize("namespace", ["http://purl.org/atom/app#", "http://www.w3.org/2007/app"])
def test_a_draft_in_an_old_archive_stays_one(blogger, namespace):
    control = f"<app:control xmlns:app='{namespace}'><app:draft>yes</app:draft></app:control>"
    assert blogger(blogger_entry(inside=control, address=""))["posts"] == {"draft": 1}
    assert Post.objects.get().stage == "draft"


def test_what_was_to_appear_later_is_a_draft_that_says_so(blogger):
    told = blogger(blogger_entry(published="2020-02-01T00:00:00Z", address=""))
    assert told["posts"] == {"scheduled?": 1}
    assert "2020-02-01" in Post.objects.get().head.note
    assert not Post.objects.get().is_live()


# Shapes


def test_an_archive_without_its_namespace_is_read(tmp_path):
    text = archive(blogger_entry(1, labels=["Sea"])).replace(" xmlns='http://www.w3.org/2005/Atom'", "")
    run("import_blogger", saved(tmp_path, text), report=tmp_path / "report.json")
    assert Post.objects.get().live.tags == ["Sea"]


@pytest.mark.parametrize(
    "content, body",
    [
        ("<content type='html'>&lt;p&gt;A &amp;lt; B&lt;/p&gt;</content>", "<p>A &lt; B</p>"),
        ("<content type='text'>A &lt; B</content>", "<p>A &lt; B</p>"),
        ("<summary type='html'>&lt;b&gt;A&lt;/b&gt;</summary>", "<p><strong>A</strong></p>"),
        (
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>B</b> &lt; C<hr/></div></content>",
            "<p>A <strong>B</strong> &lt; C</p>\n<hr>",
        ),
    ],
)
def test_a_body_may_be_html_text_or_elements(tmp_path, content, body):
    entry = blogger_entry(1)
    entry = entry[: entry.index("<content")] + content + entry[entry.index("</content>") + len("</content>") :]
    run("import_blogger", saved(tmp_path, archive(entry)), report=tmp_path / "report.json")
    assert Post.objects.get().live.body == body


def test_a_takeout_as_it_was_downloaded_knows_where_the_blog_was(tmp_path):
    data = BytesIO()
    with ZipFile(data, "w") as packed:
        link = '<a href="https://notes.blogspot.com/2012/05/ferry-2.html">two</a>'
        packed.writestr("Takeout/Blogger/Blogs/Notes/feed.atom", takeout(takeout_entry(1, link), takeout_entry(2)))
        packed.writestr("Takeout/Blogger/Blogs/Notes/settings.csv", "blog_name,blog_subdomain\nNotes,notes\n")
    run("import_blogger", saved(tmp_path, data.getvalue(), "takeout.zip"), report=tmp_path / "report.json")
    assert Post.objects.get(source_id="77.1").live.body == '<p><a href="/2012/05/06/ferry-2/">two</a></p>'


def test_the_chains_of_what_was_brought_in_hold(wordpress):
    wordpress(wxr_item(1), wxr_item(2, status="pending"), wxr_item(3, status="trash"), wxr_item(4, post_type="page"))
    call_command("verify", stdout=StringIO())


# What they carry


def test_a_post_comes_with_its_time_labels_byline_and_words(blogger):
    blogger(
        blogger_entry(4, "<p>The ferry is <b>late</b>.</p>", title="Late again", labels=["Harbour", "harbour", "Sea"])
    )
    post = Post.objects.get()
    assert post.published_at == datetime(2012, 5, 6, 8, tzinfo=UTC)
    assert (post.published_on, post.slug, post.updated_at) == (date(2012, 5, 6), "ferry-4", None)
    assert post.live.headline == "Late again"
    assert post.live.body == "<p>The ferry is <strong>late</strong>.</p>"
    assert sorted(tag.name for tag in post.tags.all()) == ["Harbour", "Sea"]
    assert post.live.byline == [{"name": "Wanda Kovic", "slug": "wanda-kovic"}]
    assert post.authors.get().name == "Wanda Kovic"
    assert (post.source, post.source_id) == ("blogger", "77.4")


def test_categories_are_tags_and_the_first_one_is_the_section(wordpress):
    terms = (
        '<category domain="category" nicename="uncategorized">Uncategorized</category>'
        '<category domain="category" nicename="town">Town &amp;amp; country</category>'
        '<category domain="category" nicename="sea">Sea</category>'
        '<category domain="post_tag" nicename="ferry">Ferry</category>'
        '<category domain="post_format" nicename="aside">Aside</category>'
        '<category domain="mood" nicename="glad">Glad</category>'
    )
    told = wordpress(wxr_item(terms=terms, excerpt="<p>Nobody &amp; nothing moves.</p>"))
    live = Post.objects.get().live
    assert live.tags == ["Ferry", "Sea", "Town & country"]
    assert live.section == "Town & country"
    assert live.standfirst == "Nobody & nothing moves."
    assert told["skipped"] == {"taxonomy: mood": 1}
    assert told["tags"] == 3


def test_the_oldest_exports_write_each_category_twice(wordpress):
    terms = '<category>Sea</category><category domain="category" nicename="sea">Sea</category>'
    wordpress(wxr_item(terms=terms + '<category domain="tag" nicename="ferry">Ferry</category>'))
    assert Post.objects.get().live.tags == ["Ferry", "Sea"]
    assert Post.objects.get().live.section == "Sea"


def test_logins_become_the_names_that_readers_know(wordpress):
    beside = (
        "<wp:author><wp:author_login>wanda</wp:author_login><wp:author_email>w@example.invalid</wp:author_email>"
        "<wp:author_display_name>Wanda Kovic</wp:author_display_name></wp:author>"
    )
    wordpress(wxr_item(1), wxr_item(2, creator="gone"), beside=beside)
    assert sorted(Author.objects.values_list("name", flat=True)) == ["Wanda Kovic", "gone"]


def test_co_authors_stand_together(tmp_path):
    path = REAL / "wxr/TryGhost__migrate__co-authors-plus.xml"
    run("import_wordpress", path, report=tmp_path / "report.json")
    post = Post.objects.get(source_id__endswith="#101")
    assert post.live.byline_text() == "Alice Smith, Bob Jones, Carol White"


def test_an_e_mail_address_is_never_a_byline(wordpress):
    beside = (
        "<wp:author><wp:author_login>w@example.invalid</wp:author_login>"
        "<wp:author_display_name>w@example.invalid</wp:author_display_name>"
        "<wp:author_first_name>Wanda</wp:author_first_name><wp:author_last_name>Kovic</wp:author_last_name></wp:author>"
    )
    told = wordpress(
        wxr_item(1, creator="w@example.invalid"), wxr_item(2, creator="other@example.invalid"), beside=beside
    )
    assert list(Author.objects.values_list("name", flat=True)) == ["Wanda Kovic"]
    assert "email-as-name" in told["repairs"]
    everything = json.dumps([*Revision.objects.values("byline", "body", "note"), *Author.objects.values()], default=str)
    assert "@" not in everything + "".join(redirects())


def test_an_author_who_is_here_already_is_the_same_person(blogger):
    make_author("Wanda Kovic", "wanda")
    blogger()
    assert Post.objects.get().live.byline == [{"name": "Wanda Kovic", "slug": "wanda"}]
    assert Author.objects.count() == 1


def test_a_saved_update_is_no_update_for_readers(blogger):
    blogger(blogger_entry())
    assert Post.objects.get().updated_at is None


def test_a_date_without_gmt_is_taken_from_what_there_is(wordpress):
    told = wordpress(
        wxr_item(1, post_date_gmt="0000-00-00 00:00:00", inside="<pubDate>Sun, 06 May 2012 08:00:00 +0000</pubDate>"),
        wxr_item(2, post_date_gmt=""),
        wxr_item(3, post_date_gmt="", post_date=""),
    )
    assert [f"{post.published_at:%Y-%m-%d %H}" for post in Post.objects.order_by("source_id")][:2] == [
        "2012-05-06 08",
        "2012-05-06 10",
    ]
    assert told["repaired"] == {"date-without-zone": 1, "date-unknown": 1}
    assert Post.objects.live().count() == 3


# Old addresses


def test_everywhere_a_wordpress_post_answered_leads_to_it(wordpress):
    old_slug = (
        "<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>slow-boat</wp:meta_value></wp:postmeta>"
    )
    terms = (
        '<category domain="category" nicename="sea">Sea</category>'
        '<category domain="post_tag" nicename="ferry">Ferry</category>'
    )
    beside = (
        "<wp:category><wp:category_nicename>sea</wp:category_nicename><wp:category_parent>world</wp:category_parent>"
        "</wp:category>"
    )
    guid = "<guid>https://notes.example/?p=9</guid>"
    told = wordpress(wxr_item(7, terms=terms, inside=old_slug + guid), beside=beside)
    here = "/2012/05/06/ferry-7/"
    assert redirects() == {
        "/ferry-7/": here,
        "/?p=7": here,
        "/?p=9": here,
        "/slow-boat/": here,
        "/category/sea/": "/tags/sea/",
        "/category/world/sea/": "/tags/sea/",
        "/category/sea/feed/": "/tags/sea/feed.atom",
        "/tag/ferry/": "/tags/ferry/",
        "/tag/ferry/feed/": "/tags/ferry/feed.atom",
        "/author/wanda/": "/authors/wanda/",
        "/feed/": "/feed.atom",
        "/feed/rss/": "/feed.atom",
        "/feed/atom/": "/feed.atom",
    }
    assert told["redirects"] == len(redirects())


def test_a_page_of_a_tree_leads_to_its_new_place(wordpress):
    wordpress(wxr_item(3, post_type="page", post_name="team", link="https://notes.example/about/team/"))
    found = redirects()
    assert [found[path] for path in ("/about/team/", "/?page_id=3", "/?p=3")] == ["/team/"] * 3


def test_everywhere_a_blogger_post_was_listed_leads_on(blogger, client):
    blogger(blogger_entry(4, labels=["Sea & sky"]))
    found = redirects()
    assert found["/2012/05/ferry-4.html"] == "/2012/05/06/ferry-4/"
    assert client.get("/search/label/Sea%20%26%20sky")["Location"] == "/tags/sea-sky/"
    assert client.get("/feeds/posts/default/-/Sea%20%26%20sky")["Location"] == "/tags/sea-sky/feed.atom"
    assert found["/2012_05_01_archive.html"] == "/2012/05/"
    assert found["/feeds/posts/default"] == found["/atom.xml"] == "/feed.atom"


def test_an_address_that_stays_the_same_is_not_forwarded(wordpress):
    wordpress(wxr_item(7, link="https://notes.example/2012/05/06/ferry-7/"))
    assert "/2012/05/06/ferry-7/" not in redirects()


def test_addresses_in_other_scripts_are_kept_decoded(wordpress):
    slug = "%e6%b8%a1%e8%bc%aa"
    wordpress(wxr_item(5, post_name=slug, link=f"https://notes.example/{slug}/"))
    assert Post.objects.get().slug == "渡輪"
    assert redirects()["/渡輪/"] == "/2012/05/06/渡輪/"


def test_an_address_that_no_redirect_can_hold_is_told(wordpress):
    told = wordpress(wxr_item(5, link="https://notes.example/" + "long/" * 60))
    assert [path[:6] for path in told["unkept_addresses"]] == ["/long/"]
    assert Post.objects.live().count() == 1


def test_what_is_not_live_is_not_forwarded_to(wordpress):
    wordpress(wxr_item(1, status="draft"), wxr_item(2, status="private"), wxr_item(3, status="trash"))
    assert redirects() == {}


def test_links_between_the_posts_lead_to_their_new_addresses(blogger):
    body = (
        '<a href="http://notes.blogspot.co.uk/2012/05/ferry-2.html#c12">two</a> '
        '<a href="https://www.notes.blogspot.com/2012/05/ferry-2.html?m=1">again</a> '
        '<a href="/2012/05/ferry-2.html">near</a> <a href="http://else.example/2012/05/ferry-2.html">else</a>'
    )
    blogger(blogger_entry(1, body), blogger_entry(2))
    new = "/2012/05/06/ferry-2/"
    assert Post.objects.get(source_id="77.1").live.body == (
        f'<p><a href="{new}#c12">two</a> <a href="{new}">again</a> <a href="{new}">near</a> '
        '<a href="http://else.example/2012/05/ferry-2.html">else</a></p>'
    )


def test_two_posts_of_one_day_with_one_slug_both_have_an_address(blogger):
    address = "http://notes.blogspot.com/2012/05/same.html"
    told = blogger(blogger_entry(1, address=address), blogger_entry(2, address=address.replace("05", "06")))
    assert sorted(Post.objects.values_list("slug", flat=True)) == ["same", "same-2"]
    assert told["repaired"]["address-taken"] == 1


def test_the_site_s_own_addresses_are_not_given_away(wordpress):
    make_page("About us", slug="about")
    wordpress(
        wxr_item(1, post_type="page", post_name="about"),
        wxr_item(2, post_type="page", post_name="search"),
        wxr_item(3, post_type="page", post_name="2012"),
        wxr_item(4, post_type="page", post_name="about", status="draft"),
    )
    brought = Post.objects.exclude(source="").order_by("source_id").values_list("slug", flat=True)
    assert list(brought) == ["about-2", "search-2", "page-2012", "about-3"]


# Twice, half, and afterwards


def test_the_same_file_again_changes_nothing(wordpress):
    items = [wxr_item(1), wxr_item(2, status="draft"), wxr_item(3, status="trash"), wxr_item(4, status="pending")]
    first = wordpress(*items)
    before = rows()
    second = wordpress(*items)
    assert rows() == before
    assert (first["created"], second["unchanged"]) == ({"posts": 4, "pages": 0},) * 2
    assert second["created"] == {"posts": 0, "pages": 0}
    assert (second["posts"], second["tags"]) == (first["posts"], first["tags"])


def test_a_later_export_of_the_same_blog_brings_the_difference_only(wordpress):
    wordpress(wxr_item(1))
    told = wordpress(wxr_item(1, "<p>Changed there since.</p>"), wxr_item(2))
    assert told["created"] == {"posts": 1, "pages": 0}
    assert Post.objects.get(source_id__endswith="#1").head.number == 1


def test_an_archive_and_a_takeout_of_one_blog_hold_the_same_posts(blogger, tmp_path):
    blogger(blogger_entry(1))
    told = run("import_blogger", saved(tmp_path, takeout(takeout_entry(1))), report=tmp_path / "report.json")
    assert told["unchanged"] == {"posts": 1, "pages": 0}


def test_what_was_edited_or_moved_here_stays(wordpress):
    wordpress(wxr_item(1))
    post = Post.objects.get()
    revisions.write(post, Content(headline="Ours now"), by=make_editor())
    Redirect.objects.filter(old_path="/ferry-1/").update(new_path="/elsewhere/")
    wordpress(wxr_item(1))
    post.refresh_from_db()
    assert (post.head.headline, post.live.headline) == ("Ours now", "Ferry 1")
    assert redirects()["/ferry-1/"] == "/elsewhere/"


def test_two_sites_may_both_have_a_post_1(tmp_path):
    one = saved(tmp_path, wxr(wxr_item(1)), "one.xml")
    other = saved(tmp_path, wxr(wxr_item(1)).replace("notes.example", "other.example"), "other.xml")
    run("import_wordpress", one, report=tmp_path / "report.json")
    run("import_wordpress", other, report=tmp_path / "report.json")
    assert Post.objects.count() == 2


def test_several_files_are_one_archive(tmp_path):
    parts = [
        saved(tmp_path, wxr(wxr_item(1), "<item><wp:post_type>nav_menu_item</wp:post_type></item>"), "0.xml"),
        saved(tmp_path, wxr(wxr_item(1), wxr_item(2)), "1.xml"),
    ]
    told = run("import_wordpress", *parts, report=tmp_path / "report.json")
    assert Post.objects.count() == 2
    assert told["skipped"] == {"type: nav_menu_item": 1, "same piece twice": 1}


def test_what_was_taken_back_is_not_counted(wordpress):
    forward, refusals = addresses.forward_many, [IntegrityError("a slug was taken in this moment")]

    def refusing_once(pairs):
        if refusals:
            raise refusals.pop()
        return forward(pairs)

    with patch.object(addresses, "forward_many", refusing_once):
        told = wordpress(wxr_item(1), wxr_item(2), wxr_item(3, status="draft"))
    assert told["created"] == {"posts": 3, "pages": 0}
    assert told["redirects"] == Redirect.objects.count() > 2
    assert told["skipped_pieces"] == []


def test_a_run_that_is_killed_leaves_whole_pieces_and_the_next_one_completes(wordpress):
    items = [wxr_item(number) for number in range(1, 8)]

    class Killed(BaseException):
        pass

    with (
        patch.object(writing, "A_BATCH", 3),
        patch.object(addresses, "forward_many", wraps=addresses.forward_many) as forward,
    ):
        forward.side_effect = [(0, []), Killed]
        with pytest.raises(Killed):
            wordpress(*items)
    assert Post.objects.count() == 3
    assert not Post.objects.filter(live=None).exists()
    told = wordpress(*items)
    assert told["created"] == {"posts": 4, "pages": 0}
    assert redirects()["/ferry-7/"] == "/2012/05/06/ferry-7/"


def test_a_dry_run_gives_the_same_numbers_and_writes_nothing(tmp_path):
    path = REAL / "wxr/WordPress__theme-test-data__themeunittestdata.wordpress.xml"
    before = rows()
    dry = run("import_wordpress", path, report=tmp_path / "report.json", dry_run=True)
    assert rows() == before
    wet = run("import_wordpress", path, report=tmp_path / "report.json")
    assert dry.pop("dry_run") is True
    assert wet.pop("dry_run") is False
    assert dry == wet


def test_a_refusal_half_way_through_the_files_writes_nothing(tmp_path):
    good, bad = saved(tmp_path, wxr(), "good.xml"), saved(tmp_path, wxr()[:-30], "bad.xml")
    before = rows()
    assert "bad.xml, line" in refusal("import_wordpress", good, bad, report=tmp_path / "report.json")
    assert rows() == before
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["refused"].startswith("bad.xml, line")


# In whose name


def test_the_importer_is_an_account_nobody_can_sign_in_to(wordpress):
    wordpress()
    user = get_user_model().objects.get(username="importer")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert user.get_all_permissions() == {f"blog.{name}" for name in account.NEEDED}
    assert {event.by for event in Event.objects.all()} == {user}


def test_somebody_else_s_account_is_not_taken_over(tmp_path):
    get_user_model().objects.create_user("importer", password="a person's")
    assert "--by" in refusal("import_wordpress", saved(tmp_path, wxr()))
    assert Post.objects.count() == 0


def test_it_can_be_done_in_somebody_s_name(wordpress):
    wordpress(by=make_admin().username)
    assert Revision.objects.get().by == make_admin()


@pytest.mark.parametrize("name", ["edith", "nobody"])
def test_who_may_not_bring_in_is_refused(tmp_path, name):
    make_editor()
    assert name in refusal("import_wordpress", saved(tmp_path, wxr(wxr_item(status="draft"))), by=name)
    assert Post.objects.count() == 0


# The report


def test_comments_are_counted_by_the_states_they_had_there(tmp_path):
    comment = (
        "<wp:comment><wp:comment_id>{0}</wp:comment_id><wp:comment_parent>{1}</wp:comment_parent>"
        "<wp:comment_approved>{2}</wp:comment_approved></wp:comment>"
    )
    inside = "".join(comment.format(*one) for one in [(3, 2, "trash"), (1, 0, 1), (2, 1, 1), (4, 99, 0)])
    out = StringIO()
    call_command("import_wordpress", str(saved(tmp_path, wxr(wxr_item(inside=inside)))), stdout=out, stderr=StringIO())
    assert "4 (1 trash, 2 approved, 1 pending); 2 replies, 3 deep\n" in out.getvalue()


def test_a_report_that_cannot_be_written_is_noticed_before_anything_is(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_wordpress", str(saved(tmp_path, wxr())), report=str(tmp_path / "no" / "where.json"))
    assert Post.objects.count() == 0
