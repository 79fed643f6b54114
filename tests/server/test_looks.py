"""Looks at connections: there are some while there are connections, and none at other times."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import PlaybookCase

from linkerd.server.looks import Looks


class Timers(PlaybookCase):
    def test_there_is_none_without_connections(self) -> None:
        play = self.play()
        self.assertEqual(play.armed(), [])
        for _ in range(2):
            first, second = play.client(), play.client()
            self.assertCountEqual(play.armed(), play.listener.looks)
            first.close()
            play.advance(0.1)
            self.assertCountEqual(play.armed(), play.listener.looks)
            second.close()
            play.advance(0.1)
            self.assertEqual(play.armed(), [])

    def test_they_go_on(self) -> None:
        play = self.play()
        play.client()
        for _ in range(3):
            play.advance(160.0)
            self.assertCountEqual(play.armed(), play.listener.looks)

    def test_another_connection_puts_nothing_off(self) -> None:
        play = self.play()
        play.client()
        before = [looks.deadline for looks in play.listener.looks]
        play.advance(10.0)
        play.client()
        self.assertEqual([looks.deadline for looks in play.listener.looks], before)

    def test_the_last_one_may_end_the_connections(self) -> None:
        play = self.play()
        connections: set[Any] = {object()}

        class Last(Looks):
            def look(self, now: float) -> None:
                connections.clear()

        looks = Last(connections, play.network.wheel, play.listener.clock, 1.0)
        looks.wake()
        play.advance(1.1)
        self.assertEqual((connections, play.armed()), (set(), []))
