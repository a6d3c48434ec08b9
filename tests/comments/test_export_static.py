"""`export_static`: every link in it leads to a file, nothing private is in it, and it is never half of itself."""

import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import feedparser
import pytest
from django.contrib.redirects.models import Redirect
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from lxml import html

from blog import addresses as blog_addresses
from blog import belonging, pictures, revisions, workflow
from comments import threads
from comments.management.static_site import folder as folders
from comments.management.static_site.addresses import ACTIONS, PAGES, Address, file_of
from comments.models import Comment
from tests.blog.test_pictures import made
from tests.factories import (
    NOON,
    approved,
    fresh,
    make_author,
    make_comment,
    make_contributor,
    make_live_page,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_story,
    published,
    write,
)
from tests.racing import database_for_race, race
from tests.test_public_surfaces import (
    OF_A_COMMENT,
    STAGES,
    STATES,
    SURFACES,
    WORDS,
    comment_with_words,
    content_with_words,
    post_with_words,
    public_patterns,
)

SITE = "https://record.example"
# What has no copy: it asks the living site, or is for one reader.
LIVING = {"search", "preview", "shared", "healthz", "changes", "blog:changes", "page_changes", "comment"}
LIVING |= {"confirm", "end"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "copy"


def copy(folder):
    out = StringIO()
    call_command("export_static", folder, stdout=out)
    return out.getvalue()


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".html", ".atom", ".json", ".xml", ".txt"}
    }


def tree(folder):
    """Every file of it with its content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def parsed(path):
    return html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))


def links(page):
    for element in page.iter():
        if isinstance(element.tag, str):
            for name in ("href", "src"):
                if name in element.attrib:
                    yield element, element.get(name)
            for one in filter(None, element.get("srcset", "").split(",")):
                yield element, one.split()[0]


def broken(folder):
    """Links from file to file that lead to no file, or to no place in it."""
    ids = {path: set(parsed(path).xpath("//@id")) for path in folder.rglob("*.html")}
    found = []
    for path in ids:
        for _element, link in links(parsed(path)):
            parts = urlsplit(link)
            if parts.scheme:
                continue
            way = unquote(parts.path)
            top = folder / way.lstrip("/") if way.startswith("/") else path.parent / way
            target = top.resolve() if way else path
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in ids[target]):
                found.append((path.relative_to(folder).as_posix(), link))
    return found


def make_site(monkeypatch):
    """One of each kind of page, more than one page of each list, a long discussion, a running story."""
    monkeypatch.setattr(threads, "SIZE", 4)
    story, author = make_story(), make_author()
    picture = pictures.as_image(pictures.store(made("JPEG", (1600, 900)), alt="A bridge", by=make_contributor()))
    common = {
        "story": story,
        "byline": ({"name": author.name, "slug": author.slug},),
        "tags": ("Harbour", "Straße & Brücke"),
        "section": "Harbour",
        "sources": ({"outlet": "The Paper", "title": "A report", "url": "https://paper.example/a"},),
    }
    posts = [
        make_live_post(f"Post {number}", at=NOON + timedelta(hours=number), slug=f"post-{number}", **common)
        for number in range(45)
    ]
    body = f'<p>See <a href="{posts[3].get_absolute_url()}">that</a>, <a href="{SITE}/tags/harbour/">these</a>, '
    body += '<a href="/nowhere/at-all/">nothing</a> and <a href="https://else.example/">others</a>.</p>'
    body += f'<figure><img src="{picture["src"]}" alt="A bridge"></figure>'
    main = make_live_post("The bridge", at=NOON + timedelta(days=1), body=body, image=picture, slug="bridge", **common)
    main = published(write(main, body=body + "<p>More.</p>", kind="correction"), kind="correction", public_note="So.")
    rolling = make_rolling_post("It goes on", at=NOON + timedelta(days=2), slug="rolling", **common)
    for number in range(35):
        make_live_update(rolling, f"Update {number}", at=NOON + timedelta(days=2, minutes=number))
    first = make_comment(main, "First")
    for number in range(9):
        make_comment(main, f"Answer {number}", answers=first)
        make_comment(main, f"Another {number}")
    make_live_page("About us", body="<p>We are here.</p>")
    make_live_post("橋が閉じた", at=NOON + timedelta(days=3), slug="橋" * 80)
    moved = make_live_post("Moved", at=NOON + timedelta(days=4), slug="before")
    belonging.move(moved, "afterwards", by=make_publisher())
    blog_addresses.forward_many([("/2009/old.html", main.get_absolute_url()), ("/?p=12", main.get_absolute_url())])
    gone = make_live_post("Gone", at=NOON + timedelta(days=5), slug="gone")
    workflow.withdraw(gone, by=make_publisher(), public_note="It was wrong.")
    return main


@pytest.mark.django_db
def test_the_whole_of_a_site(folder, monkeypatch):
    main = make_site(monkeypatch)
    said = copy(folder)
    assert broken(folder) == []
    pages = texts(folder)
    # Everything in lists and maps has its file.
    for name in "index.html archive/index.html 2025/index.html 2025/09/index.html 2025/09/05/index.html".split():
        assert name in pages
    for name in (
        "tags/harbour/index.html stories/kestrel-bridge/index.html authors/carla-reyes/index.html about/index.html "
        "sources/the-paper/index.html corrections/index.html tags/harbour/feed.atom comments/feed.atom feed.json "
        "sitemap.xml sitemap/2025-09.xml robots.txt 2025/09/06/bridge/history/index.html 404.html "
        "2025/09/07/rolling/updates.atom 2025/09/06/bridge/comments.atom corrections/feed.atom"
    ).split():
        assert name in pages, name
    assert sum(bool(re.fullmatch(r"before-[^/]*/index\.html", name)) for name in pages) == 2
    assert len([name for name in pages if name.startswith("2025/09/07/rolling/updates-")]) == 1
    assert len([name for name in pages if name.startswith("2025/09/06/bridge/from-")]) == 4
    # Every comment and update is on exactly one page, and its link leads to that one.
    of_main = "".join(
        text for name, text in pages.items() if name.startswith("2025/09/06/bridge/") and "/h" not in name
    )
    assert sorted(re.findall(r'id="c(\d+)"', of_main), key=int) == [
        str(pk) for pk in Comment.objects.under(main).order_by("pk").values_list("pk", flat=True)
    ]
    assert "It was wrong." in pages["2025/09/10/gone/index.html"]
    # Former addresses lead on; those with a query cannot.
    assert 'content="0; url=../2025/09/06/bridge/index.html"' in pages["2009/old.html"]
    assert f'<link rel="canonical" href="{SITE}{main.get_absolute_url()}">' in pages["2009/old.html"]
    assert "url=../afterwards/index.html" in pages["2025/09/09/before/index.html"]
    assert "1 former addresses" in said
    assert "/?p=12" in said
    assert "lead nowhere: /nowhere/at-all/" in said
    # Nothing that needs an answer is left.
    for name, text in pages.items():
        assert "<form" not in text, name
        assert "reply=" not in text or name == "robots.txt", name
        assert "/report/" not in text, name
        assert "/changes/" not in text or name.endswith((".atom", ".json")), name
        assert not re.search(r"(?:running|discussion|reply|correct)[.\w]*\.js", text), name


@pytest.mark.django_db
def test_what_a_page_says_in_a_copy(folder, monkeypatch):
    main = make_site(monkeypatch)
    copy(folder)
    page = parsed(folder / "2025/09/06/bridge/index.html")
    assert page.xpath("//link[@rel='canonical']/@href") == [SITE + main.get_absolute_url()]
    assert page.xpath("//meta[@property='og:url']/@content") == [SITE + main.get_absolute_url()]
    of_text = page.xpath("//div[@class='prose']//a/@href")
    assert of_text == [
        "../../05/post-3/index.html",
        "../../../../tags/harbour/index.html",
        f"{SITE}/nowhere/at-all/",
        "https://else.example/",
    ]
    (picture,) = page.xpath("//div[@class='prose']//img")
    kept = [picture.get("src"), *(one.split()[0] for one in picture.get("srcset").split(","))]
    assert len(kept) == 4
    for one in kept:
        assert (folder / "2025/09/06/bridge" / one).resolve().read_bytes()
    assert f"{SITE}{main.get_absolute_url()}#add" in page.text_content()
    assert page.xpath("//a[contains(@href, '/search/')]/@href")[0] == f"{SITE}/search/"
    feed = feedparser.parse((folder / "feed.atom").read_bytes())
    assert not feed.bozo
    assert {urlsplit(entry.link).netloc for entry in feed.entries} == {"record.example"}
    missing = parsed(folder / "404.html")
    assert all(link.startswith(("/", "https:", "#")) for _element, link in links(missing))


def test_every_public_address_has_been_thought_of():
    named = {name.rpartition(":")[2] for name in PAGES}
    for name in filter(None, public_patterns()):
        known = name in LIVING or name.rpartition(":")[2] in named or f"comments:{name}" in ACTIONS
        assert known or f"blog:{name}" in ACTIONS, name
    assert set(SURFACES) >= LIVING


# Nothing private


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["post", "page"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_not_live_is_in_no_file(folder, stage, kind):
    if stage == "behind live text" and kind == "page":
        revisions.write(make_live_page("Plain words", slug="plain"), content_with_words(), by=make_contributor())
        post = None
    else:
        post = post_with_words(stage, kind)
        make_comment(post)
    copy(folder)
    address = post.get_absolute_url() if post else ""
    leaks = {name: {word for word in WORDS.values() if word in text} for name, text in texts(folder).items()}
    leaks = {name: words for name, words in leaks.items() if words}
    if stage == "withdrawn":  # its address says that it is gone, and names its slug in its own links
        own = f"{address.strip('/')}/index.html"
        assert set(leaks) <= {own, folders.MARK}
        assert set().union(*leaks.values()) == {WORDS["slug"]}
    else:
        assert leaks == {}
    if post is not None and not fresh(post).is_live():
        assert str(post.key) not in "".join(texts(folder).values())


@pytest.mark.django_db
@pytest.mark.parametrize("answered", [False, True], ids=["alone", "answered"])
@pytest.mark.parametrize("state", STATES)
def test_hidden_comments_are_in_no_file(folder, state, answered):
    post = make_live_post("Plain words", slug="plain", at=timezone.now())
    comment = comment_with_words(post)
    if answered:
        make_comment(post, "Seen by all.", name="Somebody", answers=comment)
    Comment.objects.filter(pk=comment.pk).update(state=state, placed=answered, reason="person")
    copy(folder)
    assert {word for word in OF_A_COMMENT.values() if word in "".join(texts(folder).values())} == set()


@pytest.mark.django_db
def test_what_is_live_is_there_and_of_a_comment_the_name_and_the_words(folder):
    post = published(post_with_words("draft"))
    comment_with_words(post)
    default_storage.save("x.png", ContentFile(b"a picture"))
    copy(folder)
    text = "".join(texts(folder).values())
    assert {name for name, word in WORDS.items() if word not in text} == set()
    shown = {name for name, word in OF_A_COMMENT.items() if word in text and word not in WORDS.values()}
    assert shown == {"name", "markup"}


# Again, and stopped


@pytest.mark.django_db
def test_the_same_again_changes_no_file_and_no_time(folder):
    make_live_post("One", slug="one")
    copy(folder)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}
    assert f"{len(before)} files, {len(before)} of them as before" in copy(folder)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in before} == before


@pytest.mark.django_db
def test_only_what_has_changed_is_replaced_and_what_has_gone_goes(folder):
    keep = make_live_post("Stays", slug="stays", at=NOON)
    goes = make_live_post("Goes", slug="goes", at=NOON + timedelta(days=400))
    copy(folder)
    file = folder / "2025/09/05/stays/index.html"
    before, times = tree(folder), file.stat().st_mtime_ns
    workflow.withdraw(goes, by=make_publisher(), public_note="Wrong.")
    copy(folder)
    after = tree(folder)
    assert sorted(before.keys() - after.keys())
    assert not any("2026/10" in name and "goes" not in name for name in after)
    assert file.stat().st_mtime_ns == times
    assert keep.live.headline in file.read_text(encoding="utf-8")
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


@pytest.mark.django_db
def test_what_others_put_there_stays(folder):
    make_live_post("One", slug="one")
    copy(folder)
    (folder / "CNAME").write_text("copy.example")
    (folder / ".git" / "refs").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (folder / "2025" / "note.txt").write_text("mine")
    (folder / "2025" / "index.html").write_text("changed by hand")
    copy(folder)
    copy(folder)
    assert (folder / "CNAME").read_text() == "copy.example"
    assert (folder / ".git" / "refs").is_dir()
    assert (folder / ".git" / "HEAD").is_file()
    assert (folder / "2025" / "note.txt").read_text() == "mine"
    assert "changed by hand" not in (folder / "2025" / "index.html").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_folder_of_something_else_is_refused(folder, tmp_path):
    folder.mkdir()
    (folder / "thesis.txt").write_text("ten years of work")
    with pytest.raises(CommandError, match="holds no copy") as refused:
        copy(folder)
    assert refused.value.returncode == 2
    (folder / folders.MARK).write_text("{}")
    with pytest.raises(CommandError, match="holds no copy"):
        copy(folder)
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "none" / "copy"):
        with pytest.raises(CommandError) as refused:
            copy(place)
        assert refused.value.returncode == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["copy", "file", "thesis.txt", folders.MARK]


@pytest.mark.django_db
def test_a_page_that_fails_leaves_the_copy_before_as_it_is(folder, tmp_path, monkeypatch):
    make_live_post("One", slug="one")
    copy(folder)
    before = tree(folder)
    monkeypatch.setattr("blog.views.lists.tags", None)

    def fails(reader, address):
        raise KeyboardInterrupt

    monkeypatch.setattr("comments.management.static_site.asking.Reader.ask", fails)
    with pytest.raises(KeyboardInterrupt):
        copy(folder)
    assert tree(folder) == before
    assert [one.name for one in tmp_path.iterdir()] == ["copy"]


@pytest.mark.django_db
def test_a_picture_that_is_not_there_is_said_and_leads_to_the_site(folder):
    make_live_post("One", slug="one", body='<figure><img src="/media/pictures/none.jpg" alt="A"></figure>')
    with pytest.raises(CommandError, match="Not all"):
        copy(folder)
    assert f'src="{SITE}/media/pictures/none.jpg"' in (folder / "2025/09/05/one/index.html").read_text()


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_and_started_again_it_is_the_same(folder, tmp_path):
    first = make_live_post("One", slug="one")
    place = database_for_race(connection, tmp_path / "..")
    assert race(place, ["copy_site", str(folder)]) == ["done"]
    before = tree(folder)
    write(first, headline="One, changed")
    published(approved(fresh(first)))
    make_live_post("Two", slug="two")
    place = database_for_race(connection, tmp_path / "..")
    assert race(place, ["copy_site", str(tmp_path / "whole")]) == ["done"]
    whole = tree(tmp_path / "whole")
    ends = []
    for moment in [1, 7, *range(len(whole) + 1, len(whole) + 7)]:  # the last are those of the final names
        done = race(place, ["copy_site", str(folder), {"dies_at": moment}])
        ends.append(done)
        if folder.exists():
            assert tree(folder) in (before, whole), moment
        else:
            assert tree(folder.with_name(".copy.old")) in (before, whole)
        assert race(place, ["copy_site", str(folder)]) == ["done"]
        assert tree(folder) == whole
        assert not [one for one in tmp_path.iterdir() if one.name.startswith(".copy")]
    assert ends[0] == [None]
    assert ends[-1] == ["done"]


# Names of files


@pytest.mark.parametrize(
    ("path", "query", "file"),
    [
        ("/", (), "index.html"),
        ("/tags/x/", (), "tags/x/index.html"),
        ("/tags/x/", (("before", "2025-09-05T12-1"),), "tags/x/before-2025-09-05T12-1/index.html"),
        ("/2009/10/slug.html", (), "2009/10/slug.html"),
        ("/old/name", (), "old/name/index.html"),
        ("/../../etc/passwd", (), None),
        ("/a\\b", (), None),
        ("/a\x00b", (), None),
        ("//x//y/", (), "x/y/index.html"),
    ],
)
def test_an_address_has_a_file_below_the_folder_or_none(path, query, file):
    assert file_of(Address(path, query), is_html=True) == file


def test_no_name_is_longer_than_file_systems_take_and_none_are_one():
    names = {file_of(Address(f"/{'橋' * 90}{end}/"), is_html=True) for end in "ab"}
    assert len(names) == 2
    assert all(len(part.encode()) < 250 for name in names for part in name.split("/"))


@pytest.mark.django_db
def test_a_former_address_never_takes_the_place_of_a_page(folder):
    make_live_post("One", slug="one")
    for old in ("/tags/../../../outside.html", "/feed.atom/x/", "/index.html", "/archive/index.html"):
        Redirect.objects.create(site_id=1, old_path=old, new_path="/2025/09/05/one/")
    copy(folder)
    assert "Archive" in (folder / "archive/index.html").read_text()
    assert "http-equiv" not in (folder / "index.html").read_text()
    assert not (folder.parent / "outside.html").exists()
    assert json.loads((folder / folders.MARK).read_text())["site"] == SITE
    assert isinstance(folder, Path)
