"""Codes in SVG: the QR code of an address, on a slip or a screen, and Code 128 of the dossier's code on a slip."""

import io

import segno
from barcode import Code128

# Millimetres. A hand scanner reads bars of this size from an office printer, and they fit the width of A5.
_MODULE = 0.25
_HEIGHT = 9
# Of a module on a screen. The address of an authenticator app then takes some 225.
_PIXELS = 5


def qr_code(content: str) -> str:
    """The content as a QR code in SVG, without quiet zone. Readable with a seventh of it damaged."""
    svg = io.BytesIO()
    segno.make(content, error="m", boost_error=False, micro=False).save(svg, kind="svg", border=0, xmldecl=False)
    return svg.getvalue().decode()


def qr_picture(content: str) -> str:
    """The content as a QR code in SVG for a screen: dark on white with its quiet zone, large enough for a telephone."""
    svg = io.BytesIO()
    code = segno.make(content, error="m", boost_error=False, micro=False)
    code.save(svg, kind="svg", border=4, scale=_PIXELS, light="white", xmldecl=False, svgclass=None, lineclass=None)
    return svg.getvalue().decode()


def code_128(content: str) -> str:
    """The content (ASCII) as Code 128 in SVG, without quiet zone and text."""
    (modules,) = Code128(content).build()
    # `modules` has a digit for each module. A bar is a run of ones.
    bars, at = [], 0
    for run in modules.replace("10", "1 0").replace("01", "0 1").split():
        if run[0] == "1":
            bars.append(f"M{at} 0h{len(run)}v1h-{len(run)}z")
        at += len(run)
    size = f'width="{at * _MODULE}mm" height="{_HEIGHT}mm" viewBox="0 0 {at} 1" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="{"".join(bars)}"/></svg>'
