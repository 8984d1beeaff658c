"""How does a page show many elements that no callback ever touches, without paying for each?

Dash keeps every element of a layout connected to its store, and asks each of them at every change of any: a list of a
hundred rows cost seconds that way. What is made still is drawn as one component; clicks on it work by attributes
(`data-patch`, `data-action`), as everywhere.
"""

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

_HTML = "dash_html_components"

Node = str | int | float | None | list[Any]
"""What the browser draws: a text, nothing, or [tag, attributes, child, …]; an empty tag only holds its children."""


class Still(Component):  # type: ignore[misc, unused-ignore]
    """Elements without ids and callbacks, drawn by `assets/05_still.js`.

    - tree (list): a `Node`.
    """

    _children_props: list[str] = []  # noqa: RUF012 (the base class declares it so)
    _base_nodes = ["children"]  # noqa: RUF012 (the base class declares it so)
    _namespace = "minqing_still"
    _type = "Still"

    def __init__(self, tree: Node = None) -> None:
        self._prop_names = ["tree"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        super().__init__(tree=tree)  # type: ignore[no-untyped-call]


def still(content: Any) -> Still:
    """One component that draws the content.

    Args:
        content: Elements of `dash.html`, texts and sequences of these, without ids.

    Raises:
        TypeError: Something is no element of `dash.html`, or has an id: only Dash itself can draw that.
    """
    return Still(_node(content))


def _node(content: Any) -> Node:
    if content is None or isinstance(content, str | int | float):
        return content
    if isinstance(content, Sequence):
        return ["", None, *(_node(part) for part in content)]
    if getattr(content, "_namespace", "") != _HTML:
        raise TypeError(f"{type(content).__name__} is no element of dash.html and cannot be still.")
    props = content.to_plotly_json()["props"]
    if "id" in props:
        raise TypeError(f"{content.id!r} has an id: a callback may touch it, so it cannot be still.")
    children = props.pop("children", None)
    inner = children if isinstance(children, list | tuple) else [children]
    return [content._type.lower(), props or None, *(_node(part) for part in inner if part is not None)]
