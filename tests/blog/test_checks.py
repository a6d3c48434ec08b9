"""What is looked at before publishing: what is found, where, what blocks, and what is asked."""

import random
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from blog import checks, findings, revisions, suggestions, workflow
from blog.models import CheckedLink, Event, Picture, Revision
from blog.revisions import Content
from tests.factories import (
    NOON,
    approved,
    fresh,
    make_admin,
    make_content,
    make_contributor,
    make_live_post,
    make_post,
    make_publisher,
    make_rolling_post,
    make_suggestion,
    make_update,
    person,
    published,
    write,
)

PICTURE = '<figure><img src="/media/pier.png"></figure>'
LONG = "the council was told of the crack in spring, and it did nothing about it for more than half a year" * 2
TELLS = "The council met on Tuesday in the town hall and it was said that the bridge is to be shut for good. "


def found(body="", **parts):
    """(check, field, paragraph, words) of what is found in a text."""
    content = Content(**{"headline": "Council closes the bridge", "body": body} | parts).tidy()
    return [(one.name, *one.where) for one in checks.of_content(content)]


def names(*args, **parts):
    return [name for name, *_where in found(*args, **parts)]


# What is found in the words


def test_nothing_is_found_in_ordinary_words():
    body = (
        f"<p>{TELLS}</p><h2>Why</h2><p>Engineers found a crack, <a href='https://a.example/report'>the report</a> "
        f"says. “Nobody had seen it”, said Ines Okafor.</p><h3>When</h3><p>In March.</p>"
    )
    assert found(body, standfirst="It is shut until Friday.", sources=({"outlet": "A", "at": "2025-01-01"},)) == []


def test_a_headline_there_must_be_but_above_an_update():
    assert found(headline="") == [("headline", "headline", 0, "")]
    assert found("<p>Crack found.</p>", headline="", happened_at=NOON.isoformat()) == []


def test_lines_that_are_cut_elsewhere():
    assert names(headline="x" * 70, standfirst="y" * 300) == []
    assert found(headline="x" * 71, standfirst="y" * 301) == [
        ("length", "headline", 0, "x" * 71),
        ("length", "standfirst", 0, f"{'y' * 79}…"),
    ]
    assert names("<p>a</p>", headline="x" * 71, happened_at=NOON.isoformat()) == []


def test_pictures_of_which_nothing_is_said():
    assert found(f"<p>One.</p>{PICTURE}") == [("pictures", "body", 2, "pier.png")]
    assert found('<p><img src="/media/pier.png" alt="The pier at noon"></p>') == []
    assert found('<p><img src="/media/pier.png" alt="IMG_2041.jpg"></p>') == [("pictures", "body", 1, "pier.png")]
    image = {"src": "/media/pier.png", "width": 1, "height": 1}
    assert found(image=image | {"alt": ""}) == [("pictures", "image", 0, "pier.png")]
    assert found(image=image | {"alt": "The pier"}) == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("<blockquote><p>We knew.</p></blockquote>", [1]),
        ("<p>Well.</p><blockquote><p>We knew.</p></blockquote><p>So.</p>", [2]),
        (f"<p>“{LONG}”</p>", [1]),
        (f"<p>“{LONG}</p><p>Rain fell.</p>", [1]),  # never closed
        (f'<p>Then: rain. "{LONG}"</p>', [1]),
        (f"<p>„{LONG}“</p><p>«{LONG}»</p>", [1, 2]),
        # somebody is named
        ("<p>The board writes:</p><blockquote><p>We knew.</p></blockquote>", []),
        ("<blockquote><p>We knew.</p><p>— Ines Okafor</p></blockquote>", []),
        ("<blockquote cite='https://a.example/'><p>We knew.</p></blockquote>", []),
        ("<blockquote><p>We knew. <cite>The board</cite></p></blockquote>", []),
        ("<blockquote><p>We knew.</p></blockquote><p>So says the board.</p>", []),
        ("<blockquote><p>We knew <a href='#s1'>1</a>.</p></blockquote>", []),
        ("<figure><blockquote><p>We knew.</p></blockquote><figcaption>The board</figcaption></figure>", []),
        (f"<p>“{LONG}”, said Ines Okafor.</p>", []),
        (f"<p>Laut Bericht: „{LONG}“</p>", []),
        (f"<p>“{LONG}” (<a href='https://a.example/'>minutes</a>)</p>", []),
        ("<p>“We knew.”</p>", []),  # short ones are not looked at
    ],
)
def test_quotations_for_which_nobody_is_named(body, where):
    assert [place[2] for place in found(body) if place[0] == "quotations"] == where


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("It fell into the the river.", ["the the"]),
        ("The the bridge.", ["The the"]),
        ("Of <em>the</em> the bridge.", ["the the"]),
        (f"{TELLS} A new new bridge.", ["new new"]),
        (f"{TELLS} Er sah die die Brücke.", []),
        ("What they had had was that that was said.", []),
        (f"{TELLS} Duran Duran play at Walla Walla.", []),
        (f"{TELLS} It is very very old, bye bye.", []),
        (f"{TELLS} In the river, the bridge; one, one-way.", []),
        ("Yavaş yavaş gitti. धीरे धीरे.", []),  # languages in which that means something
        ("the<br>the", []),
    ],
)
def test_words_that_stand_twice(text, pairs):
    assert [place[3] for place in found(f"<p>{text}</p>") if place[0] == "doubled"] == pairs


def test_words_that_stand_twice_are_found_in_every_text():
    content = Content(
        "The the bridge", standfirst="It is is shut.", summary="<p>Of of it.</p>", body="<p>To to us.</p>"
    )
    assert [one.where[:2] for one in checks.of_content(content.tidy())] == [
        ("headline", 0),
        ("standfirst", 0),
        ("summary", 1),
        ("body", 1),
    ]


def test_headings_without_a_text_or_a_level_too_deep():
    assert found("<h2>Why</h2><h2>When</h2><p>Now.</p><h2>Who</h2>") == [
        ("headings", "body", 1, "Why"),
        ("headings", "body", 4, "Who"),
    ]
    assert found("<h2>Why</h2><h3>First</h3><p>Now.</p>") == []
    # The one form of texts has neither of these; words from elsewhere may.
    untidy = Content("A", body="<h2>Why</h2><p>a</p><h4>Deep</h4><p>b</p><h2></h2><p>c</p>")
    assert [(one.name, *one.where) for one in checks.of_content(untidy)] == [
        ("headings", "body", 3, "Deep"),
        ("headings", "body", 5, ""),
    ]


def test_times_that_are_still_to_come():
    sources = ({"outlet": "A", "at": "2031-01-01T00:00+00:00"}, {"outlet": "B", "at": "2025-01-01T00:00+00:00"})
    content = make_content(sources=sources, happened_at="2030-01-01T00:00:00+00:00").tidy()
    at = datetime(2030, 6, 1, tzinfo=UTC)
    assert [one.where[:2] for one in checks.of_content(content)] == [("happened_at", 0), ("sources", 1)]
    assert [one.where[:2] for one in checks.of_content(content, at=at)] == [("sources", 1)]


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ("<p>Read it <a href='https://a.example/'>here</a>.</p>", ["here"]),
        ("<p>Read it <a href='https://a.example/'>Weiterlesen …</a></p>", ["Weiterlesen …"]),
        (f"<p><a href='https://a.example/'>https://a.example/{'x' * 40}</a></p>", [f"https://a.example/{'x' * 40}"]),
        ("<p><a href='https://a.example/'>a.example</a></p>", []),
        ("<table><tr><td>a</td></tr></table>", ["a"]),
        ("<table><tr><th>a</th></tr><tr><td>b</td></tr></table>", []),
        ("<p><strong>What comes next</strong></p>", ["What comes next"]),
        ("<p><strong>It is shut.</strong></p>", []),
        ("<p>THE BRIDGE IS SHUT FOR GOOD NOW</p>", ["THE BRIDGE IS SHUT FOR GOOD"]),
        ("<p>NATO, UNESCO and WHO met the EU.</p>", []),
    ],
)
def test_what_is_unclear_to_who_hears_it(body, quoted):
    assert [place[3] for place in found(body) if place[0] == "reading"] == quoted


def test_a_passage_of_which_two_wordings_are_left():
    assert found("<p>It is ⟦⇄ Colin:⟧ shut ⟦⇄ Edith:⟧ closed ⟦⇄⟧ today.</p>")[0][:3] == ("variants", "body", 1)
    assert names(headline="⟦⇄ Colin:⟧ Shut ⟦⇄ Edith:⟧ Closed ⟦⇄⟧") == ["variants"]
    assert [one.blocks for one in checks.of_content(Content("⟦⇄ A:⟧ x"))] == [True]


def test_a_place_is_told_in_words():
    assert checks.Where("body", 3, "the the").spelt == "Text, paragraph 3, “the the”"
    assert checks.Where("sources", 2).label == "Source 2"
    assert checks.Where("headline").spelt == "Headline"


def test_what_is_found_is_told_by_what_it_is_about_and_not_by_its_paragraph():
    one, other = (checks.of_content(Content("A", body=f"{before}<p>the the</p>"))[0] for before in ("", "<p>x</p>"))
    assert (one.where.number, other.where.number) == (1, 2)
    assert one.key == other.key


def test_hostile_texts_take_no_time_that_grows_faster_than_they():
    """Counted in steps of work, not in seconds: nothing is found twice, and everything ends."""
    for body in (
        f"<p>{'“a' * 20_000}</p>",
        f"<p>{'the ' * 20_000}</p>",
        f"<p>{'a<br>' * 5_000}</p>",
        f"<p>{'—' * 40_000}</p>",
        f"{'<blockquote>' * 90}<p>x</p>{'</blockquote>' * 90}",
        "".join(f"<p><img src='/{number}.png'></p>" for number in range(3_000)),
    ):
        checks.of_content(Content("A", body=body).tidy())


def test_any_text_can_be_looked_at():
    chance = random.Random(7)
    pieces = ["<p>", "</p>", "<h3>", "</h3>", "“", "”", "the ", "the ", "A", "<img src='/x'>", "<a href='/y'>", "</a>"]
    pieces += ["<blockquote>", "</blockquote>", "<table><tr><td>", "\u00a0", "— ", "\n", "⟦⇄", "&lt;", '"', "<br>"]
    for _round in range(300):
        text = "".join(chance.choice(pieces) for _piece in range(chance.randrange(40)))
        content = Content("A", body=text).tidy()
        assert checks.of_content(content) == checks.of_content(content)


# What the database knows

pytestmark = pytest.mark.django_db


def link(url, state, code=None):
    return CheckedLink.objects.create(url=url, state=state, code=code, checked_at=timezone.now())


def test_links_that_do_not_answer(django_assert_num_queries):
    link("https://a.example/gone", "gone", 404)
    link("https://a.example/broken", "unsure", 503)
    link("https://a.example/shy", "unsure", 403)  # it may only be us
    link("https://a.example/away", "unsure")
    link("https://a.example/fine", "fine", 200)
    body = "".join(f"<p><a href='https://a.example/{one}'>Report {one}</a></p>" for one in ("gone", "shy", "away"))
    sources = ({"outlet": "A", "url": "https://a.example/fine"}, {"outlet": "B", "url": "https://a.example/broken"})
    post = make_post(body=body, sources=sources)
    with django_assert_num_queries(1):
        told = checks.found(post, post.head)
    assert [(one.name, *one.where) for one in told] == [
        ("links", "body", 1, "Report gone"),
        ("links", "sources", 2, "B"),
    ]
    assert "404" in told[0].words


def test_a_picture_that_is_decorative_needs_no_words():
    upload = "a" * 64
    Picture.objects.create(file="x.png", sha256=upload, width=1, height=1, is_decorative=True)
    ours, other = (f'<p><img src="/media/pictures/aa/{one}-9x9.png"></p>' for one in (upload, "b" * 64))
    post = make_post(body=ours + other)
    assert [one.where.number for one in checks.found(post, post.head)] == [2]


def test_a_summary_that_updates_have_overtaken():
    post = make_rolling_post(summary="<p>It is shut.</p>")
    assert checks.found(post, post.head) == []
    update = make_update(post)
    assert checks.found(fresh(post), post.head) == []  # nobody has seen it yet
    published(update)
    post = fresh(post)
    assert [(one.name, *one.where) for one in checks.found(post, post.head)] == [("summary", "summary", 0, "")]
    assert [one.name for one in checks.warning(post, post.head)] == ["summary"]
    assert checks.warning(post, post.head, kind=Revision.Kind.TYPO) == []
    post = write(post, summary="<p>A crack was found.</p>")
    assert checks.found(post, post.head) == []


# What blocks


def snapshot():
    return list(Event.objects.order_by("pk").values_list("pk", flat=True))


def test_what_blocks_is_refused_by_the_verb_and_leaves_nothing():
    post = approved(make_post(body=PICTURE))
    before = snapshot()
    with pytest.raises(checks.Blocked, match=r"Text, paragraph 1, “pier.png”") as refusal:
        workflow.publish(post, post.head, by=make_publisher())
    assert isinstance(refusal.value, workflow.WrongState)
    assert [one.name for one in refusal.value.findings] == ["pictures"]
    assert (snapshot(), fresh(post).is_live()) == (before, False)


def test_which_checks_block_is_a_setting(settings):
    settings.CHECKS_THAT_BLOCK = []
    assert published(make_post(body=PICTURE)).is_live()
    settings.CHECKS_THAT_BLOCK = ["doubled"]
    with pytest.raises(checks.Blocked):
        published(make_post(body="<p>The the bridge.</p>"))
    settings.CHECKS_THAT_BLOCK = ["spelling"]
    with pytest.raises(ImproperlyConfigured, match="spelling"):
        findings.that_block()


def test_two_wordings_of_a_passage_block_whatever_the_setting_says(settings):
    settings.CHECKS_THAT_BLOCK = []
    with pytest.raises(workflow.WrongState):
        published(make_post(body="<p>⟦⇄ A:⟧ x ⟦⇄ B:⟧ y ⟦⇄⟧</p>"))


def test_what_readers_see_already_holds_up_no_typo(settings):
    settings.CHECKS_THAT_BLOCK = []
    post = published(make_post(body=f"{PICTURE}<p>The brigde.</p>"))
    settings.CHECKS_THAT_BLOCK = ["pictures"]
    # The picture is another paragraph by now; it is the same picture.
    post = approved(write(post, body=f"<p>Shut.</p>{PICTURE}<p>The bridge.</p>"))
    assert workflow.publish(post, post.head, by=make_publisher()).is_live()
    # A second one without words is new.
    post = approved(write(post, body=PICTURE * 2))
    with pytest.raises(checks.Blocked):
        workflow.publish(post, post.head, by=make_publisher())


def test_a_readers_fix_is_not_held_up_by_an_old_fault(settings):
    settings.CHECKS_THAT_BLOCK = []
    post = published(make_post(body=f"{PICTURE}<p>The brigde is closed.</p>"))
    settings.CHECKS_THAT_BLOCK, settings.FOUR_EYES = ["pictures"], False
    suggestion = make_suggestion(post, "brigde", "bridge")
    suggestions.apply(suggestion, by=make_publisher(), kind="typo")
    assert "bridge" in fresh(post).live.body


def test_what_was_public_elsewhere_is_brought_in_as_it_was():
    post = revisions.start(make_content(body=PICTURE), by=make_admin())
    assert workflow.adopt(post, post.head, by=make_admin(), published_at=NOON).is_live()


def test_an_update_is_held_up_like_a_post():
    post = make_rolling_post()
    update = approved(make_update(post, body=PICTURE))
    with pytest.raises(checks.Blocked):
        workflow.publish(update, update.head, by=make_publisher())
    assert not fresh(update).is_live()


# For lists


def test_a_list_is_told_how_many_are_passed_in_few_questions(django_assert_max_num_queries):
    good, bad = make_post("Fine"), make_post("Bad", body=f"<p>The the bridge.</p>{PICTURE}")
    rolling = make_rolling_post("Goes on", summary="<p>It is shut.</p>")
    update = published(make_update(rolling, body="<p>Of of it.</p>"))
    link("https://a.example/gone", "gone", 404)
    dead = make_post("Dead", body="<p><a href='https://a.example/gone'>The report</a></p>")
    rolling = fresh(rolling)
    heads = [piece.head for piece in (good, bad, rolling, update, dead)]
    with django_assert_max_num_queries(4):
        counts = checks.summary(heads)
    assert [counts[head.pk] for head in heads] == [(10, 10), (8, 10), (10, 11), (7, 8), (9, 10)]
    for piece, head in zip((good, bad, rolling, update, dead), heads, strict=True):
        lines = checks.listed(piece, checks.found(piece, head))
        assert counts[head.pk] == (sum(not one.findings for one in lines), len(lines))
    with django_assert_max_num_queries(3):  # read once, and not again
        assert checks.summary(heads) == counts
    assert checks.summary([]) == {}


def test_a_list_reads_a_hundred_at_a_time(monkeypatch):
    monkeypatch.setattr(checks, "MOST_READ", 2)
    heads = [make_post(f"One of three {number} {timezone.now()}").head for number in range(3)]
    assert len(checks.summary(heads)) == 2
    assert len(checks.summary(heads)) == 3


def test_what_was_found_comes_first_and_each_check_has_its_line():
    post = make_post(body="<p>The the bridge.</p>")
    lines = checks.listed(post, checks.found(post, post.head))
    others = [name for name in checks.NAMES if name not in ("doubled", "summary")]
    assert [line.name for line in lines] == ["doubled", *others]
    update = make_update(make_rolling_post())
    assert {"headline", "length", "summary"}.isdisjoint(line.name for line in checks.listed(update, []))


# At the desk


def page(post):
    return f"/admin/blog/post/{post.pk}/change/"


def press(client, post, verb="publish", **sent):
    """Press a button with a form to which nothing was typed but this; by paula, who does not write here."""
    client.force_login(make_publisher())
    opened = {"based_on": str(post.head.number), "headline": post.head.headline, "body": post.head.body}
    rows = {f"sources-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    return client.post(page(post), opened | rows | {"verb": verb, "image_choice": "keep"} | sent)


def told(client, post):
    """What the page says that it warned of, as its form sends it."""
    client.force_login(make_publisher())
    return client.get(page(post)).context["told"]


def test_the_page_lists_what_is_found_and_where(client):
    post = make_post(body="<p>Fine.</p><p>The the bridge.</p>")
    client.force_login(make_contributor())
    text = client.get(page(post)).content.decode()
    assert "Before publishing" in text
    assert "9 of 10" in text
    assert 'href="#at-body"' in text
    assert 'id="at-body"' in text
    assert "Text, paragraph 2" in text
    assert 'name="publish-why"' not in text  # carla does not publish


def test_publishing_past_a_warning_asks_why_and_keeps_it(client):
    post = approved(make_post(body="<p>The the bridge.</p>"))
    response = press(client, post)
    assert (response.status_code, fresh(post).is_live()) == (409, False)
    assert 'id="publish-why"' in response.content.decode()
    known = response.context["told"]
    for sent in ({"publish_told": known}, {"publish_told": known, "publish_why": "  "}, {"publish_why": "A band."}):
        assert press(client, post, **sent).status_code == 409
    assert not fresh(post).is_live()
    assert press(client, post, publish_told=known, publish_why="A band is called that.").status_code == 302
    event = Event.objects.get(post=post, verb="publish")
    assert event.details["warnings"] == ["doubled"]
    assert event.details["why"] == "A band is called that."
    history = client.get(f"/admin/blog/post/{post.pk}/history/").content.decode()
    assert "a word twice in a row" in history
    assert "A band is called that." in history


def test_a_reason_can_be_given_before_anybody_asks(client):
    post = approved(make_post(body="<p>The the bridge.</p>"))
    assert press(client, post, publish_told=told(client, post), publish_why="A band.").status_code == 302
    assert fresh(post).is_live()


def test_a_reason_is_for_what_was_known_and_not_for_what_came_later(client):
    first = approved(make_post(body="<p>The the bridge.</p>"))
    known = told(client, first)
    post = approved(write(first, body="<p>The the bridge. Of of it.</p>"))
    response = press(client, post, publish_told=known, publish_why="A band.")
    assert response.status_code == 409
    assert "A band." in response.content.decode()
    # What was mended is not asked about again.
    known = response.context["told"]
    post = approved(write(post, body="<p>The the bridge.</p>"))
    assert press(client, post, publish_told=known, publish_why="A band.").status_code == 302


def test_what_blocks_is_said_and_no_reason_helps(client):
    post = approved(make_post(body=PICTURE))
    response = press(client, post, publish_told=told(client, post), publish_why="Never mind.")
    assert response.status_code == 409
    assert "It cannot be published like this" in response.content.decode()
    assert not fresh(post).is_live()


def test_a_doubtful_typo_and_a_warning_are_asked_about_at_once(client):
    post = published(make_post(body="<p>It cost 40 pounds.</p>"))
    post = approved(write(post, kind="typo", body="<p>It cost 50 pounds. The the end.</p>"))
    response = press(client, post, change="typo")
    text = response.content.decode()
    assert response.status_code == 409
    assert ('name="publish-sure"' in text, 'name="publish-why"' in text) == (True, True)
    sure = {"publish_sure": response.context["doubt_names"], "change": "typo"}
    half = press(client, post, **sure)
    assert half.status_code == 409
    assert 'id="publish-sure" checked' in half.content.decode()
    done = press(client, post, **sure, publish_told=response.context["told"], publish_why="A name.")
    assert done.status_code == 302
    assert Event.objects.filter(post=post, verb="publish").last().details["warnings"] == ["number", "doubled"]


def test_who_may_not_publish_yet_is_not_asked_why(client, settings):
    settings.FOUR_EYES = True
    post = make_post(body="<p>The the bridge.</p>")
    response = press(client, post)
    assert response.status_code == 409
    assert "is_asked" in response.context
    assert not response.context["is_asked"]


def test_of_many_at_once_those_with_warnings_are_left_for_their_own_pages(client):
    fine, doubled = approved(make_post("Fine")), approved(make_post("Doubled", body="<p>The the bridge.</p>"))
    client.force_login(make_publisher())
    sent = {"action": "publish", "_selected_action": [fine.pk, doubled.pk]}
    response = client.post("/admin/blog/post/", sent, follow=True)
    assert (fresh(fine).is_live(), fresh(doubled).is_live()) == (True, False)
    assert "Say on its page why it is published all the same." in response.content.decode()


def test_words_from_texts_are_shown_and_never_run(client):
    post = make_post(body="<p>&lt;script&gt;the the&lt;/script&gt; <a href='https://a.example/'>here</a></p>")
    client.force_login(make_contributor())
    text = client.get(page(post)).content.decode()
    assert "<script>the" not in text


def test_the_list_is_not_for_who_may_not_read_the_draft(client):
    post = make_live_post()
    write(post, body="<p>Secret secret words of of it.</p>")
    client.force_login(person("mod"))
    text = client.get(page(post)).content.decode()
    assert "of of" not in text
    assert 'id="checks"' not in text
