"""`linkerd help L5D-nnnn`: what an error code means and what to do next.

In: a code. Out: its entry of the catalogue on standard output, or an exit status of 1.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches

from linkerd.errors import CATALOGUE


def explain_code(text: str) -> int:
    """Print the entry of a code; `l5d-1101` and `1101` will do."""
    code = text.upper()
    if not code.startswith("L5D-"):
        code = f"L5D-{code}"
    entry = CATALOGUE.get(code)
    if entry is None:
        near = get_close_matches(code, CATALOGUE, n=1, cutoff=0.8)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        print(f"linkerd: there is no code {text!r}{hint}", file=sys.stderr)
        return 1
    print(f"{code}  {entry.title}\n\n{entry.next_step}")
    return 0


def list_codes() -> None:
    """Print every code with its title."""
    for code, entry in sorted(CATALOGUE.items()):
        print(f"{code}  {entry.title}")


__all__ = ["explain_code", "list_codes"]
