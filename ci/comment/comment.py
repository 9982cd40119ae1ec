"""A file of Markdown -> the one comment of a pull request that holds it: written, replaced or removed.

The comment is found again by the marker in its first line, which is not shown. Needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 65_536
_MARKER = re.compile(r"\A<!-- flowspec:[^\n]* -->\n+")
_PAGE = 100


def main() -> int:
    number, key = os.environ["FLOWSPEC_PULL_REQUEST"], os.environ["FLOWSPEC_KEY"]
    if not number.isdecimal():
        return _fail("This run belongs to no pull request: use it on pull_request.")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", key):
        return _fail("The input key is made of letters, digits, '.', '_' and '-'.")
    marker = f"<!-- flowspec:{key} -->"
    told = _MARKER.sub("", Path(os.environ["FLOWSPEC_FILE"]).read_text("utf-8")).strip()
    body = f"{marker}\n\n{told}\n"
    if len(body) > LONGEST:
        return _fail(f"The file is too long for a comment: {len(body):,} characters, and GitHub takes {LONGEST:,}.")
    try:
        print(put(number, marker, body if told else ""))
    except urllib.error.HTTPError as error:
        hint = " The job needs `permissions: pull-requests: write`." if error.code in (401, 403, 404) else ""
        return _fail(f"GitHub answers {error.code} {error.reason}.{hint}")
    except urllib.error.URLError as error:
        return _fail(f"GitHub can't be reached: {error.reason}.")
    return 0


def put(number: str, marker: str, body: str) -> str:
    """What was done. Of several that bear the marker the first is kept and the others go."""
    mine = [one for one in comments(number) if _is_mine(one, marker)]
    kept = mine[:1] if body else []
    for one in mine[len(kept) :]:
        ask("DELETE", f"issues/comments/{one['id']}")
    if not body:
        return "removed" if mine else "nothing to say"
    if not kept:
        ask("POST", f"issues/{number}/comments", {"body": body})
        return "written"
    if kept[0]["body"].replace("\r\n", "\n") == body:
        return "as it was"
    ask("PATCH", f"issues/comments/{kept[0]['id']}", {"body": body})
    return "replaced"


def comments(number: str) -> Iterator[dict[str, Any]]:
    """All of the pull request, page by page."""
    page = 1
    while found := ask("GET", f"issues/{number}/comments?per_page={_PAGE}&page={page}"):
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def _is_mine(comment: dict[str, Any], marker: str) -> bool:
    """Anyone may write a comment that begins like ours."""
    author = (comment.get("user") or {}).get("login")
    return author == os.environ["FLOWSPEC_AUTHOR"] and (comment.get("body") or "").startswith(marker)


def ask(method: str, path: str, content: dict[str, str] | None = None) -> Any:
    """One call of GitHub's REST API."""
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {os.environ['FLOWSPEC_TOKEN']}",
        "Content-Type": "application/json",
        "User-Agent": "flowspec",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    data = json.dumps(content).encode() if content is not None else None
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
