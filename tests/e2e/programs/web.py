"""Back end on aiohttp: `web.py PORT`. Pages for a browser, a WebSocket, events, and a report.

`/page/NAME` is the file NAME beside this one; `/socket` echoes WebSocket messages; `/events` sends
one event after another, each once the one before was reported to `/seen/N`; what is posted to
`/report` goes to standard output.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from pathlib import Path

from aiohttp import WSMsgType, web

HERE = Path(__file__).parent
MIB = 1 << 20
EVENTS = 5

seen: dict[str, asyncio.Event] = defaultdict(asyncio.Event)


async def page(request: web.Request) -> web.StreamResponse:
    """A file of this folder."""
    return web.FileResponse(HERE / request.match_info["name"])


async def socket(request: web.Request) -> web.StreamResponse:
    """Echo messages; "ping me" and "close" are instructions."""
    stream = web.WebSocketResponse(protocols=("echo",), max_msg_size=8 * MIB, autoping=False)
    await stream.prepare(request)
    async for message in stream:
        if message.type is WSMsgType.BINARY:
            await stream.send_bytes(message.data)
        elif message.type is WSMsgType.PING:
            await stream.pong(message.data)
        elif message.type is WSMsgType.PONG:
            await stream.send_str(f"pong {message.data.decode()}")
        elif message.data == "ping me":
            await stream.ping(b"17")
        elif message.data == "close":
            await stream.close(code=4001, message=b"go away")
        else:
            await stream.send_str(message.data)
    return stream


async def events(request: web.Request) -> web.StreamResponse:
    """A few events; then the connection ends, and on the next one the last."""
    key = request.query["key"]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    if "Last-Event-ID" in request.headers:
        last = request.headers["Last-Event-ID"]
        await stream.write(f"event: last\ndata: after {last}\n\n".encode())
        await asyncio.sleep(5)
        return stream
    await stream.write(b"retry: 10\n\n")
    for number in range(1, EVENTS + 1):
        await stream.write(f"id: {number}\ndata: event {number}\n\n".encode())
        await asyncio.wait_for(seen[f"{key}/{number}"].wait(), 10)
    return stream


async def note(request: web.Request) -> web.StreamResponse:
    """An event has arrived."""
    seen[request.match_info["event"]].set()
    return web.Response(text="noted\n")


async def report(request: web.Request) -> web.StreamResponse:
    """What a page found."""
    print("report", await request.text(), flush=True)
    return web.Response(text="thanks\n")


async def describe(request: web.Request) -> web.StreamResponse:
    """Length of the body and names of the fields."""
    body = await request.read()
    return web.json_response({"length": len(body), "fields": [*request.headers]})


def main() -> None:
    """Serve until killed."""
    app = web.Application(client_max_size=64 * MIB)
    app.router.add_get("/page/{name}", page)
    app.router.add_get("/socket", socket)
    app.router.add_get("/events", events)
    app.router.add_post("/seen/{event:.+}", note)
    app.router.add_post("/report", report)
    app.router.add_route("*", "/describe", describe)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
