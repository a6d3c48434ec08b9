"""Pictures of what is brought in: the largest, once each, from public addresses, and never a wording that changes."""

from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db import connection

from blog import revisions, visiting
from blog.importing import account, fetching, sizes
from blog.importing.albums import Albums
from blog.importing.report import Report
from blog.models import Picture, PictureUse, Post, Revision
from blog.revisions import Content
from tests.blog.chains import faults
from tests.blog.test_pictures import made
from tests.blog.test_visiting import PUBLIC, Internet, Server
from tests.exports import archive, blogger_entry, run, saved, takeout, takeout_entry, wxr, wxr_item
from tests.factories import make_editor
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db


class Web(Internet):
    """Answers for each path with the bytes that stand there, 404 for the rest; remembers what was asked for."""

    def __init__(self, **names):
        self.there, self.questions = {}, []
        hosts = "notes.example 1.bp.blogspot.com img.example i0.wp.com lh3.googleusercontent.com".split()
        super().__init__(Server(self.answer), **({host: [PUBLIC] for host in hosts} | names))

    def reach(self, address, port, seconds, connect=visiting.connect):
        self.reached.append((address, port))
        return connect("127.0.0.1", self.server.port, seconds)

    def answer(self, connection, question):
        path = question.split()[1]
        host = next(line for line in question.split("\r\n") if line.startswith("Host: "))[6:]
        self.questions.append(f"{host}{path}")
        data = self.there.get(path)
        if isinstance(data, str):
            connection.sendall(f"HTTP/1.1 301 So\r\nLocation: {data}\r\nContent-Length: 0\r\n\r\n".encode())
        elif data is None:
            connection.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


@pytest.fixture
def web(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    web = Web()
    monkeypatch.setattr(visiting, "look_up", web.resolve)
    monkeypatch.setattr(visiting, "connect", web.reach)
    monkeypatch.setattr(fetching, "A_HOST", 0)
    yield web
    web.server.close()


def picture(colour="teal", size=(600, 400)):
    return made(size=size, colour=colour).read()


def body_of(number=1):
    return Post.objects.get(source_id__endswith=str(number)).live.body


@pytest.fixture
def wordpress(tmp_path, web):
    def bring_in(*items, **options):
        path = saved(tmp_path, wxr(*items), "notes.xml")
        return run("import_wordpress", path, report=tmp_path / "report.json", **options)

    return bring_in


@pytest.fixture
def blogger(tmp_path, web):
    def bring_in(*entries, **options):
        path = saved(tmp_path, archive(*entries), "blog.xml")
        return run("import_blogger", path, report=tmp_path / "report.json", **options)

    return bring_in


IMAGE = '<p><img src="http://notes.example/files/pier-300x200.jpg" alt="The pier" width="300" height="200"></p>'


def test_a_picture_is_fetched_before_the_first_wording_is_written(wordpress, web):
    web.there = {"/files/pier.jpg": picture()}
    told = wordpress(wxr_item(1, IMAGE), media=True)
    kept = Picture.objects.get()
    post = Post.objects.get()
    assert Revision.objects.get().pk == post.live_id
    assert f'src="{kept.file.url}" alt="The pier" width="600" height="400"' in post.live.body
    assert "notes.example" not in post.live.body
    assert (kept.alt, kept.added_by.username) == ("The pier", "importer")
    assert Path(kept.file.path).is_file()
    assert PictureUse.objects.get().picture == kept
    assert web.questions == ["notes.example/files/pier.jpg"]
    assert told["pictures_kept"] == 1
    assert told["remote_pictures"] == {"how_many": 0, "hosts": {}}


def test_without_it_pictures_stay_and_the_report_lists_their_hosts(wordpress, web):
    told = wordpress(wxr_item(1, IMAGE * 2 + '<img src="//img.example/a.png">'))
    assert told["remote_pictures"] == {"how_many": 3, "hosts": {"notes.example": 2, "img.example": 1}}
    assert web.questions == [] and not Picture.objects.exists()
    assert "http://notes.example/files/pier-300x200.jpg" in body_of()


def test_one_picture_in_many_pieces_is_one_of_the_library_and_fetched_once(wordpress, web):
    web.there = {"/files/pier.jpg": picture()}
    wordpress(wxr_item(1, IMAGE), wxr_item(2, IMAGE.replace("300x200", "1024x683")), media=True)
    assert Picture.objects.count() == 1
    assert web.questions.count("notes.example/files/pier.jpg") == 2  # two spellings of its address
    assert PictureUse.objects.count() == 2


def test_what_cannot_be_had_stays_where_it_is_and_the_report_says_why(wordpress, web):
    web.there = {"/a.png": b"no picture", "/b.png": picture(), "/e.png": "http://localhost/e.png"}
    web.names["localhost"] = ["127.0.0.1"]
    addresses = [f"http://img.example/{name}.png" for name in "abce"] + ["http://gone.example/d.png"]
    told = wordpress(wxr_item(1, "".join(f'<p><img src="{one}"></p>' for one in addresses)), media=True)
    assert {one["address"]: one["reason"] for one in told["pictures_not_fetched"]} == {
        addresses[0]: "This is not a picture that can be read. JPEG, PNG, WebP, GIF and AVIF are taken.",
        addresses[2]: "It answers 404.",
        addresses[3]: "It leads to an address that is not public.",
        addresses[4]: "There is no such name.",
    }
    assert told["remote_pictures"] == {"how_many": 4, "hosts": {"img.example": 3, "gone.example": 1}}
    assert [one in body_of() for one in addresses] == [True, False, True, True, True]
    assert {place for place, _port in web.reached} == {PUBLIC}


def test_a_file_that_is_too_large_is_not_kept_and_a_smaller_one_is(blogger, web, monkeypatch):
    monkeypatch.setattr("blog.pictures.LARGEST_FILE", 2000)
    web.there = {"/-x/s0/boat.png": b"x" * 2001, "/-x/s1600/boat.png": picture(size=(40, 30))}
    body = (
        '<a href="http://1.bp.blogspot.com/-x/s1600-h/boat.png">'
        '<img border="0" src="http://1.bp.blogspot.com/-x/s400/boat.png" /></a>'
    )
    blogger(blogger_entry(1, body), media=True)
    kept = Picture.objects.get()
    assert (kept.width, kept.height) == (40, 30)
    assert f'<a href="{kept.file.url}"><img' in body_of()
    assert f'src="{kept.file.url}" alt="boat" width="40"' in body_of()
    assert kept.alt == "", "what a file was called says nothing of what it shows"
    assert [one.split("/")[2] for one in web.questions] == ["s0", "s1600"]


def test_a_host_that_is_silent_is_left_alone(wordpress, web):
    pictures = [f'<p><img src="http://gone.example/{number}.png"></p>' for number in range(9)]
    told = wordpress(wxr_item(1, "".join(pictures)), media=True)
    assert web.looked_up == ["gone.example"] * fetching.MOST_SILENCE
    assert told["pictures_not_fetched"][-1]["reason"] == "Its host did not answer 3 times."


def test_each_host_is_asked_once_a_second_at_most(web, monkeypatch):
    waited = []
    monkeypatch.setattr(fetching, "A_HOST", 1.0)
    fetcher = fetching.Fetcher(report(), Albums(), account.importer, wait=waited.append)
    fetcher.pace.clock = lambda: 7.0
    fetcher.localised("".join(f'<img src="http://img.example/{name}.png">' for name in "abc"))
    assert waited == [1.0, 2.0]


def test_the_same_again_with_pictures_gives_what_came_without_a_wording_of_its_own(wordpress, web, client):
    web.there = {"/files/pier.jpg": picture(), "/late.png": picture("red")}
    items = [wxr_item(1, IMAGE + '<p><img src="http://img.example/late.png"> &amp;lt;</p>'), wxr_item(2)]
    items.append(wxr_item(3, IMAGE, status="draft"))
    wordpress(*items)
    before = Post.objects.get(source_id__endswith="1")
    del web.there["/late.png"]
    wordpress(*items, media=True)
    post = Post.objects.get(pk=before.pk)
    assert (post.live.number, post.live.kind, post.live.by.username) == (2, "typo", "importer")
    assert (post.stage, post.published_at, post.updated_at) == ("published", before.published_at, before.updated_at)
    assert post.live.body == before.live.body.replace(IMAGE, shown(post.live.body))
    assert "http://img.example/late.png" in post.live.body
    assert post.notices == before.notices
    draft = Post.objects.get(source_id__endswith="3")
    assert (draft.head.number, draft.stage, draft.live) == (2, "draft", None)
    assert Post.objects.get(source_id__endswith="2").head.number == 1
    web.there["/late.png"] = picture("red")  # and once more for what was missing
    told = wordpress(*items, media=True)
    assert (told["pictures_kept"], told["remote_pictures"]["how_many"]) == (1, 0)
    assert Revision.objects.count() == 6
    told = wordpress(*items, media=True)
    assert (told["pictures_kept"], Revision.objects.count(), told["created"]["posts"]) == (0, 6, 0)
    assert client.get(post.get_absolute_url()).status_code == 200
    assert not faults(post)


def test_what_was_changed_here_keeps_its_pictures_where_they_are(wordpress, web):
    web.there = {"/files/pier.jpg": picture()}
    wordpress(wxr_item(1, IMAGE))
    post = Post.objects.get()
    revisions.write(post, Content(headline="Ours", body=IMAGE), by=make_editor())
    told = wordpress(wxr_item(1, IMAGE), media=True)
    assert [one["reason"] for one in told["pieces_left_without_pictures"]] == ["It was changed here since."]
    assert (Revision.objects.count(), web.questions) == (2, [])


def test_a_dry_run_fetches_nothing(wordpress, web):
    told = wordpress(wxr_item(1, IMAGE), media=True, dry_run=True)
    assert (told["pictures_kept"], told["remote_pictures"]["how_many"]) == (0, 1)
    assert web.questions == []


def test_pictures_of_a_takeout_come_out_of_its_albums(tmp_path, web):
    there = "https://blogger.googleusercontent.com/img/b/R29/AVv/s320"
    names = ["Flat+irons%2B1.jpg", "twice.png", "twice%281%29.png", "none.png"]
    body = "".join(f'<p><img src="{there}/{name}"></p>' for name in names)
    path = tmp_path / "takeout.zip"
    with ZipFile(path, "w") as packed:
        packed.writestr("Takeout/Blogger/Blogs/Notes/feed.atom", takeout(takeout_entry(1, body)))
        packed.writestr("Takeout/Blogger/Albums/Notes/Flat irons_2B1.jpg", picture())
        packed.writestr("Takeout/Blogger/Albums/Notes/Flat irons_2B1.jpg.json", "{}")
        packed.writestr("Takeout/Blogger/Albums/Notes/twice.png", picture("red"))
        packed.writestr("Takeout/Blogger/Albums/Notes/twice(1).png", picture("blue"))
        packed.writestr("Takeout/Blogger/Albums/Others/none.png", picture("pink"))
    told = run("import_blogger", path, report=tmp_path / "report.json", media=True)
    assert told["pictures_kept"] == 2
    lost = [one["address"].rpartition("/")[2] for one in told["pictures_not_fetched"]]
    assert lost == ["twice.png", "none.png"]


def test_a_takeout_that_was_unpacked_has_its_albums_beside_it(tmp_path, web):
    body = '<img src="https://blogger.googleusercontent.com/img/b/R29/AVv/s320/pier.png">'
    blog, album = tmp_path / "Takeout/Blogger/Blogs/Notes", tmp_path / "Takeout/Blogger/Albums/Notes"
    blog.mkdir(parents=True), album.mkdir(parents=True)
    (album / "pier.png").write_bytes(picture())
    path = saved(blog, takeout(takeout_entry(1, body)), "feed.atom")
    assert run("import_blogger", path, report=tmp_path / "report.json", media=True)["pictures_kept"] == 1
    assert web.questions == []


def test_the_report_says_it_to_people(tmp_path, web):
    path = saved(tmp_path, wxr(wxr_item(1, IMAGE)), "notes.xml")
    said = StringIO()
    call_command("import_wordpress", str(path), stdout=said)
    assert "1 pictures stand where they always stood: notes.example (1)" in said.getvalue()
    assert "--media" in said.getvalue()


@pytest.mark.parametrize(
    ("address", "link", "expected"),
    [
        ("https://a.example/x-300x200.jpg", "", ["https://a.example/x.jpg"]),
        (
            "https://a.example/x-300x200.jpg?w=300&h=4",
            "",
            ["https://a.example/x.jpg", "https://a.example/x-300x200.jpg"],
        ),
        ("https://a.example/x.jpg?w=300", "", ["https://a.example/x.jpg"]),
        ("https://a.example/x.php?id=7&w=300", "", []),
        ("https://a.example/Boeing-747.jpg", "", []),
        (
            "https://i0.wp.com/a.example/f/x-300x200.jpg?resize=3",
            "",
            ["https://a.example/f/x.jpg", "https://a.example/f/x-300x200.jpg", "https://i0.wp.com/a.example/f/x.jpg",
             "https://i0.wp.com/a.example/f/x-300x200.jpg"],
        ),
        (
            "http://1.bp.blogspot.com/_a/b/s400/x.jpg",
            "http://1.bp.blogspot.com/_a/b/s1600-h/x.jpg",
            ["http://1.bp.blogspot.com/_a/b/s0/x.jpg", "http://1.bp.blogspot.com/_a/b/s1600/x.jpg",
             "http://1.bp.blogspot.com/_a/b/s1600-h/x.jpg"],
        ),
        (
            "https://blogger.googleusercontent.com/img/a/AVv=w640-h480-rw",
            "",
            ["https://blogger.googleusercontent.com/img/a/AVv=s0", "https://blogger.googleusercontent.com/img/a/AVv=s1600"],
        ),
        (
            "http://photos1.blogger.com/blogger/1/2/320/x.jpg",
            "http://photos1.blogger.com/blogger/1/2/1600/x.jpg",
            ["http://photos1.blogger.com/blogger/1/2/1600/x.jpg"],
        ),
        ("https://a.example/x.jpg", "https://a.example/another.jpg", []),
        ("https://a.example/x.jpg", "https://[", []),
        ("https://[", "", []),
    ],
)  # fmt: skip
def test_the_largest_form_is_tried_first_and_the_one_of_the_text_last(address, link, expected):
    assert sizes.candidates(address, link) == [*expected, address]


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_and_started_again_it_gives_the_same(web, tmp_path, settings):
    """Processes of their own, killed before, between and after files, rows and answers."""
    web.there = {f"/{number}.png": picture(size=(40 + number, 30)) for number in range(4)}
    body = '<p><img src="http://img.example/{}.png" alt="Pier"></p>'
    path = saved(tmp_path, wxr(*(wxr_item(one, body.format(one % 4)) for one in range(1, 5))), "notes.xml")
    database = database_for_race(connection, tmp_path)
    media = tmp_path / "media"
    job = ["import_with_pictures", str(path), web.server.port, str(media)]
    killed = 0
    for moment in (1, 3, 5, 9, 14, 20, 27):
        [came] = race(database, [*job, {"dies_at": moment}])
        killed += came is None
    assert killed >= 5
    [told] = race(database, job)
    assert told["remote"] == 0 and told["lost"] == []
    [again] = race(database, job)
    assert again == told | {"kept": 0}
    assert (told["posts"], told["revisions"], told["pictures"], told["uses"]) == (4, 4, 4, 4)
    assert told["files"] == sorted(told["expected"])


def shown(body):
    """The paragraph with the first picture."""
    return body[: body.index("</p>") + 4]


def report():
    return Report([], media=True)
