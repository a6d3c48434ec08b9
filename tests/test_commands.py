"""What every command of ours promises: a help that says something, and an end that a script can read."""

import json
import signal
from unittest import mock

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection

from blog.models import SearchEntry
from comments.models import Comment
from tests.factories import make_comment, make_live_post, make_post
from tests.racing import database_for_race, race

OURS = sorted(name for name, app in get_commands().items() if app in {"blog", "comments"})
HOUSEKEEPING = ["erase_person", "purge_comments", "rebuild_search", "rebuild_threads", "stats", "verify"]


def run(capsys, *words):
    """As from a shell: the exit code, and what was said on both sides."""
    code = 0
    command = load_command_class(get_commands()[words[0]], words[0])
    try:
        with mock.patch("django.core.management.base.connections.close_all"):  # the test goes on with this one
            command.run_from_argv(["manage.py", *words])
    except SystemExit as end:
        code = end.code
    return code, *capsys.readouterr()


def test_there_are_those_that_keep_the_house():
    assert set(HOUSEKEEPING) < set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_each_says_what_it_is_for(capsys, name):
    command = load_command_class(get_commands()[name], name)
    assert len(command.help) > 60 and command.help.endswith(".")
    code, out, err = run(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert command.help[:30] in " ".join(out.split())


@pytest.mark.parametrize("name", OURS)
def test_each_refuses_what_it_does_not_know(capsys, name):
    code, out, err = run(capsys, name, "--no-such-thing")
    assert (code, out) == (2, "") and err


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOUSEKEEPING)
def test_json_is_one_object_and_nothing_else(capsys, name):
    comment = make_comment(make_live_post())
    more = ["--comment", str(comment.pk), "--yes"] if name == "erase_person" else []
    code, out, err = run(capsys, name, "--json", *more)
    assert (code, err) == (0, "")
    assert isinstance(json.loads(out), dict)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        ["rebuild_threads", "--post", "9" * 20],
        ["rebuild_threads", "--post", "-1"],
        ["rebuild_threads", "--post", "one"],
        ["purge_comments", "--days", "9" * 20],
        ["purge_comments", "--days", "-1"],
        ["purge_comments", "--days", "2026-11-24"],
        ["erase_person", "--comment", "9" * 20, "--yes"],
        ["erase_person", "--user", "nobody", "--yes"],
        ["erase_person", "--user", "a\0b", "--yes"],
        ["erase_person", "--email", "a\0b@mail.example", "--yes"],
        ["erase_person", "--email", "nothing", "--yes"],
        ["erase_person", "--email", "a@mail.example", "--by", "a\0b", "--yes"],
        ["erase_person", "--email", "a@mail.example", "--json"],
        ["erase_person", "--yes"],
        ["export_person", "--comment", "9" * 20],
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence_and_changes_nothing(capsys, words):
    comment = make_comment(make_live_post(), email="a@mail.example")
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err and len(err.strip().splitlines()[-1]) > 15
    assert Comment.objects.get(pk=comment.pk).email == "a@mail.example"


# Search alone


@pytest.fixture
def searched():
    posts = [make_live_post(f"Ferry number {number}") for number in range(3)]
    SearchEntry.objects.filter(post=posts[0]).delete()
    SearchEntry.objects.filter(post=posts[1]).update(headline="the wrong words")
    draft = make_post("Nobody sees this")
    SearchEntry.objects.create(
        post=draft, published_at=posts[2].published_at, headline="nobody", standfirst="", body=""
    )
    return posts


@pytest.mark.django_db
def test_search_is_made_again_from_what_readers_see_and_only_where_it_is_wrong(searched, capsys):
    right = SearchEntry.objects.get(post=searched[2])
    assert run(capsys, "rebuild_search", "--check")[0] == 1
    assert run(capsys, "verify")[0] == 1
    assert SearchEntry.objects.filter(headline="the wrong words").exists()
    code, out, _err = run(capsys, "rebuild_search", "--json")
    assert (code, json.loads(out)) == (0, {"posts": 4, "wrong": 3, "engine_wrong": False, "changed": True})
    assert sorted(SearchEntry.objects.values_list("headline", flat=True)) == [
        f"ferry number {number}" for number in range(3)
    ]
    assert SearchEntry.objects.get(post=searched[2]).published_at == right.published_at
    assert run(capsys, "rebuild_search", "--check")[0] == 0
    assert run(capsys, "verify")[0] == 0


# How much there is


@pytest.mark.django_db
def test_figures_are_those_of_the_tables(capsys, django_assert_max_num_queries, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.jpg").write_bytes(b"12345")
    post = make_live_post()
    for state in ("visible", "visible", "waiting", "spam", "held", "removed", "withdrawn"):
        last = make_comment(post, state=state)
    make_post("A draft")
    with django_assert_max_num_queries(4):
        _code, out, _err = run(capsys, "stats", "--json")
    found = json.loads(out)
    assert {name: found[name] for name in "posts posts_live drafts revisions comments".split()} == {
        "posts": 2,
        "posts_live": 1,
        "drafts": 1,
        "revisions": 2,
        "comments": 7,
    }
    states = "visible waiting held spam removed_or_withdrawn".split()
    assert [found[state] for state in states] == [2, 1, 1, 1, 2]
    assert (found["media_files"], found["media_bytes"]) == (1, 5)
    assert found["database_bytes"] > 0 and found["oldest_review"] is None
    assert found["oldest_waiting"] < last.created_at.isoformat()
    assert "A draft" not in run(capsys, "stats")[1]


# Told to end


@pytest.fixture
def database(tmp_path):
    return lambda: database_for_race(connection, tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_leaves_what_is_whole_and_goes_on_when_it_runs_again(searched, database, told):
    place = database()
    stopped = race(place, ["stopped_at", ["rebuild_search"], "blog.search.index", 2, int(told)])
    assert stopped == [[130, "Stopped. What was put right stays so; run it again to go on."]]
    assert race(place, ["searched_by"]) == [["ferry number 0", "ferry number 2", "nobody", "the wrong words"]]
    assert race(place, ["stopped_at", ["rebuild_search"], "blog.search.index", 99, int(told)]) == [[0, ""]]
    assert race(place, ["searched_by"]) == [[f"ferry number {number}" for number in range(3)]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_person_is_erased_wholly_or_not_at_all(database, told):
    comment = make_comment(make_live_post(), email="a@mail.example")
    place = database()
    words = ["erase_person", "--email", "a@mail.example", "--yes"]
    [stopped] = race(place, ["stopped_at", words, "comments.people._forget", 1, int(told)])
    assert stopped == [130, "Stopped. Nothing was erased."]
    assert race(place, ["words_of_comment", comment.pk]) == [[comment.text, "a@mail.example", 0]]
    assert race(place, ["stopped_at", words, "comments.people._forget", 99, int(told)]) == [[0, ""]]
    assert race(place, ["words_of_comment", comment.pk]) == [["", "", 1]]
