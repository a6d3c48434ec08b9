"""Every address that the site has is in a table that says who gets what there; one that is in none fails here.

`tests.blog.test_admin` has the desk, `tests.test_public_surfaces` what readers see. Here are the pages of accounts, and
what each person gets from each public page by each method.
"""

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver, path

from config import accounts
from tests.blog.test_admin import MATRIX, answers, quiet, sessions
from tests.factories import make_comment, make_post, person, published
from tests.test_public_surfaces import SURFACES, addresses_by_name, post_with_words

__all__ = ["quiet", "sessions"]  # fixtures

STAFF = "302 302 {0} {0} {0} {0} {0}"
ALL = "{0} {0} {0} {0} {0} {0} {0}"


def staff(status):
    return STAFF.format(status)


def all_of(status):
    return ALL.format(status)


def guests(status):
    """For who may not work at the desk; whoever may is sent on to it."""
    return f"{status} {status} 302 302 302 302 302"


# Statuses for nobody, rita (reads), mod, carla (contributes), edith (edits), paula (publishes), ada (administers): for
# GET, and for POST without fields. All of it is of who asks: a passkey of ada's is none for anybody else.
ACCOUNTS = {
    "sign-in/": (guests(200), guests(400)),
    "sign-in/code/": (all_of(302), all_of(302)),
    "sign-in/passkey/": (all_of(200), all_of(302)),  # a challenge, which says nothing of anybody
    "sign-out/": ("302 200 200 200 200 200 200", all_of(302)),
    "password/lost/": (all_of(200), all_of(400)),
    "password/lost/sent/": (all_of(200), all_of(405)),
    "password/chosen/": (all_of(200), all_of(405)),
    "^password/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,200})/$": (all_of(200), all_of(400)),
    "password/": (staff(200), staff(400)),
    "again/": (staff(200), staff(400)),
    "again/code/": (staff(302), staff(302)),
    "again/passkey/": ("302 302 302 302 302 302 200", "302 302 302 302 302 302 302"),
    "": (staff(200), staff(405)),
    "app/": (staff(302), staff(302)),
    "app/remove/": (staff(404), staff(404)),
    "codes/": (staff(404), staff(405)),
    "codes/new/": (staff(302), staff(302)),
    "codes/file/": (staff(404), staff(404)),
    "passkeys/": (staff(302), staff(302)),
    "passkeys/add/": (staff(302), staff(302)),
    "passkeys/<int:pk>/name/": (staff(302), staff(302)),
    "passkeys/<int:pk>/remove/": (staff(302), staff(302)),
}
FILES = ["^media/(?P<path>.*)$"]  # in development alone


def leaves(resolver, prefix=()):
    """(the resolvers above it, a pattern) for everything that the site answers."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from leaves(one, (*prefix, one))
        else:
            yield prefix, one


def unknown(resolver):
    """Patterns that are in no table."""
    public, desk = set(SURFACES), {name.rpartition(" ")[0] or name for name in MATRIX} | set(MATRIX)
    for above, one in leaves(resolver):
        if any(getattr(each, "app_name", "") == "admin" for each in above):
            route = "".join(str(each.pattern) for each in (*above, one)).removeprefix("admin/")
            is_known = route in desk or route.startswith("^(?P<app_label>") or route == "(?P<url>.*)$"
        elif any(each.urlconf_name is accounts for each in above):
            is_known = str(one.pattern) in ACCOUNTS
        else:
            app = above[-1].namespace if above else ""
            is_known = one.name in public or f"{app}:{one.name}" in public or str(one.pattern) in FILES
        if not is_known:
            yield "".join(str(each.pattern) for each in (*above, one))


def test_every_address_is_in_a_table():
    assert list(unknown(get_resolver())) == []
    assert sorted(str(one.pattern) for one in accounts.urlpatterns) == sorted(ACCOUNTS)


def test_an_address_that_is_in_no_table_is_found():
    def view(request):
        return HttpResponse()

    class Site:
        urlpatterns = [*get_resolver().url_patterns, path("new/", view), path("admin/account/new/", view, name="new")]

    found = list(unknown(URLResolver(get_resolver().pattern, Site)))
    assert {"/new/", "/admin/account/new/"} <= {f"/{one.lstrip('^/')}" for one in found}


@pytest.mark.django_db
def test_every_page_of_accounts_answers_everybody_as_it_should(client, sessions, quiet, monkeypatch):
    key = Authenticator.objects.create(user=person("ada"), type="webauthn", data={"name": "Ada's", "credential": {}})
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])
    found = {}
    for route in ACCOUNTS:
        address = route.replace("<int:pk>", str(key.pk))
        if route.startswith("^"):
            address = "password/1-set-password/"
        found[route] = tuple(answers(client, sessions, method, f"account/{address}") for method in ("get", "post"))
    assert {name: pair for name, pair in found.items() if ACCOUNTS[name] != pair} == {}


# What everybody gets from public pages, by GET and by POST without fields: what is read is asked for, and nothing else.
# What a page shows of a live post is the same for all. Where the post is no page, has no updates, or a secret is wrong,
# there is nothing; what may be sent says what is missing.
READ_ONLY = ("200", "405")
PUBLIC = dict.fromkeys(SURFACES, READ_ONLY) | {
    **dict.fromkeys(["page", "page_history", "page_changes", "updates_feed", "shared"], ("404", "405")),
    **dict.fromkeys(["page_correct", "mine", "confirm", "end"], ("404", "404")),
    **dict.fromkeys(["correct", "report"], ("200", "422")),
    "add": ("302", "422"),
    "comment": ("302", "405"),
    "preview": ("404 404 200 200 200 200 200", "405"),  # of a wording that was public
}


@pytest.mark.django_db
def test_public_pages_are_the_same_for_everybody_by_each_method(client, sessions, quiet):
    post = published(post_with_words("draft"))
    make_comment(post)
    found = {}
    for name, address in addresses_by_name(post):
        got = [answers(client, sessions, method, address, below="") for method in ("get", "post")]
        found[name] = tuple(given.split()[0] if len(set(given.split())) == 1 else given for given in got)
    assert {name: pair for name, pair in found.items() if PUBLIC[name] != pair} == {}
    assert found.keys() == PUBLIC.keys()


@pytest.mark.django_db
@pytest.mark.parametrize(("writer", "carla_gets"), [("carla", "200"), ("colin", "404")])
def test_a_draft_is_seen_by_its_writer_and_by_editors(client, sessions, quiet, writer, carla_gets):
    post = make_post(by=person(writer))
    got = answers(client, sessions, "get", f"/preview/{post.key}/1/", below="")
    assert got == f"404 404 404 {carla_gets} 200 200 200"
