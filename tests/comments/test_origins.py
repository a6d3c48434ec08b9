"""Which forms are taken: all rows of the matrix, for guests and for who brings a session along (threat T-30)."""

import json
from pathlib import Path

import pytest
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from comments.forms import stamp_of
from comments.models import Comment
from comments.origins import Verdict, has_session, own_origins, verdict
from tests.factories import everything, make_live_post, make_reader

MATRIX = json.loads((Path(__file__).parents[1] / "data/hostile/origin/csrf-matrix.json").read_text(encoding="utf-8"))
EXPECTED = {
    "accept": Verdict.OURS,
    "refuse": Verdict.FOREIGN,
    "refuse for POST": Verdict.FOREIGN,
    "accept only with a valid token": Verdict.UNKNOWN,
    "refuse or ask to confirm on an uncached page": Verdict.UNKNOWN,
}
AS_A_HEADER = {"sfs": "HTTP_SEC_FETCH_SITE", "origin": "HTTP_ORIGIN", "referer": "HTTP_REFERER"}


def headers_of(row):
    """As a browser at http://testserver sends them; "-" and null stand for none."""
    sent = {}
    for name, header in AS_A_HEADER.items():
        value = row[name]
        if value in (None, "-"):
            continue
        value = {"self": "http://testserver", "https://cdn.self": "http://cdn.testserver"}.get(value, value)
        sent[header] = f"{value}/2026/03/12/bridge/" if header == "HTTP_REFERER" and "testserver" in value else value
    return sent


def named(row):
    return " ".join(str(row[name]) for name in AS_A_HEADER)


def asked(**headers):
    return RequestFactory().post("/comments/on/1/", **headers)


@pytest.mark.parametrize("row", MATRIX, ids=named)
def test_headers_say_where_a_form_comes_from(row):
    assert verdict(asked(**headers_of(row))) is EXPECTED[row["expect"]]


def test_the_matrix_has_every_verdict():
    assert {EXPECTED[row["expect"]] for row in MATRIX} == set(Verdict)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, Verdict.OURS),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"}, Verdict.UNKNOWN),
        ({"HTTP_SEC_FETCH_SITE": "nonsense", "HTTP_ORIGIN": "http://testserver"}, Verdict.FOREIGN),
        ({"HTTP_ORIGIN": "http://testserver.evil.test"}, Verdict.FOREIGN),
        ({"HTTP_ORIGIN": "http://testserver:8000"}, Verdict.FOREIGN),
        ({"HTTP_ORIGIN": "https://testserver"}, Verdict.FOREIGN),
        ({"HTTP_ORIGIN": ""}, Verdict.FOREIGN),
        ({"HTTP_REFERER": "http://evil.test/?http://testserver/"}, Verdict.FOREIGN),
        ({"HTTP_REFERER": "http://testserver@evil.test/"}, Verdict.FOREIGN),
        ({"HTTP_REFERER": "http://[broken"}, Verdict.FOREIGN),
        ({"HTTP_ORIGIN": "http://testserver", "HTTP_REFERER": "https://evil.test/"}, Verdict.OURS),
        ({}, Verdict.UNKNOWN),
    ],
)
def test_other_headers(headers, expected):
    assert verdict(asked(**headers)) is expected


@override_settings(SITE_URL="https://Record.example")
def test_the_site_is_ours_by_its_own_address_and_as_it_was_reached():
    assert own_origins(asked()) == {"https://record.example", "http://testserver"}
    assert verdict(asked(HTTP_ORIGIN="https://record.example")) is Verdict.OURS


def test_a_session_is_a_cookie_whatever_is_in_it():
    request = asked()
    assert not has_session(request)
    request.COOKIES["sessionid"] = ""
    assert has_session(request)


# Through the whole site


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
