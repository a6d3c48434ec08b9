"""Readers look up what we took from whom: the pages of outlets, and the numbered list on a post."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import links, workflow
from blog.models import CitedSource, outlet_slug
from blog.visiting import Visit
from tests.factories import (
    NOON,
    fresh,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


def source(outlet="Harbour Authority", title="Notice 31", url="", at=""):
    return {"outlet": outlet, "title": title, "url": url, "at": at}


def day(number):
    return NOON + timedelta(days=number)


def main(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text.split("<main")[1].split("</main")[0]


# The name of an outlet in an address


@pytest.mark.parametrize(
    "names",
    [
        ("Maren Ferries", "maren  ferries", "MAREN FERRIES", "Maren Ferries ", "Maren-Ferries", "Ｍａｒｅｎ Ferries"),
        ("St. Ann's Herald", "St Anns Herald", "St. Ann’s Herald"),
        ("Straßenamt", "STRASSENAMT"),
        ("Élysée", "E\u0301lyse\u0301e", "ÉLYSÉE"),
        ("Известия", "ИЗВЕСТИЯ"),
        ("朝日新聞", "朝日新聞 "),
        ("الجزيرة", "الجزيرة"),
    ],
)
def test_spellings_of_one_name_are_one_outlet(client, names):
    assert len({outlet_slug(name) for name in names}) == 1
    make_live_post(sources=tuple(source(name) for name in names))
    assert str(len(names)) in main(client, CitedSource.objects.first().get_outlet_url())


def test_names_that_an_address_cannot_tell_apart_have_a_hash():
    names = ["हिन्दी", "हनद", "हिन्दू", "🔥", "!?", "a" * 150, "a" * 151, "a" * 100, "Elan", "Élan", ""]
    slugs = [outlet_slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    assert max(map(len, slugs)) <= 109
    assert slugs[-1] == ""


def test_what_an_address_cannot_hold_leads_to_its_page(client):
    make_live_post(sources=(source("हिन्दी"), source("🔥"), source("C++"), source("C"), source("a" * 400)))
    for row in CitedSource.objects.all():
        assert row.outlet in main(client, row.get_outlet_url())
    text = main(client, "/sources/c/")  # one page, on which each is called what it was called
    assert "named 2 times" in text
    assert text.count("<bdi>C++</bdi>") + text.count("<bdi>C</bdi>") == 2


# The index


def cited():
    rows = CitedSource.objects.order_by("published_at", "update__number", "position")
    return [(row.post_id, row.update and row.update.number, row.position, row.outlet, row.url) for row in rows]


def test_the_index_follows_what_readers_see():
    post = make_rolling_post(
        sources=(source("A", url="https://a.example/"), source("B", at="2025-09-05T12:00:00+00:00"))
    )
    own = [(post.pk, None, 1, "A", "https://a.example/"), (post.pk, None, 2, "B", "")]
    assert cited() == own
    update = make_live_update(post, at=day(1), sources=(source("C"),))
    of_update = (post.pk, update.number, 1, "C", "")
    assert cited() == [*own, of_update]
    write(post, sources=(source("Draft"),))
    update = rewrite_update(update, sources=(source("D"), source("C")))
    assert cited() == [*own, of_update]
    update = publish_update(update)
    assert cited() == [*own, (post.pk, update.number, 1, "D", ""), (post.pk, update.number, 2, "C", "")]
    post = published(fresh(post))
    assert cited()[0] == (post.pk, None, 1, "Draft", "")
    workflow.withdraw(fresh(update), by=make_publisher(), public_note="Wrong.")
    assert cited() == [(post.pk, None, 1, "Draft", "")]
    publish_update(update)
    post = workflow.withdraw(fresh(post), by=make_publisher(), public_note="Wrong.")
    assert cited() == []
    workflow.publish(post, fresh(post).head, by=make_publisher())
    assert [row[3] for row in cited()] == ["Draft", "D", "C"]


def test_one_update_of_many_writes_its_own_rows_alone():
    post = make_rolling_post(sources=(source("Own"),))
    others = [make_live_update(post, sources=(source("A"), source("B"))) for _number in range(4)]
    before = dict(CitedSource.objects.exclude(update=others[1]).values_list("pk", "outlet"))
    with CaptureQueriesContext(connection) as captured:
        publish_update(rewrite_update(others[1], sources=(source("A"), source("C"))))
    writes = [one["sql"] for one in captured if "citedsource" in one["sql"] and not one["sql"].startswith("SELECT")]
    assert [sql.split()[0] for sql in writes] == ["DELETE", "INSERT"]
    assert before.items() <= dict(CitedSource.objects.values_list("pk", "outlet")).items()
    assert list(others[1].cited.order_by("position").values_list("outlet", flat=True)) == ["A", "C"]


def test_the_same_sources_again_write_nothing():
    post = make_live_post(sources=(source("A"), source("A")))
    rows = set(CitedSource.objects.values_list("pk", flat=True))
    published(write(post, headline="Other words"))
    assert set(CitedSource.objects.values_list("pk", flat=True)) == rows


# The pages


def test_all_outlets_with_how_often_they_are_named(client):
    assert "No source has been named yet." in main(client, "/sources/")
    make_live_post(sources=(source("maren ferries"), source("Élan"), source("", "A letter")))
    make_live_post("Later", at=day(1), sources=(source("Maren Ferries"), source("Zeta"), source("Élan")))
    make_post("Draft", sources=(source("Secret"),))
    text = main(client, "/sources/")
    assert "3 outlets" in text
    names = [part.split("</bdi>")[0] for part in text.split("<bdi>")[1:]]
    assert names == ["Maren Ferries", "Zeta", "Élan"]  # by their letters; each as it was written last
    counts = [part.split("<")[0] for part in text.split('<span class="soft">')[1:]]
    assert counts == ["2", "1", "2"]


def test_an_outlet_shows_what_we_took_from_it(client):
    first = make_live_post("First", sources=(source(title="Old", url="https://harbour.example/1"),))
    rolling = make_rolling_post("Storm", at=day(40), sources=(source("Other"),))
    update = make_live_update(rolling, at=day(41), sources=(source("Other"), source("harbour authority", "New")))
    page = make_live_page(at=day(2), sources=(source(title="", url="https://harbour.example/2"),))
    text = main(client, "/sources/harbour-authority/")
    assert '<h1 dir="auto">harbour authority</h1>' in text  # as it was written last
    assert "also written <bdi>Harbour Authority</bdi>" in text
    places = [
        f'href="{rolling.get_absolute_url()}?u={update.number}#t-u{update.number}-s2"',
        f'href="{page.get_absolute_url()}#t-s1"',
        f'href="{first.get_absolute_url()}#t-s1"',
    ]
    assert sorted(places, key=text.index) == places
    assert '<a href="https://harbour.example/1" rel="external">Old</a>' in text
    assert '<a href="https://harbour.example/2" rel="external">https://harbour.example/2</a>' in text
    assert "October 2025" in text
    assert "September 2025" in text
    shown = client.get(f"{rolling.get_absolute_url()}?u={update.number}").text
    assert f'id="t-u{update.number}-s2"' in shown
    assert 'id="t-s1"' in client.get(first.get_absolute_url()).text


def test_an_outlet_that_nothing_live_names_is_not_there(client):
    post = make_live_post(sources=(source(),))
    assert client.get("/sources/harbour-authority/").status_code == 200
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    assert client.get("/sources/harbour-authority/").status_code == 404
    assert client.get("/sources/-/").status_code == 404


def test_a_long_list_is_read_in_parts(client):
    sources = tuple(source(title=f"Notice {number}.") for number in range(45))
    make_live_post("Before", at=day(-1), sources=(source(title="The first."),))
    make_live_post(sources=sources)
    seen, path = [], "/sources/harbour-authority/"
    while path:
        text = main(client, path)
        seen.append([number for number in range(45) if f"Notice {number}." in text])
        path = "/sources/harbour-authority/" + text.split('rel="next"')[0].rpartition('href="')[2].rstrip('" ')
        path = path if 'rel="next"' in text else ""
    assert [len(part) for part in seen] == [20, 20, 5]
    assert sorted(number for part in seen for number in part) == list(range(45))
    assert "The first." in text
    assert client.get("/sources/harbour-authority/?before=x").status_code == 400


def test_a_source_that_is_gone_is_marked_and_back_again(client):
    make_live_post(sources=(source(url="https://harbour.example/31"), source(url="https://harbour.example/32")))
    path, now = "/sources/harbour-authority/", timezone.now()
    assert "no longer there" not in main(client, path)

    def came(state, code):
        list(links.check(["https://harbour.example/31"], links.Checked(), ask=lambda url, pause: Visit(state, code)))

    came("gone", 404)
    text = main(client, path)
    assert text.count("no longer there since") == 1
    assert f'<time datetime="{now.date().isoformat()}' in text.split("no longer there since")[1]
    came("fine", 200)
    assert "no longer there" not in main(client, path)


def test_pages_of_sources_cost_the_same_for_many(client):
    def asked(path):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = ["/sources/", "/sources/harbour-authority/"]
    make_live_update(make_rolling_post(sources=(source(url="https://a.example/"),)), sources=(source(),))
    few = [asked(path) for path in paths]
    for number in range(12):
        make_live_post(f"Post {number}", at=day(number), sources=(source(), source(f"Outlet {number}")))
    assert [asked(path) for path in paths] == few
    assert max(few) <= 5


# On a post


def test_a_citation_leads_to_the_numbered_source(client):
    body = '<p>It is shut.<a href="#s2">2</a></p>'
    sources = (source("A & B", "Said <b>"), source(title="Notice 31", url="https://harbour.example/31"))
    post = make_live_post(body=body, sources=sources)
    text = client.get(post.get_absolute_url()).text
    assert '<a href="#t-s2">2</a>' in text
    assert (
        '<li id="t-s2"><p dir="auto"><cite><a href="/sources/harbour-authority/">Harbour Authority</a></cite>, ' in text
    )
    assert '<cite><a href="/sources/a-b/">A &amp; B</a></cite>, <bdi>Said &lt;b&gt;</bdi>' in text


def test_a_preview_leads_to_no_outlet_that_may_not_be_there(client):
    post = make_post(sources=(source(),))
    client.force_login(make_publisher())
    text = client.get(post.get_absolute_url()).text
    assert "<cite>Harbour Authority</cite>" in text


def test_a_row_that_should_not_be_there_shows_nothing(client):
    draft = make_post("Draft")
    CitedSource.objects.create(post=draft, position=1, outlet="Secret", outlet_slug="secret", published_at=NOON)
    assert client.get("/sources/secret/").status_code == 404
    assert "Secret" not in main(client, "/sources/")
    assert "secret" not in client.get("/sitemap/site.xml").text
    assert links.due() == []


def test_the_index_is_made_again_from_what_is_true():
    post = make_rolling_post(sources=(source("A"),))
    make_live_update(post, sources=(source("B"), source("C")))
    right = cited()
    CitedSource.objects.filter(outlet="B").delete()
    CitedSource.objects.filter(outlet="C").update(outlet="X")
    CitedSource.objects.create(post=post, position=9, outlet="Y", outlet_slug="y", published_at=NOON)
    call_command("rebuild_indexes", stdout=StringIO())
    assert cited() == right
