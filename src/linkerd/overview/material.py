"""What the admin server is shown of certificates and keys: never a key.

In come the records of the store, out go values of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.admin.view import CertificateView, MaterialView

if TYPE_CHECKING:
    from collections.abc import Mapping


def material_view(record: Mapping[str, Any]) -> MaterialView:
    """Show one `Rotation`, by its record."""
    return MaterialView(
        record["files"],
        {
            file: [CertificateView(**each) for each in certificates]
            for file, certificates in record["certificates"].items()
        },
        record["loadedAt"],
        record["error"] or "",
        record["errorSince"],
        record["waitingFor"] or "",
    )


__all__ = ["material_view"]
