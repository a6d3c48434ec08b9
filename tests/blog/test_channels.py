"""Who is told that readers see a change hears what is so, can tell that it comes from us, and holds nobody up."""

import contextlib
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from blog import belonging, channels, outbox, removal, updates, visiting, workflow
from blog.models import Author, Outgoing, Story, Webhook
from tests import factories
from tests.factories import fresh, make_live_post, make_post, make_publisher

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_side():
    """A server that keeps what it is told, and answers with `codes` (then with 204)."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.told.append((self.command, self.path, dict(self.headers), body))
            self.send_response(server.codes.pop(0) if server.codes else 204)
            self.end_headers()

        do_POST = do_PURGE = answer

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.told, server.codes = [], []
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.closing(server.socket):
        yield server
        server.shutdown()


@pytest.fixture
def hook(other_side, monkeypatch):
    """A webhook of the other side, which stands on the open internet as far as we can see."""
    monkeypatch.setattr(visiting, "is_public", lambda address: True)
    monkeypatch.setitem(visiting.PORTS, "http", other_side.server_port)
    return Webhook.objects.create(name="Partner", url="http://127.0.0.1/hook", secret="of both")


def heard(server):
    return [json.loads(body) for _verb, _path, _headers, body in server.told]


def test_nobody_hears_what_readers_cannot_see(hook):
    post = make_post()
    workflow.submit(post, by=factories.make_contributor())
    assert Outgoing.objects.count() == 0


def test_a_publication_is_told_with_a_signature_and_a_key(hook, other_side):
    post = make_live_post()
    outbox.send_due()
    [(verb, path, headers, body)] = other_side.told
    assert (verb, path) == ("POST", "/hook")
    expected = hmac.new(b"of both", body, hashlib.sha256).hexdigest()
    assert headers["Writethru-Signature"] == f"sha256={expected}"
    said = json.loads(body)
    assert headers["Writethru-Key"] == said["key"] == f"webhook:{hook.pk}:{post.key}:{post.public_sequence}"
    assert headers["Writethru-Sequence"] == str(said["sequence"]) == str(post.public_sequence)
    assert (said["headline"], said["live"], said["version"]) == (post.live.headline, True, 1)
    assert said["url"] == f"https://record.example{post.get_absolute_url()}"
    assert Outgoing.objects.get().state == "sent"


def test_what_was_withdrawn_meanwhile_is_said_to_be_gone_and_not_what_it_said(hook, other_side):
    post = make_live_post("CANARY in the headline")
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    outbox.send_due()
    assert [one["live"] for one in heard(other_side)] == [False, False]
    assert "CANARY" not in str(other_side.told)


def test_who_hears_an_old_call_late_hears_how_it_stands_now(hook, other_side):
    other_side.codes = [500]
    post = make_live_post()
    outbox.send_due()
    factories.published(factories.write(fresh(post), headline="Bridge open"))
    Outgoing.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
    outbox.send_due()
    assert [one["headline"] for one in heard(other_side)][1:] == ["Bridge open"] * 2
    sequences = [one["sequence"] for one in heard(other_side)]
    assert sequences == sorted(sequences)


def test_an_update_is_told_as_its_post(hook, other_side):
    post = factories.make_rolling_post()
    Outgoing.objects.all().delete()
    factories.make_live_update(post)
    outbox.send_due()
    assert [one["id"] for one in heard(other_side)] == [str(post.key)]


def test_an_answer_that_is_none_is_tried_again_and_told_at_the_desk(hook, other_side):
    other_side.codes = [503]
    make_live_post()
    outbox.send_due()
    row = Outgoing.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.last_error == "Unwell: POST http://127.0.0.1/hook was answered with 503"


def test_a_webhook_never_leads_into_our_own_house(other_side):
    Webhook.objects.create(name="Evil", url="http://127.0.0.1/hook", secret="x")
    Webhook.objects.create(name="Other port", url=f"{other_side.url}/hook", secret="x")
    make_live_post()
    outbox.send_due()
    assert other_side.told == []
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"failed"}


def test_one_that_is_off_or_gone_hears_nothing(hook, other_side):
    gone = Webhook.objects.create(name="Gone", url="http://127.0.0.1/gone", secret="x")
    make_live_post()
    Webhook.objects.filter(pk=hook.pk).update(is_active=False)
    gone.delete()
    outbox.send_due()
    assert other_side.told == []
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"dropped"}


def test_the_mail_server_is_away_and_the_world_hears_all_the_same(hook, other_side, settings, monkeypatch):
    settings.EMAIL_BACKEND = "tests.blog.test_sending.Away"
    make_live_post()
    outbox.write([Outgoing(kind="confirmation", key="mail", payload={"subscription": 0})])
    result = outbox.send_due()
    assert result.away
    assert len(other_side.told) == 1
    assert Outgoing.objects.get(key="mail").attempts == 0


# A hub, and a cache


def test_a_hub_is_told_of_every_feed(settings, other_side, client):
    settings.WEBSUB_HUB = f"{other_side.url}/hub"
    post = factories.make_rolling_post(tags=("Harbour",))
    Outgoing.objects.exclude(kind="websub").delete()
    outbox.send_due()
    told = {body.decode() for _verb, path, _headers, body in other_side.told if path == "/hub"}
    for feed in ("/feed.atom", "/feed.json", "/tags/harbour/feed.atom", post.get_updates_url()):
        topic = f"https://record.example{feed}".replace(":", "%3A").replace("/", "%2F")
        assert f"hub.mode=publish&hub.url={topic}" in told
        if feed.endswith(".atom"):
            assert f'<link href="{settings.WEBSUB_HUB}" rel="hub"' in client.get(feed).content.decode()
    assert client.get("/feed.json").json()["hubs"] == [{"type": "WebSub", "url": settings.WEBSUB_HUB}]


def test_without_a_hub_no_feed_names_one(client):
    make_live_post()
    assert 'rel="hub"' not in client.get("/feed.atom").content.decode()
    assert "hubs" not in client.get("/feed.json").json()
    assert Outgoing.objects.count() == 0


def test_a_cache_is_told_of_every_page_that_changed(settings, other_side):
    settings.CACHE_PURGE_URL = other_side.url
    other_side.codes = [404]  # it had none of the first
    post = make_live_post(tags=("Harbour",))
    outbox.send_due()
    assert {verb for verb, *_rest in other_side.told} == {"PURGE"}
    assert {headers["Host"] for _verb, _path, headers, _body in other_side.told} == {"record.example"}
    paths = [path for _verb, path, *_rest in other_side.told]
    assert len(paths) == len(set(paths))
    page = post.get_absolute_url()
    assert {page, f"{page}history/", f"{page}changes/", "/", "/feed.atom", "/tags/harbour/"} <= set(paths)
    assert Outgoing.objects.get().state == "sent"


def test_what_a_cache_refuses_is_tried_again(settings, other_side):
    settings.CACHE_PURGE_URL = other_side.url
    other_side.codes = [403]
    make_live_post()
    outbox.send_due()
    assert (Outgoing.objects.get().state, len(other_side.told)) == ("waiting", 1)


def test_an_act_that_is_taken_back_is_told_to_nobody(hook, monkeypatch):
    post = make_post()
    monkeypatch.setattr(channels, "tell", lambda post, stood_in: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        factories.published(post)
    assert Outgoing.objects.count() == 0
    assert fresh(post).live is None


def test_where_things_go_on_without_new_words_is_told_as_well(hook, other_side):
    post = factories.make_rolling_post()
    Outgoing.objects.all().delete()
    updates.end(fresh(post), by=make_publisher())
    outbox.send_due()
    assert [one["coverage"] for one in heard(other_side)] == ["ended"]


# What it has left


@pytest.fixture
def listening(settings, other_side):
    """A cache and a hub; gives the paths that each is told of by what is done since."""
    settings.CACHE_PURGE_URL, settings.WEBSUB_HUB = other_side.url, f"{other_side.url}/hub"

    def told():
        other_side.told.clear()
        outbox.send_due()
        purged = {path for verb, path, *_rest in other_side.told if verb == "PURGE"}
        pinged = {parse_qs(body.decode())["hub.url"][0] for verb, _path, _headers, body in other_side.told if body}
        return purged, {url.removeprefix("https://record.example") for url in pinged}

    return told


SOURCE = {"outlet": "Harbour Post", "title": "Minutes", "url": "https://post.example/1", "at": ""}
STOOD_IN = {
    f"{page}{end}"
    for page in ("/tags/harbour/", "/tags/roads/", "/authors/carla/")
    for end in ("", "feed.atom", "feed.json")
} | {"/sources/harbour-post/", "/stories/bridge/"}


def stands_in_lists():
    post = make_live_post(tags=("Harbour", "Roads"), sources=[SOURCE], byline=[{"name": "Carla", "slug": "carla"}])
    belonging.assign(post, Story.objects.create(title="Bridge", slug="bridge"), by=make_publisher())
    return fresh(post)


def withdrawn(post):
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")


def removed(post):
    by = factories.person("ada")
    removal.remove(post, [post.live], by=by, reason="Court.", public_reason="Court order.")


def worded_otherwise(post):
    belonging.assign(post, None, by=make_publisher())
    factories.published(factories.write(fresh(post), tags=(), byline=[], sources=[]))


@pytest.mark.parametrize("act", [withdrawn, removed, worded_otherwise])
def test_the_lists_that_a_piece_leaves_are_told_as_those_that_it_comes_to(listening, act):
    Author.objects.create(name="Carla", slug="carla")
    post = stands_in_lists()
    assert STOOD_IN - listening()[0] == set()
    act(post)
    purged, pinged = listening()
    assert STOOD_IN - purged == set()
    assert {path for path in STOOD_IN if path.endswith(("atom", "json"))} - pinged == set()


def test_the_address_that_it_had_is_told_too(listening):
    post = make_live_post()
    listening()
    old = post.get_absolute_url()
    belonging.move(post, "other", by=make_publisher())
    assert {old, f"{old}history/", fresh(post).get_absolute_url()} <= listening()[0]


def test_an_outlet_that_an_update_named_is_told_when_the_update_goes(listening):
    story = factories.make_rolling_post()
    update = factories.make_live_update(story, sources=[SOURCE])
    listening()
    workflow.withdraw(update, by=make_publisher(), public_note="Wrong.")
    assert "/sources/harbour-post/" in listening()[0]


def test_where_nobody_listens_nothing_is_asked_for_it(django_assert_num_queries):
    post = make_live_post(tags=("Harbour",))
    with django_assert_num_queries(0):
        assert channels.places(post) == []
