"""Which answer did a request with the same Idempotency-Key get before?"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data.intake.errors import AnswerTaken
from data.intake.report import ReportRefused
from data.intake.submission import Answer, KeyReused, Outcome, Submission, Verdict

READ = "SELECT key, digest, answer FROM intake_answer WHERE account_id = %s AND key = ANY(%s::text[])"
KEEP = """
INSERT INTO intake_answer (account_id, key, digest, answer)
SELECT %s, key, digest, answer
FROM unnest(%s::text[], %s::bytea[], %s::jsonb[]) AS given (key, digest, answer)
ORDER BY key
ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM intake_answer WHERE made_at < now() - interval '7 days'"


async def read_answers(
    cursor: psycopg.AsyncCursor[tuple[Any, ...]], account_id: int, submissions: Sequence[Submission]
) -> dict[int, Answer]:
    """Answers given before, by place of the submission."""
    keys = {one.key: position for position, one in enumerate(submissions) if one.key is not None}
    if not keys:
        return {}
    rows = await (await cursor.execute(READ, [account_id, list(keys)])).fetchall()
    known = {key: (bytes(digest), answer) for key, digest, answer in rows}
    return {
        position: _read(known[one.key][1]) if known[one.key][0] == one.digest else KeyReused()
        for position, one in enumerate(submissions)
        if one.key is not None and one.key in known
    }


async def keep_answers(
    cursor: psycopg.AsyncCursor[tuple[Any, ...]],
    account_id: int,
    answered: Mapping[int, tuple[Submission, tuple[Verdict, ...]]],
) -> None:
    """Keep the answers of requests that have a key, unless nothing of the request was stored: it may be corrected.

    Raises:
        AnswerTaken: Another transaction answered one of the requests meanwhile.
    """
    kept = [
        (one, answer)
        for one, answer in answered.values()
        if one.key is not None and any(verdict.outcome != Outcome.REJECTED for verdict in answer)
    ]
    if not kept:
        return
    columns = [one.key for one, _ in kept], [one.digest for one, _ in kept], [Jsonb(_written(a)) for _, a in kept]
    await cursor.execute(KEEP, [account_id, *columns])
    if cursor.rowcount != len(kept):
        raise AnswerTaken


def _written(answer: Sequence[Verdict]) -> list[list[Any]]:
    return [_one(verdict) for verdict in answer]


def _one(verdict: Verdict) -> list[Any]:
    refusal = verdict.refusal
    if refusal is None:
        return [verdict.outcome, verdict.incident_id]
    return [verdict.outcome, refusal.field, refusal.cause, refusal.remedy]


def _read(answer: Sequence[Sequence[Any]]) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(Outcome.REJECTED, refusal=ReportRefused(*rest))
        if outcome == Outcome.REJECTED
        else Verdict(Outcome(outcome), rest[0])
        for outcome, *rest in answer
    )
