"""A runner without a model: it speaks llama-server's HTTP over a unix socket and misbehaves on command.

Started like a real one, with a `RunnerOrder` on standard input; `--gpus=24,8` gives it accelerators of so many GiB.
How it loads is told by words in the model file (`@refuse=TEXT`, `@needs_less_than=TOKENS` of context,
`@slow_load=SECONDS`, `@silent_load`, `@ignore_term`, `@die_loading`), how it generates by words in the prompt:

`«text»`           reply with this text, a word at a time (default: `t0 t1 t2 t3 t4`)
`@tokens=N`        reply with N tokens `t0 t1 …`
`@markdown=N`      reply with N tokens of styled Markdown
`@delay=S`         wait S seconds before each token
`@rate=N`          N tokens per second, kept up whatever a token costs
`@crash=N`         kill itself before token N
`@hang=N`          send nothing more from token N on
`@freeze=N`        stop the whole process (SIGSTOP) before token N
`@garbage=N`       send a line that is not JSON in place of token N
`@error=N`         send an error event in place of token N
`@cut=N`           close the connection before token N
`@closed`          end every message of the prompt, also the last one of the assistant
`@refuse_request`  answer with the engine's error for a prompt that is too long
`@refuse_embedding=STATUS @saying=WORDS`  answer a text to embed with this error

Asked for log probabilities, it gives each token one half, the alternative `TOKEN?` a quarter, and the first byte of a
character of two an eighth.

`POST /journal {"hangups": N}` answers when N clients have hung up in mid-stream, with the bodies of all requests
and the specification that it was started with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TextIO

sys.path.insert(0, str(Path(__file__).parents[2]))  # it is started as a script, from anywhere

from tests.fakes.runner_reply import Reply, Words

_HEAD_BYTES = 1 << 16
_DIMENSIONS = 8


class Runner:
    """What all requests share."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.spec = order["spec"]
        self.key = order["key"]
        self.slots = threading.Semaphore(self.spec["slots"])
        self.changed = threading.Condition()
        self.hangups = 0
        self.bodies: list[Any] = []
        self.vocabulary: list[str] = []
        self.ready = threading.Event()

    def tokens(self, text: str) -> list[int]:
        pieces = re.findall(r"\s*\S+|\s+$", text)
        for piece in pieces:
            if piece not in self.vocabulary:
                self.vocabulary.append(piece)
        return [self.vocabulary.index(piece) for piece in pieces]


def main() -> None:
    if "--devices" in sys.argv:
        _say(sys.stdout, json.dumps(_devices()))
        return
    serve(json.loads(sys.stdin.buffer.readline()))  # the only line that ever comes


def serve(order: dict[str, Any]) -> None:
    """Be the runner of an order."""
    runner = Runner(order)
    words = Words(Path(runner.spec["model"]).read_bytes()[:_HEAD_BYTES].decode("latin-1"))
    if not words.has("orphan"):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    if words.has("ignore_term"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    handler = type("Handler", (_Handler,), {"runner": runner})
    server = _Server(order["socket"], handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _load(words, runner.spec["n_ctx"])
    _say(sys.stderr, "0.00 I srv init: CPU_Mapped model buffer size = 10.00 MiB")
    _say(sys.stderr, "0.00 I srv init: CPU KV buffer size = 2.50 MiB")
    runner.ready.set()
    while True:
        signal.pause()


def _devices() -> list[dict[str, object]]:
    sizes = [float(size) for word in sys.argv if word.startswith("--gpus=") for size in word[7:].split(",")]
    return [
        {"name": f"Fake {n}", "bus": f"no:{n}", "total": int(size * 2**30), "free": int(size * 2**30)}
        for n, size in enumerate(sizes)
    ]


def _load(words: Words, context: int) -> None:
    if words.has("needs_less_than") and context >= words.number("needs_less_than", 0):
        _say(sys.stderr, "0.00 E ggml_backend_cuda_buffer_type_alloc_buffer: out of memory")
        os._exit(1)
    if words.has("refuse"):
        _say(sys.stderr, f"0.00 E llama_model_load: error loading model: {words.text('refuse')}")
        os._exit(1)
    if words.has("die_loading"):
        os.kill(os.getpid(), signal.SIGKILL)
    if words.has("silent_load"):
        threading.Event().wait()
    duration = words.number("slow_load", 0.0)
    for step in range(5):
        state = {"state": "loading", "payload": {"value": step / 4}}
        _say(sys.stdout, f"cmd_child_to_router:state:{json.dumps(state)}")
        time.sleep(duration / 5)


def _say(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runner: Runner

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name of the base class
        """Say nothing: the log ring is for the tests."""

    def address_string(self) -> str:
        return "unix"

    def do_GET(self) -> None:
        if self.runner.ready.is_set():
            self._json(200, {"status": "ok"})
        else:
            self._json(503, {"error": {"message": "Loading model"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Bearer {self.runner.key}":
            return self._json(401, {"error": {"message": "Invalid API Key"}})
        if self.path != "/journal":
            self.runner.bodies.append({"path": self.path, **body})
        answer = {
            "/tokenize": self._tokenize,
            "/detokenize": self._detokenize,
            "/apply-template": self._apply_template,
            "/v1/embeddings": self._embed,
            "/journal": self._journal,
        }.get(self.path)
        words = Words(str(body.get("input", "")))
        if words.has("refuse_embedding"):
            error = {"error": {"message": words.text("saying")}}
            return self._json(int(words.number("refuse_embedding", 500)), error)
        if answer is not None:
            return self._json(200, answer(body))
        return self._generate(body)

    def _tokenize(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"tokens": self.runner.tokens(body["content"])}

    def _detokenize(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"content": "".join(self.runner.vocabulary[token] for token in body["tokens"])}

    def _apply_template(self, body: dict[str, Any]) -> dict[str, Any]:
        lines = [f"<{message['role']}>{message['content']}\n" for message in body["messages"]]
        if body["messages"][-1]["role"] == "assistant" and not Words(str(body["messages"])).has("closed"):
            return {"prompt": "".join(lines).removesuffix("\n")}
        return {"prompt": "".join(lines) + "<assistant>"}

    def _embed(self, body: dict[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256(str(body["input"]).encode()).digest()
        vector = [byte - 128.0 for byte in digest[:_DIMENSIONS]]
        count = len(self.runner.tokens(body["input"]))
        return {"data": [{"embedding": vector, "index": 0}], "usage": {"prompt_tokens": count}}

    def _journal(self, body: dict[str, Any]) -> dict[str, Any]:
        with self.runner.changed:
            self.runner.changed.wait_for(lambda: self.runner.hangups >= body.get("hangups", 0))
        return {"hangups": self.runner.hangups, "bodies": self.runner.bodies, "spec": self.runner.spec}

    def _json(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _generate(self, body: dict[str, Any]) -> None:
        is_chat = self.path == "/v1/chat/completions"
        text = body["messages"][-1]["content"] if is_chat else str(body["prompt"])
        words = Words(str(text))
        if words.has("refuse_request"):
            error = {
                "code": 400,
                "message": "request exceeds the available context size",
                "type": "exceed_context_size_error",
            }
            return self._json(400, {"error": error})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        try:
            with self.runner.slots:
                self._stream(Reply(body, str(text), words, is_chat=is_chat), words)
        except (BrokenPipeError, ConnectionResetError):
            with self.runner.changed:
                self.runner.hangups += 1
                self.runner.changed.notify_all()
        return None

    def _stream(self, reply: Reply, words: Words) -> None:
        self._event(reply.progress())
        rate, begun = words.number("rate", 0.0), time.monotonic()
        for index, token in enumerate(reply.tokens):
            if rate:
                time.sleep(max(0.0, begun + index / rate - time.monotonic()))
            if not self._misbehaves(words, index):
                return
            self._event(reply.token(token))
        self._event(reply.end())
        self._chunk(b"data: [DONE]\n\n" if reply.is_chat else b"")
        self.wfile.write(b"0\r\n\r\n")

    def _misbehaves(self, words: Words, index: int) -> bool:
        """Do what the prompt asks for before token `index`; False ends the stream."""
        time.sleep(words.number("delay", 0.0))
        if words.number("crash", -1) == index:
            os.kill(os.getpid(), signal.SIGKILL)
        if words.number("freeze", -1) == index:
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # sent to the process, another thread takes it
        if words.number("hang", -1) == index:
            while True:  # until the client hangs up
                time.sleep(0.05)
                self._chunk(b":\n\n")
        if words.number("garbage", -1) == index:
            self._chunk(b"data: {nonsense\n\n")
        if words.number("error", -1) == index:
            self._event({"error": {"code": 500, "message": "something broke", "type": "server_error"}})
        return words.number("cut", -1) != index

    def _event(self, body: object) -> None:
        self._chunk(b"data: " + json.dumps(body).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()


if __name__ == "__main__":
    main()
