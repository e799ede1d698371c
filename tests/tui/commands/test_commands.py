"""The commands against a real backend with fake runners."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.conversion.folder import QWEN2, save, stored_name, tokenizer, write_json
from tests.conversion.weights import HEADS, HIDDEN, WIDTH, tensors, write
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import write_gguf
from tests.tui.commands.program import puna

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from backend.settings import Settings
    from tests.fakes.registry import FakeRegistry

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(backend_process: Settings, backend_environment: dict[str, str], tmp_path: Path) -> Run:
    """Run a command beside a backend that holds the model `tiny`; an error fails the test unless told."""
    add_model(backend_process, "tiny", system="Be brief.\nBe kind.\nBe quick.", parameters={"temperature": 0.5})

    def run(*arguments: str, text: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        done = puna(*arguments, environment=backend_environment, folder=tmp_path, text=text)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def columns(text: str) -> list[list[str]]:
    """Cells of a table; columns are four spaces apart."""
    return [[cell.strip() for cell in line.split("    ") if cell.strip()] for line in text.splitlines()]


def test_list_shows_name_identity_size_and_age(run: Run) -> None:
    header, row = columns(run("list").stdout)
    assert header == ["NAME", "ID", "SIZE", "MODIFIED"]
    assert row[0] == "tiny:latest"
    assert len(row[1]) == 12
    assert row[2].endswith(" KB")
    assert row[3].endswith(" ago")


def test_list_takes_a_prefix_and_gives_json(run: Run) -> None:
    run("cp", "tiny", "other")
    assert [row[0] for row in columns(run("ls", "OTH").stdout)] == ["NAME", "other:latest"]
    models = json.loads(run("list", "--json", "tiny").stdout)
    assert [model["name"] for model in models] == ["tiny:latest"]


def test_ps_shows_what_is_loaded_until_it_is_stopped(run: Run) -> None:
    run("run", "tiny", "hello", "--keepalive", "1h")
    header, row = columns(run("ps").stdout)
    assert header == ["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"]
    assert row[0] == "tiny:latest"
    assert row[3] == "100% CPU"
    assert row[5] in {"59 minutes from now", "About an hour from now"}
    (told,) = json.loads(run("ps", "--json").stdout)
    assert (told["name"], told["engine"], told["engine_reason"]) == ("tiny:latest", "llama.cpp", "reads GGUF files")
    assert told["engine_version"]
    run("stop", "tiny")
    assert json.loads(run("ps", "--json").stdout) == []


def test_stopping_an_unknown_model_is_an_error(run: Run) -> None:
    assert run("stop", "nobody", status=1).stderr == 'Error: couldn\'t find model "nobody" to stop\n'


def test_show_has_sections_parts_and_json(run: Run) -> None:
    shown = run("show", "tiny").stdout
    assert "  Model\n    architecture        llama\n" in shown
    assert "  Parameters\n    temperature    0.5\n" in shown
    assert re.search(
        r"  Engine\n    name       llama.cpp\n    version    [\d.]+\n    reason     reads GGUF files\n", shown
    )
    assert json.loads(run("show", "tiny", "--json").stdout)["engine"]["engine"] == "llama.cpp"
    assert "  System\n    Be brief.\n    Be kind.\n    ...\n" in shown
    assert run("show", "tiny", "--system").stdout == "Be brief.\nBe kind.\nBe quick.\n"
    assert json.loads(run("show", "tiny", "--json").stdout)["details"]["family"] == "llama"
    assert run("show", "nobody", status=1).stderr == "Error: model 'nobody:latest' not found\n"


def test_copies_are_told_and_removed_one_by_one(run: Run) -> None:
    assert run("cp", "tiny", "second").stdout == "copied 'tiny' to 'second'\n"
    assert run("cp", "nobody", "x", status=1).stderr == 'Error: model "nobody" not found\n'
    done = run("rm", "second", "nobody", "tiny", status=1)
    assert done.stdout == "deleted 'second'\n"
    assert done.stderr == "Error: model 'nobody' not found\n"
    assert [row[0] for row in columns(run("list").stdout)] == ["NAME", "tiny:latest"]


def test_create_uploads_what_from_names_and_passes_the_rest_on(run: Run, tmp_path: Path) -> None:
    write_gguf(tmp_path / "weights.gguf", {"general.description": "another model"})
    (tmp_path / "Modelfile").write_text(
        'FROM ./weights.gguf\nPARAMETER top_k 7\nPARAMETER stop "END"\nSYSTEM "Be\nlong."\n'
        "TEMPLATE {{ .Prompt }}\nLICENSE MIT\nMESSAGE user hi\nMESSAGE assistant ho\n"
    )
    done = run("create", "made")
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[:2] == ["hashing weights.gguf", "copying weights.gguf"]
    assert lines[-1] == "success"
    made = json.loads(run("show", "made", "--json").stdout)
    assert (made["system"], made["template"], made["license"]) == ("Be\nlong.", "{{ .Prompt }}", "MIT")
    assert made["messages"] == [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    assert sorted(line.split()[0] for line in made["parameters"].splitlines()) == ["stop", "top_k"]
    assert "copying" not in run("create", "again").stderr


def test_create_from_a_model_and_from_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "recipe").write_text("FROM tiny\nSYSTEM Be new.\n")
    run("create", "child", "--file", "recipe")
    assert run("show", "child", "--system").stdout == "Be new.\n"
    (tmp_path / "folder").mkdir()
    write_gguf(tmp_path / "folder" / "only.gguf", {"general.description": "alone"})
    (tmp_path / "folder" / "Modelfile").write_text("FROM .")
    run("create", "whole", "-f", "folder/Modelfile")
    assert "whole:latest" in run("list").stdout


def test_create_quantises_a_split_set_and_its_draft(run: Run, tmp_path: Path) -> None:
    weights = tensors(layers=1)
    half = len(weights) // 2
    for number, mine in enumerate((list(weights)[:half], list(weights)[half:])):
        path = tmp_path / f"m-0000{number + 1}-of-00002.gguf"
        write(path, "F16", {name: weights[name] for name in mine}, split=(number, 2, len(weights)))
    write(tmp_path / "draft.gguf", "F16", {"token_embd.weight": weights["token_embd.weight"]})
    (tmp_path / "Modelfile").write_text("FROM ./m-00001-of-00002.gguf\nDRAFT draft.gguf\n")
    said = run("create", "made", "-q", "Q4_K_M", "--draft-quantize", "q8_0").stderr
    assert "quantizing F16 model to Q4_K_M" in said
    assert "quantizing F16 model to Q8_0" in said
    made = json.loads(run("show", "made", "--json").stdout)
    assert made["details"]["quantization_level"] == "Q4_K_M"
    assert [line.split()[0] for line in made["modelfile"].splitlines() if not line.startswith("#") and line][:2] == [
        "FROM",
        "DRAFT",
    ]


def test_create_converts_a_folder_of_safetensors(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "hf"
    folder.mkdir()
    save(folder / "model.safetensors", {stored_name(name): values for name, values in tensors(layers=1).items()})
    figures = {"hidden_size": WIDTH, "intermediate_size": HIDDEN, "num_attention_heads": HEADS}
    config = {**figures, "architectures": ["Qwen2ForCausalLM"], "num_hidden_layers": 1}
    write_json(folder, config=config, tokenizer=tokenizer(["a", "b"], [], [], QWEN2))
    (tmp_path / "Modelfile").write_text("FROM ./hf\n")
    assert "converting model" in run("create", "made").stderr
    assert json.loads(run("show", "made", "--json").stdout)["details"]["family"] == "qwen2"


def test_create_tells_what_the_backend_refuses(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"not a model")
    (tmp_path / "Modelfile").write_text("FROM no.gguf")
    assert "Error: " in run("create", "made", status=1).stderr


def test_pull_tells_what_cannot_be_fetched(run: Run) -> None:
    assert "Error: " in run("pull", "a/model/name/that/is/too/long", status=1).stderr
    nowhere = "127.0.0.1:1/library/nobody"
    said = run("run", nowhere, "hello", status=1).stderr
    assert "Error: pull model manifest: cannot reach 127.0.0.1:1: " in said


def test_a_model_goes_to_its_registry_and_comes_back(run: Run, fake_registry: FakeRegistry) -> None:
    name = f"{fake_registry.url}/mine/tiny"
    run("cp", "tiny", name)
    pushed = run("push", name)
    assert pushed.stdout == f"You can find your model at:\n\n\t{name}\n"
    assert pushed.stderr.splitlines()[0] == "retrieving manifest"
    assert pushed.stderr.splitlines()[-1] == "success"
    run("rm", name)
    assert run("pull", name).stderr.splitlines()[-1] == "success"
    assert name.removeprefix("http://") in run("list").stdout
    assert run("push", "nobody", status=1).stderr.endswith("Error: model 'nobody:latest' not found\n")
