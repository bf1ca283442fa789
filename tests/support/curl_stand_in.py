"""Stands in for curl on machines without it: the options that the README uses, and no others."""

import argparse
import sys

import httpx


def main() -> None:
    """Send one request and print the answer's body."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-w", dest="write_out", default="")
    parser.add_argument("url")
    given = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in given.headers)
    if given.data is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    method = given.method or ("GET" if given.data is None else "POST")
    answer = httpx.request(method, given.url, headers=headers, content=given.data)
    sys.stdout.write(answer.text)
    sys.stdout.write(given.write_out.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n"))


main()
