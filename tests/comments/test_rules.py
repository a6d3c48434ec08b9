"""The house rules at the desk."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog.models import Edition
from comments.models import HouseRules, KnownSite, ListedWord
from tests.factories import everything, make_user, person

pytestmark = pytest.mark.django_db

RULES = "/admin/comments/houserules/1/change/"
WORDS = "/admin/comments/listedword/"
SITES = "/admin/comments/knownsite/"


@pytest.fixture
def desk(client):
    client.force_login(person("mod"))
    return client


def form(**values):
    as_it_is = {
        "policy": "known",
        "discussion_days": "60",
        "most_links": "2",
        "flood_count": "10",
        "limit_count": "5",
        "limit_seconds": "15",
        "note": "",
        "rules_path": "",
        "keep_days": "90",
    }
    return as_it_is | values


def house():
    return HouseRules.objects.values().get(), Edition.objects.get().discussion_days


def errors(answer):
    return {name: list(errors) for name, errors in answer.context["adminform"].form.errors.items()}


# House rules


def test_the_list_of_one_row_is_the_row(desk):
    assert desk.get("/admin/comments/houserules/").headers["Location"] == RULES


def test_the_form_shows_the_rules_as_they_are(desk):
    HouseRules.objects.update(policy="waits", limit_seconds=33, note="Mod reads it.")
    Edition.objects.update(discussion_days=14)
    initial = desk.get(RULES).context["adminform"].form.initial
    assert (initial["policy"], initial["limit_seconds"], initial["discussion_days"]) == ("waits", 33, 14)
    page = desk.get(RULES).content.decode()
    assert "Mod reads it." in page
    assert "So many days after the last update of a story. Empty: never." in page


def test_saving_writes_the_rules_and_makes_kept_pages_old(desk):
    before = Edition.objects.get()
    answer = desk.post(
        RULES,
        form(
            policy="open", discussion_days="7", note=" Mod \u200breads ", rules_path="/comment-rules/", limit_count="9"
        ),
    )
    assert answer.status_code == 302
    rules, days = house()
    assert (rules["policy"], rules["note"], rules["rules_path"], rules["limit_count"], days) == (
        "open",
        "Mod reads",
        "/comment-rules/",
        9,
        7,
    )
    after = Edition.objects.get()
    assert (after.number, after.furniture) == (before.number + 1, before.furniture + 1)


def test_no_days_means_for_ever(desk):
    desk.post(RULES, form(discussion_days=""))
    assert house()[1] is None
    desk.post(RULES, form(discussion_days="0"))
    assert house()[1] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("policy", ""),
        ("policy", "nobody"),
        ("discussion_days", "-1"),
        ("discussion_days", "99999"),
        ("limit_count", "0"),
        ("flood_count", "0"),
        ("limit_seconds", "-1"),
        ("most_links", "99999"),
        ("note", "x" * 301),
        ("note", "a\x00b"),
        ("rules_path", "https://elsewhere.example/"),
        ("rules_path", "//elsewhere.example/"),
        ("rules_path", "/\\elsewhere.example"),
        ("rules_path", "javascript:alert(1)"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(desk, field, value):
    before = everything()
    answer = desk.post(RULES, form(**{field: value}))
    assert answer.status_code == 200
    assert list(errors(answer)) == [field]
    assert everything() == before


@pytest.mark.parametrize("name", ["carla", "rita"])
def test_others_may_not_see_or_change_them(client, name):
    client.force_login(person(name))
    before = everything()
    assert client.get(RULES).status_code in (302, 403)
    assert client.post(RULES, form(policy="open")).status_code in (302, 403)
    assert everything() == before


def test_who_may_only_look_is_not_shown_a_form(client):
    visitor = make_user("vera", is_staff=True)
    visitor.user_permissions.set(Permission.objects.filter(codename="view_houserules"))
    client.force_login(visitor)
    assert client.get(RULES).status_code == client.get("/admin/comments/houserules/").status_code == 403


# Listed words


def test_words_are_pasted_one_a_line(desk):
    answer = desk.post(
        WORDS + "add/", {"word": "casino\r\n  Free  Money \r\n\r\nCASÍNO\r\n", "list_name": "advertising"}
    )
    assert answer.status_code == 302
    assert list(ListedWord.objects.order_by("pk").values_list("word", "folded", "list_name")) == [
        ("casino", "casino", "advertising"),
        ("Free Money", "free money", "advertising"),
    ]
    assert "1 line was on a list already." in [str(message) for message in get_messages(answer.wsgi_request)]


def test_what_is_on_a_list_stays_where_it_is(desk):
    ListedWord.objects.create(word="Casino", list_name="old")
    desk.post(WORDS + "add/", {"word": "roulette\ncasino", "list_name": "new"})
    assert dict(ListedWord.objects.values_list("word", "list_name")) == {"Casino": "old", "roulette": "new"}


@pytest.mark.parametrize(
    "word",
    [
        "",
        " \n ",
        "casino",
        "…!?",
        "ok\n!!!",
        "x" * 101,
        "ok\n" + "x" * 101,
        "a\x00b",
        "ﷺ" * 60,
        "\n".join(map(str, range(1001))),
    ],
)
def test_words_that_could_not_be_found_are_refused_with_all_others(desk, word):
    ListedWord.objects.create(word="Casíno")
    before = everything()
    answer = desk.post(WORDS + "add/", {"word": word, "list_name": ""})
    assert list(errors(answer)) == ["word"]
    assert everything() == before


def test_a_word_is_changed_by_itself(desk):
    word = ListedWord.objects.create(word="casino", list_name="a")
    ListedWord.objects.create(word="roulette")
    page = f"{WORDS}{word.pk}/change/"
    assert desk.post(page, {"word": "Casíno Royale", "list_name": "b"}).status_code == 302
    word.refresh_from_db()
    assert (word.word, word.folded, word.list_name) == ("Casíno Royale", "casino royale", "b")
    assert list(errors(desk.post(page, {"word": "ROULETTE", "list_name": "b"}))) == ["word"]
    assert list(errors(desk.post(page, {"word": "one\x00", "list_name": "b"}))) == ["word"]


def test_words_are_taken_off_the_list(desk):
    word = ListedWord.objects.create(word="casino")
    desk.post(f"{WORDS}{word.pk}/delete/", {"post": "yes"})
    assert not ListedWord.objects.exists()


def test_the_list_of_words_asks_as_much_for_many_as_for_one(desk):
    ListedWord.objects.create(word="casino")
    desk.get(WORDS)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(WORDS)
    ListedWord.objects.bulk_create(ListedWord(word=f"word {n}", folded=f"word {n}") for n in range(5))
    with CaptureQueriesContext(connection) as for_many:
        assert desk.get(WORDS).content.count(b"word ") >= 5
    assert len(for_many) == len(for_one)


# Sites


@pytest.mark.parametrize(
    "typed", ["example.org", "www.Example.ORG", "https://www.example.org/some/page?x", " example.org. "]
)
def test_a_site_is_known_by_its_name(desk, typed):
    assert desk.post(SITES + "add/", {"host": typed, "verdict": "trusted"}).status_code == 302
    assert list(KnownSite.objects.values_list("host", "verdict")) == [("example.org", "trusted")]


@pytest.mark.parametrize(
    "typed", ["", "example", "https://", "mailto:a@b.example", "a\x00.example", "known.example", "www.known.example"]
)
def test_what_is_no_site_or_is_known_is_refused(desk, typed):
    KnownSite.objects.create(host="known.example")
    before = everything()
    assert list(errors(desk.post(SITES + "add/", {"host": typed, "verdict": "trusted"}))) == ["host"]
    assert everything() == before


def test_a_site_that_was_seen_can_be_refused(desk):
    site = KnownSite.objects.create(host="a.example")
    desk.post(f"{SITES}{site.pk}/change/", {"host": "a.example", "verdict": "refused"})
    site.refresh_from_db()
    assert site.verdict == "refused"
