"""Links for outsiders: one wording, for a while, for whoever has the address; and nothing for anybody else."""

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from blog import previewing, workflow
from blog.models import Event, PreviewLink, PreviewVisit
from tests.factories import (
    approved,
    everything,
    fresh,
    make_contributor,
    make_editor,
    make_live_post,
    make_post,
    make_publisher,
    make_rolling_post,
    make_story,
    make_update,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db


def share(piece, revision=None, by=None, **what):
    return previewing.share(piece, revision or piece.head, by=by or make_contributor(), **{"label": "Lawyer"} | what)


def now(link):
    return PreviewLink.objects.get(pk=link.pk)


def address(shared):
    return reverse("blog:shared", args=[shared.secret])


def acts(post):
    return list(Event.objects.filter(post=post, verb__in=["share", "unshare"]).values_list("verb", flat=True))


# The verbs


def test_a_link_is_made_with_its_event_and_of_its_secret_a_hash_is_kept():
    post = make_post()
    at = timezone.now()
    shared = share(post, label=" the  lawyer ", at=at)
    link = shared.link
    assert (link.label, link.by_name, link.ends_at - at) == ("the lawyer", "Carla", timedelta(days=7))
    assert len(shared.secret) == 32  # letters of six bits each
    assert link.secret_hash == previewing.hash_of(shared.secret)
    event = Event.objects.get(post=post, verb="share")
    assert (event.revision, event.public, event.details["label"]) == (post.head, False, "the lawyer")
    everything = [str(list(model.objects.values())) for model in (PreviewLink, Event)]
    assert not any(shared.secret in rows for rows in everything)
    assert fresh(post).sequence == event.number
    assert share(post).secret != shared.secret


@pytest.mark.parametrize("days", [0, -1, 61])
def test_a_link_lasts_a_day_at_least_and_sixty_at_most(days):
    with pytest.raises(workflow.WrongState):
        share(make_post(), days=days)
    assert PreviewLink.objects.count() == 0


def test_only_who_may_read_and_change_a_piece_shares_it():
    post = make_post()
    for name in ("colin", "mod", "rita"):
        with pytest.raises(workflow.NotAllowed):
            share(post, by=person(name))
    link = share(post, by=make_editor()).link
    with pytest.raises(workflow.NotAllowed):
        previewing.revoke(link, by=person("colin"))
    assert acts(post) == ["share"]
    assert now(link).revoked_at is None


def test_a_wording_of_another_piece_is_not_shared():
    post, other = make_post("One"), make_post("Other")
    update = make_update(make_rolling_post())
    for piece, revision in [(post, other.head), (update, update.post.head), (fresh(update.post), update.head)]:
        with pytest.raises(workflow.WrongState):
            share(piece, revision, by=make_editor())
    assert PreviewLink.objects.count() == 0


def test_a_post_has_fifty_open_links_at_most(monkeypatch):
    monkeypatch.setattr(previewing, "MOST_LINKS", 2)
    post = make_post()
    first = share(post).link
    share(post)
    with pytest.raises(workflow.WrongState):
        share(post)
    previewing.revoke(first, by=make_contributor())
    assert share(post)


def test_a_link_is_revoked_once():
    post = make_post()
    link = share(post).link
    previewing.revoke(link, by=make_editor())
    again = previewing.revoke(link, by=make_contributor())
    assert (again.revoked_by_name, acts(post)) == ("Edith", ["share", "unshare"])


def test_what_is_withdrawn_is_read_by_no_link_any_more():
    post = make_rolling_post()
    update = published(make_update(post))
    links = [share(fresh(post), by=make_publisher()).link, share(update, by=make_publisher()).link]
    other = share(make_post("Other")).link
    workflow.withdraw(update, by=make_publisher(), public_note="It was wrong.")
    assert [now(link).revoked_by_name for link in links] == ["", "Paula"]
    links.append(share(fresh(post), by=make_publisher()).link)
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="It was wrong.")
    assert [bool(now(link).revoked_at) for link in [*links, other]] == [True, True, True, False]


def test_who_removes_words_ends_all_links():
    post = make_post()
    for _link in range(2):
        share(post)
    assert previewing.end_all(post, by=make_publisher()) == 2
    assert previewing.end_all(post, by=None) == 0
    assert PreviewLink.objects.open().count() == 0


def test_no_link_shows_an_update_of_a_story_that_is_not_public():
    story = make_rolling_post()
    update = make_update(story)
    workflow.withdraw(story, by=make_publisher(), public_note="Wrong.")
    before = everything()
    with pytest.raises(workflow.WrongState, match="The story that it belongs to is not public"):
        share(fresh(update))
    assert everything() == before


def test_who_loads_it_again_within_a_minute_is_one_visit():
    link, at = share(make_post()).link, timezone.now()
    for seconds in (0, 30, 59):
        previewing.visited(link, address="192.0.2.7", agent="A", at=at + timedelta(seconds=seconds))
    assert PreviewVisit.objects.count() == 1
    previewing.visited(link, address="192.0.2.7", agent="A", at=at + timedelta(seconds=61))
    assert PreviewVisit.objects.count() == 2
    previewing.visited(link, address="192.0.2.8", agent="A", at=at + timedelta(seconds=61))
    assert PreviewVisit.objects.count() == 3


def test_what_is_spiked_is_shown_to_nobody_outside():
    post, other = make_post(), share(make_post("Other")).link
    made = share(post)
    assert previewing.opened(made.secret) is not None
    post = workflow.spike(fresh(post), by=post.head.by)
    assert (now(made.link).revoked_by_name, now(other).revoked_by_name) == ("Carla", "")
    workflow.revive(post, by=post.head.by)
    assert previewing.opened(made.secret) is None


# The page


def test_the_page_shows_the_one_wording_to_whoever_has_the_address(client):
    post = make_post(body="<p>First words.</p>")
    shared = share(post)
    write(post, body="<p>Later words.</p>")
    response = client.get(address(shared))
    text = response.content.decode()
    assert response.status_code == 200
    assert ("First words." in text, "Later words." in text) == (True, False)
    assert "Not published." in text
    assert "/admin/" not in text
    assert '<meta name="robots" content="noindex">' in text
    assert "canonical" not in text
    assert 'method="post"' not in text
    assert shared.secret not in text
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert "ETag" not in response.headers
    assert not response.cookies


def test_a_link_to_an_update_shows_it_among_those_of_readers_and_no_other_draft(client):
    post = make_rolling_post()
    published(make_update(post, "Seen by all"))
    proposed = make_update(post, "Wanted words")
    make_update(post, "Other draft")
    write(post, headline="Newer headline")
    shared = share(proposed, by=make_editor())
    text = client.get(address(shared)).content.decode()
    assert "Wanted words" in text
    assert "Seen by all" in text
    assert "Other draft" not in text
    assert "Newer headline" not in text


def test_of_a_story_nothing_is_shown_that_is_not_public(client):
    story = make_story()
    make_post("Secret sibling", story=story)
    text = client.get(address(share(make_post("Mine", story=story)))).content.decode()
    assert "Secret sibling" not in text


def test_what_is_published_meanwhile_says_so(client):
    post = make_post()
    shared = share(post)
    published(post)
    text = client.get(address(shared)).content.decode()
    assert "Published meanwhile." in text
    assert fresh(post).get_absolute_url() in text


def test_every_link_that_shows_nothing_gives_the_same_answer(client):
    post = make_post(body="<p>Secret words.</p>")
    over = share(post, at=timezone.now() - timedelta(days=8))
    revoked = share(post)
    previewing.revoke(revoked.link, by=make_contributor())
    gone = share(make_update(make_rolling_post()), by=make_editor())
    workflow.withdraw(fresh(gone.link.post), by=make_publisher(), public_note="It was wrong.")
    unknown = "x" * 32
    counts, answers = set(), set()
    for secret in (over.secret, revoked.secret, gone.secret, unknown):
        with counted() as count:
            response = client.get(f"/shared/{secret}/")
        counts.add(len(count))
        headers = {name: value for name, value in response.headers.items() if "nonce" not in value}
        answers.add((response.status_code, response.content.replace(secret.encode(), b""), str(headers)))
    assert len(answers) == 1
    assert len(counts) == 1
    status, content, headers = answers.pop()
    assert status == 404
    assert b"Secret words" not in content
    assert "no-store" in headers
    assert PreviewVisit.objects.count() == 0


@contextmanager
def counted():
    asked = []

    def count(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield asked


@pytest.mark.parametrize("secret", ["x", "x" * 5_000, "ü" * 32, "..", "a b", "%00", "' OR 1=1 --"])
def test_what_is_no_secret_shows_nothing(client, secret):
    assert client.get(f"/shared/{secret}/").status_code in {400, 404}


def test_nothing_of_the_address_is_offered_as_words_for_a_search(client):
    assert b"harbour" not in client.get("/shared/harbour/harbour/nowhere/").content


def test_the_addresses_of_links_are_told_to_nobody(client):
    shared = share(make_post())
    for path in ("/robots.txt", "/sitemap.xml", "/sitemap/site.xml", "/feed.atom", "/"):
        assert "shared" not in client.get(path).content.decode().replace("shared_image", "")
    assert shared.secret not in client.get("/search/?q=Council").content.decode()


# Visits


def test_a_visit_is_kept_with_a_key_of_the_address_and_a_reload_is_none(client):
    shared = share(make_post())
    for _load in range(2):
        client.get(address(shared), REMOTE_ADDR="203.0.113.9", headers={"user-agent": "Reader\t1 " + "x" * 300})
    client.get(address(shared), REMOTE_ADDR="203.0.113.10")
    visits = list(shared.link.visits.order_by("pk"))
    assert len(visits) == 2
    assert visits[0].address != visits[1].address
    assert "203.0.113" not in str([visit.__dict__ for visit in visits])
    assert visits[0].agent.startswith("Reader 1 x")
    assert len(visits[0].agent) == 200


def test_a_program_that_only_asks_for_the_head_is_no_visit(client):
    shared = share(make_post())
    assert client.head(address(shared)).status_code == 200
    assert PreviewVisit.objects.count() == 0


def test_a_link_keeps_so_many_visits(monkeypatch):
    monkeypatch.setattr(previewing, "MOST_VISITS", 2)
    link = share(make_post()).link
    for number in range(4):
        previewing.visited(link, address=f"203.0.113.{number}", agent="")
    assert link.visits.count() == 2


def test_a_visit_that_cannot_be_kept_does_not_keep_the_page_back(client, monkeypatch, caplog):
    shared = share(make_post(body="<p>First words.</p>"))

    def read_only(*args, **kwargs):
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(PreviewVisit.objects, "create", read_only)
    with caplog.at_level(logging.WARNING, "blog.views.shared"):
        response = client.get(address(shared))
    assert (response.status_code, b"First words." in response.content) == (200, True)
    assert "was not kept" in caplog.text
    assert shared.secret not in caplog.text


def test_posting_to_a_link_is_no_way(client):
    assert client.post(address(share(make_post()))).status_code == 405


# The desk


def desk(post, version=""):
    return f"/admin/blog/post/{post.pk}/share/{version and f'?version={version}'}"


def test_a_link_is_made_at_the_desk_and_its_address_shown_once(client):
    post = make_post(body="<p>First words.</p>")
    client.force_login(make_contributor())
    response = client.post(desk(post), {"label": "Press office", "days": "3"})
    shown = response.context["address"]
    assert "no-store" in response.headers["Cache-Control"]
    assert shown.startswith("http")
    path = shown.partition("/shared/")[2]
    client.logout()
    assert b"First words." in client.get(f"/shared/{path}").content
    client.force_login(make_contributor())
    page = client.get(desk(post)).content.decode()
    assert ("Press office" in page, path in page, "1 visit" in page) == (True, False, True)
    assert PreviewLink.objects.get().ends_at - PreviewLink.objects.get().made_at == timedelta(days=3)


@pytest.mark.parametrize("sent", [{}, {"label": "A"}, {"label": "A", "days": "61"}, {"label": "A\x00", "days": "1"}])
def test_a_form_that_is_wrong_makes_nothing(client, sent):
    post = make_post()
    client.force_login(make_contributor())
    assert client.post(desk(post), sent).status_code == 400
    assert PreviewLink.objects.count() == 0


def test_an_old_version_and_an_update_are_shared_by_number(client):
    post = make_rolling_post()
    update = make_update(post)
    client.force_login(make_editor())
    for number in (1, update.head.number):
        assert client.post(desk(post, number), {"label": "A", "days": "1"}).status_code == 200
    assert list(PreviewLink.objects.order_by("pk").values_list("revision__number", flat=True)) == [
        1,
        update.head.number,
    ]
    for number in ("99", "x", "9" * 30):
        assert client.get(desk(post, number)).status_code == 404


def test_a_link_of_another_piece_is_not_ended_here(client):
    post, other = make_post(), make_post("Other", by=make_editor())
    link = share(other, by=make_editor()).link
    client.force_login(make_contributor())
    for number in (link.pk, "x", "9" * 30):
        assert client.post(desk(post), {"end": str(number)}).status_code == 404
    assert now(link).revoked_at is None
    client.force_login(make_editor())
    assert client.post(desk(other), {"end": str(link.pk)}).status_code == 302
    assert now(link).revoked_by_name == "Edith"


def test_the_list_asks_as_much_for_three_links_as_for_one(client):
    post = make_post()
    client.force_login(make_contributor())
    asked = []
    for _round in range(2):
        link = share(post).link
        for number in range(3):
            previewing.visited(link, address=f"203.0.113.{number}", agent="")
        with counted() as count:
            client.get(desk(post))
        asked.append(len(count))
        share(post)
    assert asked[0] == asked[1]


def test_the_record_says_what_was_shared(client):
    post = make_post()
    previewing.revoke(share(post).link, by=make_contributor())
    client.force_login(make_contributor())
    page = client.get(f"/admin/blog/post/{post.pk}/history/").content.decode()
    assert "Made a link to version 1 for somebody outside: Lawyer, until" in page
    assert "Ended a link to version 1: Lawyer" in page


def test_a_draft_behind_live_text_is_shared_by_who_may_read_it(client):
    post = make_live_post()
    post = write(post, by=make_editor(), body="<p>Draft words.</p>")
    client.force_login(person("colin"))
    assert client.get(desk(post)).status_code == 403
    shared = share(post, by=make_editor())
    assert b"Draft words." in client.get(address(shared)).content


def test_links_change_nothing_of_where_a_piece_stands():
    post = approved(make_post())
    share(post, by=make_editor())
    post = fresh(post)
    assert post.stage == "approved"
    assert workflow.publish(post, post.head, by=make_publisher()).is_live()
