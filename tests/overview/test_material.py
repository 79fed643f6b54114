"""What the admin server is shown of certificates."""

from __future__ import annotations

from linkerd.admin.view import CertificateView, MaterialView
from linkerd.overview.material import material_view


def test_a_record_becomes_a_view() -> None:
    leaf = {"subject": "CN=a", "names": ["a"], "issuer": "CN=ca", "begins": 1.0, "ends": 2.0}
    record = {
        "files": ["a.pem", "a.key"],
        "certificates": {"a.pem": [leaf]},
        "loadedAt": 3.0,
        "error": "a.pem: is empty",
        "errorSince": 4.0,
        "waitingFor": None,
    }
    shown = CertificateView("CN=a", ["a"], "CN=ca", 1.0, 2.0)
    assert material_view(record) == MaterialView(
        ["a.pem", "a.key"], {"a.pem": [shown]}, 3.0, "a.pem: is empty", 4.0, ""
    )
