"""A question to the admin port of a running proxy.

An address and a question fit for JSON come in; the answer's JSON goes out, or `CannotAsk` with one
line for the user. Blocks: the command line has nothing else to do.
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

DEFAULT_PORT = 9990
PATIENCE_S = 5.0
"""How long the proxy may take beyond the time that it was given."""


class CannotAsk(Exception):
    """No answer, and why; `status` is the exit status that goes with it."""

    def __init__(self, why: str, status: int = 1) -> None:
        super().__init__(why)
        self.status = status


def ask(address: str, path: str, question: object, limit_s: float) -> Any:
    """POST a question and give the answer, which is JSON. Raises `CannotAsk`."""
    host, port, base = read_address(address)
    body = json.dumps(question).encode()
    connection = http.client.HTTPConnection(host, port, timeout=limit_s + PATIENCE_S)
    where = f"{host}:{port}"
    try:
        connection.request("POST", base + path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    except TimeoutError:
        raise CannotAsk(f"no answer from {where} within {limit_s + PATIENCE_S:g} s") from None
    except OSError as error:
        raise CannotAsk(f"cannot connect to {where}: {error.strerror or error}") from None
    except http.client.HTTPException:
        raise CannotAsk(f"{where} does not speak HTTP") from None
    finally:
        connection.close()
    return _read(where, response, answer)


def _read(where: str, response: http.client.HTTPResponse, answer: bytes) -> Any:
    try:
        value = json.loads(answer)
    except ValueError:
        value = None
    if response.status == 200 and isinstance(value, dict):
        return value
    if isinstance(value, dict) and isinstance(value.get("error"), str):
        raise CannotAsk(value["error"], status=2)
    if response.status == 403:
        raise CannotAsk(f"{where} refuses: {answer.decode('latin-1').strip()}")
    raise CannotAsk(
        f"{where} answers {response.status}, but not as the admin port of a linkerd that explains"
        " (`admin.port`, 9990 by default)"
    )


def read_address(text: str) -> tuple[str, int, str]:
    """Read `[http://]host[:port][/base]`. Raises `CannotAsk`."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme != "http":
        raise CannotAsk(f"{text!r} is not the address of an admin port, host:port", status=2)
    return host, DEFAULT_PORT if port is None else port, parts.path.rstrip("/")


__all__ = ["CannotAsk", "ask", "read_address"]
