"""The list of pieces, what is done to many at once, the history, the first page."""

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.messages import get_messages
from django.db.models import DateField
from django.urls import reverse

from blog.admin import posts
from blog.models import Event, Post, Revision
from comments.models import HouseRules
from tests.factories import (
    approved,
    in_stage,
    make_author,
    make_live_post,
    make_post,
    make_story,
    person,
    published,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/blog/post/"


@pytest.fixture
def as_person(client):
    def sign_in(name):
        client.force_login(person(name))
        return client

    return sign_in


def headlines(response):
    return sorted(str(post) for post in response.context["cl"].result_list)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (Post, Revision, Event)]


def test_contributors_list_their_own_pieces_and_what_is_public(as_person):
    make_post("Own", by=person("carla"))
    make_post("Foreign draft", by=person("colin"))
    live = published(make_post("Public", by=person("colin")))
    write(live, by=person("colin"), headline="Not yet public", kind="update")
    response = as_person("carla").get(LIST)
    text = response.content.decode()
    assert ("Own" in text, "Public" in text, "Foreign draft" in text, "Not yet public" in text) == (
        True,
        True,
        False,
        False,
    )
    assert "Not yet public" in as_person("edith").get(LIST).content.decode()


def test_the_list_shows_the_stage_and_that_an_older_wording_is_live(as_person):
    write(make_live_post(), headline="Newer", kind="update")
    text = as_person("edith").get(LIST).content.decode()
    assert '<span class="pill pill-draft">Draft</span>' in text
    assert "older wording live" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage__exact=review", ["Second"]),
        ("kind__exact=page", ["Page"]),
        ("story=kestrel-bridge", ["First"]),
        ("author=me", ["Edith's"]),
        ("author=carla-reyes", ["First"]),
        ("q=secon", ["Second"]),
        ("q=nothing", []),
        ("published_on__year=2025&published_on__month=9", ["First"]),
    ],
)
def test_filters_find(as_person, query, found):
    byline = ({"name": "Carla Reyes", "slug": make_author().slug},)
    make_live_post("First", story=make_story(), byline=byline)
    put_in_review(make_post("Second"))
    make_post("Page", kind="page")
    make_post("Edith's", by=person("edith"))
    assert headlines(as_person("edith").get(f"{LIST}?{query}")) == found


def test_a_long_list_asks_no_more_than_a_short_one(as_person, django_assert_max_num_queries):
    make_live_post("First", story=make_story())
    client = as_person("carla")
    client.get(LIST)
    for number in range(4):
        write(make_live_post(f"Piece {number}"), headline=f"Piece {number} again", kind="update")
    with django_assert_max_num_queries(12):
        client.get(LIST)


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "stage__exact=%00", "stage__exact=%ED%A0%80", "story=%00", "author=%00", "p=99999999999999999999",
        "p=x", "p=-1", "o=99.-99", "o=%00", "head__body__contains=a", "head__by__password__startswith=a", "nothing=1",
        "version__gt=" + "9" * 5000, "id__exact=99999999999999999999", "id__in=" + ",".join(["1"] * 3000), "all=1",
        "stage__nothing=1", "published_on__year=0", "published_on__year=99999", "published_on__month=13", "_popup=1",
        "published_on__day=x", "_to_field=version", "_to_field=key", "e=1", "_facets=1", "key__exact=x",
        "source_id__regex=(", "_changelist_filters=x", "key__in=x", "story__exact=x", "tags__name__regex=(", "head=x",
    ],
)  # fmt: skip
def test_no_query_breaks_the_list(as_person, query):
    make_live_post()
    assert as_person("carla").get(f"{LIST}?{query}").status_code in {200, 302, 400}


LISTS = [(model, one) for model, one in admin.site._registry.items() if model is not HouseRules]


@pytest.mark.parametrize(("model", "its_admin"), LISTS, ids=[model.__name__ for model, _its in LISTS])
def test_no_number_that_was_made_up_breaks_any_list(as_person, model, its_admin):
    """Django gives an `__in` and a year to the database as they come: more than it holds was an error of ours."""
    times = [field.name for field in model._meta.fields if isinstance(field, DateField)]
    years = [
        f"{name}__{part}={year}"
        for name in times
        for part in ("year", "iso_year")
        for year in "0 1 9999 99999 x".split()
    ]
    ada = as_person("ada")
    for query in ["pk__in=" + "9" * 20, "pk__in=1,-" + "9" * 19, *years]:
        answer = ada.get(f"{reverse(admin_urlname(model._meta, 'changelist'))}?{query}")
        assert answer.status_code in {302, 400}, query


@pytest.mark.parametrize("number", ["0", "x", "1%00", "9" * 400, "1/2", "_5F1", "-1", "%F0%9F%92%A9"])
@pytest.mark.parametrize("rest", ["change/", "history/", ""])
def test_no_number_breaks_a_page(as_person, number, rest):
    assert as_person("ada").get(f"{LIST}{number}/{rest}").status_code in {302, 400, 404}


# Many at once


def act(client, action, posts, **more):
    return client.post(LIST, {"action": action, "_selected_action": [post.pk for post in posts], **more})


def test_each_of_many_goes_through_its_verb_and_refusals_are_told_by_headline(as_person):
    ready, draft = put_in_review(make_post("Ready")), make_post("Only a draft")
    response = act(as_person("edith"), "approve", [ready, draft])
    assert sorted(Post.objects.values_list("stage", flat=True)) == ["approved", "draft"]
    assert told(response) == ["“Only a draft”: It is at “Draft”.", "Approve: one piece."]


@pytest.mark.parametrize(
    ("action", "by", "stage", "ends"),
    [
        ("submit", "carla", "draft", "review"),
        ("approve", "edith", "review", "approved"),
        ("publish", "paula", "approved", "published"),
        ("spike", "carla", "draft", "spiked"),
    ],
)
def test_bulk_actions(as_person, action, by, stage, ends):
    posts = [in_stage(stage, "One"), in_stage(stage, "Two")]
    act(as_person(by), action, posts)
    assert [post.stage for post in Post.objects.order_by("pk")] == [ends, ends]


def test_withdrawing_many_asks_why_first(as_person):
    posts = [in_stage("published", "One"), in_stage("published", "Two")]
    client = as_person("paula")
    before = rows()
    response = act(client, "withdraw", posts)
    assert response.status_code == 200
    assert all(f'name="_selected_action" value="{post.pk}"' in response.content.decode() for post in posts)
    assert "Say why." in act(client, "withdraw", posts, **{"withdraw-public_note": " "}).content.decode()
    assert rows() == before
    act(client, "withdraw", posts, **{"withdraw-public_note": "The figures were wrong."})
    assert (
        list(Event.objects.filter(verb="withdraw").values_list("public_note", flat=True))
        == ["The figures were wrong."] * 2
    )


def test_actions_that_are_not_offered_change_nothing(as_person):
    posts = [
        put_in_review(make_post("One", by=person("colin"))),
        approved(make_post("Two", by=person("colin"))),
        make_live_post(),
    ]
    before = rows()
    client = as_person("carla")
    for action in ("approve", "publish", "withdraw", "adopt", "delete_selected", "", "nothing"):
        act(client, action, posts, **{"withdraw-public_note": "x"})
    act(client, "spike", posts[:1])  # not hers, and not among those that she sees
    act(client, "spike", [], _selected_action=["x", "\x00", "9" * 50])
    act(client, "spike", posts[:1], select_across="1")
    assert rows() == before


def test_no_piece_can_be_deleted(as_person):
    post = make_post()
    client = as_person("ada")
    assert client.post(f"{LIST}{post.pk}/delete/", {"post": "yes"}).status_code in {302, 404}
    act(client, "delete_selected", [post], post="yes")
    assert Post.objects.filter(pk=post.pk).exists()


# History


def test_the_history_tells_everything_in_order(as_person):
    post = published(write(make_post(), headline="Second wording", note="a better verb"))
    text = as_person("carla").get(f"{LIST}{post.pk}/history/").content.decode()
    told_in_order = [
        "Published version 2",
        "Approved version 2",
        "Sent version 2 to review",
        "Saved version 2",
        "Saved version 1",
    ]
    places = [text.index(words) for words in told_in_order]
    assert places == sorted(places)
    assert "a better verb" in text and "Second wording" in text and "Council closes the bridge" in text
    assert f"/preview/{post.key}/1/" in text and f"/preview/{post.key}/2/" in text


def test_an_old_wording_comes_back_as_a_new_version(as_person):
    post = write(make_post(), headline="Second wording")
    response = as_person("carla").post(f"{LIST}{post.pk}/restore/1/", {"based_on": 2})
    assert response.status_code == 302
    post.refresh_from_db()
    assert (post.head.number, post.head.headline) == (3, "Council closes the bridge")


def test_nothing_comes_back_over_words_that_were_saved_meanwhile(as_person):
    post = write(make_post(), headline="Second wording")
    before = rows()
    client = as_person("carla")
    for based_on in ("1", "9", "x", "", "9" * 30):
        client.post(f"{LIST}{post.pk}/restore/1/", {"based_on": based_on})
    assert client.post(f"{LIST}{post.pk}/restore/7/", {"based_on": 2}).status_code == 404
    assert rows() == before


def test_bringing_back_what_stands_there_writes_nothing(as_person):
    post = make_post()
    before = rows()
    response = as_person("carla").post(f"{LIST}{post.pk}/restore/1/", {"based_on": 1})
    assert rows() == before
    assert "nothing to bring back" in told(response)[0]


# Completion


def test_names_are_completed_whatever_their_case(as_person):
    make_author("Élodie Roy", "elodie-roy")
    make_live_post(tags=("Harbour", "Old harbour", "Council"))
    client = as_person("carla")
    assert client.get(f"{LIST}completion/?of=tags&q=HARB").json() == {"names": ["Harbour", "Old harbour"]}
    assert client.get(f"{LIST}completion/?of=authors&q=ÉLO").json() == {"names": ["Élodie Roy"]}
    assert client.get(f"{LIST}completion/?of=tags&q=").json() == {"names": []}
    assert client.get(f"{LIST}completion/?q={'x' * 5000}").json() == {"names": []}


def test_a_draft_behind_live_text_is_not_found_by_who_may_not_read_it(as_person):
    post = make_live_post("Council closes the bridge")
    write(post, headline="Zebra scandal", kind="update")
    assert "Zebra scandal" in as_person("edith").get("/admin/blog/post/?q=zebra").text
    client = as_person("colin")
    assert "Council closes" not in client.get("/admin/blog/post/?q=zebra").text
    assert "Council closes" in client.get("/admin/blog/post/?q=council&o=1").text
    refused = client.post("/admin/blog/post/", {"action": "spike", "_selected_action": [post.pk]}, follow=True).text
    assert "“Council closes the bridge”: It is somebody else" in refused
    assert "Zebra" not in refused


def test_headlines_are_found_by_their_words_whatever_stands_behind_them(as_person):
    make_live_post("Élan vital for ferries")
    make_live_post("Ferry page", kind="page")
    make_post("Ferries, a draft")
    write(make_live_post("Trains at noon"), headline="Ferries at noon", kind="update")
    write(make_live_post("Ferries at dawn"), headline="Trains at dawn", kind="update")

    def found(text):
        return headlines(as_person("edith").get(LIST, {"q": text}))

    assert found("ferries") == ["Ferries at noon", "Ferries, a draft", "Élan vital for ferries"]
    assert found("elan ferr") == ["Élan vital for ferries"]
    assert found("ferry") == ["Ferry page"]
    assert found("dawn") == ["Trains at dawn"]  # the newest wording is what the list shows
    assert found("vital draft") == []
    assert found("?!") == []


def test_of_a_word_that_is_everywhere_the_newest_pieces_are_found(as_person, monkeypatch):
    monkeypatch.setattr(posts, "MOST_FOUND", 2)
    for number in range(4):
        make_live_post(f"Ferries {number}")
    assert headlines(as_person("edith").get(LIST, {"q": "ferries"})) == ["Ferries 2", "Ferries 3"]
