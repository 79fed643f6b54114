"""HTML that cannot forget to escape."""

from __future__ import annotations

from linkerd.admin.html import Html, tag, together


def test_text_is_escaped_and_html_is_not() -> None:
    inner = tag("b", "<i>", '"&')
    assert inner == "<b>&lt;i&gt;&quot;&amp;</b>"
    assert tag("p", inner, 5, "<") == f"<p>{inner}5&lt;</p>"
    assert isinstance(tag("p"), Html)


def test_attributes() -> None:
    assert tag("a", class_="x y", data_rate='"<', href=None) == (
        '<a class="x y" data-rate="&quot;&lt;"></a>'
    )


def test_together() -> None:
    assert together(Html("<br>"), "<br>") == "<br>&lt;br&gt;"
