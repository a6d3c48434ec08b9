"""What writers type decides where we connect to: it never leads into our own house, and nobody holds us up.

Every server here is a real one on this machine; names and addresses of the internet are made up.
"""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest

from blog import visiting
from blog.models import CheckedLink
from blog.visiting import Lost, Visit, is_public, visit

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"
TLS = Path(__file__).parents[1] / "data" / "tls"
State = CheckedLink.State


class Server:
    """Answers each connection by a function that gets the connection and what was asked."""

    def __init__(self, answer, family=socket.AF_INET, tls=False):
        self.answer, self.asked, self.connections = answer, [], 0
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
        self.listener = socket.socket(family)
        self.listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.gone = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _peer = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=[connection], daemon=True).start()

    def talk(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            question = b""
            while b"\r\n\r\n" not in question:
                if not (more := connection.recv(65536)):
                    return
                question += more
            self.asked.append(question.decode())
            self.answer(connection, question.decode())
        self.gone.set()

    def close(self):
        # `shutdown` wakes who accepts; `close` alone does not.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def serve():
    servers = []

    def start(answer, **how):
        servers.append(Server(answer, **how))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


class Internet:
    """Names that stand for addresses, and servers that stand at them; remembers what was looked up and reached."""

    def __init__(self, server=None, **names):
        self.server, self.names = server, {"harbour.example": [PUBLIC]} | names
        self.looked_up, self.reached = [], []

    def resolve(self, host, port):
        self.looked_up.append(host)
        if host not in self.names:
            raise Lost("There is no such name.")
        return self.names[host]

    def reach(self, address, port, seconds):
        self.reached.append((address, port))
        return visiting.connect("127.0.0.1", self.server.port, seconds)

    def visit(self, url, **how):
        return visit(url, resolve=self.resolve, reach=self.reach, **how)


def saying(text):
    return lambda connection, question: connection.sendall(text.replace("\n", "\r\n").encode("latin-1"))


def forever(connection, part):
    """Send until the other side has had enough."""
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(part)


OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        *((code, State.FINE) for code in (200, 204, 206, 299)),
        *((code, State.GONE) for code in (404, 410)),
        *((code, State.UNSURE) for code in (300, 304, 400, 401, 403, 405, 418, 429, 451, 500, 502, 503, 999)),
        (302, State.UNSURE),  # and does not say where to
    ],
)
def test_what_an_answer_says(serve, code, state):
    net = Internet(serve(saying(f"HTTP/1.1 {code} So\nContent-Length: 0\n\n")))
    assert net.visit("http://harbour.example/31") == Visit(state, code)
    assert net.reached == [(PUBLIC, 80)]


def test_we_say_who_we_are_and_nothing_else(serve, settings, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")
    net = Internet(serve(saying(OK)))
    net.visit("http://me:secret@HARBOUR.example.:80/Büro/a b?q=ä&r=%20#s")
    first, *headers = net.server.asked[0].strip().split("\r\n")
    assert first == "GET /B%C3%BCro/a%20b?q=%C3%A4&r=%20 HTTP/1.1"
    assert dict(line.split(": ") for line in headers) == {
        "Host": "harbour.example",
        "User-Agent": f"Writethru link check (+{settings.SITE_URL})",
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def test_names_in_other_scripts_are_asked_for_in_theirs(serve):
    net = Internet(serve(saying(OK)), **{"xn--hfen-loa.example": [PUBLIC]})
    assert net.visit("http://HÄFEN.example").state == State.FINE
    assert net.looked_up == ["xn--hfen-loa.example"]


# Where we do not go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1", "64:ff9b::5db8:d822",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:5db8:d822::1",
        "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2606:2800::1%eth0", "fec0::1", "ff02::1",
        "harbour.example", "",
    ],
)  # fmt: skip
def test_only_the_open_internet_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, OTHER, "8.8.8.8", "2001:4860:4860::8888", "223.255.255.254"])
def test_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
        "localhost", "LOCALHOST.", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "１２７.０.０.１", "127。0。0。1", "x@127.0.0.1", "x:y@[::1]",
        r"harbour.example\@127.0.0.1", "127.0.0.1%00.harbour.example", "127.0.0.1#@harbour.example", "169.254.169.254",
        "[fe80::1%25lo]", "[::1%lo]",
    ],
)  # fmt: skip
def test_no_spelling_leads_into_our_own_house(serve, monkeypatch, host):
    """Looked up and connected to in earnest: nothing is asked of the network for a number."""
    servers = [serve(saying(OK))]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):
            servers.append(serve(saying(OK), family=socket.AF_INET6))
    for server in servers:
        monkeypatch.setattr(visiting, "PORTS", {"http": server.port, "https": server.port})
        for scheme in ("http", "https"):
            came = visit(f"{scheme}://{host}/")
            assert came.state in {State.REFUSED, State.UNSURE}
            assert came.code is None
    assert [server.connections for server in servers] == [0] * len(servers)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://harbour.example/", "file:///etc/passwd", "gopher://harbour.example/", "javascript:alert(1)", "//x", "",
        "x",
        "http://", "http:///x", "http://harbour.example:22/", "http://harbour.example:443/", "https://harbour.example:80/",
        "http://harbour.example:http/", "http://harbour.example:99999/", "http://[::1", "http://a b/",
        "http://" + "a" * 64 + ".example/", "http://..", "http://harbour.example%00/", "http://ha<rbour.example/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_visited(url):
    net = Internet()
    came = net.visit(url)
    assert came.state == State.REFUSED, came
    assert (came.code, bool(came.note), net.looked_up, net.reached) == (None, True, [], [])


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "10.1.2.3", "64:ff9b::a01:203"])
def test_a_name_that_stands_for_something_of_ours_as_well_is_refused(serve, private):
    net = Internet(serve(saying(OK)), **{"harbour.example": [PUBLIC, private]})
    assert net.visit("http://harbour.example/").state == State.REFUSED
    assert net.reached == []


def test_a_second_answer_of_a_resolver_leads_nowhere(serve):
    net, answers = Internet(serve(saying(OK))), iter([[PUBLIC], ["127.0.0.1"]])
    came = visit("http://harbour.example/", resolve=lambda host, port: next(answers), reach=net.reach)
    assert (came.state, net.reached) == (State.FINE, [(PUBLIC, 80)])
    assert next(answers) == ["127.0.0.1"]  # was never asked for


def test_a_redirect_is_looked_up_anew(serve):
    net, answers = Internet(serve(saying("HTTP/1.1 301 So\nLocation: /again\n\n"))), iter([[PUBLIC], ["127.0.0.1"]])
    came = visit("http://harbour.example/", resolve=lambda host, port: next(answers), reach=net.reach)
    assert (came.state, came.code, net.reached) == (State.REFUSED, None, [(PUBLIC, 80)])


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1/", "//127.0.0.1/", "https://[::1]/", "http://0x7f.1/", "ftp://harbour.example/", "file:///etc/passwd",
        "http://harbour.example:8080/", "http://inside.example/",
    ],
)  # fmt: skip
def test_a_redirect_leads_no_further_than_an_address(serve, place):
    literal = {host: [host] for host in ("127.0.0.1", "::1")} | {"0x7f.1": ["127.0.0.1"]}
    net = Internet(
        serve(saying(f"HTTP/1.1 302 So\nLocation: {place}\n\n")), **literal, **{"inside.example": ["10.0.0.1"]}
    )
    assert net.visit("http://harbour.example/").state == State.REFUSED
    assert (net.reached, net.server.connections) == ([(PUBLIC, 80)], 1)


@pytest.mark.parametrize(("steps", "state"), [(5, State.FINE), (6, State.UNSURE)])
def test_five_redirects_are_followed(serve, steps, state):
    def answer(connection, question):
        step = int(question.split()[1].rpartition("/")[2] or 0)
        saying(OK if step == steps else f"HTTP/1.1 307 So\nLocation: {step + 1}\n\n")(connection, question)

    net, paused = Internet(serve(answer)), []
    came = net.visit("http://harbour.example/a/0", pause=lambda host: paused.append(host) or 0)
    assert came.state == state
    assert net.looked_up == paused == ["harbour.example"] * 6
    assert [asked.split()[1] for asked in net.server.asked] == [f"/a/{step}" for step in range(6)]


def test_a_redirect_may_be_spelt_as_most_spell_it(serve):
    def answer(connection, question):
        first = question.startswith("GET / ")
        saying("HTTP/1.1 301 So\nLocation: /b\u00c3\u00bcro\n\n" if first else OK)(connection, question)

    net = Internet(serve(answer))
    assert net.visit("http://harbour.example").state == State.FINE
    assert net.server.asked[1].startswith("GET /b%C3%BCro ")


# Who wants to hold us up


def test_of_an_endless_answer_nothing_is_read(serve):
    def answer(connection, question):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        forever(connection, b"\x1f\x8b" * 50_000)

    net = Internet(serve(answer))
    assert net.visit("http://harbour.example/") == Visit(State.FINE, 200)
    assert net.server.gone.wait(10)  # we have hung up


@pytest.mark.parametrize(
    "part",
    [b"X-A: b\r\n", b"X" * 65_536, b"X-A: " + b"b" * 60_000 + b"\r\n", b"HTTP/1.1 100 Go on\r\n\r\n"],
    ids=["many", "one long", "many long", "promises"],
)
def test_headers_without_end_are_no_answer(serve, part):
    def answer(connection, question):
        if not part.startswith(b"HTTP"):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
        forever(connection, part)

    net = Internet(serve(answer))
    came = net.visit("http://harbour.example/")
    assert (came.state, came.code, bool(came.note)) == (State.UNSURE, None, True)
    assert net.server.gone.wait(10)


def test_a_million_bytes_is_the_most_that_is_read(serve, monkeypatch):
    monkeypatch.setattr(visiting, "MOST_BYTES", 40)
    net = Internet(serve(saying("HTTP/1.1 200 OK\nServer: a server that likes to talk\n\n")))
    assert net.visit("http://harbour.example/") == Visit(State.UNSURE, note="It says too much before it answers.")


def test_who_says_one_letter_at_a_time_has_five_seconds_for_all(serve, monkeypatch):
    monkeypatch.setattr(visiting, "SECONDS", 0.3)
    stop = threading.Event()

    def answer(connection, question):
        for sign in OK * 1000:
            if stop.wait(0.05):
                return
            connection.sendall(sign.encode())

    net = Internet(serve(answer))
    came = net.visit("http://harbour.example/")
    stop.set()
    assert (came.state, came.note) == (State.UNSURE, "No answer in 0 seconds.")


def test_who_says_nothing_is_left(serve, monkeypatch):
    monkeypatch.setattr(visiting, "SECONDS", 0.2)
    stop = threading.Event()
    net = Internet(serve(lambda connection, question: stop.wait(20)))
    assert net.visit("http://harbour.example/").state == State.UNSURE
    assert net.visit("https://harbour.example/").state == State.UNSURE  # no TLS either
    stop.set()


def test_a_name_that_takes_its_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(visiting, "SECONDS", 0.1)
    stop, net = threading.Event(), Internet()
    came = visit("http://harbour.example/", resolve=lambda host, port: stop.wait(20), reach=net.reach)
    stop.set()
    assert (came.state, net.reached) == (State.UNSURE, [])


def test_pauses_take_nobody_s_time_away(serve, monkeypatch):
    monkeypatch.setattr(visiting, "SECONDS", 20)
    now = [1000.0]
    monkeypatch.setattr(visiting.time, "monotonic", lambda: now[0])

    def pause(host):
        now[0] += 15
        return 15

    def answer(connection, question):
        first = question.startswith("GET / ")
        saying("HTTP/1.1 301 So\nLocation: /to\n\n" if first else OK)(connection, question)

    net = Internet(serve(answer))
    assert net.visit("http://harbour.example/", pause=pause).state == State.FINE


@pytest.mark.parametrize(
    "text", ["", "hello\n\n", "HTTP/1.1 OK\n\n", "HTTP/1.1 -1 No\n\n", "HTTP/9.9 2\n\n", "\0" * 100]
)
def test_what_is_no_answer_says_nothing_of_the_address(serve, text):
    came = Internet(serve(saying(text))).visit("http://harbour.example/")
    assert (came.state, came.code) == (State.UNSURE, None)
    assert came.note


# Names, addresses, certificates


def test_a_name_that_is_not_there_is_lost():
    assert Internet().visit("http://gone.example/") == Visit(State.UNSURE, note="There is no such name.", lost=True)


def test_the_system_s_word_for_no_such_name_is_understood(monkeypatch):
    def none(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def later(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    assert visit("http://gone.example/").lost
    monkeypatch.setattr(socket, "getaddrinfo", later)
    came = visit("http://gone.example/")
    assert (came.state, came.lost) == (State.UNSURE, False)
    assert "Temporary failure" in came.note


def test_the_next_address_is_tried_when_one_is_away(serve):
    net = Internet(serve(saying(OK)), **{"harbour.example": [OTHER, PUBLIC]})
    tried = []

    def reach(address, port, seconds):
        tried.append(address)
        if address == OTHER:
            raise ConnectionRefusedError("refused")
        return net.reach(address, port, seconds)

    assert visit("http://harbour.example/", resolve=net.resolve, reach=reach).state == State.FINE
    assert tried == [OTHER, PUBLIC]


def test_nobody_there_is_no_clear_answer():
    def reach(address, port, seconds):
        raise ConnectionRefusedError(111, "Connection refused")

    came = visit("http://harbour.example/", resolve=Internet().resolve, reach=reach)
    assert (came.state, came.note, came.lost) == (State.UNSURE, "[Errno 111] Connection refused", False)


def test_a_certificate_of_nobody_is_said(serve):
    net = Internet(serve(saying(OK), tls=True))
    came = net.visit("https://harbour.example/")
    assert (came.state, came.code, net.reached, net.server.asked) == (State.UNSURE, None, [(PUBLIC, 443)], [])
    assert came.note.startswith("The connection is not safe: self")


def test_a_certificate_is_for_a_name_and_not_for_an_address(serve, monkeypatch):
    trusting = ssl.create_default_context(cafile=TLS / "certificate.pem")
    monkeypatch.setattr(visiting, "_safely", lambda: trusting)
    net = Internet(serve(saying(OK), tls=True), **{"other.example": [PUBLIC]})
    assert net.visit("https://harbour.example/") == Visit(State.FINE, 200)
    came = net.visit("https://other.example/")
    assert came.state == State.UNSURE
    assert "other.example" in came.note


def test_our_own_context_trusts_whom_browsers_trust():
    context = visiting._safely()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


# What is fetched


def fetched(net, most=1000, seconds=5):
    return visiting.fetch("http://harbour.example/x", most=most, seconds=seconds, resolve=net.resolve, reach=net.reach)


def test_what_is_fetched_is_all_of_it(serve):
    assert fetched(Internet(serve(saying("HTTP/1.1 200 OK\n\nall of it")))) == b"all of it"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("HTTP/1.1 200 OK\n\n" + "x" * 1001, "It is larger than 0 MB."),
        ("HTTP/1.1 200 OK\nContent-Length: 9\n\nhalf", "It ends before its end."),
        ("HTTP/1.1 200 OK\nContent-Encoding: gzip\n\nhi", "It is packed in a way that was not asked for."),
        ("HTTP/1.1 206 Part\n\nhi", "It answers 206."),
        ("HTTP/1.1 302 So\nLocation: http://127.0.0.1/\n\n", "It leads to an address that is not public."),
        ("HTTP/1.1 302 So\nLocation: /x\n\n", "It leads on and on."),
    ],
)
def test_what_cannot_be_fetched_whole_is_not_fetched(serve, answer, why):
    net = Internet(serve(saying(answer)), **{"127.0.0.1": ["127.0.0.1"]})
    with pytest.raises(visiting.Unfetched) as failure:
        fetched(net)
    assert (str(failure.value), failure.value.silent) == (why, False)
    assert {place for place, _port in net.reached} == {PUBLIC}


def test_nobody_holds_us_up_by_sending_slowly(serve):
    def slowly(connection, question):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server.gone.wait(5)

    server = serve(slowly)
    with pytest.raises(visiting.Unfetched) as failure:
        fetched(Internet(server), seconds=0.2)
    assert failure.value.silent
