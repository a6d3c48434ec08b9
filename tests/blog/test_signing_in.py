"""How staff get to the desk, and who does not."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import Permission, User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import guesses, outbox, second_factor
from blog.models import Allowance, Outgoing
from tests.factories import make_post, person

pytestmark = pytest.mark.django_db

SIGN_IN = "/admin/account/sign-in/"
ACCOUNT = "/admin/account/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def carla():
    return with_mail("carla")


@pytest.fixture(autouse=True)
def another_worker():
    """allauth remembers used codes in the memory of a worker, and numbers of accounts come again in tests."""
    cache.clear()


def with_mail(name):
    user = person(name)
    user.email = f"{name}@record.example"
    user.save(update_fields=["email"])
    return user


def sign_in(client, name, password="secret", address=None, **more):
    extra = {"REMOTE_ADDR": address} if address else {}
    return client.post(SIGN_IN, {"login": name, "password": password} | more, **extra)


def signed_in(client):
    return "_auth_user_id" in client.session


def code_now():
    [counter] = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(SECRET, counter))


def with_app(name):
    """This person with an authenticator app and recovery codes."""
    user = with_mail(name)
    with app_context(Client()):
        TOTP.activate(user, SECRET)
        codes = RecoveryCodes.activate(user).get_unused_codes()
    return user, codes


def app_context(client):
    from allauth.core.context import request_context

    return request_context(client.get("/healthz").wsgi_request)


def test_name_and_password_open_the_desk(client, carla):
    asked = client.get("/admin/blog/post/add/", follow=True)
    assert unquote(asked.redirect_chain[-1][0]) == f"{SIGN_IN}?next=/admin/blog/post/add/"
    answer = sign_in(client, "carla", next="/admin/blog/post/add/")
    assert (answer.status_code, answer.url) == (302, "/admin/blog/post/add/")
    assert client.get(answer.url).status_code == 200
    assert client.get(SIGN_IN).url == "/admin/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "https://testserver/admin/", "evil"]
)
def test_signing_in_never_leads_to_another_site(client, carla, elsewhere):
    assert sign_in(client, "carla", next=elsewhere).url == "/admin/"
    assert client.get(SIGN_IN, {"next": elsewhere}).url == "/admin/"


def test_signing_in_makes_a_new_session(client, carla):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    assert sign_in(client, "carla").status_code == 302
    assert client.cookies["sessionid"].value != planted
    assert not Session.objects.filter(pk=planted).exists()
    never_given = "a" * 32
    other = Client()
    other.cookies["sessionid"] = never_given
    sign_in(other, "carla")
    assert other.cookies["sessionid"].value != never_given


def refused(answer, status=400):
    assert answer.status_code == status
    return re.sub(r"\d\d:\d\d", "", str(answer.context["form"].errors))


def test_nobody_learns_which_accounts_there_are(client, carla):
    closed = with_mail("colin")
    closed.is_active = False
    closed.save()
    person("rita")  # reads, and has no business here
    unusable = with_mail("edith")
    unusable.set_unusable_password()
    unusable.save()
    said = {
        refused(sign_in(Client(), name, password, address=f"203.0.113.{number}"))
        for number, (name, password) in enumerate(
            [("carla", "wrong"), ("nobody", "secret"), ("colin", "secret"), ("rita", "secret"), ("edith", "secret")]
        )
    }
    assert len(said) == 1
    assert not signed_in(client)


def test_as_much_is_done_for_an_account_that_is_not_there(carla, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append(1) or encode(*given))
    counts = []
    for name in ("carla", "nobody"):
        hashed.clear()
        sign_in(Client(), name, "wrong", address="203.0.113.9" if name == "carla" else "203.0.113.10")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_five_wrong_passwords_and_then_one_waits(client, carla):
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock:
        for _try in range(5):
            refused(sign_in(client, "carla", "wrong"))
        told = sign_in(client, "carla")
        assert "12:11" in refused_text(told) and told.status_code == 429
        assert not signed_in(client)
        # neither the spelling of the name nor another session helps; another account is not held up, nor another place
        refused(sign_in(Client(), " CARLA ", "secret"), 429)
        assert sign_in(Client(), "carla", address="203.0.113.7").status_code == 302
        with_mail("colin")
        assert sign_in(Client(), "colin").status_code == 302
        clock.shift(timedelta(minutes=10))
        assert sign_in(client, "carla").status_code == 302


def refused_text(answer):
    return str(answer.context["form"].errors)


def test_an_account_that_is_not_there_is_held_up_alike(client, carla):
    for name in ("carla", "nobody"):
        said = [refused(sign_in(client, name, "wrong")) for _try in range(5)]
        said.append(refused(sign_in(client, name, "wrong"), 429))
        assert len(set(said)) == 2


def test_being_right_in_between_clears_nothing(client, carla):
    with_mail("colin")
    for _try in range(5):
        refused(sign_in(Client(), "carla", "wrong"))
        assert sign_in(Client(), "colin").status_code == 302
    refused(sign_in(Client(), "carla"), 429)


def test_one_address_does_not_go_through_all_accounts(client, carla):
    for number in range(20):
        refused(sign_in(client, f"somebody{number}", "wrong"))
    refused(sign_in(client, "carla"), 429)
    assert sign_in(client, "carla", address="203.0.113.8").status_code == 302


def test_one_account_is_not_guessed_from_everywhere(client, carla):
    for number in range(50):
        refused(sign_in(client, "carla", "wrong", address=f"203.0.{number}.1"))
    refused(sign_in(client, "carla", address="203.0.200.1"), 429)


@override_settings(PROXY_COUNT=1)
def test_what_a_client_says_of_its_address_gives_no_further_guess(client, carla):
    def from_behind_the_proxy(number):
        return client.post(
            SIGN_IN,
            {"login": "carla", "password": "wrong"},
            headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.50"},
        )

    assert [from_behind_the_proxy(number).status_code for number in range(6)] == [400] * 5 + [429]


def test_all_of_a_household_is_one_address(client, carla):
    tries = [sign_in(client, "carla", "wrong", address=f"2001:db8::{number:x}") for number in range(1, 7)]
    assert [answer.status_code for answer in tries] == [400] * 5 + [429]


def test_right_passwords_cost_nothing(client, carla):
    for _time in range(8):
        assert sign_in(Client(), "carla").status_code == 302
    assert set(Allowance.objects.values_list("used", flat=True)) == {0}


# Sessions


def test_a_session_ends_at_once_when_the_account_is_closed(client, carla):
    sign_in(client, "carla")
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=carla.pk).update(is_active=False)
    assert client.get("/admin/").url.startswith("/admin/login/")
    assert client.post("/admin/blog/post/add/", {"headline": "Late"}).status_code == 302
    assert client.get(ACCOUNT).url.startswith(SIGN_IN)


def test_a_session_ends_at_once_when_the_desk_is_taken_away(client, carla):
    sign_in(client, "carla")
    User.objects.filter(pk=carla.pk).update(is_staff=False)
    assert client.get("/admin/").status_code == 302
    page = client.get("/admin/", follow=True)  # and does not go round in circles
    assert page.status_code == 200
    assert "signed in as carla" in page.text
    assert client.get(ACCOUNT).status_code == 302


def test_other_sessions_end_when_the_password_changes(client, carla):
    elsewhere = Client()
    sign_in(client, "carla")
    sign_in(elsewhere, "carla")
    new = {"oldpassword": "secret", "password1": "kestrel-quay-7", "password2": "kestrel-quay-7"}
    assert client.post(f"{ACCOUNT}password/", new).url == ACCOUNT
    assert client.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    assert sign_in(Client(), "carla", "kestrel-quay-7").status_code == 302


def test_signing_out_takes_a_form(client, carla):
    sign_in(client, "carla")
    assert client.get(f"{ACCOUNT}sign-out/").status_code == 200
    assert signed_in(client)
    assert client.post(f"{ACCOUNT}sign-out/").url == SIGN_IN
    assert not signed_in(client)


def test_a_form_of_another_site_signs_nobody_in_or_out(carla):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "carla").status_code == 403
    client.force_login(carla)
    assert client.post(f"{ACCOUNT}sign-out/").status_code == 403


def test_the_old_password_is_guessed_no_oftener_than_at_the_door(client, carla):
    sign_in(client, "carla")
    wrong = {"oldpassword": "x", "password1": "kestrel-quay-7", "password2": "kestrel-quay-7"}
    statuses = [client.post(f"{ACCOUNT}password/", wrong).status_code for _try in range(6)]
    assert statuses == [400] * 5 + [429]
    assert client.post(f"{ACCOUNT}again/", {"password": "secret"}).status_code == 429


# A lost password


def ask_for_password(client, email, **extra):
    return client.post(f"{ACCOUNT}password/lost/", {"email": email}, **extra)


def letters():
    outbox.send_due()
    return mail.outbox


def test_a_lost_password_is_replaced_by_mail(client, carla):
    elsewhere = Client()
    sign_in(elsewhere, "carla")
    assert ask_for_password(client, "Carla@Record.example").url == f"{ACCOUNT}password/lost/sent/"
    row = Outgoing.objects.get()
    assert (row.kind, row.payload) == ("password_lost", {"user": carla.pk})  # the way in stands nowhere
    [letter] = letters()
    assert letter.to == ["carla@record.example"]
    [address] = re.findall(r"https://record\.example(/\S+)", letter.body)
    opened = client.get(address)
    assert opened.status_code == 302 and address.split("-", 1)[1] not in opened.url
    new = {"password1": "kestrel-quay-7", "password2": "kestrel-quay-7"}
    assert client.post(opened.url, new).url == f"{ACCOUNT}password/chosen/"
    assert not signed_in(client)
    assert elsewhere.get("/admin/").status_code == 302
    assert "cannot be used" in Client().get(address).text
    assert sign_in(Client(), "carla", "kestrel-quay-7").status_code == 302
    assert "with a link" in letters()[-1].body


def test_asking_says_nothing_of_who_has_an_account(carla):
    closed = with_mail("colin")
    closed.is_active = False
    closed.save()
    reader = with_mail("rita")
    asked = ["carla@record.example", "nobody@record.example", closed.email, reader.email]
    answers = [ask_for_password(Client(), email, REMOTE_ADDR=f"203.0.113.{n}") for n, email in enumerate(asked)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, f"{ACCOUNT}password/lost/sent/")}
    assert Outgoing.objects.filter(kind="password_lost").count() == len(asked)
    assert [letter.to for letter in letters()] == [["carla@record.example"]]


def test_who_has_no_password_gets_none_by_mail(client, carla):
    carla.set_unusable_password()
    carla.save()
    ask_for_password(client, carla.email)
    assert letters() == []


def test_an_address_is_not_flooded(client, carla):
    statuses = [ask_for_password(Client(), carla.email, REMOTE_ADDR=f"203.0.{n}.1").status_code for n in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert Outgoing.objects.count() == 3


def test_an_address_that_the_account_had_before_opens_nothing(client, carla):
    ask_for_password(client, carla.email)
    letters()
    User.objects.filter(pk=carla.pk).update(email="new@record.example")
    mail.outbox.clear()
    ask_for_password(client, "carla@record.example")
    assert letters() == []


# The second factor


def test_an_app_is_asked_after_the_password(client):
    _user, _codes = with_app("paula")
    answer = sign_in(client, "paula", next="/admin/blog/post/")
    assert answer.url == f"{SIGN_IN}code/"
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302
    assert client.get(answer.url).status_code == 200
    assert client.post(answer.url, {"code": "000000"}).status_code == 400
    assert client.post(answer.url, {"code": code_now()}).url == "/admin/blog/post/"
    assert signed_in(client)


def test_a_code_opens_once(client):
    _user, codes = with_app("paula")
    code = code_now()
    with time_machine.travel(timezone.now(), tick=False):
        code = code_now()
        sign_in(client, "paula")
        assert client.post(f"{SIGN_IN}code/", {"code": code}).status_code == 302
        cache.clear()  # another worker
        other = Client()
        sign_in(other, "paula")
        assert other.post(f"{SIGN_IN}code/", {"code": code}).status_code == 400
        assert not signed_in(other)
    for status in (302, 400):
        other = Client()
        sign_in(other, "paula")
        assert other.post(f"{SIGN_IN}code/", {"code": codes[0]}).status_code == status


def test_codes_are_guessed_five_times(client):
    with_app("paula")
    sign_in(client, "paula")
    statuses = [client.post(f"{SIGN_IN}code/", {"code": "000000"}).status_code for _try in range(6)]
    assert statuses == [400] * 5 + [429]
    assert client.post(f"{SIGN_IN}code/", {"code": code_now()}).status_code == 429


def test_a_new_password_by_mail_does_not_get_round_the_second_factor(client):
    user, _codes = with_app("paula")
    ask_for_password(client, user.email)
    [address] = re.findall(r"https://record\.example(/\S+)", letters()[0].body)
    client.post(client.get(address).url, {"password1": "kestrel-quay-7", "password2": "kestrel-quay-7"})
    assert sign_in(client, "paula", "kestrel-quay-7").url == f"{SIGN_IN}code/"


def test_secrets_stand_in_the_database_under_a_key(client):
    _user, codes = with_app("paula")
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept and not any(code in kept for code in codes)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        sign_in(client, "paula")
        assert client.post(f"{SIGN_IN}code/", {"code": code_now()}).status_code == 400


def set_up_app(client):
    assert client.post(f"{ACCOUNT}again/?next={ACCOUNT}app/", {"password": "secret", "next": f"{ACCOUNT}app/"}).url
    page = client.get(f"{ACCOUNT}app/")
    secret = page.context["form"].secret
    [counter] = yield_hotp_counters_from_time()
    code = format_hotp_value(hotp_value(secret, counter))
    return client.post(f"{ACCOUNT}app/", {"code": code})


def test_an_app_is_set_up_after_the_password_was_said_again(client, carla, django_capture_on_commit_callbacks):
    sign_in(client, "carla")
    assert client.get(f"{ACCOUNT}app/").url == f"{ACCOUNT}again/?next=%2Fadmin%2Faccount%2Fapp%2F"
    with django_capture_on_commit_callbacks(execute=True):
        assert set_up_app(client).url == f"{ACCOUNT}codes/"
    codes = client.get(f"{ACCOUNT}codes/").context["unused_codes"]
    assert len(codes) == 10
    assert codes[3] in client.get(f"{ACCOUNT}codes/file/").text
    assert "authenticator app was set up" in letters()[0].body
    assert sign_in(Client(), "carla").url == f"{SIGN_IN}code/"


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_who_publishes_sets_one_up_before_anything_else(client):
    paula = with_mail("paula")
    sign_in(client, "paula")
    for address in ("", "blog/post/", "blog/post/add/"):
        assert client.get(f"/admin/{address}").url == ACCOUNT
    assert client.post("/admin/blog/post/add/", {"headline": "At once"}).url == ACCOUNT
    assert "needs something besides the password" in client.get(ACCOUNT).text
    assert client.post("/admin/logout/").status_code == 200
    sign_in(client, "paula")
    set_up_app(client)
    assert client.get("/admin/").status_code == 200
    assert client.post(f"{ACCOUNT}app/remove/").status_code == 400
    assert not second_factor.is_missing(paula)
    other = Client()
    with_mail("edith")
    sign_in(other, "edith")
    assert other.get("/admin/").status_code == 200  # edits, does not publish
    edith = person("edith")
    edith.user_permissions.add(Permission.objects.get(codename="publish_post"))
    assert other.get("/admin/").url == ACCOUNT


def test_nobody_needs_one_where_the_site_does_not_ask(client):
    with_mail("paula")
    sign_in(client, "paula")
    assert client.get("/admin/").status_code == 200


def test_an_administrator_takes_lost_devices_away(client):
    user, _codes = with_app("paula")
    client.force_login(person("ada"))
    sent = {"action": "forget_second_factors", "_selected_action": [str(user.pk)]}
    assert client.post("/admin/auth/user/", sent).status_code == 302
    assert not Authenticator.objects.exists()
    assert "were taken away" in letters()[0].body
    assert sign_in(Client(), "paula").url == "/admin/"


def test_who_runs_the_site_takes_them_away_without_signing_in(capsys):
    with_app("ada")
    call_command("forget_second_factor", "ada")
    assert not Authenticator.objects.exists()
    assert letters()[0].to == ["ada@record.example"]
    for name in ("ada", "nobody"):
        with pytest.raises(CommandError):
            call_command("forget_second_factor", name)


def test_nobody_touches_a_passkey_of_another(client, carla):
    key = Authenticator.objects.create(user=person("ada"), type="webauthn", data={"name": "Ada’s", "credential": {}})
    sign_in(client, "carla")
    client.post(f"{ACCOUNT}again/", {"password": "secret"})
    for address in ("name/", "remove/"):
        assert client.post(f"{ACCOUNT}passkeys/{key.pk}/{address}", {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Ada’s"


# What is not there


@pytest.mark.parametrize("address", ["signup/", "email/", "confirm-email/", "inactive/", "password/set/", "social/"])
def test_nobody_signs_up_or_does_what_staff_has_no_use_for(client, address):
    client.force_login(person("ada"))
    assert client.get(f"{ACCOUNT}{address}").status_code == 404
    assert client.get("/admin/account/emailaddress/").status_code == 404
    assert client.get("/admin/mfa/authenticator/").status_code == 404


def test_pages_of_accounts_are_kept_by_nobody(client, carla):
    for address in (SIGN_IN, f"{ACCOUNT}password/lost/", f"{ACCOUNT}password/x-y/"):
        assert "no-store" in client.get(address).headers["Cache-Control"]
    sign_in(client, "carla")
    for address in ("", "password/", "again/"):
        assert "no-store" in client.get(f"{ACCOUNT}{address}").headers["Cache-Control"]


def test_a_passkey_is_asked_for_with_a_challenge_of_its_own(client):
    asked = [client.get(f"{SIGN_IN}passkey/").json()["request_options"]["publicKey"] for _time in range(2)]
    assert asked[0]["challenge"] != asked[1]["challenge"]
    assert asked[0]["userVerification"] == "required"
    for sent in ("", "{}", "[]", "null", '{"response": 3}', '{"id": "x", "response": {"userHandle": "MQ"}}'):
        assert client.post(f"{SIGN_IN}passkey/", {"credential": sent}).status_code in (302, 400)
    assert not signed_in(client)


# Of whom a second factor is asked


@pytest.mark.parametrize(
    "may",
    [
        *"publish_post break_glass_post withdraw_post remove_words_post adopt_post".split(),
        *"add_user change_user change_group".split(),
    ],
)
@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_it_is_asked_of_whoever_changes_what_readers_see_or_who_may(client, may):
    with_mail("carla").user_permissions.add(Permission.objects.get(codename=may))
    sign_in(client, "carla")
    assert client.get("/admin/").url == ACCOUNT


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_it_is_asked_for_before_a_preview_too(client):
    post, paula = make_post(), with_mail("paula")
    sign_in(client, "paula")
    assert client.get(f"/preview/{post.key}/1/").status_code == 404
    with app_context(Client()):
        TOTP.activate(paula, SECRET)
    assert client.get(f"/preview/{post.key}/1/").status_code == 200


def test_it_costs_a_page_of_the_desk_one_question(client):
    with_app("paula")
    client.force_login(person("paula"))
    counts = []
    for required in (False, True):
        with override_settings(SECOND_FACTOR_REQUIRED=required), CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/record/").status_code == 200
        counts.append(len(queries))
    assert counts[1] == counts[0] + 1


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_the_last_passkey_of_who_publishes_stays(client):
    paula = with_mail("paula")
    sign_in(client, "paula")
    keys = [
        Authenticator.objects.create(user=paula, type="webauthn", data={"name": name, "credential": {}})
        for name in ("Phone", "Laptop")
    ]
    say_again = {"password": "secret", "next": ACCOUNT}
    assert client.post(f"{ACCOUNT}again/", say_again).status_code == 302
    assert client.post(f"{ACCOUNT}passkeys/{keys[0].pk}/remove/").status_code == 302
    assert list(Authenticator.objects.filter(user=paula)) == [keys[1]]
    answer = client.post(f"{ACCOUNT}passkeys/{keys[1].pk}/remove/", follow=True)
    assert "Set up another one first, then this one can go." in answer.text
    assert list(Authenticator.objects.filter(user=paula)) == [keys[1]]


@pytest.mark.parametrize(
    "spellings", [("straße", "STRASSE", "Straße"), ("mımi", "MIMI", "mimi"), ("Ana ", "ana", "ANA")]
)
def test_an_account_is_one_however_it_is_spelt(spellings):
    """Databases find an address whatever its case, and differ in what that is: the wider notion counts."""
    now = timezone.now()
    for spelling in spellings:
        guesses.take("reset", spelling, "192.0.2.7", now)
    with pytest.raises(guesses.TooFast):
        guesses.take("reset", spellings[0], "192.0.2.7", now)


@pytest.mark.parametrize(("is_active", "is_staff"), [(False, True), (True, False)])
def test_a_passkey_opens_no_account_that_is_closed_or_not_of_the_house(rf, carla, is_active, is_staff):
    carla.is_active, carla.is_staff = is_active, is_staff
    request = rf.post(SIGN_IN)
    request.session = {}
    request._messages = FallbackStorage(request)
    answer = get_adapter().pre_login(request, carla)  # what allauth asks after it knows whose passkey it is
    assert (answer.status_code, answer.url) == (302, SIGN_IN)
    assert len(list(request._messages)) == 1
    carla.is_active = carla.is_staff = True
    assert get_adapter().pre_login(request, carla) is None
