from __future__ import annotations

import pytest

from linkerd.cli.dtab_eval import delegated
from linkerd.cli.leads_to import show_explained, show_node
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path


@pytest.mark.parametrize(
    ("dtab", "said"),
    [
        ("/svc => /#/a", "/#/a/web"),
        ("/svc => /#/a ; /svc => /#/b", "/#/b/web | /#/a/web"),
        ("/svc => 3 * /#/a & /#/b | /#/c", "3.00*/#/a/web & /#/b/web | /#/c/web"),
        ("/svc => /x ; /x => /#/a", "/#/a/web"),
        ("/svc => /#/a & !", "/#/a/web"),
        ("/svc => /$/inet/127.1/80", "/$/inet/127.1/80/web"),
        ("/svc => $", "$"),
        ("/svc => !", "!"),
        ("/svc => ~", "~"),
        ("/x => /y", "~"),
        ("/svc => /svc", "! goes round in circles"),
        ("/svc => /$/inett", "! Unknown namer: inett for path: /$/inett/web"),
    ],
)
def test_as_far_as_a_dtab_leads(dtab, said):
    assert show_node(delegated(Dtab.read(dtab), Path.read("/svc/web"))) == said


ROUTED = {"routed": True}
LOST = {"routed": False, "code": "L5D-1103", "title": "It has none."}


def bound(name, share=1.0, residual=""):
    return {"id": name, "share": share, "residual": residual}


@pytest.mark.parametrize(
    ("names", "verdict", "said"),
    [
        ([bound("/#/a")], ROUTED, "/#/a"),
        ([bound("/#/a", residual="/x")], ROUTED, "/#/a residual /x"),
        ([bound("/#/a", 0.9), bound("/#/b", 0.1)], ROUTED, "90 % /#/a, 10 % /#/b"),
        ([bound("/#/a", 0.5)], LOST, "50 % /#/a, L5D-1103 It has none."),
        ([], LOST, "L5D-1103 It has none."),
    ],
)
def test_what_an_explanation_ends_in(names, verdict, said):
    assert show_explained({"bound": names, "verdict": verdict}) == said
