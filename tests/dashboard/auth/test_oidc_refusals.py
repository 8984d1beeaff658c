"""Does single sign-on keep everybody else out: forged tokens, replays, other browsers, a provider that misbehaves?"""

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx
import pytest

from tests.dashboard.auth.conftest import PASSWORD
from tests.support.oidc_provider import CLIENT, SECRET
from tests.support.signing_on import (
    PAGE,
    Person,
    RunningProvider,
    Served,
    link_person,
    reason_of,
    running_provider,
    served,
)

MINUTE = 60


@pytest.fixture
def house(provider: RunningProvider, sso_url: str) -> Iterator[Served]:
    """The door, where wang is linked to wang at the provider: only a fault can keep him out."""
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        yield house
        assert [action for action, _ in house.audit() if action == "signed_in"] == []
        assert house.rows("SELECT count(*) FROM login_session") == [(0,)]


FORGED: dict[str, dict[str, Any]] = {
    "wrong nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"without": ["nonce"]},
    "wrong audience": {"claims": {"aud": "another-program"}},
    "wrong audience, azp of ours": {"claims": {"aud": "another-program", "azp": CLIENT}},
    "several audiences, no azp": {"claims": {"aud": [CLIENT, "another-program"]}},
    "several audiences, foreign azp": {"claims": {"aud": [CLIENT, "another-program"], "azp": "another-program"}},
    "foreign azp": {"claims": {"azp": "another-program"}},
    "no audience": {"without": ["aud"]},
    "foreign issuer": {"claims": {"iss": "https://evil.example"}},
    "no issuer": {"without": ["iss"]},
    "expired": {"late": {"exp": -2 * MINUTE}},
    "no expiry": {"without": ["exp"]},
    "expiry as text": {"claims": {"exp": "tomorrow"}},
    "made in the future": {"late": {"iat": 5 * MINUTE}},
    "made long ago": {"late": {"iat": -60 * MINUTE}},
    "not valid yet": {"late": {"nbf": 5 * MINUTE}},
    "at_hash of another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "nobody": {"claims": {"sub": ""}},
    "a number as somebody": {"claims": {"sub": 7}},
    "somebody without end": {"claims": {"sub": "x" * 300}},
    "no signature": {"signature": "none"},
    "public key as a shared secret": {"signature": "public key as secret"},
    "another's signature": {"signature": "foreign key"},
    "unknown key": {"header": {"kid": "unknown"}},
    "a critical extension": {"header": {"crit": ["exp"], "exp": 1}},
}


@pytest.mark.parametrize("how", FORGED.values(), ids=FORGED)
def test_a_token_that_proves_nothing_opens_nothing(
    house: Served, provider: RunningProvider, how: dict[str, Any]
) -> None:
    provider.behave(**how)
    person = Person(house)
    assert reason_of(person.sign_on()) == "refused"
    assert person.who() is None
    assert house.audit() == [("sign_in_refused", {"by": "single sign-on"})]


def test_the_same_way_without_a_fault_leads_in(provider: RunningProvider, sso_url: str) -> None:
    """Else the tests above would pass for another reason; slightly different clocks are no fault."""
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        for how in ({}, {"late": {"iat": 30, "exp": -30}}, {"claims": {"aud": [CLIENT], "azp": CLIENT}},
                    {"claims": {"aud": [CLIENT, "other"], "azp": CLIENT}}, {"without": ["at_hash"]}):  # fmt: skip
            provider.behave(**how)
            person = Person(house)
            person.sign_on()
            assert (how, person.who()) == (how, "wang")


def test_an_unknown_key_has_the_keys_read_once_more_and_new_keys_count(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        Person(house).sign_on()
        provider.behave()
        Person(house).sign_on()
        assert provider.asked().get("jwks") is None
        provider.behave(rotate=True)
        person = Person(house)
        person.sign_on()
        assert person.who() == "wang"
        assert provider.asked()["jwks"] == 1
        provider.behave(header={"kid": "unknown"})
        assert reason_of(Person(house).sign_on()) == "refused"
        assert provider.asked()["jwks"] == 1


def test_an_answer_counts_once(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        way = person.prove(person.begin())
        cookie = {"cookie": f"minqing_sso={person.http.cookies['minqing_sso']}"}
        assert person.come_back(way) == "/map?unit=4401"
        assert reason_of(person.come_back(way)) == "stale"
        # With the cookie, which the browser has dropped, an eavesdropper gets no further.
        again = httpx.get(f"{house.address}{_path(way)}", headers=cookie, trust_env=False)
        assert reason_of(again.headers["location"]) == "stale"
        assert provider.asked()["token"] == 1
        # A code that was used in another sign-in is worthless to the provider.
        code = dict(parse_qsl(urlsplit(way).query))["code"]
        other = Person(house)
        fresh = other.prove(other.begin())
        assert reason_of(other.come_back(_with(fresh, code=code))) == "refused"


def test_a_code_of_somebody_else_s_sign_in_opens_nothing(house: Served) -> None:
    """The code is good and unused, but belongs to another browser's PKCE: an attacker who caught it gains nothing."""
    victim, attacker = Person(house), Person(house)
    caught = dict(parse_qsl(urlsplit(victim.prove(victim.begin())).query))["code"]
    mine = attacker.prove(attacker.begin(), "outsider")
    assert reason_of(attacker.come_back(_with(mine, code=caught))) == "refused"
    assert attacker.who() is None


def test_an_answer_for_another_browser_signs_nobody_in(house: Served, provider: RunningProvider) -> None:
    """An attacker sends a victim the way back of his own sign-in: the victim would work in the attacker's name."""
    attacker, victim, idle = Person(house), Person(house), Person(house)
    way = attacker.prove(attacker.begin())
    victim.begin()
    for person in (victim, idle):
        assert reason_of(person.come_back(way)) == "stale"
        assert person.who() is None
    for state in ("", "x", "ü" * 43, attacker.http.cookies["minqing_sso"]):
        assert reason_of(attacker.come_back(_with(way, state=state))) == "stale"
    assert "token" not in provider.asked()


def test_a_made_up_cookie_is_no_beginning(house: Served) -> None:
    way = f"{house.address}/login/sso/return?code=a&state=b"
    for cookie in ("", "x", "0123456789abcdef_" + "A" * 43, "_" * 500, "'; DROP TABLE login_flow;--"):
        answer = httpx.get(way, headers={"cookie": f"minqing_sso={cookie}"}, trust_env=False)
        assert reason_of(answer.headers["location"]) == "stale"


def test_too_late_is_too_late(house: Served) -> None:
    person = Person(house)
    way = person.prove(person.begin())
    house.clock["ahead"] = timedelta(minutes=11)
    assert reason_of(person.come_back(way)) == "stale"
    person.begin()
    assert house.rows("SELECT count(*) FROM login_flow") == [(1,)]


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/login/sso", "/logout"]
)
def test_the_way_on_is_a_path_of_this_site(provider: RunningProvider, sso_url: str, target: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        assert Person(house).sign_on(next_path=target) == "/"


def test_the_provider_s_own_refusal_is_told(house: Served, provider: RunningProvider) -> None:
    person = Person(house)
    way = person.prove(person.begin(), password="wrong")
    assert reason_of(person.come_back(way)) == "declined"
    assert reason_of(person.come_back(way)) == "stale"
    page = person.http.get("/login?sso=declined&lang=en", headers=PAGE)
    assert "The provider did not sign you in" in page.text
    for strange in ("access_denied\r\nSet-Cookie: a=b", "<script>", "x" * 3000):
        location = person.come_back(_with(person.prove(person.begin()), error=strange))
        assert reason_of(location) == "declined"


def test_an_answer_without_a_code_or_of_another_issuer_opens_nothing(house: Served, provider: RunningProvider) -> None:
    for change in ({"code": ""}, {"code": "x" * 5000}, {"iss": "https://evil.example"}, {"iss": ""}):
        person = Person(house)
        assert reason_of(person.come_back(_with(person.prove(person.begin()), **change))) == "refused"
    person = Person(house)
    way = person.prove(person.begin())
    assert reason_of(person.come_back(way.replace("&iss=", "&other="))) == "refused"
    assert "token" not in provider.asked()


def test_an_unknown_reason_on_the_sign_in_page_says_nothing(house: Served) -> None:
    for reason in ("<script>alert(1)</script>", "nothing", ""):
        page = Person(house).http.get("/login", params={"sso": reason}, headers=PAGE)
        assert page.status_code == 200
        assert "notice" not in page.text
        assert "alert(1)" not in page.text


UNUSABLE: dict[str, dict[str, Any]] = {
    **{f"discovery {kind}": {"broken": {"discovery": kind}} for kind in ("error", "html", "huge", "packed", "list")},
    "discovery elsewhere": {"broken": {"discovery": "elsewhere"}},
    "another issuer": {"metadata": {"issuer": "https://evil.example"}},
    "sign-in at another host": {"metadata": {"authorization_endpoint": "https://evil.example/authorize"}},
    "codes to another host": {"metadata": {"token_endpoint": "http://127.0.0.2:9/token"}},
    "keys from another port": {"metadata": {"jwks_uri": "http://127.0.0.1:9/jwks"}},
    "no address": {"metadata": {"token_endpoint": None}},
    "no PKCE": {"metadata": {"code_challenge_methods_supported": ["plain"]}},
}


@pytest.mark.parametrize("how", UNUSABLE.values(), ids=UNUSABLE)
def test_a_provider_that_describes_itself_strangely_is_not_used(
    house: Served, provider: RunningProvider, how: dict[str, Any]
) -> None:
    provider.behave(**how)
    person = Person(house)
    assert reason_of(person.begin()) == "unreachable"
    assert "minqing_sso" not in person.http.cookies
    assert house.rows("SELECT count(*) FROM login_flow") == [(0,)]
    assert provider.asked().keys() == {"discovery"}


@pytest.mark.parametrize("kind", ["error", "html", "huge", "packed", "elsewhere", "list"])
@pytest.mark.parametrize("what", ["token", "jwks"])
def test_a_provider_that_breaks_on_the_way_signs_nobody_in(
    house: Served, provider: RunningProvider, what: str, kind: str
) -> None:
    person = Person(house)
    way = person.prove(person.begin())
    provider.behave(broken={what: kind})
    assert reason_of(person.come_back(way)) == "unreachable"
    assert person.who() is None


def test_while_the_provider_is_down_passwords_work_and_it_is_said(sso_url: str) -> None:
    with running_provider() as provider, served(sso_url, provider.issuer) as house:
        provider.process.terminate()
        provider.process.wait(10)
        person = Person(house)
        location = person.begin()
        assert location == "/login?sso=unreachable&next=%2Fmap%3Funit%3D4401"
        page = person.http.get(location + "&lang=en", headers=PAGE)
        assert "signing in with a password works" in page.text
        assert 'name="next" value="/map?unit=4401"' in page.text
        answer = person.http.post("/login", data={"username": "wang", "password": PASSWORD})
        assert answer.status_code == 303
        assert person.who() == "wang"


def test_a_provider_that_hangs_keeps_nobody_waiting_who_has_a_password(sso_url: str) -> None:
    with running_provider() as provider, served(sso_url, provider.issuer) as house:
        os.kill(provider.process.pid, signal.SIGSTOP)
        try:
            person, started_s = Person(house), time.monotonic()
            hung = [house.address + "/login/sso"] * 6
            with httpx.Client(trust_env=False, timeout=0.2) as impatient:
                for address in hung:
                    with pytest.raises(httpx.ReadTimeout):
                        impatient.get(address)
            answer = person.http.post("/login", data={"username": "wang", "password": PASSWORD})
            assert answer.status_code == 303
            assert time.monotonic() - started_s < 4
            assert reason_of(person.begin()) == "unreachable"
        finally:
            os.kill(provider.process.pid, signal.SIGCONT)


def test_a_provider_that_comes_back_is_used_again(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    provider.behave(broken={"discovery": "error"})
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        assert [reason_of(person.begin()) for _ in range(5)] == ["unreachable"] * 5
        assert provider.asked()["discovery"] == 1
        provider.behave()
        time.sleep(2.1)
        person.sign_on()
        assert person.who() == "wang"


def test_the_provider_of_these_tests_takes_no_code_without_pkce(house: Served, provider: RunningProvider) -> None:
    """Else the tests about codes would prove nothing."""
    address = Person(house).begin()
    plain = address.replace("code_challenge_method=S256", "code_challenge_method=plain")
    assert httpx.get(plain, trust_env=False).status_code == 400
    person = Person(house)
    way = dict(parse_qsl(urlsplit(person.prove(person.begin())).query))
    form = {
        "grant_type": "authorization_code",
        "code": way["code"],
        "redirect_uri": f"{house.address}/login/sso/return",
    }
    answer = httpx.post(f"{provider.issuer}/token", data=form, auth=_client(), trust_env=False)
    assert (answer.status_code, answer.json()["error_description"]) == (400, "PKCE")


def _client() -> httpx.Auth:
    return httpx.BasicAuth(CLIENT, quote_plus(SECRET))


def _with(address: str, **change: str) -> str:
    query = dict(parse_qsl(urlsplit(address).query)) | change
    return f"{address.partition('?')[0]}?{urlencode(query)}"


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
