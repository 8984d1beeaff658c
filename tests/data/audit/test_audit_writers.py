"""Do many writers and one sealer lose nothing, and what may the roles of the web do?"""

import threading
import time

import psycopg

from data.audit.sealing import seal_new
from data.audit.verify import verify
from data.engine import libpq_url
from tests.data.audit.conftest import KEY, Log

WRITERS, EACH = 6, 40


def test_writers_that_commit_in_any_order_are_all_sealed_once(log: Log, database_url: str) -> None:
    url = libpq_url(database_url)
    stop = threading.Event()

    def work(number: int) -> None:
        with psycopg.connect(url) as connection:
            for turn in range(EACH):
                Log(connection).write()
                time.sleep(0.001 * ((number * 7 + turn * 3) % 5))
                if turn % 8 == 7:
                    connection.rollback()
                else:
                    connection.commit()

    def seal() -> None:
        with psycopg.connect(url) as connection:
            while not stop.is_set():
                seal_new(connection, KEY, most=10)
                connection.commit()

    sealer = threading.Thread(target=seal)
    sealer.start()
    writers = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    stop.set()
    sealer.join(60)
    while log.seal():
        pass
    result = verify(log.connection, KEY)
    assert result.findings == ()
    assert result.sealed == len(log.ids()) == WRITERS * EACH * 7 // 8


def test_two_sealers_make_one_chain(log: Log, database_url: str) -> None:
    log.write(200)
    url = libpq_url(database_url)

    def seal() -> None:
        with psycopg.connect(url) as connection:
            while seal_new(connection, KEY, most=7):
                connection.commit()

    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join(60)
    result = verify(log.connection, KEY)
    assert (result.findings, result.sealed) == ((), 200)
