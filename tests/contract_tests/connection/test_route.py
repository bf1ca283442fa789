"""The route to a server: proxies and authorities, from options and the environment."""

import contextlib
import errno
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.connection.client import Client, Request
from contract_tests.connection.route import CannotConnect, Trust, dial, direct_route, route_to
from contract_tests.errors import NotJudged, OutOfMeans
from tests.support.raw_server import RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[RawServer]:
    """A server that says ok."""
    started = RawServer(lambda _: [OK])
    yield started
    started.close()


class ForwardingProxy(RawServer):
    """A proxy that passes whole requests on, and makes tunnels."""

    def __init__(self) -> None:
        super().__init__(lambda _: [])

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            head = connection.recv(65536)
            self.received.append(head)
            method, target, _ = head.split(b" ", 2)
            if method == b"CONNECT":
                host, _, port = target.decode().partition(":")
                with socket.create_connection((host, int(port))) as server:
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    threading.Thread(target=_pass_on, args=(server, connection), daemon=True).start()
                    _pass_on(connection, server)
            else:
                connection.sendall(OK.replace(b"ok", b"by"))


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)


@pytest.fixture
def proxy() -> Iterator[ForwardingProxy]:
    """A proxy on this machine."""
    started = ForwardingProxy()
    yield started
    started.close()


def ask(url: str, trust: Trust | None = None) -> bytes:
    """Ask a server along its route."""
    route = route_to(url, trust or Trust())
    client = Client(route)
    try:
        return client.ask(Request("GET", f"{url}/" if route.is_forwarded else "/", [("Host", "x")]), 5).body
    finally:
        client.close()


def test_plain_requests_go_to_a_proxy_whole(
    server: RawServer, proxy: ForwardingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable names it; what is sent as bytes, as a WebSocket is, reaches the server through a tunnel."""
    monkeypatch.setenv("http_proxy", f"user:pa55@127.0.0.1:{proxy.port}")
    assert ask(server.url) == b"by"
    assert proxy.received[0].startswith(f"GET {server.url}/ ".encode())
    with dial(route_to(server.url, Trust()), 5) as tunnel:
        tunnel.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert tunnel.recv(100) == OK
    assert proxy.received[1].startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())


@pytest.mark.parametrize("left_out", ["127.0.0.1", "example.org,127.0.0.1", "127.0.0.0/8", "*"])
def test_no_proxy_is_heard(
    server: RawServer, proxy: ForwardingProxy, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """By name, in a list, by network, for all."""
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", left_out)
    assert ask(server.url) == b"ok"
    assert proxy.received == []


def test_a_dead_proxy_is_named_without_its_password(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the proxy that cannot be reached, not the server."""
    monkeypatch.setenv("HTTP_PROXY", "http://user:pa55@127.0.0.1:1")
    with pytest.raises(CannotConnect, match=r"the proxy http://127\.0\.0\.1:1 .* cannot be reached") as raised:
        ask(server.url)
    assert "pa55" not in str(raised.value)
    assert "NO_PROXY=127.0.0.1" in str(raised.value)


@pytest.mark.parametrize("proxy_url", ["ftp://127.0.0.1:1", "http://127.0.0.1", "127.0.0.1:99999"])
def test_a_proxy_that_cannot_be_one_is_told_before_the_run(monkeypatch: pytest.MonkeyPatch, proxy_url: str) -> None:
    """One line says what it is to be."""
    monkeypatch.setenv("http_proxy", proxy_url)
    with pytest.raises(NotJudged, match="cannot be used"):
        route_to("http://127.0.0.1:8080", Trust())


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:1", "nothing listens at 127.0.0.1:1"), ("http://nobody.invalid", "cannot be resolved")],
)
def test_what_cannot_connect_says_why(url: str, words: str) -> None:
    """In a line, without a traceback."""
    with pytest.raises(CannotConnect, match=words):
        dial(direct_route(url), 5)


@pytest.mark.parametrize("proxy_url", ["", "http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_a_machine_without_means_is_not_the_server(monkeypatch: pytest.MonkeyPatch, proxy_url: str) -> None:
    """A suite that may open no more files says so and ends, instead of blaming the server or a proxy."""

    def refuse(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setenv("http_proxy", proxy_url)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(OutOfMeans, match="this machine opens no more connections: Too many open files"):
        dial(route_to("http://127.0.0.1:1", Trust()), 5, forwarded=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of an authority, and one of 127.0.0.1 signed by it."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
    usage = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
    for command in (
        f"req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=authority {usage}",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 9 -extfile names",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


class TlsServer(RawServer):
    """The same with TLS; ``wants_client`` asks for a certificate of the client."""

    def __init__(self, folder: Path, wants_client: bool = False) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        self._context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self._context.verify_mode = ssl.CERT_REQUIRED if wants_client else ssl.CERT_NONE
        super().__init__(lambda _: [OK])
        self.url = self.url.replace("http:", "https:")

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as encrypted:
            super()._serve(encrypted)


def test_authorities(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private authority is trusted by the option, then by each variable; --insecure counts whatever they say."""
    server, bundle = TlsServer(certificates), certificates / "ca.pem"
    with pytest.raises(CannotConnect, match=r"certificate of 127\.0\.0\.1:\d+ is not accepted .* --ca-bundle"):
        ask(server.url)
    assert ask(server.url, Trust(ca_bundle=bundle)) == b"ok"
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        with monkeypatch.context() as patched:
            patched.setenv(variable, str(bundle))
            assert ask(server.url) == b"ok"
            patched.setenv(variable, str(certificates / "server.pem"))
            assert ask(server.url, Trust(insecure=True)) == b"ok"
            assert ask(server.url, Trust(ca_bundle=bundle)) == b"ok"
    server.close()


def test_a_bundle_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there, or holds no certificate, is one line with where it was named."""
    (tmp_path / "words").write_text("words")
    for file in (tmp_path / "nowhere.pem", tmp_path / "words"):
        with pytest.raises(NotJudged, match=r"--ca-bundle .* cannot be used"):
            route_to("https://127.0.0.1", Trust(ca_bundle=file))
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere.pem")
    with pytest.raises(NotJudged, match=r"CURL_CA_BUNDLE /nowhere.pem cannot be used: No such file"):
        route_to("https://127.0.0.1", Trust())


def test_a_certificate_of_the_client(certificates: Path) -> None:
    """A server that asks for one gets it; its file may hold the key or not."""
    server = TlsServer(certificates, wants_client=True)
    shown = Trust(certificates / "ca.pem", certificates / "server.pem", certificates / "server.key")
    assert ask(server.url, shown) == b"ok"
    with pytest.raises(NotJudged, match=r"--client-cert .* cannot be used"):
        route_to(server.url, Trust(certificates / "ca.pem", certificates / "names"))
    server.close()


def test_a_server_without_tls_is_told(server: RawServer) -> None:
    """At a server that speaks http, https is a word about TLS, not about a certificate."""
    with pytest.raises(CannotConnect, match=r"TLS.*is it https\?"):
        dial(route_to(server.url.replace("http:", "https:"), Trust()), 0.5)
