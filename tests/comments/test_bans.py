"""Bans: by account, internet address and name, with a reason and an end; by the verbs, and at the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from blog.models import Allowance
from blog.rendering import Unacceptable
from comments import limits, moderation, names
from comments.models import Ban, Comment
from comments.receiving import Arrival, Banned, receive
from tests.factories import everything, make_ban, make_comment, make_live_post, make_moderator, make_reader, person

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.77"


@pytest.fixture
def post():
    return make_live_post(at=timezone.now() - timedelta(days=1))


@pytest.fixture
def comment(post):
    return make_comment(post, name="Marit Dahl", user=make_reader(), address=limits.address_key(ADDRESS))


@pytest.fixture
def mod():
    return make_moderator()


def soon(**length):
    return timezone.now() + timedelta(**length or {"days": 7})


def ban(kind, comment, by, until=None, reason="Names people."):
    until = until or soon()
    match kind:
        case "account":
            return moderation.ban_account(comment.user, until, reason, by=by)
        case "address":
            return moderation.ban_address(comment, until, reason, by=by)
        case "name":
            return moderation.ban_name(comment.name, until, reason, by=by)


def refused(post, **whose):
    """Is a comment from there refused?"""
    try:
        receive(Arrival(post.pk, f"Words {timezone.now()}", **{"name": "Somebody else"} | whose))
    except Banned:
        return True
    return False


# The verbs

KINDS = ["account", "address", "name"]


@pytest.mark.parametrize(
    ("kind", "value", "label"),
    [
        ("account", lambda comment: str(comment.user.pk), lambda comment: "Rita"),
        ("address", lambda comment: comment.address, lambda comment: f"as comment {comment.pk}"),
        ("name", lambda comment: names.skeleton("MARIT DAHL"), lambda comment: "Marit Dahl"),
    ],
)
def test_a_ban_says_who_why_and_until_when(comment, mod, kind, value, label):
    until = soon()
    made = ban(kind, comment, mod, until, " Names  people. ")
    assert (made.kind, made.label, made.reason, made.until) == (kind, label(comment), "Names people.", until)
    assert made.value == value(comment)
    assert (made.by, made.by_name, made.lifted_at) == (mod, "Mod", None)
    assert Ban.objects.get() == made


def test_each_ban_keeps_out_whom_it_means_and_nobody_else(post, comment, mod):
    whose = {"account": {"user": comment.user}, "address": {"address": ADDRESS}, "name": {"name": "MARIT DAHL"}}
    for kind in KINDS:
        made = ban(kind, comment, mod)
        assert {one for one in KINDS if refused(post, **whose[one])} == {kind}
        moderation.lift(made, by=mod)
        assert not refused(post, **whose[kind] | ({"address": "192.0.2.78"} if kind != "address" else {}))
        Allowance.objects.all().delete()


def test_a_ban_ends_by_itself(post, comment, mod):
    made = ban("name", comment, mod, soon(days=1))
    assert made.is_in_force(timezone.now())
    assert not made.is_in_force(made.until)
    assert list(Ban.objects.in_force(made.until - timedelta(seconds=1))) == [made]
    assert list(Ban.objects.in_force(made.until)) == []


@pytest.mark.parametrize("name", ["rita", "carla"])
@pytest.mark.parametrize("kind", KINDS)
def test_only_moderators_ban_and_lift(comment, mod, kind, name):
    made = ban(kind, comment, mod)
    other = make_comment(comment.post, user=person("rita"), name="Else", address="b")
    left = everything()
    with pytest.raises(moderation.NotAllowed):
        ban(kind, other, person(name))
    with pytest.raises(moderation.NotAllowed):
        moderation.lift(made, by=person(name))
    assert everything() == left


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"reason": " \u200b"}, moderation.WrongState),
        ({"reason": "x" * 301}, Unacceptable),
        ({"until": timezone.now() - timedelta(seconds=1)}, moderation.WrongState),
    ],
)
def test_a_ban_has_a_reason_and_an_end_to_come(comment, mod, kind, words, refusal):
    left = everything()
    with pytest.raises(refusal):
        ban(kind, comment, mod, **words)
    assert everything() == left


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_banned_twice_at_a_time(comment, mod, kind):
    first = ban(kind, comment, mod)
    left = everything()
    with pytest.raises(moderation.WrongState):
        ban(kind, comment, mod)
    assert everything() == left
    moderation.lift(first, by=mod)
    assert ban(kind, comment, mod).is_in_force(timezone.now())


def test_of_whom_nothing_is_known_nobody_is_banned(post, mod):
    left = everything()
    for banning in (
        lambda: moderation.ban_address(Comment(pk=1, address=""), soon(), "Spam.", by=mod),
        lambda: moderation.ban_name("\u200b \u00ad", soon(), "Spam.", by=mod),
    ):
        with pytest.raises(moderation.WrongState):
            banning()
    assert everything() == left


def test_who_moderates_is_not_banned(mod):
    with pytest.raises(moderation.WrongState):
        moderation.ban_account(person("edith"), soon(), "Quarrels.", by=mod)
    assert not Ban.objects.exists()


def test_a_ban_is_lifted_once(mod):
    made = make_ban()
    lifted = moderation.lift(made, by=person("edith"))
    assert (lifted.lifted_by_name, lifted.is_in_force(timezone.now())) == ("Edith", False)
    left = everything()
    with pytest.raises(moderation.WrongState):
        moderation.lift(made, by=mod)
    assert everything() == left


def test_what_is_over_is_not_lifted(mod):
    made = make_ban()
    with pytest.raises(moderation.WrongState):
        moderation.lift(made, by=mod, at=made.until)


# At the desk


@pytest.fixture
def desk(client, mod, desk_path):
    client.force_login(mod)
    return client


@pytest.fixture
def desk_path():
    return reverse("admin:comments_ban_changelist")


def test_somebody_is_banned_from_a_comment(desk, desk_path, comment):
    address = f"{desk_path}add/?comment={comment.pk}"
    page = desk.get(address).content.decode()
    assert [kind for kind in KINDS if f'value="{kind}"' in page] == KINDS
    assert comment.address not in page
    answer = desk.post(address, {"kind": "address", "days": "30", "reason": "Advertises."})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/comment/{comment.pk}/change/")
    made = Ban.objects.get()
    assert (made.kind, made.value, made.by_name) == ("address", comment.address, "Mod")
    assert timedelta(days=29) < made.until - timezone.now() <= timedelta(days=30)


@pytest.mark.parametrize(("kind", "who"), [("account", "rita"), ("name", "Marit Dahl")])
def test_somebody_is_banned_by_name(desk, desk_path, comment, kind, who):
    answer = desk.post(f"{desk_path}add/", {"kind": kind, "who": who, "days": "1", "reason": "Advertises."})
    assert (answer.status_code, answer["Location"]) == (302, desk_path)
    assert Ban.objects.get().kind == kind


def test_only_what_is_known_of_a_writer_can_be_chosen(desk, desk_path, post):
    comment = make_comment(post, name="Marit", user_id=999)
    address = f"{desk_path}add/?comment={comment.pk}"
    page = desk.get(address).content.decode()
    assert [kind for kind in KINDS if f'value="{kind}"' in page] == ["name"]
    for kind in ("account", "address"):
        assert desk.post(address, {"kind": kind, "days": "1", "reason": "Spam."}).status_code == 400
    assert not Ban.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": ""},
        {"kind": "address"},
        {"who": ""},
        {"who": "\u200b"},
        {"kind": "account", "who": "nobody"},
        {"kind": "account", "who": "edith"},
        {"days": "2"},
        {"reason": ""},
        {"reason": "\u200b"},
        {"reason": "x" * 301},
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_stays(desk, desk_path, fields):
    person("edith")
    sent = {"kind": "name", "who": "Maren Boat Tours", "days": "7", "reason": "Advertises."} | fields
    left = everything()
    answer = desk.post(f"{desk_path}add/", sent)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert sent["reason"] in answer.content.decode()
    assert everything() == left


@pytest.mark.parametrize("key", ["999", "x", "-1", "9" * 30, "1e3", "٣"])
def test_a_comment_that_is_none_is_not_found(desk, desk_path, key):
    assert desk.get(f"{desk_path}add/?comment={key}").status_code == 404


def test_the_list_says_what_is_in_force(desk, desk_path, mod):
    over, lifted = make_ban("Long ago"), make_ban("Set free")
    Ban.objects.filter(pk=over.pk).update(until=timezone.now())
    moderation.lift(lifted, by=mod)
    make_ban("Still on")

    def shown(query):
        page = desk.get(f"{desk_path}{query}").content.decode()
        return [name for name in ("Long ago<", "Set free<", "Still on<") if name in page.replace("</a>", "<")]

    page = desk.get(desk_path).content.decode()
    assert "Lifted by Mod" in page
    assert shown("?in_force=yes") == ["Still on<"]
    assert shown("?in_force=no") == ["Long ago<", "Set free<"]


def test_no_page_shows_anything_of_an_address(desk, desk_path, comment, mod):
    made = ban("address", comment, mod)
    for address in (desk_path, f"{desk_path}{made.pk}/change/", f"{desk_path}add/?comment={comment.pk}"):
        page = desk.get(address).content.decode()
        assert comment.address not in page
        assert ADDRESS not in page


def test_a_ban_is_lifted_from_its_page(desk, desk_path):
    made = make_ban()
    page = desk.get(f"{desk_path}{made.pk}/change/").content.decode()
    assert "Lift it" in page
    assert desk.post(f"{desk_path}{made.pk}/change/").status_code == 302
    assert Ban.objects.get().lifted_by_name == "Mod"
    assert "Lift it" not in desk.get(f"{desk_path}{made.pk}/change/").content.decode()
    left = everything()
    assert desk.post(f"{desk_path}{made.pk}/change/").status_code == 302
    assert everything() == left


def test_the_list_costs_the_same_for_many(desk, desk_path, django_assert_max_num_queries):
    for number in range(5):
        make_ban(f"Name {number}")
    with django_assert_max_num_queries(8):
        desk.get(desk_path)
