"""`puna run`: one prompt, one answer; on a terminal without a prompt, the REPL."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from backend.errors import NotFound
from backend.wire.ollama import EmbedRequest, GenerateRequest
from tui.backend_process import connected
from tui.commands.answer import AnswerPrinter, metric_lines
from tui.commands.interruption import standing
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.progress import follow
from tui.commands.pull import stopped

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings
    from backend.wire.ollama import ShowResponse

_THINK: dict[str, bool | str] = {
    "true": True,
    "false": False,
    "high": "high",
    "medium": "medium",
    "low": "low",
    "max": "max",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was asked, and how the answer is to be shown. `think` and `keep_alive` are `None` if not given."""

    model: str
    text: str
    format: Any
    think: bool | str | None
    keep_alive: str | None
    truncate: bool
    dimensions: int
    insecure: bool
    verbose: bool
    word_wrap: bool
    hide_thinking: bool
    conversation: bool


class _RunCommand(click.Command):
    """`--think` takes its value after `=` alone, as in Ollama: a word that follows is the prompt."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = args.index("--") if "--" in args else len(args)
        return super().parse_args(
            ctx, ["--think=true" if a == "--think" else a for a in args[:options]] + args[options:]
        )


@click.command("run", cls=_RunCommand)
@click.argument("model", shell_complete=stored_models)
@click.argument("words", metavar="[PROMPT]...", nargs=-1)
@click.option("--keepalive", metavar="DURATION", help="How long the model stays loaded, such as 5m or 1h30m.")
@click.option("--verbose", is_flag=True, help="Print token counts and times after the answer.")
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry if the model must be fetched.")
@click.option("--nowordwrap", is_flag=True, help="Do not wrap words at the terminal's width.")
@click.option("--format", "answer_format", metavar="FORMAT", help="`json`, or a JSON schema.")
@click.option("--think", metavar="LEVEL", help="true, false, high, medium, low or max; written --think=LEVEL.")
@click.option("--hidethinking", is_flag=True, help="Do not show the thinking.")
@click.option("--truncate/--no-truncate", default=True, help="Embedding models: cut what exceeds the context.")
@click.option("--dimensions", type=int, default=0, help="Embedding models: length of the vector.")
def command(
    model: str,
    words: tuple[str, ...],
    answer_format: str | None,
    think: str | None,
    keepalive: str | None,
    **flags: Any,
) -> None:
    """Answer PROMPT with MODEL, or chat on this terminal. Text on standard input is put before the prompt."""
    piped = _piped_text()
    prompt = Prompt(
        model=model,
        text=" ".join([*([piped] if piped else []), *words]),
        format=_parse_format(answer_format),
        think=_parse_think(think),
        keep_alive=keepalive,
        truncate=flags["truncate"],
        dimensions=flags["dimensions"],
        insecure=flags["insecure"],
        verbose=flags["verbose"],
        word_wrap=not flags["nowordwrap"],
        hide_thinking=flags["hidethinking"],
        conversation=not words and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty(),
    )
    asyncio.run(_run(in_force(), prompt))


def _piped_text() -> str:
    """Standard input unless it is a terminal or closed."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _parse_format(text: str | None) -> Any:
    if text is None or text in {"", "json"}:
        return text or None
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.ClickException(f"--format takes json or a JSON schema: {error}") from error


def _parse_think(text: str | None) -> bool | str | None:
    if text is None:
        return None
    if text not in _THINK:
        raise click.ClickException(f'invalid value for --think: "{text}" (use true, false, high, medium, low, or max)')
    return _THINK[text]


async def _run(settings: Settings, prompt: Prompt) -> None:
    async with connected(settings) as client:
        info = await _show_or_pull(client, prompt)
        if "embedding" in info.capabilities:
            await _embed(client, prompt)
        elif prompt.text:
            await _answer(client, prompt, info)
        elif prompt.conversation:
            await _converse(settings, client, prompt, info)
        else:
            await client.load(prompt.model, keep_alive=prompt.keep_alive)


async def _show_or_pull(client: Client, prompt: Prompt) -> ShowResponse:
    try:
        return await client.show(prompt.model)
    except NotFound:
        with standing(stopped(prompt.model)):
            await follow(client.pull(prompt.model, insecure=prompt.insecure))
        return await client.show(prompt.model)


async def _embed(client: Client, prompt: Prompt) -> None:
    if not prompt.text:
        raise click.ClickException(f'embedding models need text: puna run {prompt.model} "your text here"')
    request = EmbedRequest(
        model=prompt.model,
        input=prompt.text,
        truncate=prompt.truncate,
        dimensions=prompt.dimensions,
        keep_alive=prompt.keep_alive,
    )
    for vector in (await client.embed(request)).embeddings:
        click.echo(json.dumps(vector, separators=(",", ":")))


async def _converse(settings: Settings, client: Client, prompt: Prompt, info: ShowResponse) -> None:
    from tui.repl.chat import Chat
    from tui.repl.program import run

    chat = Chat(prompt.model, word_wrap=prompt.word_wrap, verbose=prompt.verbose, hide_thinking=prompt.hide_thinking)
    chat.use(prompt.model, info)
    if prompt.think and not chat.parameters.can_think:
        raise click.ClickException(f'"{prompt.model}" does not support thinking')
    if prompt.think is not None:
        chat.parameters.own["think"] = prompt.think
    if prompt.format is not None:
        chat.parameters.own["format"] = prompt.format if prompt.format == "json" else json.dumps(prompt.format)
    try:
        if prompt.keep_alive is not None:
            chat.parameters.set("keep_alive", prompt.keep_alive)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    await run(settings, client, chat)


async def _answer(client: Client, prompt: Prompt, info: ShowResponse) -> None:
    """Stream the answer to stdout. Ctrl-C cancels this task, which closes the stream and so ends the generation."""
    text, images = prompt.text, list[str]()
    if "vision" in info.capabilities:
        from tui.commands.prompt_images import take_images

        text, images = take_images(text)
    request = GenerateRequest(
        model=prompt.model,
        prompt=text,
        images=images,
        format=prompt.format,
        think=prompt.think if prompt.think is not None else ("thinking" in info.capabilities or None),
        keep_alive=prompt.keep_alive,
    )
    final = None
    printer = AnswerPrinter(sys.stdout, word_wrap=prompt.word_wrap, hide_thinking=prompt.hide_thinking)
    with standing("Stopped. The answer is not complete; the model stays loaded."), printer:
        async for final in client.generate(request):
            printer.piece(final.thinking, final.response)
    if prompt.verbose and final is not None:
        for line in metric_lines(final):
            click.echo(line, err=True)
