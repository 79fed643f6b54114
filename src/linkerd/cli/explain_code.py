"""`linkerd help L5D-nnnn`: what an error code means, its usual causes, and what to do.

In: a code. Out: its entry of the catalogue on standard output, with its page if there is one, or an
exit status of 1. The pages are files of the package, `pages/L5D-nnnn.md`.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

from linkerd.catalogue import CATALOGUE

PAGES = Path(__file__).parent.parent / "pages"


def explain_code(text: str) -> int:
    """Print what there is about a code; `l5d-1101` and `1101` will do."""
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
    page = page_of(code)
    if page:
        print(f"\n{page.replace('## ', '').rstrip()}")
    return 0


def page_of(code: str) -> str:
    """Give the page of a code in Markdown, "" if it has none."""
    file = PAGES / f"{code}.md"
    return file.read_text("utf-8") if file.exists() else ""


def list_codes() -> None:
    """Print every code with its title."""
    for code, entry in sorted(CATALOGUE.items()):
        print(f"{code}  {entry.title}")


__all__ = ["PAGES", "explain_code", "list_codes", "page_of"]
