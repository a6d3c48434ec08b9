"""What is done for every request: headers, odd addresses, a database that is away, addresses of long ago."""

import logging

import pytest
from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import RequestFactory, override_settings

from blog import belonging, workflow
from blog.models import Edition
from blog.views import errors
from config.wsgi import application
from tests.factories import everything, make_admin, make_live_page, make_live_post, make_publisher

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def forward(old, new):
    return Redirect.objects.create(site_id=1, old_path=old, new_path=new)


# Headers


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/about", 301),
        ("/nothing/", 404),
        ("/%00", 400),
        ("/healthz", 200),
        ("/feed.atom", 200),
        ("/static/favicon.svg", 200),
    ],
)
def test_every_answer_has_the_headers_that_keep_a_page_to_itself(client, path, status):
    make_live_page()
    answer = client.get(path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{"body": "a" * 2_600_000}, {f"field-{number}": "" for number in range(1_100)}])
@pytest.mark.parametrize("path", ["/admin/blog/post/add/", "/admin/account/sign-in/"])
def test_what_is_too_large_is_said_to_be_too_large(client, path, sent):
    client.force_login(make_admin())
    before = everything()
    answer = client.post(path, {"headline": "Long"} | sent)
    assert answer.status_code == 413
    assert "too much at once" in answer.text
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "unicode_escape", "utf-7", "utf-16", "latin-1"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"])
def test_what_is_not_in_utf_8_is_refused_and_never_an_error(client, charset, kind):
    post = make_live_post()
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\ud800\r\n--x--\r\n'
    kind, before = f"{kind}; charset={charset}", everything()
    for path in (f"/comments/on/{post.pk}/", "/admin/account/sign-in/"):
        assert client.generic("POST", path, body, content_type=kind).status_code == 400
    for path in ("/search/?q=%5Cud800", "/?page=2", post.get_absolute_url() + "?c=1"):
        if charset == "hex":
            continue  # the test client makes requests without our handler
        assert client.get(path, headers={"content-type": kind}).status_code == 400
    assert everything() == before


@pytest.mark.parametrize("charset", ["hex", "undefined", "unicode_escape", "utf-16"])
def test_a_query_that_nobody_can_read_is_refused_by_the_server_as_well(charset):
    environ = RequestFactory().get("/search/?q=%5Cud800").environ | {"CONTENT_TYPE": f"text/plain; charset={charset}"}
    assert application.get_response(application.request_class(environ)).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "never-heard-of"])
def test_what_says_that_it_is_in_utf_8_is_read(client, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert client.get("/", headers={"content-type": kind}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/feed.atom", "/about/", "/robots.txt"])
def test_what_all_readers_get_sets_nobody_a_cookie(client, path):
    make_live_page()
    answer = client.get(path, headers={"cookie": "sessionid=abc; csrftoken=broken; messages=x"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Vary" not in answer.headers


@pytest.mark.django_db
def test_pages_say_their_language(client):
    assert client.get("/").headers["Content-Language"] == "en-gb"
    assert client.get("/nothing/").headers["Content-Language"] == "en-gb"
    assert "Content-Language" not in client.get("/feed.json").headers


# Addresses that are not text


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/a%00b/",
        "/%ff/",
        "/%c0%af/",
        "/%ed%a0%80/",
        "/a%0d%0aSet-Cookie:x/",
        "/%1b[31m/",
        "/%c2%85/",
        "/?q=%00",
        "/search/?q=%ff",
        "/search/?q=%ed%a0%80",
        "/search/?%00=1",
        "/admin/?x=%00",
    ],
)
def test_what_is_not_text_is_refused_before_anybody_looks(client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert "This address" in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/search/?q=a%09b", "/search/?q=%e2%80%a8", "/search/?q=%F0%9F%A6%9C", "/search/?q=100%25"]
)
def test_odd_text_is_text(client, path):
    assert client.get(path).status_code == 200


# The database is away


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InternalError, InterfaceError])
@pytest.mark.parametrize("path", ["/", "/2025/09/05/x/", "/feed.atom", "/nothing/"])
def test_without_a_database_readers_are_told_when_to_come_back(client, error, path, caplog):
    def away(execute, *arguments):
        raise error("server closed the connection unexpectedly")

    client.raise_request_exception = False
    with connection.execute_wrapper(away):
        answer = client.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Back in a moment" in answer.text
    assert "Traceback" not in answer.text
    assert "server closed" not in answer.text
    assert "Traceback" not in caplog.text


@pytest.mark.django_db
def test_health_is_told_without_a_page(client):
    def away(execute, *arguments):
        raise OperationalError("no")

    with connection.execute_wrapper(away):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"no database\n")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_database_without_its_first_row_is_not_healthy(client):
    Edition.objects.all().delete()
    assert client.get("/healthz").status_code == 503


def test_an_error_of_ours_is_told_without_database_session_or_context():
    answer = errors.failed(RequestFactory().get("/"))  # no database here: pytest-django would refuse
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text


@pytest.mark.django_db
def test_an_error_of_ours_is_no_excuse_for_the_database(client, monkeypatch):
    monkeypatch.setattr("blog.paging.older", lambda *arguments: 1 / 0)
    client.raise_request_exception = False
    logging.disable(logging.CRITICAL)
    try:
        assert client.get("/").status_code == 500
    finally:
        logging.disable(logging.NOTSET)


# Addresses of long ago


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        "/2011/05/bridge.html",
        "/2011/05/bridge.html?m=1",
        "/2011/05/bridge.html?utm_source=x&m=1",
        "/2011/05/bridge.html/",
    ],
)
def test_an_old_address_leads_on(client, asked):
    post = make_live_post()
    forward("/2011/05/bridge.html", post.get_absolute_url())
    answer = client.get(asked)
    assert answer.status_code == 301
    assert answer.headers["Location"] == post.get_absolute_url()
    assert client.head(asked).status_code == 301
    assert client.post(asked).status_code in (403, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["/2011/05/brücke.html", "/2011/05/br%C3%BCcke.html"])
def test_an_old_address_in_another_script_is_found_in_either_spelling(client, kept):
    post = make_live_post()
    forward(kept, post.get_absolute_url())
    assert client.get("/2011/05/br%C3%BCcke.html").headers["Location"] == post.get_absolute_url()


@pytest.mark.django_db
def test_the_number_of_a_wordpress_post_leads_on(client, django_assert_num_queries):
    post = make_live_post()
    forward("/?p=123", post.get_absolute_url())
    assert client.get("/?p=123").headers["Location"] == post.get_absolute_url()
    assert client.get("/?p=124").status_code == 200
    assert client.get("/?page=123").status_code == 200


@pytest.mark.django_db
def test_the_closest_spelling_wins(client):
    first, second = make_live_post("First"), make_live_post("Second")
    forward("/old.php?id=1", first.get_absolute_url())
    forward("/old.php", second.get_absolute_url())
    assert client.get("/old.php?id=1").headers["Location"] == first.get_absolute_url()
    assert client.get("/old.php?id=2").headers["Location"] == second.get_absolute_url()


@pytest.mark.django_db
def test_what_is_there_is_not_forwarded(client):
    post = make_live_post()
    forward(post.get_absolute_url(), "/tags/")
    assert client.get(post.get_absolute_url()).status_code == 200


@pytest.mark.django_db
def test_an_address_may_be_gone_for_good(client):
    forward("/old/", "")
    answer = client.get("/old/")
    assert answer.status_code == 410
    assert "This page is gone" in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example/",
        "evil.example",
        "javascript:alert(1)",
        "@evil.example",
    ],
)
def test_nobody_is_sent_off_the_site(client, target):
    forward("/old/", target)
    answer = client.get("/old/")
    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["/a%00b/", "/a%0d%0aX: y", "/a\x01"])
def test_nobody_is_sent_where_nothing_can_be(client, target):
    Redirect.objects.create(site_id=settings.SITE_ID, old_path="/old/", new_path=target)
    assert client.get("/old/").status_code == 404


@pytest.mark.django_db
def test_a_redirect_may_be_written_encoded(client):
    Redirect.objects.create(site_id=settings.SITE_ID, old_path="/old/", new_path="/tags/caf%C3%A9/")
    assert client.get("/old/").headers["Location"] == "/tags/caf%C3%A9/"


@pytest.mark.django_db
def test_nobody_is_sent_in_circles(client):
    forward("/a/", "/b/")
    forward("/b/", "/c/")
    forward("/c/", "/a/")
    forward("/self/", "/self")
    for path in ("/a/", "/b/", "/c/", "/self/"):
        assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_changed_slug_leads_to_the_new_address_and_back_again(client):
    post = make_live_post()
    old = post.get_absolute_url()
    new = belonging.move(post, "bridge", by=make_publisher()).get_absolute_url()
    assert client.get(old).headers["Location"] == new
    assert client.get(old).headers["Cache-Control"] == "public, max-age=0"
    belonging.move(post, "council-closes-the-bridge", by=make_publisher())
    assert client.get(old).status_code == 200
    assert client.get(new).headers["Location"] == old


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["post", "page"])
def test_the_old_address_of_something_withdrawn_does_not_tell_the_new_one(client, kind):
    post = make_live_page(slug="first") if kind == "page" else make_live_post(slug="first")
    old = post.get_absolute_url()
    belonging.move(post, "canary", by=make_publisher())
    workflow.withdraw(post, by=make_publisher(), public_note="It was wrong.")
    answer = client.get(old)
    assert answer.status_code == 410
    assert "It was wrong." in answer.text
    assert "canary" not in answer.text + str(answer.headers)


@pytest.mark.django_db
@override_settings(DEBUG=False)
def test_the_desk_has_no_public_footer_query(client, django_assert_max_num_queries):
    client.force_login(make_admin())
    with django_assert_max_num_queries(20) as captured:
        client.get("/admin/auth/group/")
    assert not [query for query in captured.captured_queries if "'page'" in query["sql"]]
