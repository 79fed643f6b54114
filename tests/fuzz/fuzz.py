"""Fuzzes one target: `python -m tests.fuzz.fuzz TARGET [SECONDS]`, from the project's root.

With atheris (`pip install -e '.[fuzz]'`) the search is led by coverage; without it the seeds are
only mutated. What fails is written below `.fuzz/`, and so is what atheris keeps; the exit status
is 1 then.
"""

from __future__ import annotations

import random  # noqa: TID251 (what is fuzzed is not the proxy's behaviour)
import sys
import time
import traceback
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None:
    with atheris.instrument_imports(include=["linkerd"]):
        from tests.fuzz.targets import TARGETS
else:
    from tests.fuzz.targets import TARGETS

from tests.fuzz.seeds import LONGEST, seeds

WORK = Path(".fuzz")
WORDS = [
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Host: web\r\n", b"\r\n\r\n",
    b"Connection: close\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n", b"GET / HTTP/1.1\r\n", b"HTTP/1.0",
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 103 A\r\n\r\n", b"HTTP/1.1 204 B\r\n", b"http://a",
    b"Expect: 100-continue\r\n", b"TE: trailers\r\n", b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t",
    b"\x0b", b"\xa0", b":", b";", b",", b'"', b"#", b"@", b"%2f", b"+", b"-", b"0x", b"_",
    b"f" * 16,
]  # fmt: skip


def mutated(chance: random.Random, pool: list[bytes]) -> bytes:
    """One of the pool, or two of them joined, with a few places changed."""
    data = chance.choice(pool)
    if chance.random() < 0.2:
        data += chance.choice(pool)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        stop = at + chance.choice((0, 0, 0, 1, 1, 2, 8))
        piece = chance.choice((chance.choice(WORDS), chance.randbytes(1), b"", data[at:stop]))
        data = data[:at] + piece + data[stop:]
    return data[:LONGEST]


def mutate(target: str, seconds: float, seed: int) -> int:
    """Mutate seeds; how many cases failed."""
    chance = random.Random(seed)
    pool = seeds(target)
    test = TARGETS[target]
    end = time.perf_counter() + seconds
    cases = failed = 0
    for data in pool:
        test(data)
    while time.perf_counter() < end:
        data = mutated(chance, pool)
        cases += 1
        try:
            test(data)
        except Exception:  # whatever it is, it is a finding
            failed += 1
            traceback.print_exc()
            print("case:", data)
            (WORK / f"{target}-{seed}-{failed}").write_bytes(data)
    print(f"{target}: {cases} cases, {failed} failed")
    return failed


def explore(target: str, seconds: float) -> None:
    """Let atheris search; it does not come back."""
    begin = WORK / f"{target}-seeds"
    corpus = WORK / f"{target}-corpus"
    for folder in (begin, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        (begin / f"{number:04}").write_bytes(data)
    words = WORK / "words.txt"
    quoted = ("".join(f"\\x{byte:02x}" for byte in word) for word in WORDS)
    words.write_text("".join(f'"{word}"\n' for word in quoted))
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={int(seconds)}",
            f"-max_len={LONGEST}",
            f"-dict={words}",
            f"-artifact_prefix={WORK}/{target}-",
            "-timeout=10",
            "-print_final_stats=1",
            "-verbosity=0",
            str(corpus),
            str(begin),
        ],
        TARGETS[target],
    )
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Run one target."""
    if not arguments or arguments[0] not in TARGETS:
        print(f"usage: python -m tests.fuzz.fuzz {{{','.join(TARGETS)}}} [SECONDS]")
        return 2
    seconds = float(arguments[1]) if len(arguments) > 1 else 60.0
    WORK.mkdir(exist_ok=True)
    if atheris is None:
        return 1 if mutate(arguments[0], seconds, random.SystemRandom().randrange(1 << 30)) else 0
    explore(arguments[0], seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
