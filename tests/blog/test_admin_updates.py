"""A running story at the desk: what a button does with an update, whom it is for, and what a refusal keeps."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from blog import kinds, updates, workflow
from blog.desk import lateness
from blog.models import Event, Post, Revision, Update
from tests.blog.test_admin_writing import as_sent, page_of, told
from tests.factories import (
    NOON,
    everything,
    four_eyes,
    fresh,
    in_stage,
    make_author,
    make_editor,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    make_update,
    person,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


def address_of(update, act=""):
    return f"/admin/blog/post/{update.post_id}/updates/{update.number}/{act}"


@pytest.fixture
def desk(client):
    """Opens a form as somebody, and sends it with changes."""

    class Desk:
        def get(self, address, by):
            client.force_login(person(by))
            return client.get(address)

        def send(self, address, by, **fields):
            client.force_login(person(by))
            return client.post(address, {name.replace("__", "-"): value for name, value in fields.items()})

        def open(self, piece, by):
            """The form for a new update of a post, or for one that is there."""
            is_post = isinstance(piece, Post)
            response = self.get(page_of(piece) if is_post else address_of(piece), by)
            found = response.context and response.context.get("update_form" if is_post else "form")
            self.sent = as_sent(found) if found else {}
            return response

        def write(self, piece, by, *, verb="", open_first=True, **changes):
            """Send the form of `open`, with what a person typed in it."""
            if open_first:
                self.open(piece, by)
            typed = {f"update-{name}".replace("__", "-"): value for name, value in changes.items()}
            address = f"/admin/blog/post/{piece.pk}/updates/" if isinstance(piece, Post) else address_of(piece)
            client.force_login(person(by))
            return client.post(address, self.sent | typed | ({"verb": verb} if verb else {}))

    return Desk()


def only(post):
    return fresh(post.updates.get())


# A new update


@four_eyes(False)
def test_a_publisher_publishes_a_new_update_with_one_button(desk):
    post = make_rolling_post()
    before = timezone.now()
    response = desk.write(post, "paula", verb="publish", headline="Crack found", body="<p>Engineers say so.</p>")
    assert (response.status_code, response.url) == (302, page_of(post))
    update = only(post)
    assert (update.stage, update.live.headline, update.live.body) == (
        "published",
        "Crack found",
        "<p>Engineers say so.</p>",
    )
    assert before <= update.happened_at <= timezone.now()
    assert update.live.byline == [{"name": "Paula", "slug": ""}]
    assert update.get_absolute_url() in told(response)


def test_whoever_may_only_propose_sends_to_review(desk):
    post = make_rolling_post()
    opened = desk.open(post, "colin").content.decode()
    assert 'value="submit"' in opened and 'value="publish"' not in opened
    desk.write(post, "colin", verb="submit", headline="Ferries run")
    update = only(post)
    assert (update.stage, update.live, update.head.by_name) == ("review", None, "Colin")


def test_a_draft_is_kept_for_later(desk):
    post = make_rolling_post()
    response = desk.write(post, "colin", headline="Ferries run", note="Ask them.")
    update = only(post)
    assert (update.stage, update.head.note) == ("draft", "Ask them.")
    assert "Saved as version 2." in told(response)


@pytest.mark.parametrize(("eyes", "button"), [(True, "submit"), (False, "publish")])
def test_the_button_is_what_would_be_possible(desk, eyes, button):
    post = make_rolling_post()
    with four_eyes(eyes):
        page = desk.open(post, "paula").content.decode()
    form = page[page.index('class="update-form"') : page.index("</form>", page.index('class="update-form"'))]
    assert re.findall(r'name="verb" value="(\w+)"', form) == [button]


def test_a_publication_that_is_refused_costs_no_word(desk):
    post = make_rolling_post()
    response = desk.write(post, "paula", verb="publish", headline="Crack found")
    update = only(post)
    assert (response.status_code, update.stage, update.head.headline) == (409, "draft", "Crack found")
    page = response.content.decode()
    assert "Saved as version 2. Somebody else has to approve it first." in page
    assert f'action="{address_of(update)}"' in page


@four_eyes(False)
def test_the_same_form_sent_twice_is_one_update_and_looks_like_one(desk):
    post = make_rolling_post()
    desk.open(post, "paula")
    first = desk.write(post, "paula", verb="publish", open_first=False, headline="Crack found")
    before = everything()
    second = desk.write(post, "paula", verb="publish", open_first=False, headline="Crack found")
    assert (first.status_code, second.status_code, second.url) == (302, 302, page_of(post))
    assert everything() == before
    assert post.updates.count() == 1


@four_eyes(False)
def test_what_is_typed_into_the_folded_part(desk):
    make_author("Carla Reyes", "carla-reyes", user=person("carla"))
    post = make_rolling_post()
    next_at = timezone.now() + timedelta(hours=2)
    desk.write(
        post,
        "paula",
        verb="publish",
        body='<p>So they say.<a href="#s1">1</a></p>',
        happened_at="2025-09-05T11:15",
        byline="Carla Reyes, A Guest",
        sources__0__outlet="Harbour Authority",
        sources__0__at="2025-09-05T10:00",
        pinned="on",
        key="on",
        next_update_at=f"{next_at:%Y-%m-%dT%H:%M}",
    )
    update = only(post)
    assert update.happened_at == datetime(2025, 9, 5, 11, 15, tzinfo=UTC)
    assert (update.pinned, update.key, update.live.headline) == (True, True, "")
    assert update.live.byline == [{"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "A Guest", "slug": ""}]
    assert update.live.sources == [
        {"outlet": "Harbour Authority", "title": "", "url": "", "at": "2025-09-05T10:00:00+00:00"}
    ]
    assert f'href="#t-u{update.number}-s1"' in update.live.body
    assert fresh(post).next_update_at == next_at.replace(second=0, microsecond=0)


def test_only_who_leads_pins_and_promises(desk):
    post = make_rolling_post()
    assert not {"pinned", "key", "next_update_at"} & set(desk.open(post, "colin").context["update_form"].fields)
    desk.write(post, "colin", headline="News", pinned="on", key="on", next_update_at="2099-01-01T00:00")
    update = only(post)
    assert (update.pinned, update.key, fresh(post).next_update_at) == (False, False, None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("One.\r\n\r\nTwo,\r\nthree & four < five.", "<p>One.</p>\n<p>Two,<br>three &amp; four &lt; five.</p>"),
        ("<p>One.</p><p>Two.</p>", "<p>One.</p>\n<p>Two.</p>"),
    ],
)
def test_without_a_script_empty_lines_divide_paragraphs(desk, typed, kept):
    post = make_rolling_post()
    desk.write(post, "colin", body=typed)
    assert only(post).head.body == kept


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "body", "Write something: a headline, or a text."),
        ({"headline": "\u200b", "body": "<p> </p>"}, "body", "Write something: a headline, or a text."),
        ({"headline": "N", "happened_at": "2099-01-01T00:00"}, "happened_at", "That time is still to come."),
        ({"headline": "N", "happened_at": "soon"}, "happened_at", "Write the time as 2026-03-12 18:42."),
        ({"headline": "N", "next_update_at": "2025-01-01T00:00"}, "next_update_at", "That time has passed."),
        ({"headline": "N", "next_update_at": "2099-01-01T00:00"}, "next_update_at", "That is more than a year away."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_kept(desk, fields, field, says):
    post = make_rolling_post()
    desk.open(post, "paula")
    before = everything()
    response = desk.write(post, "paula", open_first=False, verb="publish", **fields)
    assert response.status_code == 400
    assert everything() == before
    form = response.context["update_form"]
    assert form.errors == {field: [says]}
    page = response.content.decode()
    assert "Nothing was saved yet" in page and says in page.replace("&#x27;", "'")
    assert f'action="{page_of(post)}"' in page  # the form of the story's own text goes where it belongs


def test_a_time_that_came_twice_is_asked_and_the_answer_is_kept(desk):
    post = make_rolling_post(at=datetime(2024, 1, 1, tzinfo=UTC))
    with timezone.override(ZoneInfo("America/New_York")):
        # (times of 2024: an update is never of the future)
        response = desk.write(post, "colin", headline="Night", happened_at="2024-11-03T01:30")
        assert response.status_code == 400
        page = response.content.decode()
        assert "01:30 summer time" in page and "01:30 winter time" in page
        [_first, second] = re.findall(r'type="radio" name="update-happened_at-exact" value="([^"]+)"', page)
        desk.sent |= {"update-happened_at-exact": second}
        answer = desk.write(post, "colin", open_first=False, headline="Night", happened_at="2024-11-03T01:30")
    assert answer.status_code == 302
    assert only(post).happened_at == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)


def test_the_time_of_a_source_is_asked_for_in_its_row(desk):
    post = make_rolling_post(at=datetime(2024, 1, 1, tzinfo=UTC))
    source = {"sources__0__outlet": "Ferry company", "sources__0__at": "2024-03-10T02:30"}
    with timezone.override(ZoneInfo("America/New_York")):
        response = desk.write(post, "colin", headline="Night", **source)
        assert response.status_code == 400
        page = response.content.decode()
        assert '<details class="step more" open>' in page
        found = re.findall(r'type="radio" name="update-sources-0-at-exact" value="([^"]+)"', page)
        desk.sent |= {"update-sources-0-at-exact": found[0]}
        assert desk.write(post, "colin", open_first=False, headline="Night", **source).status_code == 302
    assert only(post).head.sources[0]["at"] == "2024-03-10T06:59:00+00:00"


@pytest.mark.parametrize("by", ["rita", "mod"])
def test_who_does_not_write_adds_nothing(desk, by):
    post = make_rolling_post()
    before = everything()
    response = desk.write(post, by, verb="publish", headline="News")
    assert response.status_code == (302 if by == "rita" else 403)
    assert everything() == before


def test_nothing_is_added_to_what_does_not_run(desk):
    post = make_rolling_post()
    desk.open(post, "paula")
    updates.end(post, by=make_publisher())
    before = everything()
    response = desk.write(post, "paula", open_first=False, headline="News")
    assert response.status_code == 400
    assert "It is not a running story: nothing is added to it." in response.content.decode()
    assert "News</textarea>" in response.content.decode()
    assert everything() == before
    assert desk.send(f"/admin/blog/post/{make_live_post('Other').pk}/updates/", "paula").status_code == 404


# An update that is there


def test_opening_and_saving_untouched_writes_nothing(desk):
    update = make_update(
        make_rolling_post(),
        at=NOON + timedelta(seconds=17, microseconds=5),
        body='<p>One.<a href="#s1">1</a></p>',
        sources=({"outlet": "A", "title": "", "url": "", "at": "2025-09-04T16:20:11+00:00"},),
        byline=({"name": "Carla", "slug": ""},),
    )
    before = everything()
    response = desk.write(update, "carla")
    assert "Nothing was changed" in told(response)
    assert everything() == before


def test_an_update_is_rewritten(desk):
    update = make_update(make_rolling_post(), at=NOON + timedelta(seconds=17))
    desk.write(update, "carla", headline="Cracks found", note="two")
    update = fresh(update)
    assert (update.head.headline, update.head.note, update.head.number) == ("Cracks found", "two", 3)
    assert update.head.happened_at == NOON + timedelta(seconds=17)
    desk.write(update, "carla", happened_at="2025-09-05T09:00")
    assert fresh(update).happened_at == datetime(2025, 9, 5, 9, tzinfo=UTC)


def test_the_times_of_sources_are_shown_again_beside_what_is_refused(desk):
    source = {"outlet": "A", "title": "", "url": "", "at": "2025-09-04T16:20:11+00:00"}
    update = make_update(make_rolling_post(), sources=(source,))
    before = everything()
    response = desk.write(update, "carla", happened_at="yesterday")
    assert (response.status_code, everything()) == (400, before)
    desk.sent = as_sent(response.context["form"])
    assert desk.write(update, "carla", open_first=False, happened_at="2025-09-05T09:00").status_code == 302
    assert fresh(update).head.sources == [source]


def test_words_typed_behind_somebody_elses_back_are_shown_together_with_his_before_they_are_saved(desk):
    update = make_update(make_rolling_post())
    desk.open(update, "carla")
    rewrite_update(update, by=make_editor(), headline="Edith's")
    before = everything()
    response = desk.write(update, "carla", open_first=False, body="<p>Carla's.</p>")
    page = response.content.decode()
    assert response.status_code == 409 and everything() == before
    assert "Edith saved version 3" in page and "Nothing is saved yet" in page
    desk.sent = as_sent(response.context["form"])
    assert desk.write(update, "carla", open_first=False).status_code == 302
    assert (fresh(update).head.headline, fresh(update).head.body) == ("Edith's", "<p>Carla's.</p>")


@four_eyes(False)
def test_where_both_changed_the_same_words_both_stand_in_a_draft_and_no_reader_sees_them(desk):
    update = make_live_update(make_rolling_post())
    live = update.live
    desk.open(update, "paula")
    rewrite_update(update, by=make_editor(), headline="Edith's")
    typed = {"headline": "Paula's", "change": "update", "verb": "publish", "open_first": False}
    assert desk.write(update, "paula", **typed).status_code == 409
    update = fresh(update)
    assert "⟦⇄ Edith:⟧ Edith's ⟦⇄ Paula:⟧ Paula's ⟦⇄⟧" in update.head.headline
    assert (update.live, update.head.by_name) == (live, "Paula")
    before = everything()
    assert desk.write(update, "paula", **typed).status_code == 409  # sent twice
    assert everything() == before


def test_over_live_text_the_kind_of_change_has_to_be_said(desk):
    update = make_live_update(make_rolling_post())
    before = everything()
    response = desk.write(update, "carla", headline="Cracks found")
    assert (response.status_code, set(response.context["form"].errors)) == (400, {"change"})
    assert everything() == before
    desk.write(update, "carla", headline="Cracks found", change="update")
    assert fresh(update).head.kind == "update"


@four_eyes(False)
def test_the_same_change_sent_twice_is_one_version_and_looks_like_one(desk):
    update = make_live_update(make_rolling_post())
    desk.open(update, "paula")
    typed = {"headline": "Two cracks found", "change": "update", "verb": "publish", "open_first": False}
    assert desk.write(update, "paula", **typed).status_code == 302
    before = everything()
    assert desk.write(update, "paula", **typed).status_code == 302
    assert everything() == before
    assert fresh(update).live.headline == "Two cracks found"


def test_a_form_that_does_not_say_which_version_it_shows_is_refused(desk):
    update = make_update(make_rolling_post())
    desk.open(update, "carla")
    desk.sent.pop("update-based_on")
    assert desk.write(update, "carla", open_first=False, headline="Other").status_code == 400


@four_eyes(False)
def test_a_correction_asks_for_its_sentence_right_there(desk):
    update = make_live_update(make_rolling_post())
    response = desk.write(update, "paula", verb="publish", headline="Two cracks found", change="correction")
    assert response.status_code == 409
    page = response.content.decode()
    assert "A correction needs a sentence for readers" in page and "Saved as version 3." in page
    desk.sent = as_sent(response.context["form"]) | {"publish-public_note": "There are two."}
    assert desk.write(fresh(update), "paula", verb="publish", open_first=False, change="correction").status_code == 302
    event = Event.objects.of(update).latest("number")
    assert (event.verb, event.kind, event.public_note) == ("publish", "correction", "There are two.")
    assert fresh(update).live.headline == "Two cracks found"


@four_eyes(False)
def test_the_kind_that_was_chosen_stays_chosen_when_no_word_changes(desk):
    update = make_live_update(make_rolling_post())
    desk.write(update, "paula", headline="Two cracks found", change="typo")
    response = desk.write(fresh(update), "paula", verb="publish", change="correction")
    assert response.status_code == 409
    assert response.context["form"]["change"].value() == "correction"
    assert "Nothing was changed" not in response.content.decode()


@four_eyes(False)
def test_of_a_post_the_kind_that_was_chosen_stays_chosen(desk, client):
    post = write(make_live_post(), kind="typo", headline="Two cracks found")
    sent = as_sent(desk.get(page_of(post), "paula").context["form"]) | {"change": "correction", "verb": "publish"}
    response = client.post(page_of(post), sent)
    assert response.status_code == 409
    assert response.context["form"]["change"].value() == "correction"
    assert "Nothing was changed" not in response.content.decode()


@pytest.fixture
def doubtful(monkeypatch):
    """A classifier that finds a number and a name in every edit."""
    found = [kinds.Warning("number", "17 became 71."), kinds.Warning("name", "Ada became Eva.")]
    monkeypatch.setattr(kinds, "warnings", lambda old, new: found)
    return found


@four_eyes(False)
def test_a_typo_that_touches_a_number_is_asked_about(desk, doubtful):
    update = make_live_update(make_rolling_post())
    response = desk.write(update, "paula", verb="publish", body="<p>71.</p>", change="typo")
    page = response.content.decode()
    assert response.status_code == 409
    assert "17 became 71." in page and "Ada became Eva." in page and 'value="number name"' in page
    assert (fresh(update).live.number, fresh(update).head.number) == (2, 3)
    desk.sent = as_sent(response.context["form"])

    desk.sent |= {"publish-sure": "number"}  # sure of another edit, that touched less
    assert desk.write(fresh(update), "paula", verb="publish", open_first=False).status_code == 409
    desk.sent |= {"publish-sure": "number name"}
    assert desk.write(fresh(update), "paula", verb="publish", open_first=False).status_code == 302
    event = Event.objects.of(update).latest("number")
    assert (event.kind, event.details) == ("typo", {"warnings": ["number", "name"]})


@four_eyes(False)
def test_another_kind_of_change_is_not_asked_about(desk, doubtful):
    update = make_live_update(make_rolling_post())
    desk.write(update, "paula", verb="publish", body="<p>71.</p>", change="update")
    assert Event.objects.of(update).latest("number").details == {}


@four_eyes(False)
def test_a_typo_of_a_post_is_asked_about_too(desk, doubtful, client):
    post = make_live_post()
    sent = as_sent(desk.get(page_of(post), "paula").context["form"])
    sent |= {"body": "<p>71.</p>", "change": "typo", "verb": "publish"}
    response = client.post(page_of(post), sent)
    assert response.status_code == 409 and "17 became 71." in response.content.decode()
    sent = as_sent(response.context["form"]) | {"verb": "publish", "publish-sure": "number name"}
    assert client.post(page_of(post), sent).status_code == 302
    assert post.events.latest("number").details == {"warnings": ["number", "name"]}


@four_eyes(False)
def test_many_published_at_once_leave_out_what_is_doubtful(desk, doubtful, client):
    post = write(make_live_post(), kind="typo", body="<p>71.</p>")
    client.force_login(make_publisher())
    sent = {"action": "publish", "_selected_action": [post.pk]}
    response = client.post("/admin/blog/post/", sent)
    assert "It is said to be a typo, but: 17 became 71. Ada became Eva." in told(response)
    assert fresh(post).live.number == 1


@four_eyes(False)
def test_from_the_list_a_doubtful_typo_comes_back_on_its_own_page(desk, doubtful):
    update = rewrite_update(make_live_update(make_rolling_post()), kind="typo", body="<p>71.</p>")
    response = desk.send(address_of(update, "act/"), "paula", verb="publish", based_on=update.head.number)
    assert response.status_code == 409
    assert "17 became 71." in response.content.decode()


# Verbs from the list


def test_an_update_on_its_way_through_the_list(desk):
    post = make_rolling_post()
    update = make_update(post, by=person("colin"))

    def act(by, verb, **words):
        return desk.send(address_of(update, "act/"), by, verb=verb, based_on=fresh(update).head.number, **words)

    assert act("colin", "submit").url == page_of(post)
    assert act("edith", "request_changes", request_changes__note="Who says so?").status_code == 302
    assert act("colin", "submit").status_code == 302
    assert act("edith", "approve").status_code == 302
    assert act("paula", "pin").status_code == 302
    assert act("paula", "mark_key").status_code == 302
    assert act("paula", "publish").status_code == 302
    assert (fresh(update).stage, fresh(update).pinned, fresh(update).key) == ("published", True, True)
    assert act("paula", "unpin").status_code == act("paula", "unmark_key").status_code == 302
    refused = act("paula", "withdraw")
    assert refused.status_code == 409 and "Say why, for readers." in refused.content.decode()
    assert act("paula", "withdraw", withdraw__public_note="It was wrong.").status_code == 302
    assert fresh(update).withdrawal.public_note == "It was wrong."
    assert list(update.events.order_by("number").values_list("verb", flat=True)) == [
        *("write", "submit", "request_changes", "submit", "approve", "pin", "mark_key", "publish"),
        *("unpin", "unmark_key", "withdraw"),
    ]


@pytest.mark.parametrize("verb", ["publish", "approve", "withdraw", "pin", "mark_key", "submit", "spike"])
def test_a_button_for_others_does_nothing(desk, verb):
    update = make_update(make_rolling_post(by=person("edith")), by=person("colin"))
    if verb == "withdraw":
        update = make_live_update(update.post)
    before = everything()
    words = {"withdraw__public_note": "Why."} if verb == "withdraw" else {}
    by = "colin" if verb not in {"submit", "spike"} else "carla"
    response = desk.send(address_of(update, "act/"), by, verb=verb, based_on=update.head.number, **words)
    assert response.status_code in {404, 409}
    assert everything() == before


def test_a_version_that_was_not_shown_is_not_approved(desk):
    update = workflow.submit(make_update(make_rolling_post()), by=person("carla"))
    shown = update.head.number
    workflow.submit(rewrite_update(update, headline="Other"), by=person("carla"))
    before = everything()
    response = desk.send(address_of(update, "act/"), "edith", verb="approve", based_on=shown)
    assert response.status_code == 409 and "saved version 3 meanwhile" in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize("fields", [{}, {"verb": "publish"}, {"verb": "publish", "based_on": "x"}])
def test_a_button_without_its_version_does_nothing(desk, fields):
    update = make_update(make_rolling_post())
    assert desk.send(address_of(update, "act/"), "paula", **fields).status_code == 403
    assert desk.send(address_of(update, "act/"), "paula", verb="burn").status_code == 400


# The coverage


@pytest.mark.parametrize("by", ["paula", "ada"])
def test_a_post_is_made_a_running_story_and_its_words_are_saved_first(desk, client, by):
    post = make_live_post()
    sent = as_sent(desk.get(page_of(post), by).context["form"])
    sent |= {"verb": "roll", "headline": "Council closes all bridges", "change": "update"}
    assert client.post(page_of(post), sent).status_code == 302
    post = fresh(post)
    assert (post.coverage, post.head.headline) == ("rolling", "Council closes all bridges")
    client.post(page_of(post), {"verb": "end", **as_sent(client.get(page_of(post)).context["form"])})
    assert fresh(post).coverage == "ended"
    page = client.get(page_of(post)).content.decode()
    assert "Run again" in page and 'id="new-update"' not in page
    client.post(page_of(post), {"verb": "roll", **as_sent(client.get(page_of(post)).context["form"])})
    assert fresh(post).coverage == "rolling"


def test_only_who_leads_is_offered_to_make_it_one(desk):
    live, own = make_live_post(), make_post("Own")
    for post, by, offered in [
        (live, "carla", False),
        (live, "edith", False),
        (live, "paula", True),
        (own, "carla", True),
        (make_live_page(), "paula", False),
        (in_stage("spiked"), "paula", False),
    ]:
        assert ("Make it a running story" in desk.get(page_of(post), by).content.decode()) is offered
    sent = as_sent(desk.get(page_of(live), "carla").context["form"])
    before = everything()
    assert desk.send(page_of(live), "carla", verb="roll", **sent).status_code == 409
    assert everything() == before


def test_where_things_stand_is_a_text_of_running_stories(desk, client):
    post = make_live_post()
    form = desk.get(page_of(post), "carla").context["form"]
    assert "summary" not in form.fields
    updates.roll(post, by=make_publisher())
    form = desk.get(page_of(post), "carla").context["form"]
    sent = as_sent(form) | {"summary": "<p>Closed until Friday.</p>", "change": "update"}
    client.post(page_of(post), sent)
    assert fresh(post).head.summary == "<p>Closed until Friday.</p>"
    updates.end(fresh(post), by=make_publisher())
    assert desk.get(page_of(post), "carla").context["form"]["summary"].value() == "<p>Closed until Friday.</p>"


# The promise


def promise(desk, post, by, **fields):
    return desk.send(f"/admin/blog/post/{post.pk}/promise/", by, **fields)


def test_a_promise_is_made_changed_and_cleared(desk):
    post = make_rolling_post()
    at = (timezone.now() + timedelta(hours=1)).replace(second=0, microsecond=0)
    response = promise(desk, post, "paula", promise__at=f"{at:%Y-%m-%dT%H:%M}", promise__words="after the council")
    assert (response.status_code, response.url) == (302, page_of(post))
    assert (fresh(post).next_update_at, fresh(post).promise) == (at, "after the council")
    assert promise(desk, post, "paula", clear="1").status_code == 302
    assert (fresh(post).next_update_at, fresh(post).promise) == (None, "")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "This field is required."),
        ({"promise__at": "2025-01-01T00:00"}, "That time has passed."),
        ({"promise__at": "2099-01-01T00:00"}, "That is more than a year away."),
        ({"promise__at": "tonight"}, "Write the time as 2026-03-12 18:42."),
    ],
)
def test_what_cannot_be_promised_is_said_at_the_time(desk, fields, says):
    post = make_rolling_post()
    before = everything()
    response = promise(desk, post, "paula", **fields)
    assert response.status_code == 400
    assert response.context["promise_form"].errors == {"at": [says]}
    assert everything() == before


def test_nobody_promises_for_others(desk):
    post = make_rolling_post()
    other = make_live_post("Other")
    updates.promise(post, timezone.now() + timedelta(hours=1), by=make_publisher())
    person("carla")
    before = [list(Post.objects.order_by("pk").values()), Event.objects.count()]
    assert promise(desk, post, "carla", clear="1").status_code == 403
    assert promise(desk, other, "paula", clear="1").status_code == 404
    assert [list(Post.objects.order_by("pk").values()), Event.objects.count()] == before


# The list, and who sees what


def headlines(response):
    return [row.shown.headline for row in response.context["rows"]]


def test_everybody_sees_the_updates_that_are_for_them(desk):
    post = make_rolling_post(by=person("edith"))
    make_live_update(post, "Live", at=NOON)
    make_update(post, "Carla's draft", at=NOON + timedelta(minutes=1))
    ahead = make_live_update(post, "Ahead", at=NOON + timedelta(minutes=2), by=person("colin"))
    rewrite_update(ahead, headline="Ahead, newer", by=person("colin"))
    gone = make_live_update(post, "Gone", at=NOON + timedelta(minutes=3), by=person("colin"))
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    seen = {name: headlines(desk.get(page_of(post), name)) for name in ("carla", "colin", "edith", "mod")}
    assert seen == {
        "carla": ["Gone", "Ahead", "Carla's draft", "Live"],
        "colin": ["Gone", "Ahead, newer", "Live"],
        "edith": ["Gone", "Ahead, newer", "Carla's draft", "Live"],
        "mod": ["Gone", "Ahead", "Live"],
    }
    page = desk.get(page_of(post), "mod").content.decode()
    assert "This update was withdrawn" in page and "Gone" not in page and "newer" not in page
    own = desk.get(address_of(gone), "mod").content.decode()
    assert "Gone" not in own and "Wrong." in own


def test_thirty_updates_a_page_and_a_link_to_the_others(desk):
    post = make_rolling_post()
    for number in range(32):
        make_update(post, f"U{number}", at=NOON + timedelta(minutes=number))
    first = desk.get(page_of(post), "carla")
    assert headlines(first) == [f"U{number}" for number in range(31, 1, -1)]
    [rest] = re.findall(r'href="([^"]+)" rel="next"', first.content.decode())
    second = desk.get(rest.partition("#")[0], "carla")
    assert headlines(second) == ["U1", "U0"]
    assert 'rel="next"' not in second.content.decode()
    assert desk.get(f"{page_of(post)}?updates=1", "carla").status_code == 404


@pytest.mark.parametrize("name", ["colin", "paula"])
def test_a_list_of_three_asks_no_more_than_a_list_of_one(desk, name, django_assert_max_num_queries, client):
    post = make_rolling_post()
    make_live_update(post)
    client.force_login(person(name))
    client.get(page_of(post))

    def asked():
        with django_assert_max_num_queries(100) as queries:
            client.get(page_of(post))
        return len(queries)

    once = asked()
    for number in range(3):
        workflow.submit(make_update(post, f"U{number}", by=person("colin")), by=person("colin"))
        workflow.withdraw(make_live_update(post), by=make_publisher(), public_note="Wrong.")
    assert asked() == once


def test_what_somebody_may_not_see_is_not_there(desk):
    post = make_rolling_post(by=person("edith"))
    update = make_update(post, by=person("colin"))
    assert desk.get(address_of(update), "carla").status_code == 404
    assert desk.get(address_of(update), "edith").status_code == 200
    assert desk.get(f"/admin/blog/post/{post.pk}/updates/99999/", "edith").status_code == 404
    draft = updates.roll(make_post("Draft", by=person("colin")), by=person("colin"))
    assert desk.get(address_of(make_update(draft, by=person("colin"))), "carla").status_code == 404


def test_the_page_of_an_update_tells_nothing_of_the_draft_behind_its_story(desk):
    post = write(make_rolling_post(by=person("edith")), by=person("edith"), headline="Secret", kind="update")
    update = make_live_update(post, "Live", by=person("colin"))
    rewrite_update(update, headline="Hidden", by=person("colin"))
    for name in ("carla", "mod"):
        page = desk.get(address_of(update), name).content.decode()
        assert "Live" in page and "Secret" not in page and "Hidden" not in page
    own = desk.get(address_of(update), "colin").content.decode()
    assert "Secret" not in own and "Hidden" in own


def test_the_history_names_what_was_done_to_the_coverage(desk):
    post, paula = make_rolling_post(), make_publisher()
    update = updates.pin(make_update(post), by=paula)
    updates.unmark_key(updates.mark_key(updates.unpin(update, by=paula), by=paula), by=paula)
    updates.promise(post, timezone.now() + timedelta(hours=1), by=paula)
    updates.promise(post, None, by=paula)
    updates.end(post, by=paula)
    page = desk.get(f"/admin/blog/post/{post.pk}/history/", "paula").content.decode()
    for words in (
        "Made it a running story",
        "Pinned it",
        "Unpinned it",
        "Made it a key moment",
        "Made it no key moment any more",
        "Promised the next update",
        "Took the promise back",
        "Ended the coverage",
    ):
        assert words in page


def test_addresses_that_only_take_forms_lead_back(desk):
    update = make_update(make_rolling_post())
    post = update.post
    for address, back in [
        (f"/admin/blog/post/{post.pk}/updates/", page_of(post)),
        (f"/admin/blog/post/{post.pk}/promise/", page_of(post)),
        (address_of(update, "act/"), address_of(update)),
    ]:
        assert desk.get(address, "paula").url == back


# The preview


def preview(client, update, by, number=None):
    client.force_login(person(by))
    return client.get(f"/preview/{update.post.key}/{number or fresh(update).head.number}/")


def test_a_preview_shows_the_update_among_the_others(client):
    post = make_rolling_post("The story")
    make_live_update(post, "Before", at=NOON)
    update = make_update(post, "New one", at=NOON + timedelta(minutes=5))
    make_live_update(post, "After", at=NOON + timedelta(minutes=10))
    page = preview(client, update, "carla").content.decode()
    assert re.findall(r"<h1[^>]*>([^<]+)", page) == ["The story"]
    assert re.findall(r'<h3 id="u\d+-t"[^>]*>([^<]+)', page) == ["After", "New one", "Before"]
    assert "Preview of version 3." in page and f'href="{address_of(update)}"' in page


def test_a_preview_shows_that_very_version(client):
    update = make_live_update(make_rolling_post(), "First")
    updates.pin(update, by=make_publisher())
    update = rewrite_update(update, headline="Second", kind="update")
    assert "First" in preview(client, update, "carla", 2).content.decode()
    page = preview(client, update, "carla", 3).content.decode()
    assert "Second" in page and "First" not in page


def test_who_may_not_read_an_update_gets_no_preview_of_it(client):
    post = make_rolling_post(by=person("edith"))
    update = make_update(post, by=person("colin"))
    seen = {name: preview(client, update, name).status_code for name in ("rita", "mod", "carla", "colin", "edith")}
    assert seen == {"rita": 404, "mod": 404, "carla": 404, "colin": 200, "edith": 200}
    live = make_live_update(post, by=person("colin"))
    assert preview(client, live, "mod", live.live.number).status_code == 200


# The desk's first page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 minutes late"), (1, "1 minute late"), (59, "59 minutes late"), (60, "1 hour late"), (6000, "4 days late")],
)
def test_how_late_is_said_in_one_unit(minutes, words):
    assert lateness(timedelta(minutes=minutes, seconds=30)) == words


def test_the_first_page_has_the_updates_that_wait(desk):
    update = workflow.submit(make_update(make_rolling_post(), "Ferries"), by=person("carla"))
    assert address_of(update) in desk.get("/admin/", "edith").content.decode()
    assert address_of(update) not in desk.get("/admin/", "colin").content.decode()
    assert list(Update.objects.all()) == [update] and Revision.objects.count() == 2
