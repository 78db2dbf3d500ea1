"""Bars begin at a common zero, negative ones end there, and names cannot break the picture."""

from xml.etree import ElementTree

from app.drawing.marks import Bar, bars

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_share_a_zero_and_a_scale() -> None:
    rows = [Bar("<one> & a name that is longer than there is room for", 30.0, "30"), Bar("two", -10.0, "−10")]
    picture = ElementTree.fromstring(bars([*rows, Bar("none", 0.0, "0", faint=True)], "of a test"))
    (left, width), (other_left, other_width), (_, least) = [
        (float(one.get("x", 0)), float(one.get("width", "0"))) for one in picture.iter(f"{SVG}rect") if one.get("x")
    ]
    assert abs(width - 3 * other_width) < 0.3
    assert abs(other_left + other_width - left) < 0.2
    assert least == 1.0
    texts = [one.text or "" for one in picture.iter(f"{SVG}text")]
    assert texts[0].startswith("<one> & a name")
    assert len(texts[0]) == 34


def test_no_bars_make_a_picture_too() -> None:
    ElementTree.fromstring(bars([], "nothing"))
