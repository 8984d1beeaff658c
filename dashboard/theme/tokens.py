"""Which colours, sizes and shapes does everything on screen use?"""

from dataclasses import dataclass, fields

FONT_FAMILY = (
    '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Hiragino Sans GB", system-ui, sans-serif'
)
"""System fonts only; the first is the one that the screens are drawn for."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme, as CSS hex."""

    ground: str
    surface: str
    raised: str
    line: str
    line_strong: str
    ink: str
    ink_2: str
    ink_3: str
    accent: str
    accent_ink: str
    accent_wash: str
    within: str
    approaching: str
    breached: str
    closed: str
    shadow: str


DARK = Palette(
    ground="#0b1220",
    surface="#101a2b",
    raised="#17233a",
    line="#1f2d45",
    line_strong="#31435f",
    ink="#e9eff8",
    ink_2="#b1bfd3",
    ink_3="#8697b0",
    accent="#4cc2ff",
    accent_ink="#06131f",
    accent_wash="#10304a",
    within="#3ecf9a",
    approaching="#f2b544",
    breached="#ff7180",
    closed="#93a4bf",
    shadow="rgba(0, 0, 0, 0.45)",
)

LIGHT = Palette(
    ground="#f5f4f0",
    surface="#fdfcfa",
    raised="#ffffff",
    line="#e3e1da",
    line_strong="#c6c6c1",
    ink="#16202e",
    ink_2="#455264",
    ink_3="#667284",
    accent="#0b62b8",
    accent_ink="#ffffff",
    accent_wash="#e2eefa",
    within="#117a55",
    approaching="#9a5b00",
    breached="#c2253a",
    closed="#5a6879",
    shadow="rgba(32, 36, 44, 0.16)",
)

PALETTES = {"dark": DARK, "light": LIGHT}

MEANING_SHAPES = {"within": "●", "approaching": "◐", "breached": "▲", "closed": "✓"}
"""Each meaning has a shape too, so that it never rests on colour alone."""


def css_variables() -> str:
    """Style sheet that declares every token as a custom property, dark first, light by attribute."""
    dark = _declarations(DARK)
    light = _declarations(LIGHT)
    return (
        f":root{{--font:{FONT_FAMILY};{dark};color-scheme:dark}}"
        f':root[data-mantine-color-scheme="light"]{{{light};color-scheme:light}}'
    )


def _declarations(palette: Palette) -> str:
    return ";".join(f"--{field.name.replace('_', '-')}:{getattr(palette, field.name)}" for field in fields(palette))
