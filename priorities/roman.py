"""Roman numerals, by which priorities are called."""

_SIGNS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(number: int) -> str:
    """A number from 1 to 39 as priorities are numbered: IV for 4."""
    if not 0 < number < 40:
        raise ValueError(f"No programme has {number} priorities.")
    text = ""
    for value, sign in _SIGNS:
        count, number = divmod(number, value)
        text += sign * count
    return text
