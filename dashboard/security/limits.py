"""How much may one request bring, how long may it take, and how often may it come? The one table, by kind of route."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dashboard.security.buckets import Rate

MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768
MOST_PATH_BYTES = 2_048
MOST_DEPTH = 100
"""Brackets within brackets of a JSON body; a Dash callback with nested components has about 20."""

HEAD_BYTES = 65_536
HEAD_S = 15.0
"""Size of request line and headers, and the time in which they have to be here."""

BODY_S = 30.0
"""In this time a body has to be here."""

CONNECTIONS = 4_000
KEEP_ALIVE_S = 75
"""How many connections there are at once, and how long one waits for its next request."""

MESSAGE_BYTES = 4_000_000
MESSAGES = Rate(at_once=400, per_s=60)
"""Of one live connection."""

FROM_ADDRESS = Rate(at_once=8_000, per_s=2_000)
"""Of one network address, all kinds of requests together: a house behind one address has many displays."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one kind of request.

    Attributes:
        key: Name of the kind.
        body_bytes: Size of the body.
        query_bytes: Length of the query string.
        statement_s: Time that the database takes for one statement.
        answer_s: Time until the answer begins.
        of_account: How often one account may ask.
        of_address: How often one address may ask, where that is less than for everything.
        ends_with_client: Whether the work stops when the client has gone; for reading alone.
        is_file: Whether the body may be a file of any content; the route looks at what is inside.
    """

    key: str
    of_account: Rate
    body_bytes: int = 16_384
    query_bytes: int = 8_192
    statement_s: float = 20.0
    answer_s: float = 60.0
    of_address: Rate | None = None
    ends_with_client: bool = False
    is_file: bool = False


SIGN_IN = Limits("sign-in", Rate(30, 0.5), body_bytes=8_192, of_address=Rate(60, 1.0), answer_s=120.0)
EXPORT = Limits("export", Rate(15, 0.25), query_bytes=65_536, statement_s=600.0, answer_s=300.0)
VERIFY = Limits("verify", Rate(5, 0.1), statement_s=3_600.0, answer_s=3_600.0)
INTAKE = Limits("intake", Rate(8_000, 2_000.0), body_bytes=2_000_000)
FIGURES = Limits("figures", Rate(300, 50.0), query_bytes=65_536, ends_with_client=True)
PLAN_FILE = Limits("plan-file", Rate(10, 0.1), body_bytes=50_000_000, answer_s=300.0, is_file=True)
DIFFERENCE = Limits("difference", Rate(60, 5.0), body_bytes=2_000_000)
PLANS = Limits("plans", Rate(600, 60.0), body_bytes=2_000_000)
PLAN_EVENTS = Limits("plan-events", Rate(120, 5.0), ends_with_client=True)
COMPUTATION = Limits("computation", Rate(30, 1.0), body_bytes=2_000_000)
PHOTO = Limits("photo", Rate(60, 1.0), body_bytes=11_500_000, answer_s=120.0, is_file=True)
REPORT_PAGE = Limits("report-page", Rate(30, 0.5), body_bytes=11_500_000, of_address=Rate(60, 1.0), is_file=True)
CALLBACK = Limits("callback", Rate(400, 60.0), body_bytes=4_000_000)
TILES = Limits("tiles", Rate(8_000, 1_500.0))
FILES = Limits("files", Rate(4_000, 500.0))
LIVE = Limits("live", Rate(60, 1.0), statement_s=60.0)
PAGES = Limits("pages", Rate(200, 20.0), query_bytes=65_536)

KINDS: Sequence[tuple[str, str, Limits]] = (
    ("", "/tiles/", TILES),
    ("", "/_dash-component-suites/", FILES),
    ("", "/assets/", FILES),
    ("POST", "/login", SIGN_IN),
    ("", "/login/sso", SIGN_IN),
    ("POST", "/wall/enter", SIGN_IN),
    ("POST", "/_dash-update-component", CALLBACK),
    ("POST", "/api/v1/incidents", INTAKE),
    ("POST", "/open311/", INTAKE),
    ("", "/open311/", FIGURES),
    ("POST", "/api/v1/cases/*/attachments", PHOTO),
    ("POST", "/report/", REPORT_PAGE),
    ("POST", "/api/v1/audit/verify", VERIFY),
    ("POST", "/api/v1/zones/difference", DIFFERENCE),
    ("POST", "/api/v1/zones/plans/propose", COMPUTATION),
    ("POST", "/api/v1/zones/plans/import", PLAN_FILE),
    ("GET", "/api/v1/zones/plans/*/evidence.", EXPORT),
    ("GET", "/api/v1/zones/plans/*/export/", EXPORT),
    ("GET", "/api/v1/zones/plans/*/events", PLAN_EVENTS),
    ("", "/api/v1/zones/", PLANS),
    ("", "/api/v1/export/", EXPORT),
    ("", "/api/v1/audit/export", EXPORT),
    ("", "/export/", EXPORT),
    ("", "/api/v1/summary", FIGURES),
    ("", "/api/v1/choropleth", FIGURES),
    ("", "/api/v1/incidents", FIGURES),
    ("", "/api/v1/units", FIGURES),
    ("", "/api/v1/audit", FIGURES),
)
"""Method (empty for all), beginning of the path, where * stands for one part of it, limits; the first that fits counts,
and PAGES where none does."""


@lru_cache(maxsize=1_024)
def limits_of(method: str, path: str) -> Limits:
    """Limits of a request."""
    for wanted, start, limits in KINDS:
        if wanted in ("", method) and _begins(path, start):
            return limits
    return PAGES


def _begins(path: str, start: str) -> bool:
    before, star, after = start.partition("*")
    if not star or not path.startswith(before):
        return path.startswith(start)
    _, slash, rest = path[len(before) :].partition("/")
    return (slash + rest).startswith(after)
