from __future__ import annotations

import pytest

from tests.tui.transcript.laid import PALETTE
from tui.transcript.block import Block, Kind, Role
from tui.transcript.document import Document
from tui.transcript.search import Query, Search


def block(text: str, kind: Kind = Kind.TEXT) -> Block:
    made = Block(Role.MODEL, "m")
    made.append(kind, text)
    return made


def searched(query: str, *blocks: Block) -> tuple[Search, Document]:
    document = Document()
    document.fill(blocks)
    document.style(40, PALETTE)
    return Search(Query(query), document.blocks), document


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("hilo", "in HILO", True),
        ("Hilo", "in HILO", False),
        ("Hilo", "in Hilo", True),
        ("a.c", "abc", False),
        ("two words", "two\n words", True),
        ("", "anything", False),
        ("(", "f(x)", True),
    ],
)
def test_small_letters_find_capitals_and_signs_are_themselves(query: str, text: str, found: bool) -> None:
    assert Query(query).is_in(text) is found


def test_it_goes_from_match_to_match_and_around_the_ends() -> None:
    search, document = searched("x", block("x\n\ny\n\nx"), block("no"), block("x"))
    places, place = [], (0, -1)
    for _ in range(4):
        place = search.seek(document, place, 1) or (9, 9)
        places.append(place)
    assert places == [(0, 1), (0, 5), (2, 1), (0, 1)]
    assert search.seek(document, (0, 1), -1) == (2, 1)
    assert search.ordinal == 2
    assert search.hits == [0, 2]


def test_what_hides_a_match_is_opened() -> None:
    hidden = block("the secret", Kind.THINKING)
    folded = block("secret too")
    folded.folded = True
    search, document = searched("secret", hidden, folded)
    assert search.seek(document, (0, -1), 1) == (0, 2)
    assert hidden.parts[0].folded is False
    assert search.seek(document, (0, 2), 1) == (1, 1)
    assert not folded.folded


def test_a_match_that_is_broken_over_rows_leads_to_its_block() -> None:
    search, document = searched("one two", block("a **one** *two*"), block("one\ntwo"))
    assert search.seek(document, (1, 0), 1) == (1, 0)
    assert search.hits == [1]


def test_new_blocks_are_found_and_nothing_is_found_in_none() -> None:
    search, document = searched("x")
    assert search.seek(document, (0, 0), 1) is None
    document.add(block("x"))
    search.note(0, document.blocks[0])
    search.note(0, document.blocks[0])
    assert search.hits == [0]
    assert search.ordinal == 0
