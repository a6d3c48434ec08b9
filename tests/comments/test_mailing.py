"""The links in mails: opening one changes nothing, pressing the button does, and strangers learn nothing."""

import hashlib
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from blog import workflow
from comments import mail, moderation
from comments.models import Subscription
from tests.factories import everything, make_comment, make_live_post, make_moderator, make_publisher, person

pytestmark = pytest.mark.django_db

MARIT = "marit.dahl@reader.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def asked():
    """Somebody asked for mail and has not confirmed."""
    return Subscription.objects.create(post=make_live_post(), email=MARIT)


@pytest.fixture
def confirmed(asked):
    mail.confirm(asked, timezone.now())
    return now(asked)


def now(subscription):
    return Subscription.objects.get(pk=subscription.pk)


def link(subscription, end=False):
    return f"/comments/mail/{subscription.token}/{'end/' if end else ''}"


def forms(response):
    """The addresses of the forms in the page's main part."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "form" and dict(attributes).get("method") == "post":
                found.append(dict(attributes)["action"])

    Reader().feed(response.content.decode())
    return found


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("end", [False, True])
def test_opening_a_link_changes_nothing(client, asked, confirmed, method, end):
    waits = Subscription.objects.create(post=make_live_post("Other"), email=MARIT)
    before = everything()
    for one in (confirmed, waits):
        response = getattr(client, method)(link(one, end))
        assert response.status_code == 200
        assert (response.headers["Cache-Control"], response.cookies) == ("private, no-store", {})
    assert everything() == before


def test_the_button_confirms_without_cookie_or_token(asked):
    client = Client(enforce_csrf_checks=True)
    page = client.get(link(asked))
    assert forms(page) == [link(asked), link(asked, end=True)]
    response = client.post(link(asked))
    assert (response.status_code, response.headers["Location"]) == (303, link(asked))
    assert now(asked).is_confirmed()
    page = client.get(link(asked))
    assert "You get mail about this" in page.content.decode()
    assert forms(page) == []


def test_confirming_twice_is_confirming_once(client, asked):
    client.post(link(asked))
    at = now(asked).confirmed_at
    assert client.post(link(asked)).status_code == 303
    assert now(asked).confirmed_at == at


@pytest.mark.parametrize(
    "how", [{}, {"content_type": "application/x-www-form-urlencoded", "data": "List-Unsubscribe=One-Click"}]
)
def test_one_click_ends_it_without_cookie_token_or_redirect(confirmed, how):
    client = Client(enforce_csrf_checks=True)
    how = how or {"data": ONE_CLICK}  # multipart, as some send it
    response = client.post(link(confirmed, end=True), **how)
    assert (response.status_code, response.cookies) == (200, {})
    assert "You get no more mail about this" in response.content.decode()
    ended_at = now(confirmed).ended_at
    assert ended_at is not None and not now(confirmed).is_confirmed()
    assert client.post(link(confirmed, end=True), **how).status_code == 200
    assert now(confirmed).ended_at == ended_at


def test_one_click_works_for_who_is_signed_in_to_something_else(confirmed):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("rita"))
    assert (
        client.post(link(confirmed, end=True), ONE_CLICK, headers={"Origin": "https://mail.example"}).status_code == 200
    )
    assert now(confirmed).ended_at is not None


def test_the_page_to_end_it_has_a_button(client, confirmed):
    page = client.get(link(confirmed, end=True))
    assert forms(page) == [link(confirmed, end=True)]
    assert "Council closes the bridge" in page.content.decode()


def test_who_did_not_ask_can_say_so(client, asked):
    assert "I did not ask for this" in client.get(link(asked)).content.decode()
    client.post(link(asked, end=True))
    assert now(asked).ended_at is not None and now(asked).confirmed_at is None


def test_what_has_ended_is_not_confirmed_by_an_old_link(client, confirmed):
    mail.end(confirmed, timezone.now())
    before = everything()
    for response in (client.get(link(confirmed)), client.post(link(confirmed))):
        assert response.status_code == 410
        assert "ask for mail when you write the next comment" in response.content.decode()
    assert everything() == before


def test_a_link_is_good_for_a_week(client, asked):
    Subscription.objects.update(asked_at=timezone.now() - mail.CONFIRM_WITHIN + timedelta(minutes=1))
    assert client.get(link(asked)).status_code == 200
    Subscription.objects.update(asked_at=timezone.now() - mail.CONFIRM_WITHIN)
    before = everything()
    for response in (client.get(link(asked)), client.post(link(asked))):
        assert response.status_code == 410
        assert "This link no longer works" in response.content.decode()
        assert forms(response) == []
    assert everything() == before


def test_a_link_that_ends_mails_is_good_for_ever(client, confirmed):
    Subscription.objects.update(asked_at=timezone.now() - timedelta(days=3000))
    assert client.post(link(confirmed, end=True)).status_code == 200
    assert now(confirmed).ended_at is not None


@pytest.mark.parametrize("end", ["", "end/"])
@pytest.mark.parametrize("token", ["x", "x" * 43, "a" * 5000, "%E2%80%AE", "..", "ё"])
def test_an_unknown_link_has_a_page_that_says_so(client, confirmed, token, end):
    before = everything()
    for method in (client.get, client.post):
        response = method(f"/comments/mail/{token}/{end}")
        assert response.status_code == 404
    assert everything() == before


def test_a_link_that_was_cut_in_two_is_explained(client, confirmed):
    response = client.get(f"/comments/mail/{confirmed.token[:20]}/")
    assert "We do not know this link" in response.content.decode()
    assert "reader.example" not in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, confirmed, method):
    assert getattr(client, method)(link(confirmed, end=True)).status_code == 405
    assert now(confirmed).is_confirmed()


def test_no_page_shows_the_address_in_full(client, asked):
    seen = [client.get(link(asked)), client.get(link(asked, end=True))]
    seen += [client.post(link(asked)), client.get(link(asked)), client.get(link(asked, end=True))]
    seen += [client.post(link(asked, end=True)), client.get(link(asked))]
    texts = [response.content.decode() for response in seen]
    assert any("m…@reader.example" in text for text in texts)
    assert not [text for text in texts if "marit" in text.casefold()]


def test_no_page_is_for_search_engines(client, asked):
    for response in (client.get(link(asked)), client.get("/comments/mail/unknown/")):
        assert '<meta name="robots" content="noindex">' in response.content.decode()
        assert response.headers["X-Robots-Tag"] == "noindex"


def test_no_page_tells_the_headline_of_what_was_withdrawn(client, confirmed):
    workflow.withdraw(confirmed.post, by=make_publisher(), public_note="The figures were wrong.")
    for response in (client.get(link(confirmed)), client.get(link(confirmed, end=True))):
        assert response.status_code == 200
        assert "bridge" not in response.content.decode()
    assert client.post(link(confirmed, end=True)).status_code == 200
    assert now(confirmed).ended_at is not None


def test_no_address_of_a_commenter_is_on_any_page_for_readers(client, confirmed):
    post = confirmed.post
    first = make_comment(post, name="Marit", email=MARIT, writer="f" * 64, address="e" * 64)
    answer = make_comment(post, name="Ole", email="ole@reader.example", answers=first)
    removed = make_comment(post, name="Eva", email="eva@reader.example", answers=answer)
    moderation.remove(removed, "person", by=make_moderator())
    where = post.get_absolute_url()
    pages = [
        *("/", where, f"{where}?comments=newest", f"{where}?reply={first.pk}", f"{where}?c={answer.pk}"),
        *("/comments/feed.atom", f"{where}comments.atom", "/feed.atom", "/feed.json", "/sitemap.xml"),
        *(f"/comments/on/{post.pk}/changes/", f"/comments/{first.pk}/", f"/comments/{first.pk}/report/"),
        *("/search/?q=marit", "/search/?q=reader.example", f"/search/?q={MARIT}"),
    ]
    told = " ".join(client.get(page, follow=True).content.decode() for page in pages)
    assert "Marit" in told and "Ole" in told
    hashes = [getattr(hashlib, name)(MARIT.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    for secret in ("marit.dahl", "ole@", "eva@", "f" * 64, "e" * 64, confirmed.token, *hashes):
        assert secret not in told.replace(f"q={MARIT}", "").replace(f'value="{MARIT}"', "").replace(f"“{MARIT}”", "")
