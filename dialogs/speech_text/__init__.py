"""Values to spoken Russian: everything a prompt puts into a sentence, in the right case."""

from dialogs.speech_text.moments import (
    spoken_birth_date,
    spoken_date,
    spoken_moment,
    spoken_span,
    spoken_time,
    spoken_time_by,
    spoken_year,
)
from dialogs.speech_text.names import decline_name, gender_of
from dialogs.speech_text.numerals import (
    counted,
    plural,
    spoken_age,
    spoken_digits,
    spoken_money,
    spoken_number,
    spoken_ordinal,
    spoken_phone,
)
from dialogs.speech_text.phrases import decline_phrase, given_names, spoken_abbreviations, spoken_doctor
from dialogs.speech_text.places import spoken_address

__all__ = [
    "counted",
    "decline_name",
    "decline_phrase",
    "gender_of",
    "given_names",
    "plural",
    "spoken_abbreviations",
    "spoken_address",
    "spoken_age",
    "spoken_birth_date",
    "spoken_date",
    "spoken_digits",
    "spoken_doctor",
    "spoken_moment",
    "spoken_money",
    "spoken_number",
    "spoken_ordinal",
    "spoken_phone",
    "spoken_span",
    "spoken_time",
    "spoken_time_by",
    "spoken_year",
]
