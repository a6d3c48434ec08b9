"""Which forms are taken: all rows of the matrix, for guests and for who brings a session along (threat T-30)."""

import pytest
from django.test import Client
from django.utils import timezone

from blog.origins import Verdict
from comments.forms import stamp_of
from comments.models import Comment
from tests.blog.test_origins import EXPECTED, MATRIX, headers_of, named
from tests.factories import everything, make_live_post, make_reader


@pytest.fixture
def post(db):
    return make_live_post(at=timezone.now())


def form(post, **more):
    return {"name": "Marit", "text": "When?", "stamp": stamp_of(post.pk, post.published_at)} | more


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_a_guest_s_form_is_taken_refused_or_shown_again(post, row):
    client = Client(enforce_csrf_checks=True)
    before = everything()
    answer = client.post(f"/comments/on/{post.pk}/", form(post), **headers_of(row))
    expected = EXPECTED[row["expect"]]
    assert answer.status_code == {Verdict.OURS: 303, Verdict.FOREIGN: 403, Verdict.UNKNOWN: 200}[expected]
    if expected is not Verdict.OURS:
        assert everything() == before
        assert "When?" in answer.content.decode()
    assert not answer.cookies


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_with_a_session_only_the_token_of_an_uncached_page_counts(post, row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_reader())
    headers = headers_of(row)
    before = everything()
    answer = client.post(f"/comments/on/{post.pk}/", form(post), **headers)
    assert everything() == before
    if EXPECTED[row["expect"]] is Verdict.FOREIGN:
        assert answer.status_code == 403
        stolen = client.cookies["csrftoken"].value
        again = client.post(f"/comments/on/{post.pk}/", form(post, csrfmiddlewaretoken=stolen), **headers)
        assert again.status_code == 403
        assert everything() == before
        return
    assert answer.status_code == 200
    assert "csrfmiddlewaretoken" in answer.content.decode()
    token = answer.context["csrf_token"]
    answer = client.post(f"/comments/on/{post.pk}/", form(post, csrfmiddlewaretoken=str(token)), **headers)
    assert answer.status_code == 303
    assert Comment.objects.get().name == "Rita"


def test_a_wrong_token_is_none(post):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_reader())
    before = everything()
    answer = client.post(
        f"/comments/on/{post.pk}/", form(post, csrfmiddlewaretoken="a" * 64), HTTP_ORIGIN="http://testserver"
    )
    assert answer.status_code == 200
    assert everything() == before
