"""Do old months go, and does the chain stay checkable without them?"""

from datetime import UTC, datetime, timedelta

from data.audit.canonical import CANONICAL
from data.audit.chain import GENESIS, Seal, content_hash, link_of
from data.audit.findings import Fault
from data.audit.retention import cut_of, drop_expired
from data.audit.sealing import EPOCH, read_head
from data.audit.verify import verify
from tests.data.audit.conftest import KEY, Log

NOW = datetime.now(UTC)


def months_ago(months: int) -> datetime:
    """The tenth of the month so many months ago."""
    return cut_of(NOW, months) + timedelta(days=9)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def write_past(log: Log, entries: list[tuple[datetime, datetime]]) -> None:
    """Entries as they would be if written and sealed at these moments."""
    link = GENESIS
    for seq, (at, sealed_at) in enumerate(entries, 1):
        for moment in (at, sealed_at):
            log.connection.execute("SELECT ensure_audit_partition(%s)", [moment])
        with log.connection.transaction():
            log.connection.execute("SET LOCAL session_replication_role = replica")
            row = log.connection.execute(
                f"""
                INSERT INTO audit_entry AS entry
                    (at, actor_kind, via, address, action, object_kind, object_id, scope, detail)
                VALUES (%s, 'cli', 'cli', '', 'exported', 'incidents', '', '{{}}', '{{}}')
                RETURNING id, {CANONICAL}
                """.encode(),
                [at],
            ).fetchone()
            assert row is not None
            seal = Seal(seq, microseconds(sealed_at), row[0], microseconds(at), content_hash(row[1]), KEY.id)
            link = link_of(link, seal, KEY)
            log.connection.execute(
                "INSERT INTO audit_seal VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [seq, sealed_at, row[0], at, seal.content, link, KEY.id],
            )


def partitions(log: Log, parent: str) -> list[str]:
    rows = log.connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [parent]
    )
    return [row[0] for row in rows.fetchall()]


def past(log: Log) -> None:
    """Entries of the last nine months; one of eight months ago was sealed a month late."""
    moments = [(months_ago(n), months_ago(n)) for n in range(9, 0, -1)]
    late = (months_ago(7) - timedelta(days=20), months_ago(6) + timedelta(days=1))
    write_past(log, [*moments[:4], late, *moments[4:]])


def test_months_that_are_over_go_and_the_rest_verifies(log: Log) -> None:
    past(log)
    noted = read_head(log.connection)
    assert verify(log.connection, KEY).findings == ()
    with log.connection.transaction():
        dropped = drop_expired(log.connection, NOW)
    assert dropped is not None
    assert (dropped.cut, dropped.entries, dropped.head.seq) == (cut_of(NOW, 6), 4, 3)
    kept = f"audit_entry_{cut_of(NOW, 6):%Y%m}"
    assert min(partitions(log, "audit_entry")) == kept
    assert min(partitions(log, "audit_seal")) == kept.replace("entry", "seal")
    assert log.seal() == 1
    result = verify(log.connection, KEY, noted=noted)
    assert result.findings == ()
    assert (result.first_seq, result.sealed, result.dropped, result.head.seq) == (4, 8, 1, 11)


def test_tampering_after_months_were_dropped_is_still_found(log: Log) -> None:
    past(log)
    with log.connection.transaction():
        drop_expired(log.connection, NOW)
    log.seal()
    victim = log.ids()[2]
    log.past_the_triggers(f"DELETE FROM audit_entry WHERE id = {victim}")
    assert [(f.fault, f.entry_id) for f in verify(log.connection, KEY).findings] == [(Fault.REMOVED, victim)]


def test_an_anchor_that_nobody_recorded_is_found(log: Log) -> None:
    past(log)
    log.past_the_triggers(
        f"INSERT INTO audit_anchor (made_at, cut, seq, link, entries) SELECT now(), '{months_ago(3)}', seq, link, 5 "
        "FROM audit_seal WHERE seq = 5",
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE seq <= 5)",
        "DELETE FROM audit_seal WHERE seq <= 5",
    )
    assert [(f.fault, f.seq) for f in verify(log.connection, KEY).findings] == [(Fault.ANCHOR_UNKNOWN, 5)]


def test_nothing_goes_before_its_time_or_unsealed(log: Log) -> None:
    write_past(log, [(months_ago(5), months_ago(5))])
    assert drop_expired(log.connection, NOW) is None
    log.connection.execute("UPDATE setting SET value = '2' WHERE key = 'audit_retention_months'")
    log.past_the_triggers("INSERT INTO audit_unsealed SELECT id, at FROM audit_entry")
    with log.connection.transaction():
        assert drop_expired(log.connection, NOW) is None
    log.past_the_triggers("DELETE FROM audit_unsealed")
    with log.connection.transaction():
        assert drop_expired(log.connection, NOW) is not None


def test_the_chain_goes_on_when_everything_was_dropped(log: Log) -> None:
    write_past(log, [(months_ago(8), months_ago(8)), (months_ago(8), months_ago(8))])
    with log.connection.transaction():
        drop_expired(log.connection, NOW)
    log.write(2)
    log.seal()
    result = verify(log.connection, KEY)
    assert result.findings == ()
    assert (result.first_seq, result.head.seq) == (3, 5)
