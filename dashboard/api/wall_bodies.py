"""Which fields do the bodies about the wall have?"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Body(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TextBody(_Body):
    """A text in both languages."""

    zh: str
    en: str


class LightBody(_Body):
    """From which value on a figure shows yellow and red; red below yellow: low values are bad."""

    yellow: float
    red: float


class AgesBody(_Body):
    """From which age on data are late, and lost."""

    late_s: int
    lost_s: int


class PanelBody(_Body):
    """One panel; fields that its kind does not read have their defaults."""

    kind: str
    place: str
    share: float
    title: TextBody
    source: TextBody | None
    action: str
    ages: AgesBody
    classes: list[str]
    days: int
    metric: str
    light: LightBody | None
    spark_days: int
    level: str
    has_heat: bool
    has_pulses: bool
    acts: list[str]
    fly_s: int | None
    by: str
    status: str
    rows: int


class WallUnitBody(_Body):
    """What a scene is about; `address` is empty for the whole city."""

    id: int
    code: str
    address: str
    name: str
    name_en: str
    level: str
    bbox: tuple[float, float, float, float]


class SceneBody(_Body):
    """One picture of the wall."""

    key: str
    title: TextBody
    dwell_s: int
    unit: WallUnitBody
    panels: list[PanelBody]


class AlarmsBody(_Body):
    """What interrupts the rotation; `urgent` holds class codes and the severity from which their limit is urgent."""

    hold_s: int
    has_sound: bool
    on_risk: bool
    on_breach: bool
    urgent: dict[str, int]


class ShiftBody(_Body):
    """Who is on duty from a time of day (HH:MM) on."""

    starts_at: str
    name: TextBody


class NightBody(_Body):
    """When the wall is dimmed, and by how much."""

    starts_at: str
    ends_at: str
    dimmed_by: float


class ScenesBody(_Body):
    """What the wall shows; `version` changes with the file, `problem` tells why a newer file is not used."""

    as_of: datetime
    version: str
    problem: str | None
    time_zone: str
    scenes: list[SceneBody]
    alarms: AlarmsBody
    shifts: list[ShiftBody]
    night: NightBody | None
