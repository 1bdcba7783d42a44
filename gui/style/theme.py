"""The look: colour tokens, fonts, icons and the style sheet, light and dark."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from PySide6.QtCore import QByteArray, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget
from shiboken6 import isValid

from gigaplan.gui.style.cooperative import Slices, Steps
from gigaplan.gui.style.style_sheet import RADIUS as RADIUS
from gigaplan.gui.style.style_sheet import SHEET

FONT = "Inter"
PAPER_FONT = "Inter Tabular"
"""Inter with tabular figures and nothing to switch on, so that what is set in it can be copied out of a PDF."""
_is_paper: ContextVar[bool] = ContextVar("_is_paper", default=False)


@dataclass(frozen=True)
class Tokens:
    """The colours of one appearance, as #RRGGBB."""

    name: str
    window: str
    panel: str
    line: str
    track: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    warning: str
    warning_soft: str
    good: str
    good_soft: str
    error: str


LIGHT = Tokens(
    "light", "#F4F5F8", "#FFFFFF", "#E1E4EA", "#E9ECF1", "#171B22", "#5D6779", "#2861F2", "#EEF2FF", "#FFFFFF",
    "#B54708", "#FFF4E5", "#067647", "#E6F6EF", "#C0281D",
)  # fmt: skip
DARK = Tokens(
    "dark", "#12151A", "#1A1E25", "#2A303A", "#2A303A", "#E7EAF0", "#95A0B2", "#7AA2FF", "#1F2A44", "#10141B",
    "#F5B35B", "#33270F", "#5BD1A0", "#12332A", "#FF8A80",
)  # fmt: skip
CONTRAST_LIGHT = Tokens(
    "contrast-light", "#FFFFFE", "#FFFFFF", "#5B6472", "#C4CAD4", "#000000", "#2E343D", "#0B3FBF", "#D9E4FF", "#FFFFFF",
    "#7A2A00", "#FFEFDC", "#004D2C", "#D9F4E5", "#8F0B0B",
)  # fmt: skip
CONTRAST_DARK = Tokens(
    "contrast-dark", "#000000", "#050607", "#98A2B3", "#454D5A", "#FFFFFF", "#DCE2EC", "#B3CBFF", "#23345F", "#000000",
    "#FFD08A", "#3A2B00", "#8CF0C0", "#073A27", "#FFB8B0",
)  # fmt: skip
APPEARANCES = {t.name: t for t in (LIGHT, DARK, CONTRAST_LIGHT, CONTRAST_DARK)}
_BY_WINDOW = {t.window.lower(): t for t in APPEARANCES.values()}
LEAST_CONTRAST = 3.0
"""Of marks that carry a meaning against the ground they lie on (WCAG 1.4.11)."""


def tokens() -> Tokens:
    """The colours in force, told from the application's palette; on paper, light ones."""
    return LIGHT if _is_paper.get() else _tokens(QApplication.palette().cacheKey())


@contextlib.contextmanager
def on_paper() -> Iterator[None]:
    """Dresses what this thread paints meanwhile for a document: light, whatever the window wears, in its own font.

    `load_paper_fonts` must have been called.
    """
    before = _is_paper.set(True)
    try:
        yield
    finally:
        _is_paper.reset(before)


@functools.lru_cache(maxsize=1)
def _tokens(_palette_key: int) -> Tokens:
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return _BY_WINDOW.get(window.name()) or (DARK if window.lightness() < 128 else LIGHT)


def colour(value: str, alpha: float = 1.0) -> QColor:
    """A colour of a token, with an opacity of 0..1."""
    made = QColor(value)
    made.setAlphaF(alpha)
    return made


def luminance(value: str) -> float:
    """The relative luminance of a colour, 0..1, as WCAG 2 defines it."""
    shares = [int(value[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1..21, as WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@functools.cache
def legible(value: str, ground: str) -> str:
    """The shade of a colour next to it that has enough contrast on `ground`: darker on light, lighter on dark."""
    made = QColor(value)
    away = -0.01 if luminance(ground) > 0.18 else 0.01
    hue, saturation, lightness = made.hslHueF(), made.hslSaturationF(), made.lightnessF()
    while contrast(made.name(), ground) < LEAST_CONTRAST and 0 < lightness + away < 1:
        lightness += away
        made = QColor.fromHslF(hue, saturation, lightness)
    return value if made == QColor(value) else made.name().upper()


def font(pixels: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's font at a size, with figures of one width so that columns and changing values stand still."""
    return QFont(_font(pixels, weight, PAPER_FONT if _is_paper.get() else FONT))


@functools.cache
def _font(pixels: int, weight: QFont.Weight, family: str) -> QFont:
    made = QFont(family)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    if family == FONT:
        made.setFeature(QFont.Tag("tnum"), 1)
    else:
        made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def icon(name: str, tint: str | None = None) -> QIcon:
    """The icon `resources/icons/NAME.svg` in the muted text colour of the appearance, or in `tint`."""
    return _icon(name, tint or tokens().muted, tokens().line)


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    made = QIcon()
    for pixmap in _pixmaps("gigaplan", LIGHT.accent, (16, 24, 32, 48, 64, 128, 256)):
        made.addPixmap(pixmap)
    return made


@functools.cache
def _icon(name: str, tint: str, disabled: str) -> QIcon:
    made = QIcon()
    sizes = (16, 20, 24, 32, 48)
    for pixmap in _pixmaps(name, tint, sizes):
        made.addPixmap(pixmap)
    for pixmap in _pixmaps(name, disabled, sizes):
        made.addPixmap(pixmap, QIcon.Mode.Disabled)
    return made


def _pixmaps(name: str, tint: str, sizes: tuple[int, ...]) -> Iterator[QPixmap]:
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", tint).encode()))
    for size in sizes:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        yield pixmap


@functools.cache
def _svg(name: str) -> str:
    return (_resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@functools.cache
def _resources() -> Traversable:
    return files("gigaplan.resources")


def load_fonts() -> None:
    """Makes the bundled fonts known to Qt."""
    _load_fonts(_resources() / "fonts")


@functools.cache
def load_paper_fonts() -> None:
    """Makes the fonts of documents known to Qt, once."""
    _load_fonts(_resources() / "fonts" / "paper")


def _load_fonts(folder: Traversable) -> None:
    for entry in folder.iterdir():
        if entry.name.endswith((".ttf", ".otf")):
            QFontDatabase.addApplicationFontFromData(QByteArray(entry.read_bytes()))


def preferred() -> str:
    """What the person chose: system, or a name of APPEARANCES."""
    return str(QSettings().value("appearance", "system"))


def apply(app: QApplication, choice: str) -> None:
    """Dresses the application: `choice` is system, or a name of APPEARANCES."""
    t = APPEARANCES.get(choice) or _of_system(app)
    is_dressed = bool(app.styleSheet())
    if is_dressed and tokens() is t:
        return
    app.setPalette(_palette(t))
    if not is_dressed:
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(font())
        app.setStyleSheet(SHEET)
        return
    # Qt looks up the colours of the sheet when a widget is polished, and no palette makes it do so again. What is not
    # seen, which is most of a window with all its pages, gets its colours a little later.
    worn = [w for w in app.allWidgets() if w.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)]
    for widget in worn:
        if widget.isVisible():
            widget.style().polish(widget)
    _later(app).run(_polish([w for w in worn if not w.isVisible()]))


@functools.cache
def _later(app: QApplication) -> Slices:
    return Slices(app)


def _polish(widgets: list[QWidget]) -> Steps:
    for widget in widgets:
        if isValid(widget):
            widget.style().polish(widget)
        yield ""
    return None


@contextlib.contextmanager
def undressed() -> Iterator[None]:
    """The application without its style sheet, while a window is built.

    Each part of the window is then given its style once, and not at each turn of finding its place.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    worn = app.styleSheet()
    if not worn:
        yield
        return
    # Without any sheet Qt forgets what it knew of the widgets of other windows, but not that it knew them: those that
    # go later would stay in its list, and the next sheet would be put on what is gone. So one sheet is worn throughout.
    with _one_sheet():
        app.setStyleSheet("")
        try:
            yield
        finally:
            app.setStyleSheet(worn)


@contextlib.contextmanager
def _one_sheet() -> Iterator[None]:
    wearer = QWidget()
    wearer.setStyleSheet("* {}")
    yield
    wearer.deleteLater()


def _of_system(app: QApplication) -> Tokens:
    """The appearance that the system asks for. Qt tells of a wish for contrast from 6.10 on."""
    dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    ask = getattr(app.styleHints(), "accessibility", None)
    if ask is not None and ask().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return CONTRAST_DARK if dark else CONTRAST_LIGHT
    return DARK if dark else LIGHT


def _palette(t: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for where, value in {
        role.Window: t.window,
        role.Base: t.panel,
        role.AlternateBase: t.window,
        role.Button: t.panel,
        role.Text: t.text,
        role.WindowText: t.text,
        role.ButtonText: t.text,
        role.BrightText: t.error,
        role.PlaceholderText: t.muted,
        role.ToolTipBase: t.accent_soft,
        role.ToolTipText: t.good,
        role.LinkVisited: t.warning,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Link: t.accent,
        role.Accent: t.accent,
        role.Light: t.panel,
        role.Midlight: t.track,
        role.Mid: t.line,
        role.Dark: t.line,
        role.Shadow: t.line,
    }.items():
        palette.setColor(where, QColor(value))
    for where in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, colour(t.muted, 0.6))
    return palette
