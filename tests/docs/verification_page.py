"""Makes `docs/verification.md`: every table of the schema, what checks it, and what no check can see."""

from app.audit.verification.coverage import NOT_CHECKED, TABLES, Coverage

_HEAD = """# What is verified

`motcua verify` checks the tables below. It prints the ones that it compares with nothing. [The
journal](journal.md#what-motcua-verify-finds) lists the names of the differences, and [trust](trust.md#tampering) says
against whom this protects.

The last column names the columns and changes that no check sees. Each is here with the reason. A test changes every
column of every table behind the service's back. It fails if a change is named and stands here, or is not named and
does not.

| table | checked by | not seen, and why |
|---|---|---|
"""


def page() -> str:
    """The text of the page."""
    return _HEAD + "".join(_row(name, coverage) for name, coverage in TABLES.items())


def _row(name: str, coverage: Coverage) -> str:
    checked = "**nothing**" if coverage.checked == NOT_CHECKED else coverage.checked
    columns = ", ".join(f"`{column}`" for column in coverage.columns)
    unseen = f"{columns}: {coverage.unseen}" if columns else coverage.unseen
    return f"| `{name}` | {checked} | {unseen} |\n"
