"""The fake runner, with one more habit: it sends word for word what the prompt holds.

A generation whose prompt contains `@replay` gets the events of the JSON list that follows, and nothing else.
"""

from __future__ import annotations

import json
from typing import Any

from tests.fakes import runner

_WORD = "@replay"


class _Handler(runner._Handler):
    def _generate(self, body: dict[str, Any]) -> None:
        prompt = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        _, word, rest = str(prompt).partition(_WORD)
        if not word:
            return super()._generate(body)
        events, _ = json.JSONDecoder().raw_decode(rest.strip())
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        for event in events:
            self._event(event)
        self.wfile.write(b"0\r\n\r\n")
        return None


if __name__ == "__main__":
    runner._Handler = _Handler  # type: ignore[misc] # `main` looks the name up
    runner.main()
