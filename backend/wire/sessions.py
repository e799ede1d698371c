"""Bodies of `/puna/v1/sessions` and `/puna/v1/turns`. Times are RFC 3339 text, durations nanoseconds."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from backend.wire.ollama import Logprob, ToolCall

Count = Annotated[int, Meta(ge=0, le=2**53)]  # also of a message's id, which 0 is none
Alternatives = Annotated[int, Meta(ge=0, le=20)]  # to tell of with each token; 0: no log probabilities at all
ENDED = ("complete", "cancelled", "failed", "interrupted")


class NewSession(Struct, kw_only=True):
    """`options` are those of Ollama's requests.

    `think` is a truth value or a level; null or `""` leaves it to the model. With `top_logprobs` every reply is stored
    with the log probabilities of its tokens and of so many alternatives.
    """

    title: str = ""
    model: str = ""
    system: str = ""
    options: dict[str, Any] = {}
    think: Any = None
    tags: list[str] = []
    top_logprobs: Alternatives = 0


class SessionChange(Struct, kw_only=True, omit_defaults=True):
    """What is given is changed. `leaf` is the message at the end of the branch that goes on; 0 for none."""

    title: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    system: str | UnsetType = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    think: Any = UNSET
    tags: list[str] | UnsetType = UNSET
    leaf: Count | UnsetType = UNSET
    top_logprobs: Alternatives | UnsetType = UNSET


class MessageView(Struct, kw_only=True):
    """A node of the tree. `parent` 0: it begins the session. Text of a running reply is what is stored so far.

    `state` of a reply: running, or how it ended: complete, cancelled, failed (`error` says why), or interrupted by the
    end of the backend. Others are complete. `model` and what follows describe replies. `has_logprobs`: its
    tokens can be asked for. The first `prefix` characters of its content were given to the model.
    """

    id: Count
    parent: Count
    role: str  # user | assistant | system | tool
    content: str
    thinking: str = ""
    tool_calls: list[ToolCall] = []
    image_count: Count = 0
    created_at: str
    state: str = "complete"
    error: str = ""
    model: str = ""
    done_reason: str = ""
    prompt_tokens: Count = 0
    tokens: Count = 0
    total_ns: Count = 0
    load_ns: Count = 0
    prompt_ns: Count = 0
    decode_ns: Count = 0
    has_logprobs: bool = False
    prefix: Count = 0


class SessionSummary(Struct, kw_only=True):
    """An item of the list. `running` holds the ids of turns that go on."""

    id: str
    title: str
    model: str
    tags: list[str]
    created_at: str
    updated_at: str
    message_count: int
    running: list[int] = []


class SessionList(Struct, kw_only=True):
    """Sessions, the last changed first."""

    sessions: list[SessionSummary]


class Session(SessionSummary, kw_only=True):
    """A whole session; messages in the order of their making."""

    system: str
    options: dict[str, Any]
    think: Any
    leaf: int
    top_logprobs: int
    messages: list[MessageView]


class Hit(Struct, kw_only=True):
    """A place where a search found something; `message` 0: the title.

    `matches` are begins and ends in `snippet`, counted in characters.
    """

    session: str
    title: str
    message: int
    role: str
    snippet: str
    matches: list[tuple[int, int]]


class SearchResult(Struct, kw_only=True):
    """Titles first, then messages, the best first."""

    hits: list[Hit]


class TurnRequest(Struct, kw_only=True, omit_defaults=True):
    """A message of the user and a reply to it; without `content`, another reply to the message `parent`.

    `parent` null: the end of the session's branch; 0: the beginning. An earlier one begins another branch. `model`,
    `options`, `format` and `keep_alive` count for this turn, over those of the session; so does `top_logprobs`, null:
    as the session has it. `images` are base64, as in Ollama's messages. The reply begins with `prefix`, behind the
    thinking in `prefix_thinking`, and the model goes on from there; it does not think again.
    """

    content: str | None = None
    images: list[str] = []
    parent: Count | None = None
    model: str = ""
    options: dict[str, Any] = {}
    keep_alive: float | str | bool | None = None
    format: Any = None
    top_logprobs: Alternatives | None = None
    prefix: str = ""
    prefix_thinking: str = ""


class Turn(Struct, kw_only=True):
    """A turn that was accepted. `id` is also that of the reply's message, `prompt` that of the message replied to."""

    id: int
    session: str
    prompt: int


class TurnEvent(Struct, kw_only=True, omit_defaults=True):
    """A line of a turn's stream. `position` counts the pieces of text up to here, usually tokens: to attach from.

    The first line only has a state and the position where the stream begins: less than asked for if the backend was
    killed before it had stored so much. The last one has a state that is not `running`. `logprobs` are those of the
    tokens of these pieces, for who asked for them.
    """

    position: int = -1
    text: str = ""
    thinking: str = ""
    state: str = ""
    error: str = ""
    logprobs: list[Logprob] = []


class MessageToken(Logprob, kw_only=True):
    """A token of a reply. Its text begins with the character `start` of the content, or of the thinking.

    `start` -1: its text is in neither; a tag, for example. `bytes` tell what a token is that is no whole character.
    """

    start: int
    is_thinking: bool = False


class MessageTokens(Struct, kw_only=True):
    """The tokens of a reply as far as their log probabilities are stored, in the order of their making."""

    tokens: list[MessageToken]


class SaveRequest(Struct, kw_only=True):
    """The name of the model to make."""

    model: str


class MessageChange(Struct, kw_only=True):
    """The new text of a message, in its place."""

    content: str


class ExportedMessage(MessageView, kw_only=True):
    """As it is, with its images."""

    images: list[str] = []
    logprobs: list[Logprob] = []


class ExportedSession(NewSession, kw_only=True):
    """A session outside. Ids are only those within the document. `version` is 1."""

    version: int = 1
    leaf: Count = 0
    messages: list[ExportedMessage] = []
