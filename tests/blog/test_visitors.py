"""Where a request comes from (T-25)."""

import json
import logging
from pathlib import Path

import pytest
from django.test import RequestFactory, override_settings

from blog import visitors
from blog.models import address_key
from tests.test_house import PRODUCTION, manage

HEADERS = json.loads((Path(__file__).parents[1] / "data/hostile/xff/headers.json").read_text())
READER = "203.0.113.9"


def address(forwarded=None, *, proxies=1, remote="127.0.0.1", **headers):
    meta = {"REMOTE_ADDR": remote, **headers}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    with override_settings(PROXY_COUNT=proxies):
        return visitors.address_of(RequestFactory().post("/", **meta))


def as_wsgi(name):
    return f"HTTP_{name.upper().replace('-', '_')}"


# The server drops headers with underscores in their names: behind it they would be those with hyphens.
SENT = [header for header in HEADERS if not any("_" in name for name in header)]


@pytest.mark.parametrize("forged", SENT, ids=lambda header: next(iter(header))[:30])
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_whatever_a_client_says_of_itself_its_key_is_one(forged, proxies):
    meta = {as_wsgi(name): value for name, value in forged.items()}
    said = [meta.pop("HTTP_X_FORWARDED_FOR")] if "HTTP_X_FORWARDED_FOR" in meta else []
    if proxies == 0:
        found = address(", ".join(said) or None, proxies=0, remote=READER, **meta)
    else:
        way = [*said, READER, *["10.0.0.7"] * (proxies - 1)]
        found = address(", ".join(way), proxies=proxies, **meta)
    assert address_key(found) == address_key(READER)


def test_the_corpus_is_there():
    assert len(HEADERS) > 20
    assert len(SENT) == len(HEADERS) - 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_one_address_has_one_spelling(written, meant):
    assert address(written) == meant
    assert address(proxies=0, remote=written) == meant


@pytest.mark.parametrize(
    "written", ["", "unknown", "<script>", "1.2.3", "1.2.3.4.5", "[", "]", ":", "2001:zz::1", "a" * 9000]
)
def test_what_is_no_address_is_not_known_and_that_is_logged(written, caplog):
    with caplog.at_level(logging.ERROR):
        assert address(written) == ""
    assert "address is not known" in caplog.text


def test_with_two_proxies_it_is_the_second_from_the_right():
    assert address("6.6.6.6, 203.0.113.9, 10.0.0.7", proxies=2) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "remote"),
    [
        (None, 1, "127.0.0.1"),  # the proxy does not add to the header
        ("203.0.113.9", 2, "127.0.0.1"),  # one proxy fewer than said
        (None, 0, ""),  # a socket
    ],
)
def test_visitors_never_share_an_address_in_silence(forwarded, proxies, remote, caplog):
    with caplog.at_level(logging.ERROR):
        assert address(forwarded, proxies=proxies, remote=remote) == ""
    assert "PROXY_COUNT" in caplog.text


def test_one_proxy_more_than_said_is_told(caplog):
    with caplog.at_level(logging.WARNING):
        assert address("203.0.113.9, 127.0.0.1", proxies=1) == "127.0.0.1"
    assert "is PROXY_COUNT right" in caplog.text


def test_development_without_a_proxy_has_addresses():
    assert address(proxies=0) == "127.0.0.1"


@pytest.mark.parametrize(
    ("environment", "count"),
    [({}, "1"), ({"PROXY_COUNT": "2"}, "2"), ({"BEHIND_PROXY": "off"}, "0")],
)
def test_how_many_proxies_stand_in_front(environment, count):
    done = manage("diffsettings", "--all", **PRODUCTION, **environment)
    assert f"PROXY_COUNT = {count} " in done.stdout


@pytest.mark.parametrize(
    "environment",
    [{"PROXY_COUNT": "0"}, {"PROXY_COUNT": "-1"}, {"BEHIND_PROXY": "off", "PROXY_COUNT": "1"}],
)
def test_production_does_not_start_where_the_two_settings_differ(environment):
    done = manage("check", **PRODUCTION, **environment)
    assert done.returncode != 0
    assert "PROXY_COUNT is" in done.stderr
    assert "Traceback" not in done.stderr
