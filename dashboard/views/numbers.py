"""How are numbers, changes, days and moments written?"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.i18n.translate import t

MINUS = "−"


def write_count(value: float) -> str:
    """A count with a comma between thousands."""
    return f"{value:,.0f}".replace("-", MINUS)


def write_ratio(value: float) -> str:
    """A figure with three significant digits or none after the point, whichever is longer."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}".replace("-", MINUS)


def write_share(value: float) -> str:
    """A share from 0 to 1 as a percentage; never rounded up to 100 %."""
    percent = value * 100
    text = f"{percent:.1f}"
    return ("99.9" if text == "100.0" and percent < 100 else text) + "%"


def write_change(change: float, previous: float, lang: str) -> str:
    """A change of a count against the count before: per cent with its sign, or a factor from ten times on."""
    if change == 0:
        return t("map.figures.same", lang)
    if previous == 0:
        return t("map.figures.new", lang)
    if change >= 9 * previous:
        return f"×{(previous + change) / previous:,.0f}"
    percent = change / previous * 100
    return t("map.figures.same", lang) if round(percent, 1) == 0 else _signed(percent, "%")


def write_points(change: float, lang: str) -> str:
    """A change of a share, in percentage points with its sign."""
    if round(change * 100, 1) == 0:
        return t("map.figures.same", lang)
    return t("map.figures.points", lang, n=_signed(change * 100, ""))


def _signed(value: float, suffix: str) -> str:
    text = f"{abs(value):.1f}" if abs(value) < 1000 else f"{abs(value):,.0f}"
    return ("+" if value > 0 else MINUS) + text + suffix


def write_moment(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in the city's time, to the minute."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def write_short_moment(moment: datetime, zone: ZoneInfo) -> str:
    """The same without the year, for lists."""
    return moment.astimezone(zone).strftime("%m-%d %H:%M")


def write_day(day: date) -> str:
    """A day as every date on screen is written."""
    return day.isoformat()
