"""`puna completion`: what makes a shell complete commands, options, models and chats, by click's own means."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import click
from click.shell_completion import (
    BashComplete,
    FishComplete,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from backend.errors import BackendError, SettingsError

VARIABLE = "_PUNA_COMPLETE"

# Click's own script gives words that bash has broken at colons, which the names of most models have; and bash wants
# only what follows the last colon.
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' line="${COMP_LINE:0:$COMP_POINT}" answer kind value typed before=""
    typed="${line##*[[:space:]]}"
    [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]] && before="${typed%%"${typed##*:}"}"
    COMPREPLY=()
    for answer in $(env COMP_LINE="$line" %(complete_var)s=bash_complete "$1" 2>/dev/null); do
        IFS=, read -r kind value <<< "$answer"
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$before"}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    source_template: ClassVar[str] = _BASH

    def source(self) -> str:
        return ShellComplete.source(self)  # without asking which bash is installed: the script works in old ones

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]


class _Fish(FishComplete):
    # Texts have commas in them: only the first one divides.
    source_template: ClassVar[str] = FishComplete.source_template.replace('split ","', 'split -m 1 ","')


add_completion_class(_Bash)
add_completion_class(_Fish)


def complete(program: click.Command, instruction: str) -> int:
    """Answer a shell's question (`bash_complete`); nothing is ever printed on stderr."""
    shell, _, wanted = instruction.partition("_")
    found = get_completion_class(shell)
    if found is None or wanted != "complete":
        return 1
    try:
        answer = found(program, {}, "puna", VARIABLE).complete()
    except (click.ClickException, BackendError, SettingsError, OSError, KeyError, ValueError):
        return 1
    click.echo(answer.encode())
    return 0


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options, models and chats.

    \b
    bash:  eval "$(puna completion bash)"      in ~/.bashrc
    zsh:   eval "$(puna completion zsh)"       in ~/.zshrc, after compinit
    fish:  puna completion fish | source       in ~/.config/fish/config.fish
    """
    found: Any = get_completion_class(shell)
    click.echo(found(context.find_root().command, {}, "puna", VARIABLE).source().rstrip("\n"))
