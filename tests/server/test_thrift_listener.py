"""Word of what is not Thrift: one line a second, however many there are."""

from __future__ import annotations

from tests.router.calls import ThriftCase
from twisted.logger import LogPublisher, formatEvent, globalLogPublisher

assert isinstance(globalLogPublisher, LogPublisher)


class Lines(ThriftCase):
    def test_one_for_many(self) -> None:
        lines: list[str] = []

        def observe(event: object) -> None:
            lines.append(formatEvent(event) or "")  # type: ignore[arg-type]

        globalLogPublisher.addObserver(observe)  # type: ignore[arg-type]
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        play = self.thrift()
        for _ in range(5):
            play.client(b"GET / HTTP/1.1\r\n\r\n")
        told = [line for line in lines if "HTTP instead of Thrift" in line]
        self.assertEqual(len(told), 1)
        self.assertIn("127.0.0.1/4140", told[0])
        play.advance(1.1)
        play.client(b"GET / HTTP/1.1\r\n\r\n")
        told = [line for line in lines if "HTTP instead of Thrift" in line]
        self.assertIn("(4 more were closed before)", told[1])
