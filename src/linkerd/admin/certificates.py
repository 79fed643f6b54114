"""What the admin server shows of TLS: a table on the first page, and `/tls.json`.

In come the materials of a `View`; out go pieces of HTML or JSON. Of large bundles the table has
those certificates that end first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from linkerd.admin.html import Html, tag, together
from linkerd.admin.numbers import DASH, show_age, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.admin.view import CertificateView, MaterialView

COLUMNS = ("certificate", "names", "issued by", "ends")
MOST = 5
"""Certificates that the table has of one file."""
SOON_S = 21 * 86400.0
"""A certificate that ends sooner is shown as something to see to; so is the first warning."""


def certificate_table(materials: Sequence[MaterialView], now: float) -> Iterator[str]:
    """Give a section with a group of rows for each material; `now` is seconds since 1970."""
    yield together(
        Html("<section>"),
        tag("h2", "TLS ", tag("a", "all of it", href="tls.json", class_="quiet")),
        Html('<div class="wide"><table class="certificates">'),
        tag("caption", "certificates"),
        tag("thead", tag("tr", *[tag("th", name, scope="col") for name in COLUMNS])),
    )
    for material in materials:
        yield Html("<tbody>")
        yield _row(tag("b", ", ".join(material.files)), " ", *_state(material))
        for certificates in material.certificates.values():
            yield from _of_file(certificates, now)
        yield Html("</tbody>")
    yield Html("</table></div></section>")


def is_well(materials: Sequence[MaterialView], now: float) -> bool:
    """Tell whether all files are in use and no certificate ends soon."""
    return not any(material.fault for material in materials) and all(
        certificate.ends - now > SOON_S
        for material in materials
        for certificates in material.certificates.values()
        for certificate in certificates
    )


def _ends(certificate: CertificateView) -> float:
    return certificate.ends


def _of_file(certificates: Sequence[CertificateView], now: float) -> Iterator[Html]:
    left_out = len(certificates) - MOST
    for certificate in sorted(certificates, key=_ends)[:MOST] if left_out > 0 else certificates:
        yield _certificate(certificate, now)
    if left_out > 0:
        yield _row(f"and {left_out:,} more, which end later")


def _row(*content: object) -> Html:
    return tag("tr", tag("td", tag("div", *content), colspan=str(len(COLUMNS))), class_="group")


def _state(material: MaterialView) -> Iterator[object]:
    if not material.files:
        yield "what the system trusts"
        return
    if material.fault:
        yield tag("span", "new files are not used", class_="badge bad")
    elif material.waiting:
        yield tag("span", "new files do not fit yet", class_="badge trying")
    else:
        yield tag("span", "in use", class_="badge good")
    yield tag("span", f" read at {timestamp(material.loaded_at)[:19]}Z", class_="quiet")
    if material.fault or material.waiting:
        yield tag("div", material.fault or material.waiting, class_="quiet")


def _certificate(certificate: CertificateView, now: float) -> Html:
    left = certificate.ends - now
    moment = timestamp(certificate.ends)
    if left <= 0:
        badge = tag("span", f"{show_age(-left)} ago", class_="badge bad")
    else:
        kind = "good" if left > SOON_S else "trying"
        badge = tag("span", f"in {show_age(left)}", class_=f"badge {kind}")
    return tag(
        "tr",
        tag("th", certificate.subject, scope="row"),
        tag("td", ", ".join(certificate.names) or DASH, class_="names"),
        tag("td", certificate.issuer, class_="names"),
        tag("td", tag("time", moment[:10], datetime=moment), " ", badge),
    )


def tls_json(materials: Sequence[MaterialView]) -> Iterator[str]:
    """Give a JSON list with an entry for the files that belong together."""
    yield "["
    between = ""
    for material in materials:
        shown = {
            "files": list(material.files),
            "loaded_at": timestamp(material.loaded_at),
            "fault": material.fault or None,
            "fault_since": _moment(material.fault_since),
            "waiting": material.waiting or None,
            "certificates": [
                {
                    "file": file,
                    "subject": each.subject,
                    "names": list(each.names),
                    "issuer": each.issuer,
                    "begins": timestamp(each.begins),
                    "ends": timestamp(each.ends),
                }
                for file, certificates in material.certificates.items()
                for each in certificates
            ],
        }
        yield between + json.dumps(shown)
        between = ", "
    yield "]"


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)


__all__ = ["certificate_table", "is_well", "tls_json"]
