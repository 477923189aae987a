"""Texts that attack pages: markup, templates, addresses and headers."""

HOSTILE = (
    '"><script>alert(1)</script>',
    "{{ 7 * 191 }}",
    "{% include 'layout.html' %}",
    "javascript:alert(1)",
    "//evil.example/",
    "\r\nSet-Cookie: evil=1",
    "' onmouseover='alert(1)",
)
