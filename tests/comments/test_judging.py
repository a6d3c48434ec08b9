"""What becomes of a new comment, and why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blog.models import Edition
from comments import judging, sites
from comments.judging import AWAY, HIDDEN_FIELD, NO_TIME, SPAM, TOO_QUICK, Draft, explain, judge, matches
from comments.limits import address_key
from comments.models import Ban, HouseRules, KnownSite, ListedWord
from comments.names import skeleton
from tests.factories import fresh, make_comment, make_live_post, make_post, make_user, person

pytestmark = pytest.mark.django_db

ADDRESS = address_key("203.0.113.9")
WRITER = "w" * 64


@pytest.fixture
def post():
    return make_live_post(at=timezone.now())


def draft(post, text="When does it open again?", **columns):
    values = {
        "user": None,
        "name": "Marit Dahl",
        "email": "",
        "html": f"<p>{text}</p>",
        "writer": WRITER,
        "address": ADDRESS,
        "answers_id": None,
        "at": timezone.now(),
    }
    return Draft(post=post, text=text, **values | columns)


def known(post, writer=WRITER, **columns):
    """Readers see a comment of this writer already."""
    return make_comment(post, writer=writer, created_at=timezone.now() - timedelta(days=1), **columns)


def rules(**values):
    HouseRules.objects.update(**values)


def site_link(host):
    return f'<a href="https://{host}/x" rel="nofollow">there</a>'


def state_and_words(verdict):
    return verdict.state, explain(verdict.facts)


# The policy


def test_a_first_comment_waits_and_the_next_does_not(post):
    assert judge(draft(post)) == ("waiting", [["first"]])
    known(post)
    assert judge(draft(post)) == ("visible", [])


@pytest.mark.parametrize("state", ["waiting", "held", "removed", "withdrawn", "spam"])
def test_nobody_is_known_by_what_readers_do_not_see(post, state):
    known(post, state=state)
    assert judge(draft(post)) == ("waiting", [["first"]])


def test_nobody_is_known_by_comments_of_others(post):
    known(post, writer="v" * 64)
    assert judge(draft(post)).state == "waiting"


def test_of_whom_nothing_is_known_each_comment_is_the_first(post):
    known(post, writer="")
    assert judge(draft(post, writer="")) == ("waiting", [["first"]])


def test_nobody_is_known_by_the_comment_that_is_changed(post):
    comment = known(post)
    assert judge(draft(post, changes_id=comment.pk)) == ("waiting", [["first"]])


@pytest.mark.parametrize(
    ("policy", "of_unknown", "of_known"),
    [
        ("open", "visible", "visible"),
        ("known", "waiting", "visible"),
        ("waits", "waiting", "waiting"),
        ("closed", "waiting", "waiting"),
    ],
)
@pytest.mark.parametrize("of_post", [False, True])
def test_what_readers_see_at_once_is_a_rule_of_the_house_or_of_the_post(post, policy, of_unknown, of_known, of_post):
    if of_post:
        rules(policy="open" if policy != "open" else "waits")
        post.discussion = policy
    else:
        rules(policy=policy)
    assert judge(draft(post)).state == of_unknown
    known(post)
    assert judge(draft(post)).state == of_known


def test_accounts_of_staff_are_never_held(post):
    rules(policy="waits", flood_count=1, most_links=0)
    ListedWord.objects.create(word="casino")
    html = f"<p>casino {site_link('a.example')}</p>"
    staff = draft(post, html=html, user=person("edith"), name="Editor", address="", oddities=(HIDDEN_FIELD,))
    assert judge(staff, spam=SPAM) == ("visible", [])


@pytest.mark.parametrize("columns", [{"is_staff": False}, {"is_staff": True, "is_active": False}])
def test_other_accounts_are_judged_as_guests_are(post, columns):
    assert judge(draft(post, user=make_user("rita", **columns))).state == "waiting"


# What speaks against a comment


def test_listed_words_are_told_by_list_and_marked_as_written(post):
    known(post)
    for word, name in [("casino", "advertising"), ("Free Money", "advertising"), ("rubbish", "")]:
        ListedWord.objects.create(word=word, list_name=name)
    verdict = judge(draft(post, html="<p>FREE <em>money</em> at the Casíno!</p><p>Rubbish.</p>"))
    assert state_and_words(verdict) == (
        "waiting",
        ["Matches 1 listed word.", "Matches 2 words on the list “advertising”."],
    )
    assert sorted(matches(verdict.facts)) == ["Casíno", "FREE money", "Rubbish"]


def test_listed_words_are_looked_for_in_the_name(post):
    known(post)
    ListedWord.objects.create(word="casino")
    assert judge(draft(post, name="Best Casino")).state == "waiting"


def test_paragraphs_do_not_make_words_of_two(post):
    known(post)
    ListedWord.objects.create(word="carpet")
    assert judge(draft(post, html="<p>car</p><p>pet</p>")).state == "visible"


def test_a_known_writer_may_link_to_a_new_site_and_the_queue_would_say_so(post):
    known(post)
    assert state_and_words(judge(draft(post, html=site_link("a.example")))) == (
        "visible",
        ["1 link, to a site not seen before."],
    )


def test_a_first_comment_may_link_to_sites_seen_before_only(post):
    rules(policy="open")
    assert state_and_words(judge(draft(post, html=site_link("a.example")))) == (
        "waiting",
        ["First comment.", "1 link, to a site not seen before."],
    )
    sites.learn(site_link("a.example"))
    assert state_and_words(judge(draft(post, html=site_link("a.example")))) == (
        "visible",
        ["First comment.", "1 link, to a site seen before."],
    )


def test_too_many_links_wait_except_to_trusted_sites(post):
    known(post)
    rules(most_links=2)
    three = "".join(site_link(f"{letter}.example") for letter in "abc")
    verdict = judge(draft(post, html=three))
    assert state_and_words(verdict) == (
        "waiting",
        ["3 links, 3 sites not seen before.", "More than 2 links are too many."],
    )
    KnownSite.objects.create(host="c.example", verdict="trusted")
    assert judge(draft(post, html=three)).state == "visible"


def test_a_refused_site_is_told_and_marked(post):
    known(post)
    KnownSite.objects.create(host="bad.example", verdict="refused")
    verdict = judge(draft(post, html="<p>Look: https://www.bad.example/x</p>"))
    assert state_and_words(verdict) == (
        "waiting",
        ["1 link, to a site seen before.", "Leads to a site that is refused: bad.example."],
    )
    assert matches(verdict.facts) == ["bad.example"]


def test_a_name_like_an_editors_waits(post):
    known(post)
    make_user("edith.m", is_staff=True, first_name="Edith", last_name="Marsh")
    assert state_and_words(judge(draft(post, name="Еdith Маrsh"))) == (
        "waiting",
        ["The name looks like that of Edith Marsh."],
    )
    assert judge(draft(post, name="The Port Ansel Record")).state == "waiting"
    assert state_and_words(judge(draft(post, name="Editor"))) == (
        "waiting",
        ["The name has a word that is for staff: “editor”."],
    )


def test_a_flood_waits(post):
    rules(flood_count=3)
    known(post)
    at = timezone.now()
    for minutes in (59, 30):
        make_comment(post, writer=WRITER, created_at=at - timedelta(minutes=minutes))
    assert judge(draft(post, at=at)).state == "visible"
    third = make_comment(post, writer=WRITER, created_at=at - timedelta(minutes=10), state="spam")
    assert state_and_words(judge(draft(post, at=at))) == ("waiting", ["4 comments within an hour."])
    assert judge(draft(post, at=at, changes_id=third.pk)).state == "visible"
    assert judge(draft(post, at=at + timedelta(minutes=2))).state == "visible"


@pytest.mark.parametrize(
    ("oddity", "sentence"),
    [
        (NO_TIME, "Came without the form’s time."),
        (TOO_QUICK, "Written in less time than it takes to read the page."),
    ],
)
def test_an_odd_form_waits(post, oddity, sentence):
    known(post)
    assert state_and_words(judge(draft(post, oddities=(oddity,)))) == ("waiting", [sentence])


def test_a_field_that_people_do_not_see_is_filled_in_by_machines(post):
    verdict = judge(draft(post, oddities=(HIDDEN_FIELD,)))
    assert state_and_words(verdict) == ("spam", ["First comment.", "Filled in a field that people do not see."])
    known(post)  # whose browser may have done that
    assert judge(draft(post, oddities=(HIDDEN_FIELD,))).state == "waiting"


def test_where_it_is_not_known_where_it_comes_from_it_waits(post):
    known(post)
    assert state_and_words(judge(draft(post, address=""))) == ("waiting", ["Where it comes from is not known."])


@pytest.mark.parametrize(
    ("said", "state", "sentences"),
    [
        (None, "visible", []),
        ("ham", "visible", []),
        (AWAY, "waiting", ["The spam check did not answer."]),
        (SPAM, "spam", ["The spam check says that it is spam."]),
    ],
)
def test_what_the_spam_check_says(post, said, state, sentences):
    known(post)
    assert state_and_words(judge(draft(post), spam=said)) == (state, sentences)


def test_facts_of_other_versions_are_left_out():
    assert explain([["unheard of", 1], ["first"]]) == ["First comment."]
    assert matches([["unheard of", 1]]) == []


def test_judging_writes_nothing_and_asks_few_questions(post, django_assert_num_queries):
    with django_assert_num_queries(6):
        judge(draft(post))
    for number in range(10):
        known(post)
        ListedWord.objects.create(word=f"word {number}")
        make_user(f"staff{number}", is_staff=True)
    html = "".join(f"{site_link(f'{n}.example')} word {n} " for n in range(20))
    with django_assert_num_queries(7):  # one for the sites
        judge(draft(post, html=html))


# Bans


def ban(kind, value, **columns):
    values = {"label": "x", "reason": "Advertising.", "until": timezone.now() + timedelta(days=1), "by_name": "mod"}
    return Ban.objects.create(kind=kind, value=value, **values | columns)


def test_nobody_is_banned_by_bans_of_others(post):
    for kind, value in [("account", "99"), ("address", "b" * 64), ("name", skeleton("Someone Else"))]:
        ban(kind, value)
    ban("name", ADDRESS)
    ban("address", skeleton("Marit Dahl"))
    assert judging.ban_of(draft(post, user=person("rita"))) is None


def test_an_account_an_address_and_a_name_can_be_banned(post):
    rita = person("rita")
    one = ban("account", str(rita.pk))
    assert judging.ban_of(draft(post, user=rita)) == one
    assert judging.ban_of(draft(post)) is None
    other = ban("address", ADDRESS, until=timezone.now() + timedelta(days=2))
    assert judging.ban_of(draft(post)) == other
    assert judging.ban_of(draft(post, user=rita)) == other
    assert judging.ban_of(draft(post, address="")) is None
    third = ban("name", skeleton("Marit Dahl"))
    assert judging.ban_of(draft(post, address="", name="МARIT  DАHL")) == third


@pytest.mark.parametrize(
    "columns", [{"until": timezone.now() - timedelta(seconds=1)}, {"lifted_at": timezone.now() - timedelta(days=1)}]
)
def test_a_ban_has_an_end(post, columns):
    ban("address", ADDRESS, **columns)
    assert judging.ban_of(draft(post)) is None


def test_staff_are_not_kept_out_by_the_address_of_the_office_or_a_name(post):
    edith = person("edith")
    ban("address", ADDRESS)
    ban("name", skeleton("Marit Dahl"))
    assert judging.ban_of(draft(post, user=edith)) is None
    assert judging.ban_of(draft(post, user=person("rita")))
    mine = ban("account", str(edith.pk))
    assert judging.ban_of(draft(post, user=edith)) == mine


def test_bans_take_one_question(post, django_assert_num_queries):
    with django_assert_num_queries(1):
        judging.ban_of(draft(post))


# Open or closed


def test_comments_close_so_many_days_after_the_last_update(post):
    Edition.objects.update(discussion_days=7)
    end = post.last_changed_at() + timedelta(days=7)
    assert judging.policy_of(post) == ("known", end)
    assert judging.is_open(post, end - timedelta(seconds=1))
    assert not judging.is_open(post, end)
    post.updated_at = post.published_at + timedelta(days=3)
    assert judging.is_open(post, end)
    Edition.objects.update(discussion_days=None)
    assert judging.policy_of(post) == ("known", None)
    assert judging.is_open(post, end + timedelta(days=9999))


def test_closed_by_the_house_or_for_one_post(post):
    now = timezone.now()
    assert judging.is_open(post, now)
    post.discussion = "closed"
    assert not judging.is_open(post, now)
    rules(policy="closed")
    post.discussion = "open"
    assert judging.is_open(post, now)
    post.discussion = ""
    assert not judging.is_open(post, now)


def test_nothing_is_taken_under_what_readers_do_not_see():
    assert not judging.is_open(fresh(make_post()), timezone.now())
