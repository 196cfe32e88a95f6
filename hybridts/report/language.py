"""Texts of a report in English and Chinese.

`tr` makes a text that is English wherever a text is expected and carries its Chinese form along: the page shows either
at a click, Markdown takes the one asked for. Texts that data or other parts of the package give stay as they are.
"""

from __future__ import annotations

from typing import Literal, get_args

from hybridts.report.chinese import NOUNS, SENTENCES

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Bilingual(str):
    """An English text with its Chinese form in `zh`; joining or cutting it leaves plain English."""

    zh: str

    def __new__(cls, english: str, chinese: str) -> Bilingual:
        """Return the pair."""
        text = super().__new__(cls, english)
        text.zh = chinese
        return text


def tr(sentence: str, /, **values: object) -> Bilingual:
    """Return a sentence of the report in both languages.

    >>> tr("Horizon").zh
    '预测步数'

    Args:
        sentence: English, with {fields}; its Chinese form is in `chinese.SENTENCES`.
        values: of the fields; a bilingual one is put into each form in its language.
    """
    chinese = SENTENCES.get(sentence, sentence)
    if not values:
        return Bilingual(sentence, chinese)
    own = {key: in_language(value, "zh") if isinstance(value, str) else value for key, value in values.items()}
    return Bilingual(sentence.format(**values), chinese.format(**own))


def counted(count: int, noun: str) -> Bilingual:
    """Return a count with its noun.

    >>> counted(2, "name"), counted(1, "series").zh
    ('2 names', '1 条序列')
    """
    many = noun if count == 1 or noun.endswith("series") else f"{noun}s"
    return Bilingual(f"{count:,} {many}", f"{count:,} {NOUNS.get(noun, noun)}")


def joined(separator: str, *texts: str) -> Bilingual:
    """Join the texts that are not empty; between Chinese sentences no blank is needed."""
    kept = [text for text in texts if text]
    chinese = "" if separator == " " else separator
    return Bilingual(separator.join(kept), chinese.join(in_language(text, "zh") for text in kept))


def in_language(text: str, language: Language) -> str:
    """Return the form of a text in a language; a plain text has one form."""
    return text.zh if language == "zh" and isinstance(text, Bilingual) else str(text)
