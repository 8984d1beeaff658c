"""Is every way to tamper with the audit log found, and the row named?"""

import psycopg
import pytest
from psycopg import errors

from data.audit.chain import Head, chain_key
from data.audit.findings import Fault
from data.audit.sealing import read_head
from data.audit.verify import HeadUnreadable, parse_head, verify
from tests.data.audit.conftest import KEY, Log


def found(log: Log, key=KEY, **options) -> list[tuple[Fault, int | None, int | None]]:
    return [(f.fault, f.seq, f.entry_id) for f in verify(log.connection, key, **options).findings]


def test_a_whole_chain_is_whole(sealed: Log) -> None:
    result = verify(sealed.connection, KEY)
    assert result.findings == ()
    assert (result.sealed, result.keyed, result.first_seq, result.head.seq) == (10, 10, 1, 10)
    assert parse_head(str(result.head)) == result.head == read_head(sealed.connection)


EDITS = [
    "action = 'signed_in'",
    "account_id = 7",
    "actor_name = 'someone'",
    "address = '10.0.0.0/24'",
    "object_id = '9'",
    "scope = '{10000001}'",
    "detail = detail || '{\"rows\": 999}'",
    "before = '{}'",
    "after = '{}'",
    "at = at + interval '1 microsecond'",
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_is_named(sealed: Log, edit: str) -> None:
    entry = sealed.ids()[3]
    sealed.past_the_triggers(f"UPDATE audit_entry SET {edit} WHERE id = {entry}")
    assert found(sealed) == [(Fault.EDITED, 4, entry)]


def test_a_removed_row_is_named(sealed: Log) -> None:
    entry = sealed.ids()[5]
    sealed.past_the_triggers(f"DELETE FROM audit_entry WHERE id = {entry}")
    assert found(sealed) == [(Fault.REMOVED, 6, entry)]


def test_rows_removed_with_their_seals_are_named_by_number(sealed: Log) -> None:
    ids = sealed.ids()
    sealed.past_the_triggers(
        f"DELETE FROM audit_entry WHERE id IN ({ids[2]}, {ids[3]})", "DELETE FROM audit_seal WHERE seq IN (3, 4)"
    )
    result = verify(sealed.connection, KEY)
    assert [(f.fault, f.seq) for f in result.findings] == [(Fault.REMOVED, 3)]
    assert "Seals 3 to 4 are missing" in result.findings[0].text


def test_a_row_put_in_past_the_triggers_is_named(sealed: Log) -> None:
    sealed.past_the_triggers(
        "INSERT INTO audit_entry (at, actor_kind, via, address, action, object_kind, object_id, scope, detail) "
        "SELECT at, actor_kind, via, address, action, object_kind, object_id, scope, detail FROM audit_entry "
        "ORDER BY id LIMIT 1"
    )
    assert found(sealed) == [(Fault.INSERTED, None, sealed.ids()[-1])]


def test_a_row_put_in_with_a_made_up_seal_is_named(sealed: Log) -> None:
    last = sealed.ids()[-1]
    sealed.past_the_triggers(
        "INSERT INTO audit_entry (at, actor_kind, via, address, action, object_kind, object_id, scope, detail) "
        "SELECT at, actor_kind, via, address, action, object_kind, object_id, scope, detail FROM audit_entry "
        "ORDER BY id LIMIT 1",
        "INSERT INTO audit_seal SELECT 11, sealed_at, "
        f"(SELECT max(id) FROM audit_entry), entry_at, content, link, key_id FROM audit_seal WHERE entry_id = {last}",
    )
    assert {(fault, seq) for fault, seq, _ in found(sealed)} == {(Fault.EDITED, 11), (Fault.BROKEN, 11)}


@pytest.mark.parametrize(("first", "second"), [(4, 5), (3, 8), (9, 10)])
def test_swapped_rows_are_named_with_their_true_numbers(sealed: Log, first: int, second: int) -> None:
    sealed.past_the_triggers(
        f"UPDATE audit_seal SET seq = 1000 WHERE seq = {first}",
        f"UPDATE audit_seal SET seq = {first} WHERE seq = {second}",
        f"UPDATE audit_seal SET seq = {second} WHERE seq = 1000",
    )
    ids, result = sealed.ids(), verify(sealed.connection, KEY)
    assert [(f.fault, f.seq, f.entry_id) for f in result.findings] == [
        (Fault.REORDERED, first, ids[second - 1]),
        (Fault.REORDERED, second, ids[first - 1]),
    ]
    assert f"sealed as number {second} and now stands as number {first}" in result.findings[0].text


def test_entries_that_change_places_are_both_named(sealed: Log) -> None:
    a, b = sealed.ids()[3:5]
    sealed.past_the_triggers(
        f"UPDATE audit_entry SET id = 999999 WHERE id = {a}",
        f"UPDATE audit_entry SET id = {a} WHERE id = {b}",
        f"UPDATE audit_entry SET id = {b} WHERE id = 999999",
    )
    assert found(sealed) == [(Fault.EDITED, 4, a), (Fault.EDITED, 5, b)]


def test_an_edit_whose_content_hash_was_corrected_is_named(sealed: Log) -> None:
    entry = sealed.ids()[3]
    sealed.past_the_triggers(f"UPDATE audit_seal SET content = sha256('other') WHERE entry_id = {entry}")
    assert found(sealed) == [(Fault.BROKEN, 4, entry), (Fault.EDITED, 4, entry)] or found(sealed) == [
        (Fault.EDITED, 4, entry),
        (Fault.BROKEN, 4, entry),
    ]


def test_a_cut_tail_is_found_by_a_noted_head(sealed: Log) -> None:
    noted = read_head(sealed.connection)
    ids = sealed.ids()
    sealed.past_the_triggers(f"DELETE FROM audit_entry WHERE id > {ids[7]}", "DELETE FROM audit_seal WHERE seq > 8")
    assert found(sealed) == []
    assert found(sealed, noted=noted) == [(Fault.HEAD_MISSING, 10, None)]


def test_a_head_noted_long_ago_is_still_in_the_chain(sealed: Log) -> None:
    noted = read_head(sealed.connection)
    sealed.write(5)
    sealed.seal()
    assert found(sealed, noted=noted) == []
    assert found(sealed, noted=Head(noted.seq, bytes(32))) == [(Fault.HEAD_MISSING, 10, None)]


def test_a_chain_made_anew_without_the_key_is_found(sealed: Log) -> None:
    sealed.past_the_triggers(
        "DELETE FROM audit_seal WHERE seq > 5",
        "INSERT INTO audit_unsealed SELECT id, at FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)",
    )
    sealed.seal(key=None)
    assert found(sealed) == [(Fault.UNKEYED, 6, None)]


def test_seals_of_another_key_cannot_be_checked_and_that_is_said(sealed: Log) -> None:
    assert found(sealed, key=None) == [(Fault.KEY_NEEDED, 1, None)]
    assert found(sealed, key=chain_key("another")) == [(Fault.KEY_NEEDED, 1, None)]


def test_a_chain_without_a_key_finds_the_same(log: Log) -> None:
    log.write(4)
    log.seal(key=None)
    assert found(log, key=None) == []
    log.past_the_triggers("UPDATE audit_entry SET object_id = 'x' WHERE id = (SELECT min(id) FROM audit_entry)")
    assert found(log, key=None) == [(Fault.EDITED, 1, log.ids()[0])]


def test_entries_that_wait_too_long_are_named(sealed: Log) -> None:
    sealed.write(2)
    assert verify(sealed.connection, KEY).waiting == 2
    late = found(sealed, unsealed_after_s=0)
    assert late == [(Fault.UNSEALED, None, entry) for entry in sealed.ids()[-2:]]


def test_an_entry_removed_before_its_seal_is_named(sealed: Log) -> None:
    sealed.write()
    entry = sealed.ids()[-1]
    sealed.past_the_triggers(f"DELETE FROM audit_entry WHERE id = {entry}")
    assert found(sealed) == [(Fault.REMOVED, None, entry)]


def test_sessions_settings_do_not_matter(sealed: Log) -> None:
    for setting in ("TimeZone = 'America/St_Johns'", "DateStyle = 'German, DMY'", "extra_float_digits = -5"):
        sealed.connection.execute(f"SET {setting}".encode())
    assert found(sealed) == []


@pytest.mark.parametrize("text", ["", "3", "x:00", "3:00", "3:" + "g" * 64, "-1:" + "0" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(HeadUnreadable):
        parse_head(text)


REFUSED = [
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
]


@pytest.mark.parametrize("statement", REFUSED)
@pytest.mark.parametrize(("table", "column"), [("audit_entry", "action"), ("audit_seal", "key_id")])
def test_not_even_the_owner_changes_or_removes(sealed: Log, statement: str, table: str, column: str) -> None:
    row = sealed.connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
    ).fetchone()
    assert row is not None
    for name in (table, row[0]):
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            sealed.connection.execute(statement.format(table=name, column=column).encode())


def test_the_owner_cannot_write_into_the_past(log: Log) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.CheckViolation)):
        log.connection.execute(
            "INSERT INTO audit_entry (at, actor_kind, via, address, action, object_kind, object_id, scope, detail) "
            "VALUES (now() - interval '5 minutes', 'cli', 'cli', '', 'exported', 'x', '', '{}', '{}')"
        )


def test_a_transaction_that_commits_late_is_sealed_late_and_never_skipped(log: Log, database_url: str) -> None:
    from data.engine import libpq_url

    with psycopg.connect(libpq_url(database_url)) as late:
        slow = Log(late)
        slow.write()
        log.write(3)
        assert log.seal() == 3
        late.commit()
    assert log.seal() == 1
    log.write()
    assert log.seal() == 1
    order = log.connection.execute("SELECT entry_id FROM audit_seal ORDER BY seq").fetchall()
    ids = log.ids()
    assert [row[0] for row in order] == [ids[1], ids[2], ids[3], ids[0], ids[4]]
    assert found(log) == []


def test_what_is_rolled_back_was_never_done(log: Log) -> None:
    with log.connection.transaction(force_rollback=True):
        log.write()
    log.write()
    assert log.seal() == 1
    assert found(log) == []
