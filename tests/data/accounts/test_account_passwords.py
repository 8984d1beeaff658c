"""Are passwords hashed as stated, weak ones refused, and wrong ones slowed down?"""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st

from data.accounts.errors import LoginNameInvalid, PasswordWeak
from data.accounts.keys import Key, new_key, parse_key
from data.accounts.lockout import FREE_ATTEMPTS, LONGEST_DELAY, delay_after, is_locked, locked_until
from data.accounts.login_name import normal_name, require_name
from data.accounts.password_hash import hash_password, is_outdated, verify_password
from data.accounts.password_strength import check_password, estimated_bits
from data.accounts.sessions import origin_of

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_hash_is_argon2id_with_the_stated_parameters_and_a_salt_of_its_own() -> None:
    first, second = hash_password("vuk7 orze plym"), hash_password("vuk7 orze plym")
    parameters = extract_parameters(first)
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19_456,
        2,
        1,
    )
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)
    assert first != second
    assert not is_outdated(first)
    assert is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43)


def test_only_the_right_password_verifies_and_a_missing_account_never_does() -> None:
    stored = hash_password("vuk7 orze plym")
    assert verify_password(stored, "vuk7 orze plym")
    assert not verify_password(stored, "vuk7 orze plyn")
    assert not verify_password(None, "vuk7 orze plym")
    assert not verify_password("$argon2id$broken", "vuk7 orze plym")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "short"),
        ("a" * 300, "long"),
        ("vuk7 Planner-Wang orze", "name"),
        ("123456789012", "common"),
        ("password12345", "common"),
        ("p@ssw0rd-p@ssw0rd", "common"),
        ("qwertyuiop[]", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("abcabcabcabcabc", "common"),
        ("woaini1314520520", "common"),
        ("minqing-minqing-2026", "common"),
        ("１２３４５６７８９０１２", "common"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordWeak) as refused:
        check_password(password, "planner-wang")
    assert refused.value.reason == reason
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["vuk7 orze plym tadi", "correct horse battery", "zR8#kq2Lw9pX", "网格员每天走八公里的路程"]
)
def test_a_password_of_unrelated_parts_is_accepted(password: str) -> None:
    check_password(password, "planner-wang")


@given(st.text(min_size=1, max_size=40))
def test_the_estimate_never_exceeds_what_trying_all_characters_would_take(text: str) -> None:
    assert 0 <= estimated_bits(text) <= 11 * len(text.casefold())


def test_repeating_adds_next_to_nothing() -> None:
    assert estimated_bits("harbour" * 9) <= estimated_bits("harbour") + 60
    assert estimated_bits("a" * 50) < 12 < estimated_bits("vuk7")


def test_the_delay_doubles_from_thirty_seconds_to_a_quarter_of_an_hour() -> None:
    seconds = [delay_after(count).total_seconds() for count in range(12)]
    assert seconds == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert delay_after(10_000) == LONGEST_DELAY


@given(st.integers(0, 200))
def test_more_wrong_attempts_never_shorten_the_delay(count: int) -> None:
    assert delay_after(count) <= delay_after(count + 1)
    assert (locked_until(count, NOW) is None) == (count <= FREE_ATTEMPTS)


def test_a_lock_ends_at_its_moment() -> None:
    until = locked_until(5, NOW)
    assert until == NOW + timedelta(seconds=30)
    assert is_locked(until, NOW + timedelta(seconds=29.9))
    assert not is_locked(until, NOW + timedelta(seconds=30))
    assert not is_locked(None, NOW)


def test_keys_are_random_round_trip_and_hide_their_secret_when_printed() -> None:
    keys = [new_key() for _ in range(200)]
    assert len({key.selector for key in keys}) == len({key.secret for key in keys}) == 200
    assert all(parse_key(key.text) == key and parse_key("mq_" + key.text) == key for key in keys)
    assert keys[0].secret not in repr(keys[0])
    assert [parse_key(text) for text in ("", "x", keys[0].text + "a", keys[0].text[:-1], keys[0].selector)] == [
        None
    ] * 5


def test_a_key_matches_its_own_digest_only_and_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    from data.accounts import keys

    genuine = keys.hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return genuine(left, right)

    monkeypatch.setattr(keys.hmac, "compare_digest", watched)
    key = new_key()
    other = Key(key.selector, new_key().secret)
    assert key.matches(key.digest)
    assert not other.matches(key.digest)
    assert compared == [(key.digest, key.digest), (other.digest, key.digest)]


@pytest.mark.parametrize(("typed", "stored"), [("Leader", "leader"), (" ＬＥＡＤＥＲ ", "leader"), ("值班1", "值班1")])
def test_a_login_name_has_one_form(typed: str, stored: str) -> None:
    assert normal_name(typed) == require_name(typed) == stored


@pytest.mark.parametrize("typed", ["", "a", "-a", "a b", "a" * 65, "a/b", "a<b", "a\0b", "a@b.cn"])
def test_other_login_names_are_refused(typed: str) -> None:
    with pytest.raises(LoginNameInvalid):
        require_name(typed)


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("testclient", ""),
        (None, ""),
    ],
)
def test_an_address_is_cut_to_its_network(address: str | None, cut: str) -> None:
    assert origin_of(address, None).address == cut
    assert len(origin_of(address, "Mozilla/5.0 \n" * 40).user_agent) == 80
