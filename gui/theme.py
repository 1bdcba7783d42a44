"""The look: colour tokens, fonts, icons and the style sheet, light and dark."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

FONT = "Inter"
SPACING = (2, 6, 10, 14)
RADIUS = 8


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

VENDOR_COLOURS = {
    "nvidia": "#1B9E77",
    "google": "#2F6BD8",
    "aws": "#E08A00",
    "amazon": "#E08A00",
    "amd": "#C8452B",
    "cerebras": "#B65FA5",
    "groq": "#4AA8C9",
    "intel": "#6C6FD1",
    "microsoft": "#8A9A2B",
    "meta": "#8C6D54",
    "sambanova": "#D8738F",
    "huawei": "#B3373F",
}
SPARE_COLOURS = ("#6C6FD1", "#8A9A2B", "#8C6D54", "#D8738F", "#5F7A8C", "#A0842B")
COMPONENT_COLOURS = {
    "rental": "#3B76E0",
    "purchase": "#8767DB",
    "energy": "#E3A712",
    "hosting": "#2FA37C",
    "maintenance": "#C4624A",
    "porting": "#B65FA5",
    "commitment": "#8C6D54",
    "overhead": "#929BA9",
}


def tokens() -> Tokens:
    """The colours in force, told from the application's palette."""
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return _BY_WINDOW.get(window.name()) or (DARK if window.lightness() < 128 else LIGHT)


def colour(value: str, alpha: float = 1.0) -> QColor:
    """A colour of a token, with an opacity of 0..1."""
    made = QColor(value)
    made.setAlphaF(alpha)
    return made


def vendor_colour(vendor: str) -> str:
    """The one colour of a vendor, the same wherever it is drawn, in a shade that is seen on the panels."""
    known = VENDOR_COLOURS.get(vendor.strip().lower())
    return legible(known or SPARE_COLOURS[sum(map(ord, vendor.lower())) % len(SPARE_COLOURS)], tokens().panel)


def component_colour(component: str) -> str:
    """The one colour of a cost component."""
    return legible(COMPONENT_COLOURS.get(component, "#929BA9"), tokens().panel)


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
def legible(value: str, ground: str, least: float = LEAST_CONTRAST) -> str:
    """The shade of a colour next to it that has `least` contrast on `ground`: darker on light, lighter on dark."""
    made = QColor(value)
    away = -0.01 if luminance(ground) > 0.18 else 0.01
    hue, saturation, lightness, _ = made.getHslF()
    while contrast(made.name(), ground) < least and 0 < lightness + away < 1:
        lightness += away
        made = QColor.fromHslF(hue, saturation, lightness)
    return value if made == QColor(value) else made.name().upper()


def font(pixels: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's font at a size, with figures of one width so that columns and changing values stand still."""
    made = QFont(FONT)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def icon(name: str, tint: str | None = None) -> QIcon:
    """The icon `resources/icons/NAME.svg` in the muted text colour of the appearance, or in `tint`."""
    return _icon(name, tint or tokens().muted, tokens().line)


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    svg = (files("resources") / "icons" / "gigaplan.svg").read_text(encoding="utf-8")
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_pixmap(svg, LIGHT.accent, size))
    return made


@functools.cache
def _icon(name: str, tint: str, disabled: str) -> QIcon:
    svg = (files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    for size in (16, 20, 24, 32, 48):
        made.addPixmap(_pixmap(svg, tint, size))
        made.addPixmap(_pixmap(svg, disabled, size), QIcon.Mode.Disabled)
    return made


def _pixmap(svg: str, tint: str, size: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.replace("currentColor", tint).encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def load_fonts() -> None:
    """Makes the bundled fonts known to Qt."""
    for entry in files("resources").joinpath("fonts").iterdir():
        if entry.name.endswith((".ttf", ".otf")):
            QFontDatabase.addApplicationFontFromData(QByteArray(entry.read_bytes()))


def preferred() -> str:
    """What the person chose: system, or a name of APPEARANCES."""
    return str(QSettings().value("appearance", "system"))


def apply(app: QApplication, choice: str) -> None:
    """Dresses the application: `choice` is system, or a name of APPEARANCES."""
    t = APPEARANCES.get(choice) or _of_system(app)
    sheet = style_sheet(t)
    if app.styleSheet() == sheet:
        return
    if app.styleSheet():
        # To undress first takes a third of the time that changing one sheet for another takes.
        app.setStyleSheet("")
    else:
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(font())
    app.setPalette(_palette(t))
    app.setStyleSheet(sheet)


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
        role.ToolTipBase: t.panel,
        role.ToolTipText: t.text,
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


def style_sheet(t: Tokens) -> str:
    """The style sheet of the whole application; what a view needs beyond it, it paints with `tokens()`."""
    return f"""
    QWidget {{ font-family: "{FONT}"; font-size: 13px; }}
    QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 6px; }}
    QMainWindow, QMenuBar {{ background: {t.window}; }}
    QMenuBar {{ background: {t.panel}; color: {t.text}; border: 0; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 6px 9px; background: transparent; border-radius: 6px; }}
    QMenuBar::item:selected {{ background: {t.accent_soft}; }}
    QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 5px; }}
    QMenu::item {{ padding: 6px 26px 6px 12px; border-radius: 6px; }}
    QMenu::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QMenu::item:disabled {{ color: {t.muted}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
    QFrame[card="true"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: {RADIUS}px; }}
    QLabel {{ color: {t.text}; background: transparent; }}
    QLabel[role="title"] {{ font-weight: 600; font-size: 14px; }}
    QLabel[role="group"] {{ color: {t.muted}; font-weight: 600; font-size: 12px; }}
    QLabel[role="muted"] {{ color: {t.muted}; font-size: 12px; }}
    QLabel[role="warning"] {{ color: {t.warning}; font-size: 12px; }}
    QLabel[role="error"] {{ color: {t.error}; font-size: 12px; }}
    QLabel[role="good"] {{ color: {t.good}; font-size: 12px; }}
    QLabel[role="pill"] {{ color: {t.accent}; background: {t.accent_soft}; border-radius: 8px; padding: 1px 7px;
        font-size: 12px; }}
    QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QComboBox {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; border-radius: 6px; padding: 4px 7px; min-height: 18px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QLineEdit:hover, QComboBox:hover {{ border-color: {t.muted}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus {{ border: 1px solid {t.accent}; }}
    QLineEdit[invalid="true"] {{ border: 1px solid {t.error}; }}
    QLineEdit:read-only {{ background: {t.window}; color: {t.muted}; }}
    QComboBox::drop-down {{ border: 0; width: 20px; }}
    QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.line};
        selection-background-color: {t.accent_soft}; selection-color: {t.text}; outline: 0; }}
    QPushButton {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 5px 12px; }}
    QPushButton:hover {{ border-color: {t.muted}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:default {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
    QPushButton:disabled {{ color: {t.muted}; }}
    QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px;
        color: {t.text}; }}
    QToolButton:hover {{ background: {t.accent_soft}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:checked {{ background: {t.accent_soft}; color: {t.accent}; }}
    QCheckBox {{ spacing: 7px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
    QAbstractScrollArea {{ border: 0; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 3px; min-height: 28px; min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {t.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent;
        width: 0; height: 0; }}
    QTreeView, QListView, QTableView {{ background: transparent; color: {t.text}; outline: 0; border: 0;
        selection-background-color: {t.accent_soft}; selection-color: {t.text}; alternate-background-color: {t.window};
        gridline-color: {t.line}; }}
    QTreeView::item, QListView::item {{ padding: 4px 6px; border-radius: 6px; }}
    QTreeView::item:selected, QListView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: 0; border-bottom: 1px solid {t.line};
        padding: 4px 6px; font-size: 12px; font-weight: 500; }}
    QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 6px 10px; border: 0;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
    QTabWidget::pane {{ border: 0; }}
    QDockWidget {{ color: {t.text}; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
    QDockWidget::title {{ background: transparent; padding: 6px 10px; }}
    QStatusBar {{ background: {t.panel}; color: {t.muted}; border-top: 1px solid {t.line}; }}
    QStatusBar::item {{ border: 0; }}
    QSplitter::handle {{ background: transparent; }}
    QMainWindow::separator {{ background: transparent; width: 8px; height: 8px; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.track}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -7px 0; border-radius: 9px; background: {t.panel};
        border: 2px solid {t.accent}; }}
    QSlider::handle:horizontal:focus {{ background: {t.accent_soft}; }}
    QProgressBar {{ border: 0; background: {t.track}; border-radius: 2px; max-height: 4px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    """
