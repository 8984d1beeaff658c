"""Which rules of risk are in force in this city, and how do others come into force?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from data.engine import AsyncRows, psycopg_connection
from data.reads.rows import fetch_one
from data.risk.rule_file import FILE, RiskRules, read_rule_file, rules_of

_NEWEST = "SELECT id, source, made_at, content FROM risk_rule_set ORDER BY id DESC LIMIT 1"
_NEWEST_ID = "SELECT max(id) FROM risk_rule_set"
_STORE = """
INSERT INTO risk_rule_set (version, source, content) VALUES (%(version)s, %(source)s, %(content)s)
RETURNING id, source, made_at, content
"""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules as they are kept.

    Attributes:
        source: `shipped` with the program, or `imported` by this city.
    """

    id: int
    source: str
    made_at: datetime
    rules: RiskRules


def store_shipped_rules(connection: Connection) -> None:
    """Bring rules that the city has not replaced to what the shipped file says.

    Raises:
        RiskRulesInvalid: The file cannot be used.
    """
    shipped, raw = read_rule_file(FILE), psycopg_connection(connection)
    kept = newest_rules(raw)
    if kept is None or (kept.source == "shipped" and kept.rules.version != shipped.version):
        _store(raw, shipped, "shipped")


def import_rules(connection: psycopg.Connection, rules: RiskRules) -> RuleSet:
    """Put rules into force; those that are in force already stay as they are."""
    kept = newest_rules(connection)
    if kept is not None and kept.rules.version == rules.version:
        return kept
    return _store(connection, rules, "imported")


def newest_rules(connection: psycopg.Connection, known: RuleSet | None = None) -> RuleSet | None:
    """The rules in force, None before the first start of the program; `known` itself where these are still the ones."""
    if known is not None and connection.execute(_NEWEST_ID).fetchone() == (known.id,):
        return known
    row = connection.execute(_NEWEST).fetchone()
    return None if row is None else RuleSet(row[0], row[1], row[2], rules_of(row[3]))


async def read_rules(conn: AsyncRows) -> RuleSet | None:
    """As `newest_rules`, within a reader's snapshot."""
    row = await fetch_one(conn, _Row, _NEWEST)
    return None if row is None else RuleSet(row.id, row.source, row.made_at, rules_of(row.content))


def _store(connection: psycopg.Connection, rules: RiskRules, source: str) -> RuleSet:
    values = {"version": rules.version, "source": source, "content": Jsonb(dict(rules.content))}
    row = connection.execute(_STORE, values).fetchone()
    assert row is not None
    return RuleSet(row[0], row[1], row[2], rules_of(row[3]))


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    source: str
    made_at: datetime
    content: dict[str, Any]
