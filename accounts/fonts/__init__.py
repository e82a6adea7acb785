"""Noto Sans, with which PDF files and pictures are written (SIL Open Font License, see OFL.txt).

Made from the Noto project's variable font, version 2.015: the regular and the bold weight, with the letters of the
Latin, Greek and Cyrillic scripts (those of all languages of Central Asia) and common signs.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
FILES = [str(FOLDER / f"NotoSans-{weight}.ttf") for weight in ("Regular", "Bold")]
