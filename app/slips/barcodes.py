"""The two codes on a slip, as drawings that the page sets: the QR code of an address and Code 128 of the dossier."""

import io

import segno
from barcode import Code128

# In millimetres: what a hand scanner reads from an office printer's page, and still within the width of A5.
_MODULE = 0.25
_HEIGHT = 9


def qr_code(content: str) -> str:
    """The content as a QR code in SVG, without its quiet zone, readable with a seventh of it spoilt."""
    drawn = io.BytesIO()
    segno.make(content, error="m", boost_error=False, micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def code_128(content: str) -> str:
    """The content, ASCII, as a Code 128 in SVG, without its quiet zone and without text."""
    (modules,) = Code128(content).build()
    # Each module is one wide: a bar is a run of ones.
    bars, at = [], 0
    for run in modules.replace("10", "1 0").replace("01", "0 1").split():
        if run[0] == "1":
            bars.append(f"M{at} 0h{len(run)}v1h-{len(run)}z")
        at += len(run)
    size = f'width="{at * _MODULE}mm" height="{_HEIGHT}mm" viewBox="0 0 {at} 1" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="{"".join(bars)}"/></svg>'
