"""How do our tokens become the theme of the Mantine components?"""

from typing import Any

from dashboard.theme.tokens import FONT_FAMILY

ACCENT_SCALE = [
    "#e3f4ff", "#c5e8ff", "#94d6ff", "#63c9ff", "#4cc2ff", "#2aa7ec", "#1389cf", "#0b6bb8", "#095592", "#07406e",
]  # fmt: skip
DARK_SCALE = [
    "#e9eff8", "#b1bfd3", "#8697b0", "#5f718c", "#31435f", "#1f2d45", "#17233a", "#101a2b", "#0b1220", "#070c16",
]  # fmt: skip


def mantine_theme() -> dict[str, Any]:
    """The theme object that MantineProvider takes; sizes are in rem and so follow the viewport."""
    return {
        "fontFamily": FONT_FAMILY,
        "primaryColor": "accent",
        "primaryShade": {"light": 7, "dark": 4},
        "colors": {"accent": ACCENT_SCALE, "dark": DARK_SCALE},
        "defaultRadius": "0.375rem",
        "spacing": {"xs": "0.25rem", "sm": "0.5rem", "md": "0.75rem", "lg": "1rem", "xl": "1.5rem"},
        "fontSizes": {"xs": "0.75rem", "sm": "0.8125rem", "md": "0.875rem", "lg": "1rem", "xl": "1.25rem"},
        "respectReducedMotion": True,
    }
