"""Forms that nobody was given change nothing: foreign rows, rows of forms within lists, flags, groups, numbers."""

from http.cookies import SimpleCookie
from itertools import product

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User

from blog.models import Event, Post, Revision
from tests.blog.test_admin import MATRIX, PEOPLE, quiet, sessions, things
from tests.factories import make_live_post, make_post, person, put_in_review

__all__ = ["quiet", "sessions", "things"]  # fixtures

pytestmark = pytest.mark.django_db

NOT_HIS = {"403", "404", "405"}
TIMES = {"Session", "Allowance"}  # what a request may leave behind although it was refused


def everything():
    """All rows of all tables."""
    kept = [model for model in apps.get_models(include_auto_created=True) if model.__name__ not in TIMES]
    return {model._meta.label: sorted(map(repr, model._base_manager.values_list())) for model in kept}


def changed(before):
    after = everything()
    return sorted(label for label in before if before[label] != after[label])


def heap():
    """Everything that might mean something to some form."""
    numbers = [str(pk) for pk in Post.objects.values_list("pk", flat=True)]
    return {
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
        "groups": list(Group.objects.values_list("pk", flat=True)),
        "user_permissions": list(Permission.objects.values_list("pk", flat=True)[:20]),
        "permissions": list(Permission.objects.values_list("pk", flat=True)[:20]),
        "username": "mallory",
        "password": "kestrel-quay-7",
        "password1": "kestrel-quay-7",
        "password2": "kestrel-quay-7",
        "usable_password": "true",
        "action": "delete_selected",
        "_selected_action": numbers,
        "select_across": "1",
        "index": "0",
        "post": "yes",
        "_save": "Save",
        "_saveasnew": "Save",
        "_popup": "1",
        "_to_field": "id",
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-MAX_NUM_FORMS": "1000",
        "form-0-id": numbers[0],
        "form-0-stage": "published",
        "form-0-DELETE": "on",
        "sources-TOTAL_FORMS": "1",
        "sources-INITIAL_FORMS": "1",
        "sources-0-id": "1",
        "sources-0-DELETE": "on",
        "steps-TOTAL_FORMS": "1",
        "steps-INITIAL_FORMS": "1",
        "steps-0-id": "1",
        "steps-0-story_type": "1",
        "id": numbers[0],
        "pk": numbers[0],
        "by": "1",
        "user": "1",
        "number": "1",
        "verb": "publish",
        "stage": "published",
        "headline": "Forged",
        "name": "Forged",
        "title": "Forged",
        "slug": "forged",
        "body": "<p>Forged</p>",
        "based_on": "1",
        "version": "1",
        "reason": "Forged",
        "note": "Forged",
        "sure": "on",
        "confirm": "on",
    }


def test_what_is_refused_to_somebody_changes_nothing_whatever_is_sent(client, things, sessions, quiet):
    _pieces, to_try = things
    put_in_review(make_post("Waits", by=person("colin")))
    sent, before, forged = heap(), everything(), 0
    for name, address in to_try:
        if name not in MATRIX:
            continue  # `test_admin` says so
        _get, post = MATRIX[name]
        for who, status in zip(PEOPLE, post.split(), strict=True):
            if who in (None, "rita") or status in NOT_HIS:
                client.cookies = SimpleCookie({"sessionid": sessions[who]})
                answer = client.post(f"/admin/{address}", sent)
                assert answer.status_code < 500, (name, who)
                forged += 1
        assert changed(before) == [], name
    assert forged >= 300


FLAGS = ["is_superuser", "is_staff", "groups", "user_permissions", "is_active", "password"]


@pytest.mark.parametrize("who", ["mod", "carla", "edith", "paula"])
def test_nobody_but_an_administrator_makes_anybody_anything(client, sessions, who):
    """By no page that this person may use: whatever is sent along stays with the sender."""
    post = make_post("Own", by=person(who)) if who != "mod" else make_live_post("Other")
    client.cookies = SimpleCookie({"sessionid": sessions[who]})
    accounts = lambda: list(User.objects.order_by("pk").values_list("pk", "is_superuser", "is_staff", "is_active"))  # noqa: E731
    groups = lambda: sorted(User.groups.through.objects.values_list("user", "group"))  # noqa: E731
    before = (accounts(), groups(), User.objects.get(username=who).password)
    pages = ["blog/post/add/", f"blog/post/{post.pk}/change/", "blog/author/add/", "blog/picture/add/", "mail/"]
    pages += ["blog/story/add/", "comments/ban/add/", "account/password/", "account/again/"]
    flags = {f"{way}{flag}": "1" for flag, way in product(FLAGS, ["", "user__", "by__", "user-0-", "form-0-"])}
    for page, more in product(pages, [{}, flags]):
        client.post(f"/admin/{page}", heap() | more)
    assert (accounts(), groups(), User.objects.get(username=who).password) == before


@pytest.mark.parametrize("who", ["carla", "mod"])
def test_no_list_does_anything_to_pieces_of_others(client, sessions, quiet, who):
    foreign = [make_post("One", by=person("colin")), put_in_review(make_post("Two", by=person("colin")))]
    live = make_live_post("Three", by=person("colin"))
    client.cookies = SimpleCookie({"sessionid": sessions[who]})
    before = everything()
    names = [post.pk for post in [*foreign, live]]
    actions = ["submit", "approve", "publish", "withdraw", "spike", "recall", "revive", "delete_selected", "", "x"]
    for action, across in product(actions, "01"):
        sent = {"action": action, "_selected_action": names, "select_across": across, "post": "yes", "reason": "Forged"}
        client.post("/admin/blog/post/", heap() | sent)
    assert changed(before) == []
    assert (Post.objects.count(), Revision.objects.count()) == (3, 3)
    assert not Event.objects.exclude(by_name__in=["Colin", "Carla", "Edith", "Paula", ""]).exists()
