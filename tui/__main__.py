"""`puna`: with a command the command line, without one the full-screen app.

Start-up is what every command pays: nothing is imported here that `puna --version` does not need.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError, SettingsError
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# Command → its help text. The module `tui.commands.<name>` is imported when the command runs; it defines `command`.
COMMANDS = {
    "serve": "Run the backend in the foreground",
    "list": "List the models in the store",
    "ps": "List the loaded models",
    "show": "Show what is known about a model",
    "pull": "Fetch a model",
    "push": "Send a model to its registry",
    "create": "Make a model from a Modelfile",
    "run": "Answer one prompt, or chat in this terminal",
    "bench": "Measure how fast a model answers here",
    "verify": "Check that stored models are whole",
    "top": "Show what runs, renewed every second",
    "sessions": "List, export and delete chats",
    "search": "Find words in all chats",
    "attach": "Follow the reply that runs in a chat",
    "doctor": "Say what works here and what to do about the rest",
    "stop": "Unload a model",
    "cp": "Give a model a second name",
    "rm": "Remove models",
    "keys": "Make, list and revoke API keys",
    "completion": "Print what makes a shell complete commands and models",
    "help": "Say what a command does",
}
HIDDEN = frozenset({"signin"})
ALIASES = {"ls": "list", "start": "serve", "login": "signin", "signout": "signin", "logout": "signin"}
INTERRUPTED = 130
_GARBAGE = 50_000  # objects before a search for garbage: loading a command makes many, and next to no garbage


class CommandTable(click.Group):
    """A group that knows its commands by name and help text and imports the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS and name not in HIDDEN:
            return None
        command: click.Command = import_module(f"tui.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Names of commands without their modules, else options."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]


@click.group(cls=CommandTable, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--version", is_flag=True, help="Say which version the backend has, and this program.")
@click.option("--host", default="", help="Another backend: a URL, HOST:PORT, unix:PATH, or a saved connection's name.")
@click.option("--key-file", default="", help="The file with that backend's key; PUNA_KEY works too.")
@click.option("--plain", is_flag=True, help="Chat in plain lines of text, for screen readers and simple terminals.")
@click.pass_context
def puna(context: click.Context, host: str, key_file: str, *, version: bool, plain: bool) -> None:
    """A workstation for local language models. Without a command it opens the full-screen app."""
    from tui.commands.place import Place, chosen

    context.obj = place = Place(host, key_file)
    if version:
        from tui.commands.version import version_lines

        for line in version_lines(place):
            click.echo(line)
        context.exit()
    if context.invoked_subcommand is not None:
        gc.set_threshold(_GARBAGE)
        if plain:
            raise click.UsageError("--plain is for the app alone; commands are plain")
        if host and context.invoked_subcommand in ("serve", "start"):
            raise click.UsageError("serve listens where OLLAMA_HOST says; --host is where clients look")
        return
    from backend import settings

    found, name = chosen(place, settings.load())
    if plain or os.environ.get("TERM") == "dumb":
        from tui.plain.program import run as run_plain

        run_plain(found)
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the app needs a terminal; give --plain or a command when there is none")
    gc.disable()  # until the app has painted: next to nothing that start-up makes is garbage
    from tui.start import run

    run(found, name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `puna` and return its exit status: 0, 1 after an error was printed, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if instruction := os.environ.get("_PUNA_COMPLETE"):
        from tui.commands.completion import complete

        return complete(puna, instruction)
    try:
        status = puna.main(arguments, prog_name="puna", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.UsageError as error:
        error.show()
    except click.ClickException as error:
        if error.exit_code == INTERRUPTED:
            click.echo(clean(error.format_message()), err=True)
            return INTERRUPTED
        _print_error(error.format_message())
    except (BackendError, SettingsError) as error:
        _print_error(str(error))
    except UnicodeEncodeError:
        _print_error("an argument is not valid UTF-8")
    except OSError as error:
        _print_error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    else:
        return status if isinstance(status, int) else 0
    return 1


def _print_error(message: str) -> None:
    click.echo(f"Error: {clean(message)}", err=True)


if __name__ == "__main__":
    sys.exit(main())
