"""An emulated project as a process of its own: what the verbs ask of Google's APIs, and tokens for who asks.

`python -m rehearsal.gcp.server PORT DIRECTORY STORE PROJECT REGION`: listens on the loopback only. DIRECTORY has what
the project is (rehearsal/gcp/api.py), STORE the accounts and tokens that the storage takes as well.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rehearsal.gcp.api import Emulated
from rehearsal.gcp.names import Project
from rehearsal.planes.gcs.tokens import Tokens

READY = "/ready"


class Door(BaseHTTPRequestHandler):
    """Answers whoever has a token; gives one to who signs for it, and a narrower one to who has one."""

    protocol_version = "HTTP/1.1"

    def __init__(self, project: Emulated, tokens: Tokens, *rest: Any) -> None:
        self.project, self.tokens = project, tokens
        super().__init__(*rest)

    def do_GET(self) -> None:
        """A call that changes nothing."""
        self._serve("GET")

    def do_POST(self) -> None:
        """A call, or a token."""
        self._serve("POST")

    def log_message(self, *_words: Any) -> None:
        """Nobody reads it."""

    def _serve(self, method: str) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body).items()}
        if path == READY:
            self._answer(200, {})
        elif path == "/token":
            self._token(self.tokens.signed(form.get("assertion", ""), f"http://{self.headers['Host']}/token"))
        elif path == "/v1/token":
            options = urllib.parse.unquote(form.get("options", ""))  # google-auth quotes it once more than the form
            self._token(self.tokens.narrowed(form.get("subject_token", ""), options))
        elif self._known():
            asked = {name: values[0] for name, values in urllib.parse.parse_qs(query).items()}
            answer = self.project.answer(method, urllib.parse.unquote(path), asked)
            refused = {"error": {"code": 404, "message": f"{path} was not found", "status": "NOT_FOUND"}}
            self._answer(200 if answer is not None else 404, answer if answer is not None else refused)
        else:
            self._answer(401, {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}})

    def _known(self) -> bool:
        word, _, token = self.headers.get("Authorization", "").partition(" ")
        return word == "Bearer" and self.tokens.of(token) is not None

    def _token(self, token: str | None) -> None:
        if token is None:
            self._answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            return
        issued = "urn:ietf:params:oauth:token-type:access_token"
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3599, "issued_token_type": issued}
        self._answer(200, answer)

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(port: int, directory: Path, store: Path, project: Project) -> None:
    """Until it is ended."""
    handler = partial(Door, Emulated(directory, project), Tokens(store))
    ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()


if __name__ == "__main__":
    port, home, store, project, region = sys.argv[1:]
    serve(int(port), Path(home), Path(store), Project(project, region))
