"""Is what is made still the same elements, and is refused what only Dash can draw?"""

import json

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.still import still
from dashboard.views.patches import patch_button


def tree_of(content: object) -> object:
    return json.loads(json.dumps(still(content).to_plotly_json()["props"]["tree"]))


def test_elements_keep_their_names_attributes_and_order() -> None:
    content = [
        html.H2("一"),
        None,
        html.Ol([html.Li("two", className="b", **{"data-n": "2"}), html.Li(html.Br())], style={"--w": "0.5"}),
        "three",
        4,
    ]
    assert tree_of(content) == [
        "",
        None,
        ["h2", None, "一"],
        None,
        [
            "ol",
            {"style": {"--w": "0.5"}},
            ["li", {"className": "b", "data-n": "2"}, "two"],
            ["li", None, ["br", None]],
        ],
        "three",
        4,
    ]


def test_a_change_of_the_address_is_kept_with_its_button() -> None:
    tag, attributes, text = tree_of(patch_button("甲", {"unit": "A"}))  # type: ignore[misc]
    assert (tag, text) == ("button", "甲")
    assert attributes == {"type": "button", "data-patch": '{"unit": "A"}'}


def test_text_that_looks_like_markup_stays_text() -> None:
    assert tree_of(html.P("<b>x</b>")) == ["p", None, "<b>x</b>"]


@pytest.mark.parametrize(
    "content", [dcc.Graph(), [html.Div(dcc.Store(id="kept"))], html.Div(html.Span("x", id="touched"))]
)
def test_what_a_callback_may_touch_is_refused(content: Component) -> None:
    with pytest.raises(TypeError, match="cannot be still"):
        still(content)
