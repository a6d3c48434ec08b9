"""A citation follows its source when sources before it go, and never leads to another one."""

import pytest

from blog import citing
from blog.models import Revision
from tests.factories import fresh, make_live_post, make_live_update, make_publisher, make_rolling_post, person

MOVED = {1: 1, 2: None, 3: 2}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p>A<a href="#t-s1">[1]</a></p>', '<p>A<a href="#t-s1">[1]</a></p>'),
        ('<p>A<a href="#t-s3">[3]</a></p>', '<p>A<a href="#t-s2">[2]</a></p>'),
        ('<p>A<a href="#s3">3</a>, B</p>', '<p>A<a href="#s2">2</a>, B</p>'),
        ('<p>A<a href="#t-u17-s3">[3]</a></p>', '<p>A<a href="#t-u17-s2">[2]</a></p>'),
        ('<a title="s3" href="#t-s3">the notice of 3 May</a>', '<a title="s3" href="#t-s2">the notice of 3 May</a>'),
        ('<p>A<a href="#t-s2">[2]</a>, B</p>', "<p>A, B</p>"),
        ('<p>A <a href="#t-s2"><em>notice</em></a>, B</p>', "<p>A <em>notice</em>, B</p>"),
        ('<p>A<a href="#t-s3"><sup>3</sup></a></p>', '<p>A<a href="#t-s2"><sup>2</sup></a></p>'),
        ('<a href="#t-s9">[9]</a><a href="#t-s30">[30]</a>', '<a href="#t-s9">[9]</a><a href="#t-s30">[30]</a>'),
        ('<a href="https://a.example/#t-s3">3</a>', '<a href="https://a.example/#t-s3">3</a>'),
        ('<a href="#t-x3">3</a>', '<a href="#t-x3">3</a>'),
        ('<p><a href="#t-s2">[2]</a><a href="#t-s3">[3]</a></p>', '<p><a href="#t-s2">[2]</a></p>'),
    ],
)  # fmt: skip
def test_citations_follow(before, after):
    assert citing.follow(before, MOVED) == after


def test_what_stays_is_not_touched():
    text = "<p><A HREF='#s2'>2</A></p>"
    assert citing.follow(text, {1: 1, 2: 2}) is text


def rows(*sources, prefix="sources"):
    typed = {f"{prefix}-TOTAL_FORMS": len(sources), f"{prefix}-INITIAL_FORMS": 3}
    for number, outlet in enumerate(sources):
        typed |= {f"{prefix}-{number}-{part}": "" for part in ("outlet", "title", "url", "at")}
        typed[f"{prefix}-{number}-outlet"] = outlet
    return typed


SOURCES = tuple({"outlet": name, "title": "", "url": "", "at": ""} for name in "ABC")
BODY = '<p>A<a href="#s1">[1]</a> B<a href="#s2">[2]</a> C<a href="#s3">[3]</a></p>'


def outlets(revision):
    return [source["outlet"] for source in revision.sources]


@pytest.mark.django_db
def test_a_source_taken_away_at_the_desk_takes_its_citations_along(client):
    post = make_live_post(body=BODY, sources=SOURCES)
    client.force_login(person("edith"))
    page = f"/admin/blog/post/{post.pk}/change/"
    typed = {
        "headline": post.live.headline,
        "body": post.live.body,
        "change": "update",
        "based_on": 1,
        "slug": post.slug,
    }
    answer = client.post(page, typed | {"byline": "", "tags": "", "section": ""} | rows("A", "", "C", "D"))
    assert answer.status_code == 302, answer.text
    head = Revision.objects.get(post=post, number=2)
    assert outlets(head) == ["A", "C", "D"]
    assert head.body == '<p>A<a href="#t-s1">[1]</a> B C<a href="#t-s2">[2]</a></p>'


@pytest.mark.django_db
def test_a_row_left_empty_before_its_turn_costs_no_citation(client):
    client.force_login(make_publisher())
    typed = {"headline": "Shut", "body": '<p>Shut.<a href="#s2">[2]</a><a href="#s4">[4]</a></p>', "kind": "post"}
    typed |= (
        {"byline": "", "tags": "", "section": "", "slug": ""} | rows("", "B", "", "") | {"sources-INITIAL_FORMS": 0}
    )
    assert client.post("/admin/blog/post/add/", typed).status_code == 302
    head = Revision.objects.get()
    assert (outlets(head), head.body) == (["B"], '<p>Shut.<a href="#t-s1">[1]</a><a href="#t-s4">[4]</a></p>')


@pytest.mark.django_db
def test_those_of_an_update_follow_as_well(client):
    update = make_live_update(make_rolling_post(), body=BODY, sources=SOURCES)
    client.force_login(person("edith"))
    form = client.get(f"/admin/blog/post/{update.post_id}/updates/{update.number}/").context["form"]
    at = form["happened_at"].value()
    prefix = form.sources.prefix
    typed = {
        form.add_prefix(name): value
        for name, value in {
            "headline": update.live.headline,
            "body": update.live.body,
            "byline": "",
            "happened_at": at.strftime("%Y-%m-%dT%H:%M") if hasattr(at, "strftime") else at,
            "change": "update",
            "based_on": update.live.number,
        }.items()
    }
    answer = client.post(
        f"/admin/blog/post/{update.post_id}/updates/{update.number}/", typed | rows("", "B", "C", prefix=prefix)
    )
    assert answer.status_code == 302, answer.text
    head = fresh(update).head
    of = f"t-u{update.number}"
    assert outlets(head) == ["B", "C"]
    assert head.body == f'<p>A B<a href="#{of}-s1">[1]</a> C<a href="#{of}-s2">[2]</a></p>'
