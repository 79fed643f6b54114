"""Questions to an admin port, over real sockets: the client is the standard library's."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from linkerd.cli.remote import CannotAsk, ask, read_address


class Stub(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Content-Type"], json.loads(body)))
        status, answer = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Stub) as made:
        made.asked = []
        made.answer = (200, b'{"explanations": []}')
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def refused(address, limit_s=2.0):
    with pytest.raises(CannotAsk) as caught:
        ask(address, "/explain.json", {"request": "a"}, limit_s)
    return str(caught.value), caught.value.status


def test_an_answer(server):
    address = f"http://127.0.0.1:{server.server_port}/base/"
    assert ask(address, "/explain.json", {"request": "a"}, 2.0) == {"explanations": []}
    assert server.asked == [("/base/explain.json", "application/json", {"request": "a"})]


@pytest.mark.parametrize(
    ("status", "body", "why", "exit_status"),
    [
        (404, b'{"error": "there is no router x"}', "there is no router x", 2),
        (404, b"<html>", "answers 404, but not as the admin port of a linkerd", 1),
        (200, b"[]", "answers 200, but not as the admin port", 1),
        (403, b"This Host is not this machine.\n", "refuses: This Host is not this machine.", 1),
    ],
)
def test_no_answer(server, status, body, why, exit_status):
    server.answer = (status, body)
    text, code = refused(f"127.0.0.1:{server.server_port}")
    assert why in text
    assert code == exit_status


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        text, status = refused(f"127.0.0.1:{port}")
    assert (text, status) == (f"cannot connect to 127.0.0.1:{port}: Connection refused", 1)


@pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n", b""])
def test_no_http(said):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        text, status = refused(address)
        thread.join()
    assert address in text
    assert status == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("localhost", ("localhost", 9990, "")),
        ("10.0.0.1:99", ("10.0.0.1", 99, "")),
        ("http://[::1]:99/linkerd/", ("::1", 99, "/linkerd")),
    ],
)
def test_addresses(text, found):
    assert read_address(text) == found


@pytest.mark.parametrize("text", ["", "https://a", "a:b", "a:99999", "http://["])
def test_no_addresses(text):
    with pytest.raises(CannotAsk, match="not the address") as caught:
        read_address(text)
    assert caught.value.status == 2
