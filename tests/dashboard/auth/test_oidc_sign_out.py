"""Does signing out end the session at the provider, too, and say so where it does not?"""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dashboard.auth.farewell import LONGEST_TOKEN
from tests.dashboard.auth.conftest import PASSWORD
from tests.support.signing_on import PAGE, Person, RunningProvider, link_person, reason_of, served


def _onward(answer: httpx.Response) -> str:
    """Where the page in between leads."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    before, _, rest = answer.text.partition('content="0; url=')
    assert before
    return rest.partition('"')[0].replace("&amp;", "&")


def test_signing_out_leads_by_way_of_the_provider_and_proves_who_leaves(
    provider: RunningProvider, sso_url: str
) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        back = person.http.get(person.prove(person.begin()), headers=PAGE)
        kept = next(text for text in back.headers.get_list("set-cookie") if text.startswith("minqing_sso_out="))
        assert {part.strip().lower() for part in kept.split(";")[1:]} >= {"httponly", "samesite=lax", "path=/logout"}
        token = kept.partition("=")[2].partition(";")[0]
        answer = person.http.post("/logout", headers=PAGE)
        assert person.who() is None
        onward = _onward(answer)
        asked = parse_qs(urlsplit(onward).query)
        assert onward.startswith(f"{provider.issuer}/end?realm=city&")
        assert asked["id_token_hint"] == [token]
        assert asked["post_logout_redirect_uri"] == [f"{house.address}/login"]
        left = httpx.get(onward, trust_env=False)
        assert (left.status_code, left.headers["location"]) == (303, f"{house.address}/login")
        assert provider.asked()["end"] == 1
        assert token not in str(house.rows("SELECT * FROM login_session")) + str(house.audit())
        assert [action for action, _ in house.audit()] == ["signed_in", "signed_out"]
        again = person.http.post("/logout", headers=PAGE)
        assert again.headers["location"] == "/login"


@pytest.mark.parametrize(
    "endpoint", [None, "", 7, "https://elsewhere.example/end", "javascript:alert(1)", "http://127.0.0.1:1/end"]
)
def test_a_provider_that_ends_no_sessions_leaves_an_honest_word(
    provider: RunningProvider, sso_url: str, endpoint: object
) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    provider.behave(metadata={"end_session_endpoint": endpoint})
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        assert person.sign_on() == "/map?unit=4401"
        answer = person.http.post("/logout", headers=PAGE)
        assert reason_of(answer.headers["location"]) == "stays"
        assert person.who() is None
        page = person.http.get(answer.headers["location"], headers=PAGE | {"accept-language": "zh"})
        assert "会话可能仍然有效" in page.text


def test_a_silent_provider_keeps_nobody_signed_in_here(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()
        key, token = person.http.cookies["minqing_session"], person.http.cookies["minqing_sso_out"]
    provider.behave(broken={"discovery": "error"})
    with served(sso_url, provider.issuer) as house:
        headers = PAGE | {"cookie": f"minqing_session={key}; minqing_sso_out={token}"}
        answer = httpx.post(f"{house.address}/logout", headers=headers, trust_env=False)
        assert reason_of(answer.headers["location"]) == "stays"
        assert house.rows("SELECT count(*) FROM login_session") == [(0,)]


def test_who_comes_in_by_password_leaves_no_provider(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()
        assert person.http.post("/login", data={"username": "li", "password": PASSWORD}).status_code == 303
        assert person.who() == "li"
        assert person.http.post("/logout", headers=PAGE).headers["location"] == "/login"


def test_it_can_be_left_to_the_provider(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer, ends_session=False) as house:
        person = Person(house)
        person.sign_on()
        assert person.http.post("/logout", headers=PAGE).headers["location"] == "/login"
        assert person.who() is None


def test_a_token_too_long_for_a_cookie_is_left_away(provider: RunningProvider, sso_url: str) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    provider.behave(claims={"note": "x" * LONGEST_TOKEN})
    with served(sso_url, provider.issuer) as house:
        person = Person(house)
        person.sign_on()
        asked = parse_qs(urlsplit(_onward(person.http.post("/logout", headers=PAGE))).query)
        assert asked["client_id"] == ["minqing"]
        assert "id_token_hint" not in asked
