"""Where a form comes from: all rows of the matrix (threat T-30)."""

import json
from pathlib import Path

import pytest
from django.test import RequestFactory, override_settings

from blog.origins import Verdict, has_session, own_origins, verdict

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
