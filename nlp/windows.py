"""From token ids to what the model reads: special tokens around one or two windows of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.clean import CLOSE, OPEN

MAX_TARGET_TOKENS = 16


class Numbering(Protocol):
    """What is needed of a tokenizer here."""

    def token_to_id(self, piece: str, /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """Ids that a tokenizer gives its special pieces, and how many tokens the model reads at most."""

    start: int
    end: int
    open_mark: int
    close_mark: int
    max_tokens: int

    @classmethod
    def of(cls, tokenizer: Numbering, max_tokens: int) -> Frame:
        """The frame for a tokenizer made by nlp.training; KeyError names a special piece it lacks."""
        ids = []
        for piece in ("<s>", "</s>", OPEN, CLOSE):
            number = tokenizer.token_to_id(piece)
            if number is None:
                raise KeyError(piece)
            ids.append(number)
        return cls(ids[0], ids[1], ids[2], ids[3], max_tokens)


def windows(body: Sequence[int], target: Sequence[int], frame: Frame) -> tuple[list[list[int]], bool]:
    """The windows that the model reads of one text, and whether the text was cut.

    `body` is the text, `target` the brand (empty for none), both without special tokens. A text
    that fits is one window. Of a longer text there are two, the first and the last; where the
    target is marked in it, the two reach around the first and the last mark instead (one window
    where both marks fit into it). An empty body gives no window.

    >>> frame = Frame(start=0, end=2, open_mark=8, close_mark=9, max_tokens=6)
    >>> windows([5, 6], [], frame)
    ([[0, 5, 6, 2]], False)
    >>> windows([3, 4, 5, 6, 7], [], frame)
    ([[0, 3, 4, 5, 6, 2], [0, 4, 5, 6, 7, 2]], True)
    """
    if not body:
        return [], False
    tail = [frame.end]
    if target:
        tail = [frame.end, frame.end, *target[:MAX_TARGET_TOKENS], frame.end]
    room = max(frame.max_tokens - 1 - len(tail), 1)
    if len(body) <= room:
        return [[frame.start, *body, *tail]], False
    starts = _starts(body, room, frame)
    return [[frame.start, *body[start : start + room], *tail] for start in starts], True


def _starts(body: Sequence[int], room: int, frame: Frame) -> list[int]:
    """Where the windows begin: at most two places, rising."""
    last = len(body) - room
    opened = [place for place, token in enumerate(body) if token == frame.open_mark]
    if not opened:
        return [0, last]
    first_start = min(max(opened[0] - room // 2, 0), last)
    if opened[-1] + room // 4 < first_start + room:
        return [first_start]
    return [first_start, min(max(opened[-1] - room // 2, 0), last)]
