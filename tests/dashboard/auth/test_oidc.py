"""Does single sign-on let in whom it should, as whom it should, over HTTP and through a provider of its own?"""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from data.accounts.administration import disable_account, find_account_id
from data.accounts.claim_mapping import ClaimMapping, Grant
from data.accounts.permissions import Role
from tests.support.oidc_provider import PUBLIC_CLIENT
from tests.support.signing_on import PAGE, Person, RunningProvider, administer, link_person, reason_of, served

LEADERS = ClaimMapping("groups", (Grant("minqing-leaders", Role.LEADER, "U"), Grant("staff", Role.OPERATOR)))


def test_the_whole_way_ends_in_a_session_like_any_other(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        page = person.http.get("/login?next=/map%3Funit%3D4401&lang=zh")
        assert f'href="{house.address}/login/sso?next=%2Fmap%3Funit%3D4401"' in page.text
        assert "使用城市认证中心登录" in page.text
        address = person.begin()
        asked = parse_qs(urlsplit(address).query)
        assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
        assert len(asked["state"][0]) == len(asked["nonce"][0]) == len(asked["code_challenge"][0]) == 43
        assert len({asked["state"][0], asked["nonce"][0], asked["code_challenge"][0]}) == 3
        back = person.http.get(person.prove(address), headers=PAGE)
        assert (back.status_code, back.headers["location"]) == (303, "/map?unit=4401")
        cookies = {text.partition("=")[0]: text.lower() for text in back.headers.get_list("set-cookie")}
        assert "httponly" in cookies["minqing_session"]
        assert "samesite=lax" in cookies["minqing_session"]
        assert "max-age=0" in cookies["minqing_sso"]
        assert person.who() == "wang"
        assert [action for action, _ in house.audit()] == ["signed_in"]
        assert house.audit()[0][1] == {"by": "single sign-on"}
        assert house.rows("SELECT count(*) FROM login_flow") == [(0,)]
    assert provider.asked() == {"discovery": 1, "token": 1, "jwks": 1}


def test_the_cookie_of_the_way_is_short_lived_and_for_this_way_alone(provider: RunningProvider, sso_url: str) -> None:
    with served(sso_url, provider.issuer) as house:
        answer = Person(house).http.get("/login/sso", headers=PAGE)
        parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert parts == {"httponly", "samesite=lax", "path=/login/sso", "max-age=600"}
        behind_tls = httpx.get(f"{house.address}/login/sso", headers={"host": "city.example"}, trust_env=False)
        assert "; Secure" in behind_tls.headers["set-cookie"]
        secret = answer.headers["set-cookie"].partition("=")[2].partition(";")[0].partition("_")[2]
        assert secret not in answer.headers["location"]
        assert secret not in str(house.rows("SELECT * FROM login_flow"))


def test_a_session_from_before_is_worthless_afterwards(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()
        before = person.http.cookies["minqing_session"]
        person.sign_on()
        assert person.http.cookies["minqing_session"] != before
        assert person.who() == "wang"
        assert house.rows("SELECT count(*) FROM login_session") == [(1,)]
        stolen = httpx.get(f"{house.address}/map", headers={"cookie": f"minqing_session={before}"}, trust_env=False)
        assert stolen.status_code == 303


def test_somebody_without_a_link_is_nobody(provider: RunningProvider, sso_url: str) -> None:
    """Though an account has the same name: linking by name is off until somebody switches it on."""
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        assert reason_of(person.sign_on()) == "refused"
        assert person.who() is None
        assert house.rows("SELECT count(*) FROM login_identity") == [(0,)]
        assert house.audit() == [("sign_in_refused", {"by": "single sign-on"})]
        page = person.http.get("/login?sso=refused&lang=en")
        assert "Single sign-on did not open an account here." in page.text


def test_linking_by_name_links_once_and_to_the_very_name(provider: RunningProvider, sso_url: str) -> None:
    with served(sso_url, provider.issuer, links_by_name=True) as house:
        first = Person(house)
        assert first.sign_on("wang") == "/map?unit=4401"
        assert first.who() == "wang"
        linked = ("identity_linked", {"issuer": provider.issuer, "subject": "id-of-wang"})
        assert house.audit()[0] == linked
        # The name alone means nothing from now on: somebody else who gets it at the provider stays outside.
        provider.behave(claims={"sub": "somebody else"})
        assert reason_of(Person(house).sign_on("wang")) == "refused"
        # And he who is linked may be called what he likes.
        provider.behave(claims={"preferred_username": "renamed"})
        again = Person(house)
        again.sign_on("wang")
        assert again.who() == "wang"
        provider.behave(claims={"preferred_username": "Li"})
        assert reason_of(Person(house).sign_on("li")) == "refused"
        provider.behave(claims={"preferred_username": ["li"]})
        assert reason_of(Person(house).sign_on("li")) == "refused"
    assert provider.asked()


@pytest.mark.parametrize("change", ["role = 'wall'", "demo = true", "disabled_at = now()", "unit_code = 'gone'"])
def test_no_name_links_to_a_display_a_demo_or_a_closed_account(
    provider: RunningProvider, sso_url: str, change: str
) -> None:
    with served(sso_url, provider.issuer, links_by_name=True) as house:
        level = ", level_key = 'grid'" if "unit_code" in change else ""
        house.rows(f"UPDATE account SET {change}{level} WHERE name = 'wang'")
        assert reason_of(Person(house).sign_on("wang")) == "refused"
        assert house.rows("SELECT count(*) FROM login_identity") == [(0,)]


@pytest.mark.parametrize("change", ["role = 'wall'", "disabled_at = now()", "unit_code = 'gone', level_key = 'grid'"])
def test_a_linked_account_that_may_not_sign_in_gets_the_same_answer(
    provider: RunningProvider, sso_url: str, change: str
) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        house.rows(f"UPDATE account SET {change} WHERE name = 'wang'")
        person = Person(house)
        known, unknown = person.sign_on("wang"), person.sign_on("outsider")
        assert known == unknown == "/login?sso=refused&next=%2Fmap%3Funit%3D4401"
        assert person.who() is None


def test_disabling_ends_a_session_from_the_provider_too(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()

        async def disable(conn: psycopg.AsyncConnection) -> None:
            await disable_account(conn, await find_account_id(conn, "wang"), datetime.now(UTC))

        administer(sso_url, disable)
        house.clock["ahead"] = timedelta(hours=3)
        assert person.who() is None


def test_a_password_that_somebody_else_set_is_changed_first_here_too(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        house.rows("UPDATE account SET must_change = true WHERE name = 'wang'")
        assert Person(house).sign_on() == "/login/password"


def test_a_locked_password_locks_nobody_out_of_single_sign_on(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        for _ in range(6):
            person.http.post("/login", data={"username": "wang", "password": "wrong"})
        person.sign_on()
        assert person.who() == "wang"


def test_claims_make_an_account_that_follows_them(provider: RunningProvider, sso_url: str) -> None:
    with served(sso_url, provider.issuer, mapping=LEADERS) as house:
        person = Person(house)
        assert person.sign_on("newcomer") == "/map?unit=4401"
        assert person.who() == "newcomer"
        stored = "SELECT role, level_key IS NOT NULL, unit_code, must_change FROM account WHERE name = 'newcomer'"
        assert house.rows(stored) == [("leader", True, "U", False)]
        assert [action for action, _ in house.audit()] == ["account_added", "identity_linked", "signed_in"]
        assert house.audit()[0][1]["role"] == "leader"
        provider.behave(claims={"groups": ["staff"]})
        assert person.sign_on("newcomer") == "/map?unit=4401"
        assert house.rows(stored) == [("operator", False, None, False)]
        assert [action for action, _ in house.audit()][3:] == ["account_changed", "signed_in"]
        provider.behave(claims={"groups": ["visitors"]})
        assert reason_of(person.sign_on("newcomer")) == "refused"
        # What the claims no longer give is gone at once, not when a session runs out.
        assert person.who() is None
        assert house.rows("SELECT count(*) FROM login_session") == [(0,)]


@pytest.mark.parametrize("person", ["outsider", "wang"])
def test_claims_make_no_account_for_strangers_or_over_another(
    provider: RunningProvider, sso_url: str, person: str
) -> None:
    with served(sso_url, provider.issuer, mapping=LEADERS) as house:
        assert reason_of(Person(house).sign_on(person)) == "refused"
        assert house.rows("SELECT count(*) FROM account") == [(2,)]
        assert house.rows("SELECT count(*) FROM login_identity") == [(0,)]
        assert [action for action, _ in house.audit()] == ["sign_in_refused"]


def test_claims_do_not_touch_an_account_that_was_linked_by_hand(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer, mapping=LEADERS) as house:
        person = Person(house)
        person.sign_on("wang")
        assert person.http.get("/map").json() == {"name": "wang", "role": "operator"}


def test_a_public_client_proves_itself_by_pkce_alone(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer, client_id=PUBLIC_CLIENT, secret=None) as house:
        person = Person(house)
        person.sign_on()
        assert person.who() == "wang"


def test_a_wrong_secret_of_the_program_lets_nobody_in(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer, secret="wrong") as house:
        assert reason_of(Person(house).sign_on()) == "refused"


def test_a_provider_that_takes_secrets_in_the_form_gets_them_there(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    provider.behave(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()
        assert person.who() == "wang"


def test_ten_first_sign_ins_at_once_make_one_account(provider: RunningProvider, sso_url: str) -> None:
    with served(sso_url, provider.issuer, mapping=LEADERS) as house:
        people = [Person(house) for _ in range(10)]
        ways = [person.prove(person.begin(), "newcomer") for person in people]

        async def all_at_once() -> list[httpx.Response]:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                asked = [
                    client.get(way, headers={"cookie": f"minqing_sso={person.http.cookies['minqing_sso']}"})
                    for way, person in zip(ways, people, strict=True)
                ]
                return await asyncio.gather(*asked)

        answers = asyncio.run(all_at_once())
        assert {answer.headers["location"] for answer in answers} == {"/map?unit=4401"}
        assert house.rows("SELECT count(*) FROM login_identity") == [(1,)]
        assert house.rows("SELECT count(*) FROM account WHERE name = 'newcomer'") == [(1,)]


@pytest.mark.parametrize("path", ["/login/sso", "/login/sso/return?code=a&state=b", "/login?sso=refused"])
def test_without_a_provider_there_is_nothing_of_it(provider: RunningProvider, sso_url: str, path: str) -> None:
    with served(sso_url, provider.issuer, off=True) as house:
        answer = Person(house).http.get(path, headers=PAGE, follow_redirects=True)
        assert answer.url.path == "/login"
        assert "sso" not in answer.text
        assert "minqing_sso" not in answer.headers.get("set-cookie", "")
    assert provider.asked() == {}
