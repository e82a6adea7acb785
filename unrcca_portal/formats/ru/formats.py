"""Russian dates as the mission writes them: 23 июля 2024 г. No line breaks before the г."""

DATE_FORMAT = "j E Y\u00a0г."
DATETIME_FORMAT = "j E Y\u00a0г., H:i"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y, H:i"
MONTH_DAY_FORMAT = "j E"
TIME_FORMAT = "H:i"
FIRST_DAY_OF_WEEK = 1
