"""The slash commands of the REPL and what they say, which is what Ollama's say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.ollama import Message
from tests.fakes.backend import TALENTED, TEMPLATE, add_model
from tests.tui.repl.typed import THINKING, conversation, said
from tui.repl import texts

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings


@pytest.fixture
def m(backend: Settings) -> None:
    """The model `m`."""
    add_model(backend, "m")


_SAID = [
    ("/set parameter temperature 0.3", "Set parameter 'temperature' to '0.3'\n"),
    ("/set parameter stop a b", "Set parameter 'stop' to 'a, b'\n"),
    (
        "/set parameter temprature 1",
        "Couldn't set parameter: there is no parameter 'temprature'; did you mean ",
    ),
    ("/set parameter top_k high", "Couldn't set parameter: top_k must be a whole number from 0 to 100,000\n"),
    ("/set parameter top_k", "Available Parameters:\n  /set parameter seed <int>             Random number seed\n"),
    ("/set system Be brief.", "Set system message.\n"),
    ("/set system", "Available Commands:\n  /set parameter ...     Set a parameter\n"),
    ("/set", "Available Commands:\n  /set parameter ...     Set a parameter\n"),
    ("/set verbose", "Set 'verbose' mode.\n"),
    ("/set quiet", "Set 'quiet' mode.\n"),
    ("/set wordwrap", "Set 'wordwrap' mode.\n"),
    ("/set nowordwrap", "Set 'nowordwrap' mode.\n"),
    ("/set history", "Set 'history' mode.\n"),
    ("/set nohistory", "Set 'nohistory' mode.\n"),
    ("/set format json", "Set format to 'json' mode.\n"),
    ("/set format", "Invalid or missing format. For 'json' mode use '/set format json'\n"),
    ("/set noformat", "Disabled format.\n"),
    ("/set think", "error: the model in use does not think before it answers\n"),
    ("/set colour red", "Unknown command '/set colour'. Type /? for help\n"),
    ("/show", "Available Commands:\n  /show info         Show details for this model\n"),
    ("/show colour", "Unknown command '/show colour'. Type /? for help\n"),
    ("/show license", "No license was specified for this model.\n"),
    ("/show system", "No system message was specified for this model.\n"),
    ("/load", "Usage:\n  /load <modelname>\n"),
    ("/load nothing", "Loading model 'nothing'\nCouldn't find model 'nothing'\n"),
    ("/save", "Usage:\n  /save <modelname>\n"),
    ("/save a:b:c:d", "error: The model name 'a:b:c:d' is invalid\n"),
    ("/clear", "Cleared session context\n"),
    ("/?", "Available Commands:\n  /set            Set session variables\n"),
    ("/help set", texts.SET.text()),
    ("/? show", texts.SHOW.text()),
    (
        "/? shortcuts",
        "Available keyboard shortcuts:\n  Ctrl + a            Move to the beginning of the line ",
    ),
    ("/x y", "Unknown command '/x'. Type /? for help\n"),
]


@pytest.mark.usefixtures("m")
async def test_a_command_says_what_ollamas_says(client: Client) -> None:
    for line, expected in _SAID:
        written = await said(client, line)
        assert written.startswith(expected), line


@pytest.mark.parametrize("line", ["/bye", "/exit"])
@pytest.mark.usefixtures("m")
async def test_the_commands_that_leave(client: Client, line: str) -> None:
    async with conversation(client) as talk:
        talk.enter(line, "/list")
    assert talk.written.getvalue() == ""


@pytest.mark.usefixtures("m")
async def test_what_was_set_goes_with_the_next_request(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter(
            '/set system """Be\nbrief."""', "/set parameter stop x y", "/set parameter seed 7", "/set format json"
        )
        talk.enter("/set parameter keep_alive 1h", "hi", "/set verbose", "/set nowordwrap")
    request = talk.chat.request()
    assert [(message.role, message.content) for message in request.messages] == [
        ("system", "Be\nbrief."),
        ("user", "hi"),
        ("assistant", "t0 t1 t2 t3 t4 "),
    ]
    assert (request.options, request.format) == ({"stop": ["x", "y"], "seed": 7}, "json")
    assert (request.keep_alive, talk.chat.verbose, talk.chat.word_wrap) == ("1h", True, False)


async def test_thinking_is_set_for_models_that_can(client: Client, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    async with conversation(client) as talk:
        assert talk.chat.request().think is True
        talk.enter("/set nothink")
        await talk.written.until("Set 'nothink' mode.\n")
        assert talk.chat.request().think is False
        talk.enter("/set think", "/set think high")
    assert "Set 'think' mode.\nerror: this model knows no levels of thinking" in talk.written.getvalue()


async def test_levels_of_thinking_where_the_model_knows_them(client: Client, backend: Settings) -> None:
    add_model(backend, "m", template=f"{THINKING}{{{{ .ThinkLevel }}}}")
    async with conversation(client) as talk:
        talk.enter("/set think high")
    assert talk.written.getvalue() == "Set 'think' mode to 'high'.\n"
    assert talk.chat.request().think == "high"


async def test_what_is_known_of_the_model(client: Client, backend: Settings) -> None:
    add_model(backend, "m", system="Stored \x1b[2Jwords.", parameters={"top_k": 5}, license="Do what you like.")
    shown = await said(client, "/show info", "/show license", "/show template", "/show modelfile", "/show system")
    assert "  Model\n    architecture        llama\n" in shown
    assert "Do what you like.\n\n" in shown
    assert TEMPLATE in shown or "{{ .Prompt }}" in shown
    assert "FROM " in shown
    assert shown.endswith("Stored [2Jwords.\n\n")
    both = await said(client, "/set parameter seed 7", "/show parameters", "/set system Mine.", "/show system")
    assert "Model defined parameters:\n  top_k " in both
    assert f"\n\nUser defined parameters:\n  {'seed':<30} 7\n\n" in both
    assert both.endswith("Mine.\n\n")


@pytest.mark.usefixtures("m")
async def test_a_chat_is_saved_loaded_and_replayed(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter(
            "/set system Brief.", "/set parameter seed 7", "«one»", "/save mine", "/list", "/clear", "/load mine"
        )
        await talk.written.until("Loading model 'mine'\n>>> «one»\none\n")
        talk.enter("«two»", "/save more")
    output = talk.written.getvalue()
    assert "Created new model 'mine'\nNAME           ID " in output
    assert "\nmine:latest    " in output
    saved = await client.show("more")
    assert (saved.system, saved.parameters.split()) == ("Brief.", ["seed", "7"])
    assert saved.messages == [
        Message(role="user", content="«one»"),
        Message(role="assistant", content="one"),
        Message(role="user", content="«two»"),
        Message(role="assistant", content="two"),
    ]


@pytest.mark.usefixtures("m")
async def test_clear_forgets_the_chat_and_keeps_the_system_message(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter("/set system Brief.", "hi", "/clear")
    assert [message.role for message in talk.chat.request().messages] == ["system"]


async def test_a_model_that_cannot_be_loaded_leaves_the_chat_as_it_is(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    add_model(backend, "bad", behaviour="@refuse=no_such_tensor")
    add_model(backend, "vectors", metadata={"llama.pooling_type": 1})
    async with conversation(client) as talk:
        talk.enter("«one»", "/load bad", "/load vectors", "«two»")
    output = talk.written.getvalue()
    assert "Loading model 'bad'\nerror: " in output
    assert "error: 'vectors' makes embeddings and cannot chat\n" in output
    assert talk.chat.model == "m"
    assert len(talk.chat.messages) == 4
