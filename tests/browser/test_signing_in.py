"""Signing in as staff do it: in a real browser, with an app, with a passkey, and without any script."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache

from blog.models import Post
from tests.browser import axe, too_wide
from tests.factories import make_live_post, person

pytestmark = [pytest.mark.django_db(transaction=True)]
SIGN_IN = "/admin/account/sign-in/"


@pytest.fixture(autouse=True)
def _no_code_is_remembered():
    cache.clear()


def sign_in(page, address, name="paula"):
    page.goto(f"{address}/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in", exact=True).click()


def say_again(page):
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Go on").click()


def code_of(secret):
    [counter] = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, counter))


def with_a_device(page):
    """The browser has something that makes passkeys, and somebody who says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    found = session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return session, found["authenticatorId"]


def check(page, found):
    """What axe has against this page, in this width and these colours."""
    wider = too_wide(page)
    complaint = axe(page) + ([f"{wider} pixels too wide"] if wider else [])
    found |= {page.url: complaint} if complaint else {}


@pytest.mark.parametrize("width", [1280, 360])
def test_an_app_is_set_up_and_asked_for_without_a_script(live_server, new_visitor, width, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    person("paula")
    plain = {"viewport": {"width": width, "height": 800}, "java_script_enabled": False}
    page = new_visitor(**plain)
    sign_in(page, live_server.url)
    assert page.url == f"{live_server.url}/admin/account/"
    assert "needs something besides the password" in page.text_content("main")
    page.get_by_role("link", name="Set up an app").click()
    say_again(page)
    secret = page.text_content(".account-key").strip()
    page.get_by_label("code").fill(code_of(secret))
    page.get_by_role("button", name="Use this app").click()
    assert page.locator(".account-codes li").count() == 10
    paper = page.locator(".account-codes li").first.text_content()
    page.get_by_role("link", name="To the desk").click()
    assert page.url == f"{live_server.url}/admin/"
    page.get_by_role("button", name="Sign out").click()
    # the next day, with what stands on paper
    page = new_visitor(**plain)
    sign_in(page, live_server.url)
    assert page.url == f"{live_server.url}{SIGN_IN}code/"
    page.get_by_label("Code").fill(paper)
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.url == f"{live_server.url}/admin/"


@pytest.mark.looks
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_pages_of_accounts_are_for_everybody(live_server, new_visitor, width, scheme, complaints):
    person("paula")
    make_live_post()
    found = {}
    page = new_visitor(viewport={"width": width, "height": 800}, color_scheme=scheme)
    with_a_device(page)
    for address in (SIGN_IN, "/admin/account/password/lost/", "/admin/account/password/lost/sent/"):
        page.goto(f"{live_server.url}{address}")
        check(page, found)
    complaints.expect("400")
    page.goto(f"{live_server.url}{SIGN_IN}")
    page.get_by_label("Username").fill("paula")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    check(page, found)
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/account/app/")
    check(page, found)
    say_again(page)
    secret = page.text_content(".account-key").strip()
    assert page.locator(".account-picture").evaluate("it => it.naturalWidth") > 0
    check(page, found)
    page.get_by_label("code").fill(code_of(secret))
    page.get_by_role("button", name="Use this app").click()
    check(page, found)
    addresses = ["", "password/", "codes/new/", "passkeys/add/", "app/remove/", "sign-out/", "again/", "again/code/"]
    for address in addresses:
        page.goto(f"{live_server.url}/admin/account/{address}")
        check(page, found)
    page.goto(f"{live_server.url}/admin/account/passkeys/add/")
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/admin/account/")
    check(page, found)
    page.get_by_role("link", name="Rename").click()
    check(page, found)
    page.get_by_label("Name").fill("Paula’s telephone")
    page.get_by_role("button", name="Rename it").click()
    page.goto(f"{live_server.url}/admin/account/again/passkey/")
    check(page, found)
    page.goto(f"{live_server.url}/admin/account/")
    page.get_by_role("link", name="Remove Paula’s telephone").click()
    check(page, found)
    page.goto(f"{live_server.url}/admin/record/")
    check(page, found)
    other = new_visitor(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(other, live_server.url)
    check(other, found)
    assert found == {}


def test_a_passkey_opens_the_desk_alone(live_server, new_visitor):
    person("paula")
    page = new_visitor()
    session, device = with_a_device(page)
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/account/passkeys/add/")
    say_again(page)
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/admin/account/codes/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{live_server.url}/admin/blog/post/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/blog/post/")
    page.get_by_role("button", name="Sign out").click()
    # as the second factor, after the password
    sign_in(page, live_server.url)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    page.get_by_role("button", name="Sign out").click()
    # the device is gone: the page says so, and nothing is in the console
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{live_server.url}{SIGN_IN}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("That did not work").wait_for()
    # an account that was closed is opened by no passkey
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    paula = person("paula")
    paula.is_active = False
    paula.save()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No account of this desk").wait_for()
    page.goto(f"{live_server.url}/admin/")
    assert SIGN_IN in page.url


def test_public_pages_know_nothing_of_who_signed_in(live_server, new_visitor):
    person("paula")
    make_live_post()
    page = new_visitor()
    page.goto(live_server.url)
    page.goto(f"{live_server.url}{Post.objects.get().get_absolute_url()}")
    assert page.context.cookies() == []
