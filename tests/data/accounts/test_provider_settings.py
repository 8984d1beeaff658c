"""Does the environment configure single sign-on as docs/access.md says, and refuse what would be unsafe?"""

from pathlib import Path

import pytest

from data.accounts.claim_mapping import Grant, read_claim_mapping
from data.accounts.permissions import Role
from data.accounts.provider import provider_from
from data.errors import SettingInvalid
from data.importing.errors import MappingInvalid
from data.settings import load_settings

GOOD = {
    "MINQING_OIDC_ISSUER": "https://sso.example/realms/city",
    "MINQING_OIDC_CLIENT_ID": "minqing",
    "MINQING_OIDC_SITE": "https://minqing.example/",
}


def test_nobody_is_asked_unless_an_issuer_is_named() -> None:
    assert load_settings({}).provider is None
    assert provider_from({"MINQING_OIDC_CLIENT_ID": "minqing", "MINQING_OIDC_LINK_BY_NAME": "true"}) is None


def test_the_least_that_is_needed_makes_and_links_nobody() -> None:
    provider = load_settings(GOOD).provider
    assert provider is not None
    assert (provider.issuer, provider.client_id) == ("https://sso.example/realms/city", "minqing")
    assert provider.site == "https://minqing.example"
    assert (provider.secret, provider.links_by_name, provider.mapping, provider.ca_file) == (None, False, None, None)


@pytest.mark.parametrize("name", ["MINQING_OIDC_ISSUER", "MINQING_OIDC_SITE"])
@pytest.mark.parametrize(
    "address",
    ["http://sso.example", "sso.example", "ftp://sso.example", "https://", "https://u:p@sso.example", "https://a?b=c",
     "https://a#b", "https://[bad", "http://127.0.0.1.evil.example", "https://sso.example:x", "https://a b"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(name: str, address: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        provider_from(GOOD | {name: address})


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"])
def test_on_this_machine_plain_http_will_do(address: str) -> None:
    provider = provider_from(GOOD | {"MINQING_OIDC_ISSUER": address, "MINQING_OIDC_SITE": address})
    assert provider is not None
    assert provider.issuer == address


@pytest.mark.parametrize("name", ["MINQING_OIDC_CLIENT_ID", "MINQING_OIDC_SITE"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        provider_from(GOOD | {name: " "})


def test_a_site_is_no_path() -> None:
    with pytest.raises(SettingInvalid, match="Leave the path away"):
        provider_from(GOOD | {"MINQING_OIDC_SITE": "https://minqing.example/map"})


def test_the_secret_comes_from_the_environment_or_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", "utf-8")
    given, read = {"MINQING_OIDC_CLIENT_SECRET": "given"}, {"MINQING_OIDC_CLIENT_SECRET_FILE": str(file)}
    for more, expected in ((given, "given"), (read, "from a file")):
        provider = provider_from(GOOD | more)
        assert provider is not None
        assert provider.secret == expected
        assert expected not in repr(provider)
    for wrong in (given | read, {"MINQING_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "none")}):
        with pytest.raises(SettingInvalid) as error:
            provider_from(GOOD | wrong)
        assert "given" not in str(error.value)
    file.write_text("\n", "utf-8")
    with pytest.raises(SettingInvalid, match="empty"):
        provider_from(GOOD | read)


def test_the_session_at_the_provider_ends_too_unless_somebody_says_no() -> None:
    for text, expected in ((None, True), ("true", True), ("FALSE", False)):
        provider = provider_from(GOOD | ({"MINQING_OIDC_END_SESSION": text} if text else {}))
        assert provider is not None
        assert provider.ends_session is expected
    with pytest.raises(SettingInvalid, match="MINQING_OIDC_END_SESSION"):
        provider_from(GOOD | {"MINQING_OIDC_END_SESSION": "sometimes"})


def test_linking_by_name_is_a_clear_yes_or_no() -> None:
    provider = provider_from(GOOD | {"MINQING_OIDC_LINK_BY_NAME": "true"})
    assert provider is not None
    assert provider.links_by_name
    with pytest.raises(SettingInvalid, match="MINQING_OIDC_LINK_BY_NAME"):
        provider_from(GOOD | {"MINQING_OIDC_LINK_BY_NAME": "perhaps"})


MAPPING = """
claim: groups
accounts:
  - {value: city-leaders, role: leader}
  - {value: "0441", role: handler, unit: 0441502, level: county, department: water}
"""


def test_the_first_fitting_value_of_a_claim_counts(tmp_path: Path) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(MAPPING, "utf-8")
    provider = provider_from(GOOD | {"MINQING_OIDC_MAPPING": str(file)})
    assert provider is not None
    mapping = provider.mapping
    assert mapping is not None
    handler = Grant("0441", Role.HANDLER, "0441502", "county", "water")
    assert mapping.grant_for({"groups": ["0441", "city-leaders"]}) == Grant("city-leaders", Role.LEADER)
    assert mapping.grant_for({"groups": "0441"}) == handler
    for claims in (
        {},
        {"groups": None},
        {"groups": []},
        {"groups": "leaders"},
        {"groups": 441},
        {"groups": [["0441"]]},
    ):
        assert mapping.grant_for(claims) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("claim: groups\n", "list of accounts"),
        ("claim: groups\naccounts: []\n", "list of accounts"),
        ("accounts: [{value: a, role: leader}]\n", "claim"),
        ("claim: g\naccounts: [{value: a, role: king}]\n", "role"),
        ("claim: g\naccounts: [{value: a, role: wall}]\n", "role"),
        ("claim: g\naccounts: [{value: a}]\n", "role"),
        ("claim: g\naccounts: [{role: leader}]\n", "value"),
        ("claim: g\naccounts: [{value: a, role: handler}]\n", "department"),
        ("claim: g\naccounts: [{value: a, role: leader, rights: all}]\n", "rights"),
    ],
)
def test_a_file_of_claims_with_a_mistake_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(MappingInvalid, match=said):
        read_claim_mapping(file)
