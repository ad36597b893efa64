"""As much of curl as the documentation uses, for machines that have none. Run as a program."""

import argparse
import http.client
import sys
from urllib.parse import urlsplit

ARGUMENTS = argparse.ArgumentParser()
ARGUMENTS.add_argument("url")
ARGUMENTS.add_argument("-s", action="store_true")
ARGUMENTS.add_argument("-X", default=None)
ARGUMENTS.add_argument("-H", action="append", default=[])
ARGUMENTS.add_argument("--json", default=None)


def main() -> None:
    asked = ARGUMENTS.parse_args()
    headers = dict(line.split(": ", 1) for line in asked.H)
    if asked.json is not None:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    place = urlsplit(asked.url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    path = f"{place.path}?{place.query}" if place.query else place.path
    method = asked.X or ("GET" if asked.json is None else "POST")
    connection.request(method, path, None if asked.json is None else asked.json.encode(), headers)
    sys.stdout.buffer.write(connection.getresponse().read())
    connection.close()


if __name__ == "__main__":
    main()
