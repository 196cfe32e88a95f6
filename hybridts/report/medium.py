"""What a drawing is made for: a file format, a language, and a font that has the characters of the language.

matplotlib draws characters that its fonts lack as boxes. So a Chinese drawing needs a font with Chinese characters on
this machine; an SVG does not, since whoever shows it brings the font.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from hybridts.report.language import Language, in_language

#: Families with Chinese characters, those for simplified ones first; of Linux, Windows, macOS.
FAMILIES = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "STHeiti"),
    *("Noto Sans CJK JP", "Noto Sans CJK TC", "Droid Sans Fallback", "AR PL UMing CN", "SimSun", "Arial Unicode MS"),
)
#: Whether a font file has it decides where no family is known.
SAMPLE = "\u4e2d"
#: The first of the characters of East Asia, which DejaVu lacks.
FIRST = "\u2e80"
#: Where a font comes from.
ADVICE = (
    "Install one, such as fonts-noto-cjk (Debian, Ubuntu: apt install fonts-noto-cjk), google-noto-sans-cjk-fonts "
    "(Fedora) or Noto Sans SC (fonts.google.com), and write the report again; svg needs none."
)


@dataclass(frozen=True)
class Medium:
    """What a figure is drawn for.

    Attributes:
        kind: "svg", "pdf" or "png".
        language: of its texts.
    """

    kind: str
    language: Language = "en"

    def say(self, text: str) -> str:
        """Return a text in the language of the drawing; English where no font here has its characters."""
        return in_language(text, self.spoken)

    @property
    def spoken(self) -> Language:
        """Return the language that can be drawn."""
        return self.language if self.kind == "svg" or chinese_font() else "en"

    @property
    def families(self) -> list[str]:
        """Return the fonts of the drawing: the next one gives the characters that one lacks."""
        found = chinese_font()
        return ["DejaVu Sans", found] if found else ["DejaVu Sans"]


@lru_cache(maxsize=1)
def chinese_font() -> str:
    """Return a family on this machine that has Chinese characters; empty where there is none.

    Fonts that were installed after matplotlib made its list are found too.
    """
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {font.fname for font in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError):  # a file that is no font that can be read
            continue
    names = {font.name for font in fontManager.ttflist}
    named = next((family for family in FAMILIES if family in names), "")
    return named or next((font.name for font in fontManager.ttflist if _has_sample(font.fname)), "")


def _has_sample(path: str) -> bool:
    """Return whether a font file has a Chinese character."""
    from matplotlib.ft2font import FT2Font

    try:
        return bool(FT2Font(path).get_char_index(ord(SAMPLE)))
    except (OSError, RuntimeError):
        return False


def missing_font(kinds: Iterable[str], language: Language, texts: Iterable[str] = ()) -> str:
    """Return a notice where drawings of these formats cannot hold their texts; empty where they can.

    Args:
        kinds: formats.
        language: of the drawings.
        texts: of the data, such as ids.
    """
    drawn = [kind for kind in kinds if kind in ("pdf", "png")]
    if not drawn or chinese_font():
        return ""
    figures = f"The {' and '.join(drawn)} figures"
    if language == "zh":
        return f"{figures} are in English: no font here has Chinese characters. {ADVICE}"
    if any(character >= FIRST for text in texts for character in text):
        return f"{figures} show boxes for characters of the data: no font here has Chinese characters. {ADVICE}"
    return ""
