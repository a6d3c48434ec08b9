"""Fifty real export files: what is in them comes in, and what is to be refused changes nothing."""

from urllib.parse import quote, urlsplit

import pytest
from django.contrib.redirects.models import Redirect
from lxml import etree

from blog.models import Event, Post, Revision
from tests.exports import COMMANDS, EXPECTED, REAL, refusal, run

TO_IMPORT = [
    name
    for name, facts in EXPECTED.items()
    if facts["format"] in COMMANDS and facts["expect"] in ("import", "import-with-repair")
]
TO_REFUSE = [name for name, facts in EXPECTED.items() if facts["expect"] == "refuse"]
DISQUS = [name for name, facts in EXPECTED.items() if facts["format"] == "disqus"]
PUBLIC = {"publish", "published", "LIVE"}


def rows():
    return [model.objects.count() for model in (Post, Revision, Event, Redirect)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", TO_IMPORT)
def test_everything_in_a_real_export_comes_in(name, tmp_path):
    facts = EXPECTED[name]
    told = run(COMMANDS[facts["format"]], REAL / name, report=tmp_path / "report.json")
    assert told["posts"] == facts["posts"]
    assert told["pages"] == facts["pages"]
    assert told["comments"] == facts["comments"]
    assert (told["replies"], told["max_depth"]) == (facts["replies"], facts["max_depth"])
    assert [repair for repair in told["repairs"] if repair in facts["repairs"]] == facts["repairs"]
    assert told["skipped_pieces"] == []
    assert Post.objects.stories().count() == sum(facts["posts"].values())
    assert Post.objects.pages().count() == sum(facts["pages"].values())
    states = facts["posts"].items() | facts["pages"].items()
    was_public = sum(number for state, number in facts["posts"].items() if state in PUBLIC)
    was_public += sum(number for state, number in facts["pages"].items() if state in PUBLIC)
    assert Post.objects.live().count() <= was_public, states


@pytest.mark.django_db
@pytest.mark.parametrize("name", TO_REFUSE)
def test_a_file_that_is_no_archive_is_refused_and_changes_nothing(name):
    before = rows()
    sentence = refusal(COMMANDS[EXPECTED[name]["format"]], REAL / name)
    assert name.rpartition("/")[2] in sentence
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", DISQUS)
def test_a_disqus_file_is_told_what_it_is(name):
    for command in ("import_blogger", "import_wordpress"):
        assert "Disqus" in refusal(command, REAL / name)


@pytest.mark.django_db
def test_a_wordpress_file_without_its_version_is_taken_and_the_report_says_so(tmp_path):
    name = "wxr/isso-comments__isso__wordpress.xml"
    told = run("import_wordpress", REAL / name, report=tmp_path / "report.json")
    assert told["posts"] == EXPECTED[name]["posts"]
    assert "missing-wxr-version" in told["repairs"]


@pytest.mark.django_db
def test_each_command_names_the_other_for_the_other_s_files():
    assert "import_wordpress" in refusal("import_blogger", REAL / "wxr/TryGhost__migrate__sample.xml")
    assert "import_blogger" in refusal(
        "import_wordpress", REAL / "blogger-atom/Minoru__hakyll-convert__blogger-000.xml"
    )


@pytest.mark.django_db
def test_companions_of_a_takeout_are_refused():
    folder = REAL / "blogger-takeout"
    for path in (*folder.glob("*.json"), *folder.glob("*.csv")):
        assert path.name in refusal("import_blogger", path)
    assert rows()[0] == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", TO_IMPORT)
def test_every_old_address_of_what_was_public_leads_to_a_page(name, client, tmp_path):
    run(COMMANDS[EXPECTED[name]["format"]], REAL / name, report=tmp_path / "report.json")
    for path in some_of(old_paths(REAL / name)):
        assert client.get(path, follow=True).status_code == 200, path
    for path in some_of(Redirect.objects.values_list("old_path", flat=True)):
        assert client.get(path).status_code in (200, 301), path


def some_of(paths, most=8):
    """Enough of them to find what is wrong with a kind of address, spread over all."""
    paths = sorted(paths)
    return paths[:: max(1, len(paths) // most)]


def old_paths(path):
    """The paths of what was public in an export, found by other means than ours."""
    found = set()
    tree = etree.parse(path, etree.XMLParser(recover=True, huge_tree=True))
    for item in tree.iter("item"):
        fields = {etree.QName(part).localname: (part.text or "").strip() for part in item if isinstance(part.tag, str)}
        public = fields.get("status") == "publish" and not fields.get("post_password")
        if public and fields.get("post_type") in ("post", "page"):
            found.add(fields.get("link", ""))
    for entry in tree.iter("{*}entry"):
        if entry.find("{*}control") is None and "#post" in "".join(
            c.get("term", "") for c in entry.iter("{*}category")
        ):
            found |= {link.get("href") for link in entry.iter("{*}link") if link.get("rel") == "alternate"}
        live = entry.findtext("{*}type") == "POST" and entry.findtext("{*}status") == "LIVE"
        if live and not entry.findtext("{*}trashed"):
            found.add(entry.findtext("{*}filename") or "")
    parts = [urlsplit(address) for address in found if address]
    return [f"{part.path or '/'}?{part.query}" if part.query else part.path or "/" for part in parts]


# Three blogs, whole: a Takeout, and two of WordPress
THREE = [
    "blogger-takeout/heisencoder__ai-playground__Blogs-Heisencoder-feed.atom",
    "wxr/chrisjrob__chrisjrob.github.io__wordpress.xml",
    "wxr/WPTT__theme-unit-test__themeunittestdata.wordpress.xml",
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", THREE)
def test_all_old_addresses_of_a_real_blog_lead_to_a_page(name, client, tmp_path):
    run(COMMANDS[EXPECTED[name]["format"]], REAL / name, report=tmp_path / "report.json")
    tree = etree.parse(REAL / name, etree.XMLParser(recover=True, huge_tree=True))
    paths = set((listed_at_wordpress if "wxr" in name else listed_at_blogger)(tree))
    paths |= set(old_paths(REAL / name))
    assert len(paths) > 70
    seen, wrong = {}, {}
    for path in sorted(paths):
        answer = client.get(path)
        if answer.status_code == 301:
            target = answer["Location"].partition("#")[0]
            if target not in seen:
                seen[target] = client.get(target).status_code
            if seen[target] != 200:
                wrong[path] = target
        elif answer.status_code != 200:
            wrong[path] = answer.status_code
    assert wrong == {}


def listed_at_blogger(tree):
    """Where a Blogger blog lists what is public: labels, months, feeds."""
    yield from ("/", "/feeds/posts/default", "/feeds/posts/default?alt=rss", "/atom.xml", "/rss.xml")
    for entry in tree.iter("{*}entry"):
        live = entry.findtext("{*}type") == "POST" and entry.findtext("{*}status") == "LIVE"
        path = (entry.findtext("{*}filename") or "").strip()
        if live and path:
            _empty, year, month, _name = path.split("/")
            yield from (f"/{year}/{month}/", f"/{year}/", f"/{year}_{month}_01_archive.html", f"{path}?m=1")
            for category in entry.iter("{*}category"):
                if term := category.get("term", ""):
                    yield from (
                        f"/search/label/{quote(term, safe='')}",
                        f"/feeds/posts/default/-/{quote(term, safe='')}",
                    )


def listed_at_wordpress(tree):
    """Where a WordPress site lists what is public, and every other address of it."""
    channel = tree.find("channel")
    folder = urlsplit(channel.findtext("{*}base_blog_url")).path.rstrip("/")
    yield from (f"{folder}/", f"{folder}/feed/", f"{folder}/feed/rss/", f"{folder}/feed/atom/")
    logins = {author.findtext("{*}author_login"): None for author in channel.iter("{*}author")}
    for item in channel.iter("item"):
        fields = {}
        for part in item:
            if isinstance(part.tag, str):
                fields.setdefault(etree.QName(part).localname, (part.text or "").strip())
        kind = fields.get("post_type")
        if fields.get("status") != "publish" or fields.get("post_password") or kind not in ("post", "page"):
            continue
        number = fields["post_id"]
        yield f"{folder}/?p={number}"
        if kind == "page":
            yield f"{folder}/?page_id={number}"
            continue
        year, month, _rest = fields["post_date"].split("-")
        yield from (f"{folder}/{year}/{month}/", f"{folder}/{year}/")
        if fields["creator"] in logins:
            yield f"{folder}/author/{fields['creator']}/"
        for term in item.iter("category"):
            slug, base = term.get("nicename"), {"category": "category", "post_tag": "tag"}.get(term.get("domain"))
            if base and slug != "uncategorized":
                yield from (f"{folder}/{base}/{slug}/", f"{folder}/{base}/{slug}/feed/")
