"""The options of curl that the README uses, for machines without it: `python -m tests.support.curl URL -H … -d …`."""

import argparse
import sys
from pathlib import Path

import httpx


def main() -> int:
    """Prints the response, or writes it to a file. Returns 22 for an error, like `curl --fail-with-body`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-o", dest="output", type=Path)
    options = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in options.headers)
    answer = httpx.request(
        "GET" if options.data is None else "POST",
        options.url,
        headers=headers,
        content=options.data.encode() if options.data is not None else None,
    )
    if options.output is not None:
        options.output.write_bytes(answer.content)
    else:
        sys.stdout.write(answer.text + "\n")
    return 0 if answer.is_success else 22


if __name__ == "__main__":
    sys.exit(main())
