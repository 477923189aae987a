"""The parts of curl that the README uses, for machines without it: `python -m tests.support.curl URL -H … -d …`."""

import argparse
import sys
from pathlib import Path

import httpx


def main() -> int:
    """Prints the answer and a line break, or writes a file; 22 for a refusal, as `curl --fail-with-body` does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-o", dest="output", type=Path)
    asked = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in asked.headers)
    answer = httpx.request(
        "GET" if asked.data is None else "POST",
        asked.url,
        headers=headers,
        content=asked.data.encode() if asked.data is not None else None,
    )
    if asked.output is not None:
        asked.output.write_bytes(answer.content)
    else:
        sys.stdout.write(answer.text + "\n")
    return 0 if answer.is_success else 22


if __name__ == "__main__":
    sys.exit(main())
