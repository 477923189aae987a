"""Answers in CSV, read as a program reads them."""

import csv
import io

import httpx


def csv_lines(answer: httpx.Response) -> list[dict[str, str]]:
    """The lines by the names of the header; the byte order mark is no part of the first name."""
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
