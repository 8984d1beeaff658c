"""How does a field for a first and a last day look, in every place that asks for both?"""

from typing import Any

import dash_mantine_components as dmc


def date_range(component_id: str, **options: Any) -> dmc.DatePickerInput:
    """A field for two days; months and weekdays read alike in both languages.

    Args:
        component_id: Id of the field.
        options: Further properties, such as labels and classes.
    """
    return dmc.DatePickerInput(
        id=component_id,
        type="range",
        valueFormat="YYYY-MM-DD",
        monthLabelFormat="YYYY-MM",
        yearLabelFormat="YYYY",
        monthsListFormat="MM",
        weekdayFormat={"function": "weekday"},
        firstDayOfWeek=1,
        size="xs",
        **options,
    )
