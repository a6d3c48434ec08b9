""" "Fixed, thanks!": from a comment to the fix in the text, and what readers see of it below the comment."""

import re
from html import unescape

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import suggestions, updates, workflow
from blog.models import Edition, Event, Revision, Suggestion, Tally
from comments import moderation, people, pointing, receiving
from comments.models import Comment, HouseRules, ModerationAct
from tests.factories import (
    everything,
    four_eyes,
    fresh,
    make_comment,
    make_editor,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db

QUEUE = "/admin/comments/comment/"
BODY = "<p>The bridge is closed.</p><p>They did recieve a letter, and the town is under seige.</p>"


@pytest.fixture(autouse=True)
def anybody_may_comment(db):
    HouseRules.objects.update(policy="open", limit_seconds=0)
    Edition.objects.update(discussion_days=None)


@pytest.fixture
def post():
    return make_live_post(body=BODY)


@pytest.fixture
def comment(post):
    return make_comment(post, "Typo: recieve should be receive.")


@pytest.fixture
def mod(client):
    client.force_login(person("mod"))
    return client


@pytest.fixture
def publisher(client):
    client.force_login(make_publisher())
    with four_eyes(False):
        yield client


@pytest.fixture
def keeping(settings):
    settings.CACHES = settings.CACHES | {"pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["pages"].clear()
    yield
    caches["pages"].clear()


def at(comment, what="suggest"):
    return f"{QUEUE}{comment.pk}/{what}/"


def make(client, comment, exact="recieve", replacement="receive", **fields):
    return client.post(at(comment), {"exact": exact, "replacement": replacement, "about": "spelling"} | fields)


def made(comment, **columns):
    """The suggestion of a comment, made by mod through the verbs."""
    post = comment.post
    words = {"exact": "recieve", "replacement": "receive", "before": "", "after": ""} | columns
    words = {"update": None, "revision": post.live, "part": "body", "about": "spelling"} | words
    return pointing.make_suggestion(
        comment, lambda: suggestions.suggest(post, credit=comment.name, **words), by=person("mod")
    )


def applied(suggestion, kind="typo", **words):
    with four_eyes(False):
        return suggestions.apply(suggestion, by=make_publisher(), kind=kind, **words)


def plain(html):
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def below(client, comment, query=""):
    """What stands of a comment on the page of its post, as HTML."""
    html = client.get(comment.post.get_absolute_url() + query).content.decode()
    return re.search(rf'<article class="cmt[^"]*" id="c{comment.pk}">.*?</article>', html, re.DOTALL)[0]


# From the comment to the words


def test_the_words_that_a_comment_means_are_found_in_every_part():
    post = make_rolling_post("Teh bridge", standfirst="Trafic stops", body=BODY, summary="<p>Buses run untill six.</p>")
    update = make_live_update(post, "A crac", body="<p>It is long.</p><p>Nobody was hert.</p>")
    post = fresh(post)
    for said, exact, part, of_update in (
        ("Teh -> The", "Teh", "headline", False),
        ("Trafic -> Traffic", "Trafic", "standfirst", False),
        ("untill -> until", "untill", "summary", False),
        ("seige -> siege", "seige", "body", False),
        ("crac -> crack", "crac", "headline", True),
        ("hert -> hurt", "hert", "body", True),
    ):
        place, _replacement = pointing.looked_for(make_comment(post, said))
        assert (place.exact, place.part, place.text[place.start : place.end]) == (exact, part, exact)
        assert place.update == (update if of_update else None)
        assert place.revision == (fresh(update).live if of_update else post.live)


def test_where_words_stand_twice_those_of_the_update_it_was_written_on_are_meant():
    post = make_rolling_post(body=BODY)
    update = make_live_update(post, "Nobody hurt", body="<p>The town is under seige.</p>")
    elsewhere = make_comment(post, "seige -> siege")
    there = make_comment(post, "seige -> siege", update=update)
    assert pointing.looked_for(elsewhere) is None
    assert pointing.looked_for(there).place.update == update


def test_words_that_readers_do_not_see_are_not_found(post):
    write(post, body="<p>A secret mispelling.</p>")
    update = make_live_update(updates.roll(fresh(post), by=make_publisher()), body="<p>A withdrawn mispelling.</p>")
    workflow.withdraw(update, by=make_publisher(), public_note="It was not so.")
    assert pointing.looked_for(make_comment(fresh(post), "mispelling -> misspelling")) is None
    assert pointing.places_of(fresh(post), "mispelling") == []


def test_places_are_where_the_very_words_stand(post):
    assert [place.exact for place in pointing.places_of(post, " The  ", most=9)] == ["The", "The"]
    assert [place.start for place in pointing.places_of(post, "The", most=1)] == [0]
    assert pointing.places_of(post, "") == pointing.places_of(post, "nowhere") == []


# The verb


def test_it_is_kept_with_who_said_so_and_the_comment_stays_as_it_is(post, comment):
    before, versions = Comment.objects.filter(pk=comment.pk).values().get(), Tally.objects.of_post(post.pk)
    suggestion = made(comment)
    assert Comment.objects.filter(pk=comment.pk).values().get() == before | {"suggestion_id": suggestion.pk}
    assert (suggestion.credit, suggestion.state, suggestion.email) == ("Marit Dahl", "open", "")
    act = ModerationAct.objects.get(comment=comment)
    assert (act.verb, act.by_name, act.state_before, act.state_after) == ("suggest", "Mod", "visible", "visible")
    assert Tally.objects.of_post(post.pk) == versions  # nothing public


def test_of_one_comment_one_suggestion_is_made(post, comment):
    made(comment)
    before = everything()
    with pytest.raises(moderation.WrongState, match="already"):
        made(comment, exact="seige", replacement="siege")
    assert everything() == before


@pytest.mark.parametrize("name", ["rita", "carla"])
def test_who_does_not_moderate_makes_none(comment, name):
    before = (everything(), person(name))[0]
    with pytest.raises(moderation.NotAllowed):
        pointing.make_suggestion(comment, lambda: pytest.fail("asked"), by=person(name))
    assert ModerationAct.objects.count() == 0
    assert before["comments.Comment"] == everything()["comments.Comment"]


def test_what_was_taken_back_or_erased_is_no_suggestion(post):
    withdrawn = make_comment(post, "recieve", state="withdrawn")
    erased = make_comment(post, "recieve")
    people.erase(people.by_comment(erased))
    for comment in (withdrawn, erased):
        with pytest.raises(moderation.WrongState):
            made(comment)
    assert not Suggestion.objects.exists()


def test_where_the_suggestion_is_refused_nothing_is_left(post, comment):
    before = (everything(), person("mod"))[0]
    with pytest.raises(suggestions.Unacceptable):
        made(comment, exact="nowhere to be seen")
    assert {**everything()} == before


def test_a_decision_before_it_can_still_be_undone(post):
    comment = make_comment(post, "recieve -> receive", state="waiting")
    act = moderation.approve(comment, by=person("mod"))
    suggestion = made(comment)
    moderation.undo(act, by=person("mod"))
    now = Comment.objects.get(pk=comment.pk)
    assert (now.state, now.suggestion_id) == ("waiting", suggestion.pk)
    with pytest.raises(moderation.WrongState, match="cannot be undone"):
        moderation.undo(ModerationAct.objects.get(verb="suggest"), by=person("mod"))


# The desk


def test_one_button_leads_to_the_words_and_another_makes_it(mod, post, comment):
    assert at(comment) in mod.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    html = mod.get(at(comment)).content.decode()
    assert "<del>recieve</del> <ins>receive</ins>" in html
    assert 'name="exact" value="recieve"' in html
    fields = dict(re.findall(r'name="(at|exact|replacement)" value="([^"]*)"', html))
    answer = mod.post(at(comment), fields | {"about": "spelling"})
    assert (answer.status_code, answer["Location"]) == (302, f"{QUEUE}{comment.pk}/change/#suggestion")
    suggestion = Suggestion.objects.get()
    assert (suggestion.exact, suggestion.replacement, suggestion.part) == ("recieve", "receive", "body")
    assert (suggestion.credit, suggestion.remark, suggestion.by_name) == ("Marit Dahl", comment.text, "Mod")
    assert suggestion.before.endswith("They did ")
    html = mod.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    assert "Made a suggestion of it" in html
    assert at(comment) not in html


def test_the_queue_has_the_button_and_says_what_was_made(mod, post):
    comment = make_comment(post, "recieve -> receive", state="waiting")
    assert at(comment) in mod.get(QUEUE).content.decode()
    made(comment)
    html = mod.get(QUEUE).content.decode()
    assert at(comment) not in html
    assert "Suggestion: recieve → receive, Open" in plain(html)


def test_the_words_can_be_others_than_those_found(mod, comment):
    make(mod, comment, "under seige", "besieged", about="fact")
    suggestion = Suggestion.objects.get()
    assert (suggestion.exact, suggestion.replacement, suggestion.about) == ("under seige", "besieged", "fact")


def test_of_words_that_stand_there_twice_those_that_were_found_are_meant(mod):
    post = make_live_post(body="<p>We saw the the bridge.</p><p>It was the bridge of bridges.</p>")
    comment = make_comment(post, 'First paragraph: "the bridge" should be "the ferry"')
    assert make(mod, comment, "the bridge", "the ferry").status_code == 400
    place = pointing.places_of(post, "the bridge", most=3)[2]
    assert make(mod, comment, "the bridge", "the ferry", at=f"{post.live_id} body {place.start}").status_code == 302
    assert Suggestion.objects.get().before.endswith("It was ")


def test_where_nothing_is_found_the_form_is_empty(mod, post):
    html = mod.get(at(make_comment(post, "When does it open?"))).content.decode()
    assert 'name="exact" value=""' in html
    assert "Nothing in the text is plainly meant" in html


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"exact": "nowhere"}, "do not stand"),
        ({"exact": ""}, "do not stand"),
        ({"exact": "the"}, "more than once"),
        ({"replacement": "recieve"}, "That is what it says now"),
        ({"replacement": "x" * 501}, "500"),
        ({"replacement": "a\x01b"}, "control"),
        ({"about": "nonsense"}, "kind of mistake"),
    ],
)
def test_what_cannot_be_a_suggestion_comes_back_as_it_was_typed(mod, post, fields, says):
    comment = make_comment(post, "the town, the bridge, the the")
    answer = make(mod, comment, **{"exact": "recieve"} | fields)
    assert answer.status_code == 400
    assert says in plain(answer.content.decode())
    assert not Suggestion.objects.exists()
    assert not ModerationAct.objects.exists()


def test_of_a_piece_that_is_gone_no_suggestion_is_made(mod, post, comment):
    workflow.withdraw(post, by=make_publisher(), public_note="It was wrong.")
    assert mod.get(at(comment)).status_code == 404
    assert make(mod, comment).status_code == 404
    assert at(comment) not in mod.get(f"{QUEUE}{comment.pk}/change/").content.decode()


def test_markup_in_a_comment_and_in_a_replacement_is_text(mod, post):
    comment = make_comment(post, '"recieve" should be "receive<script>alert(1)</script>"')
    html = mod.get(at(comment)).content.decode()
    assert "<script>alert" not in html
    make(mod, comment, replacement="<b>receive</b>")
    applied(Suggestion.objects.get())
    assert "did &lt;b&gt;receive&lt;/b&gt; a letter" in fresh(post).live.body


# What becomes of it


def fix(client, comment, verb="apply", **fields):
    return client.post(at(comment, "fix"), {"verb": verb, "kind": "typo"} | fields)


def test_applied_from_the_comment_and_its_writer_is_thanked_at_once(publisher, post, comment):
    made(comment)
    html = publisher.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    assert 'name="thank" value="1" checked' in html
    assert 'name="answer" value="Fixed, thanks!"' in html
    answer = fix(publisher, comment, thank="1", answer="Fixed, thanks!")
    assert answer["Location"] == f"{QUEUE}{comment.pk}/change/#suggestion"
    now = fresh(post)
    assert "did receive a letter" in now.live.body
    assert Event.objects.filter(post=post, verb="publish").latest("number").kind == "typo"
    thanks = Comment.objects.get(parent=comment)
    assert (thanks.text, thanks.name, thanks.badge) == ("Fixed, thanks!", "Paula", "staff")
    said = plain(publisher.get(answer["Location"]).content.decode())
    assert f"Fixed in version {now.live.number}." in said
    assert "Your answer is there." in said


def test_without_the_tick_nobody_is_answered(publisher, post, comment):
    made(comment)
    fix(publisher, comment, answer="Fixed, thanks!")
    assert fresh(post).live.number == 2
    assert not Comment.objects.filter(parent=comment).exists()


def test_an_answer_that_cannot_go_does_not_take_the_fix_back(publisher, post, comment):
    made(comment)
    HouseRules.objects.update(policy="closed")
    answer = fix(publisher, comment, thank="1", answer="Fixed, thanks!")
    assert "Your answer was not sent" in plain(publisher.get(answer["Location"]).content.decode())
    assert "did receive a letter" in fresh(post).live.body


def test_a_typo_that_touches_a_number_is_asked_about_first(publisher):
    post = make_live_post(body="<p>It opened in 1974.</p>")
    comment = make_comment(post, "1976, not 1974")
    made(comment, exact="1974", replacement="1976")
    answer = fix(publisher, comment, thank="1", answer="Mended, thank you!")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "It touches a" in plain(html)
    assert 'value="Mended, thank you!"' in html
    assert fresh(post).live.number == 1
    sure = re.search(r'name="publish-sure" value="([^"]*)"', html)[1]
    fix(publisher, comment, **{"publish-sure": sure})
    event = Event.objects.filter(post=post, verb="publish").latest("number")
    assert (event.revision.number, event.details["warnings"]) == (2, sure.split())


def test_what_the_checks_warn_of_is_asked_about_at_the_comment_too(publisher):
    post = make_live_post(body="<p>It was the end of the day, and we saw the ferry from the pier.</p>")
    comment = make_comment(post, "The the ferry")
    made(comment, exact="the ferry", replacement="the the ferry")
    answer = fix(publisher, comment, kind="clarification", **{"publish-why": ""})
    html = answer.content.decode()
    assert (answer.status_code, fresh(post).live.number) == (400, 1)
    told = re.search(r'name="publish-told" value="([^"]*)"', html)[1]
    fix(publisher, comment, kind="clarification", **{"publish-told": told, "publish-why": "It is a name"})
    event = Event.objects.filter(post=post, verb="publish").latest("number")
    assert (event.details["warnings"], event.details["why"]) == (["doubled"], "It is a name")


def test_a_correction_thanks_by_name(publisher, client, post, comment):
    made(comment)
    fix(publisher, comment, kind="correction")
    event = Event.objects.filter(post=post, verb="publish").latest("number")
    assert "Marit Dahl" in event.public_note


def test_who_may_not_change_the_piece_does_not_apply(mod, post, comment):
    made(comment)
    assert 'value="apply"' not in mod.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    before = everything()
    for verb, fields in (("apply", {}), ("decline", {"reason": "No."})):
        assert fix(mod, comment, verb, **fields).status_code == 400
    assert everything() == before


def test_a_suggestion_is_decided_once(publisher, post, comment):
    made(comment)
    fix(publisher, comment)
    before = everything()
    assert fix(publisher, comment).status_code == 400
    assert fix(publisher, comment, "decline", reason="Too late").status_code == 400
    assert everything() == before


@pytest.mark.parametrize(
    "fields", [{"verb": "burn"}, {"verb": "apply", "kind": "draft"}, {"verb": "apply", "kind": ""}]
)
def test_what_no_button_sends_is_refused(publisher, comment, fields):
    made(comment)
    before = everything()
    assert publisher.post(at(comment, "fix"), fields).status_code == 400
    assert everything() == before


def test_where_the_words_are_gone_the_page_says_so_and_nothing_is_applied(publisher, post, comment):
    made(comment)
    published(write(post, body="<p>All is new.</p>"))
    assert "The words are gone" in publisher.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    before = everything()
    answer = fix(publisher, comment, thank="1", answer="Fixed, thanks!")
    assert answer.status_code == 400
    assert "do not stand there any more" in plain(answer.content.decode())
    assert everything() == before


def test_what_a_colleague_has_fixed_already_is_settled_with_that_version(publisher, client, post, comment):
    made(comment)
    published(write(post, body=BODY.replace("recieve", "receive")))
    fix(publisher, comment)
    assert (fresh(post).head.number, Suggestion.objects.get().resolved.number) == (2, 2)
    assert "Fixed in version 2." in plain(below(client, comment))


def test_declining_needs_a_reason(publisher, post, comment):
    made(comment)
    assert fix(publisher, comment, "decline", reason=" ").status_code == 400
    assert Suggestion.objects.get().state == "open"
    fix(publisher, comment, "decline", reason="The dictionary has both.")
    suggestion = Suggestion.objects.get()
    assert (suggestion.state, suggestion.reason) == ("declined", "The dictionary has both.")


def test_what_waits_for_who_may_publish_is_not_called_fixed(client, post, comment):
    made(comment)
    client.force_login(make_editor())
    answer = fix(client, comment, thank="1", answer="Fixed, thanks!")
    assert "waits for who may publish" in plain(client.get(answer["Location"]).content.decode())
    assert not Comment.objects.filter(parent=comment).exists()
    assert "Fixed" not in below(client, comment)
    published(fresh(post))
    assert "Fixed in version 2." in plain(below(client, comment))


# What readers see


def test_applied_it_says_in_which_version_with_the_difference_and_thanks(client, post, comment):
    suggestion = made(comment)
    assert "Fixed" not in below(client, comment)
    applied(suggestion)
    html = below(client, comment)
    assert "Fixed in version 2. Thank you, Marit Dahl." in plain(html)
    address = unescape(re.search(r'<a href="([^"]*history[^"]*)">version 2</a>', html)[1])
    assert address == fresh(post).get_difference_url(None, 2)
    shown = client.get(address.partition("#")[0])
    assert shown.status_code == 200
    assert "receive" in shown.content.decode()


def test_declined_it_says_why(client, post, comment):
    suggestions.decline(made(comment), by=make_editor(), reason="Both are <right>.")
    html = below(client, comment)
    assert "Not changed: Both are &lt;right&gt;." in html


def test_of_a_comment_that_is_gone_nothing_is_told(client, post, comment):
    make_comment(post, "Yes", answers=comment)
    applied(made(comment))
    moderation.remove(comment, "person", by=person("mod"))
    html = below(client, comment)
    assert "Fixed" not in html
    assert "Marit" not in html


def test_kept_pages_are_drawn_again(client, keeping, post, comment):
    suggestion = made(comment)
    etag = client.get(post.get_absolute_url())["ETag"]
    suggestions.decline(suggestion, by=make_editor(), reason="Both are right.")
    again = client.get(post.get_absolute_url(), headers={"if-none-match": etag})
    assert again.status_code == 200
    assert "Not changed: Both are right." in plain(again.content.decode())
    other = make_comment(post, "seige -> siege")
    suggestion = made(other, exact="seige", replacement="siege")
    etag = client.get(post.get_absolute_url())["ETag"]
    applied(suggestion)
    again = client.get(post.get_absolute_url(), headers={"if-none-match": etag})
    assert "Fixed in version 2." in plain(again.content.decode())


def test_the_fix_of_an_update_is_told_as_well(client):
    post = make_rolling_post()
    update = make_live_update(post, body="<p>They did recieve it.</p>")
    comment = make_comment(fresh(post), "recieve -> receive")
    suggestion = made(comment, update=update, revision=fresh(update).live)
    applied(suggestion)
    number = fresh(update).live.number
    assert f"Fixed in version {number}." in plain(below(client, comment))
    assert Revision.objects.get(post=post, number=number).update == update


def test_where_only_a_later_version_was_published_that_one_is_told(client, post, comment):
    suggestion = made(comment)
    suggestions.apply(suggestion, by=make_editor(), kind="typo")
    assert fresh(post).head.number == 2
    workflow.request_changes(fresh(post), by=person("emil"), note="More is wrong.")
    published(write(post, standfirst="And more"))
    assert "Fixed in version 3." in plain(below(client, comment))


@pytest.mark.parametrize("size", [1, 30])
def test_suggestions_ask_nothing_more(client, post, size):
    comments = [make_comment(post, f"{number}: recieve -> receive") for number in range(size)]
    with CaptureQueriesContext(
        connection,
    ) as plainly:
        client.get(post.get_absolute_url())
    first = made(comments[0])
    Comment.objects.filter(pk__in=[one.pk for one in comments]).update(suggestion=first)
    applied(first)
    with CaptureQueriesContext(connection) as queries:
        html = client.get(post.get_absolute_url()).content.decode()
    assert html.count("Fixed in") == size
    assert len(queries) == len(plainly)


# Which words a comment answers


def test_on_an_earlier_version_leads_to_what_changed_since(client, post, comment):
    published(write(post, body="<p>It is open.</p>"))
    published(write(post, body="<p>It is open again.</p>"))
    html = below(client, comment)
    address = fresh(post).get_difference_url(1, 3).replace("&", "&amp;")
    assert f'<a href="{address}">on an earlier version</a>' in html
    assert client.get(fresh(post).get_difference_url(1, 3).partition("#")[0]).status_code == 200


def test_a_comment_written_at_an_update_says_so(client):
    post = make_rolling_post()
    update = make_live_update(post)
    plainly = client.get(post.get_absolute_url()).content.decode()
    assert 'name="update"' not in plainly
    html = client.get(f"{post.get_absolute_url()}?u={update.number}").content.decode()
    assert f'name="update" value="{update.number}"' in html
    sent = {"post_id": post.pk, "name": "Marit", "text": "Which pier?"}
    comment = receiving.receive(receiving.Arrival(**sent, update=update.number))
    assert (comment.update_id, comment.revision_id) == (update.pk, fresh(post).live_id)
    html = below(client, make_comment(fresh(post), update=update))
    assert f'<a href="?u={update.number}#u{update.number}">on the update of' in html


def test_the_form_carries_the_update_and_nothing_is_refused_for_it(client):
    post = make_rolling_post()
    update = make_live_update(post)
    for number, (written, kept) in enumerate(
        [(str(update.number), update.pk), ("x" * 30, None), ("99", None), ("", None)]
    ):
        sent = {"name": "Marit", "text": f"Which pier? {number}", "update": written}
        headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
        answer = client.post(f"/comments/on/{post.pk}/", sent, headers=headers)
        assert answer.status_code in {200, 303}, answer.content
        if answer.status_code == 303:
            assert Comment.objects.latest("pk").update_id == kept


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "9" * 30])
def test_an_update_that_is_not_there_is_not_carried(client, number):
    post = make_rolling_post()
    make_live_update(post)
    assert 'name="update"' not in client.get(f"{post.get_absolute_url()}?u={number}").content.decode()


def test_a_withdrawn_update_or_one_of_another_post_is_not_kept():
    post, other = make_rolling_post(), make_rolling_post("Another")
    update, foreign = make_live_update(post), make_live_update(other)
    workflow.withdraw(update, by=make_publisher(), public_note="It was not so.")
    make_live_update(other, "More")
    for number in (update.number, foreign.number + 50):
        sent = receiving.Arrival(post_id=post.pk, name="Marit", text=f"Which? {number}", update=number)
        assert receiving.receive(sent).update_id is None


# People


def test_who_is_erased_is_thanked_no_more(client, post, comment):
    applied(made(comment))
    people.erase(people.by_comment(comment))
    suggestion = Suggestion.objects.get()
    assert (suggestion.credit, suggestion.remark, suggestion.state) == ("", "", "applied")
    assert "Marit Dahl" not in client.get(post.get_absolute_url()).content.decode()


def test_what_came_of_a_comment_can_be_had(post, comment):
    made(comment)
    told = people.export(people.by_comment(comment))
    assert [one["exact"] for one in told["suggestions"]] == ["recieve"]
