from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.wire.sessions import MessageView
from tui.chats.conversation import Conversation


def message(identity: int, parent: int) -> MessageView:
    return MessageView(id=identity, parent=parent, role="user", content=str(identity), created_at="")


def tree() -> Conversation:
    """1 ─ 2 ─ 3, with 4 ─ 5 and 6 beside 2."""
    pairs = ((1, 0), (2, 1), (3, 2), (4, 1), (5, 4), (6, 1))
    return Conversation([message(*pair) for pair in pairs], leaf=5)


def test_the_branch_leads_from_the_first_message_to_the_leaf() -> None:
    talk = tree()
    assert [one.id for one in talk.branch()] == [1, 4, 5]
    talk.leaf = 0
    assert talk.branch() == []


def test_siblings_stand_in_the_same_place() -> None:
    assert tree().siblings(4) == [2, 4, 6]
    assert tree().siblings(3) == [3]
    assert tree().siblings(99) == []


def test_the_end_below_a_message_is_that_of_the_newest_branch() -> None:
    assert [tree().end_below(one) for one in (1, 2, 4, 6)] == [6, 3, 5, 6]


def test_a_newer_state_takes_the_place_of_a_message() -> None:
    talk = tree()
    newer = message(4, 1)
    newer.content = "newer"
    talk.put(newer)
    assert talk.siblings(4) == [2, 4, 6]
    assert talk.branch()[1].content == "newer"


def test_a_leaf_that_is_not_there_is_none() -> None:
    assert Conversation([message(1, 0)], leaf=9).leaf == 0


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6))), st.integers(0, 6))
def test_no_document_of_messages_is_an_endless_one(pairs: list[tuple[int, int]], leaf: int) -> None:
    talk = Conversation([message(*pair) for pair in pairs], leaf)
    assert len(talk.branch()) <= len(talk)
    assert talk.end_below(leaf) in {leaf, *(one for one, _ in pairs)}
