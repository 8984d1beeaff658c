"""Which browser files make up MapView, and how does Dash find them?

Dash serves the files of an importable package under `/_dash-component-suites/<package>/`. MapView's files lie in two
places (its own folder and `vendor/`), so a package that exists in memory only spans the project's root. Dash serves
nothing of it but the paths listed here.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from dash.development.base_component import ComponentRegistry

from dashboard.components.map_view.errors import MapAssetsMissing

NAMESPACE = "minqing_map_view"
VERSION = "1.0.0"
ROOT = Path(__file__).resolve().parents[3]

_FOLDER = Path(__file__).resolve().parent.relative_to(ROOT).as_posix()
_CLIENT_MODULES = (
    "camera", "classes", "engine", "flags", "geometry", "keyboard", "make_map", "marks", "messages", "paint_writer",
    "patterns", "picking", "png_export", "pointer", "reconcile", "shape_tool", "sources", "style", "theme", "tooltip",
    "values", "webgl",
)  # fmt: skip

BOOT_SCRIPT = f"{_FOLDER}/map_view.js"
STYLE_SHEET = f"{_FOLDER}/map_view.css"
CLIENT_MODULES = tuple(f"{_FOLDER}/client/{name}.js" for name in _CLIENT_MODULES)
VENDOR_FILES = (
    "vendor/maplibre/maplibre-gl.mjs",
    "vendor/maplibre/maplibre-gl-worker.mjs",
    "vendor/maplibre/maplibre-gl.css",
)


def script_resources() -> list[dict[str, Any]]:
    """Scripts for Dash: the boot script in the page, modules and the map library loaded when a map is shown."""
    lazy = [*CLIENT_MODULES, *VENDOR_FILES]
    return [
        {"relative_package_path": BOOT_SCRIPT, "namespace": NAMESPACE},
        *({"relative_package_path": path, "namespace": NAMESPACE, "dynamic": True} for path in lazy),
    ]


def style_resources() -> list[dict[str, Any]]:
    """Style sheets for Dash; the map library's own is loaded by the boot script."""
    return [{"relative_package_path": STYLE_SHEET, "namespace": NAMESPACE}]


def register_namespace() -> None:
    """Makes the files known to Dash. Doing it again changes nothing."""
    if NAMESPACE in sys.modules:
        return
    spec = spec_from_file_location(NAMESPACE, ROOT / "__init__.py", submodule_search_locations=[])
    assert spec is not None
    package = module_from_spec(spec)
    package.__dict__.update(__version__=VERSION, _js_dist=script_resources(), _css_dist=style_resources())
    sys.modules[NAMESPACE] = package
    ComponentRegistry.registry.add(NAMESPACE)  # type: ignore[no-untyped-call]


def check_assets() -> None:
    """Makes sure that the map library is there; meant for start-up.

    Raises:
        MapAssetsMissing: when a file of `vendor/maplibre/` is absent.
    """
    missing = tuple(ROOT / name for name in VENDOR_FILES if not (ROOT / name).is_file())
    if missing:
        raise MapAssetsMissing(missing)
