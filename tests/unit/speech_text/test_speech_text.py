"""Values as a registrar says them."""

from datetime import date, datetime, time

import pytest

from dialogs.speech_text import (
    counted,
    decline_name,
    decline_phrase,
    gender_of,
    given_names,
    plural,
    spoken_abbreviations,
    spoken_age,
    spoken_birth_date,
    spoken_date,
    spoken_digits,
    spoken_doctor,
    spoken_moment,
    spoken_money,
    spoken_phone,
    spoken_span,
    spoken_time,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("plain", "вторник, первого декабря"),
        ("on", "во вторник, первого декабря"),
        ("to", "на вторник, первое декабря"),
    ],
)
def test_dates(form, expected):
    assert spoken_date(date(2026, 12, 1), TODAY, form) == expected


def test_near_days_and_far_years_are_said():
    assert spoken_date(date(2026, 11, 24), TODAY, "on") == "завтра, во вторник, двадцать четвёртого ноября"
    assert spoken_date(date(2027, 12, 2), TODAY).endswith("две тысячи двадцать седьмого года")
    assert spoken_date(date(2026, 11, 25), weekday=False) == "двадцать пятого ноября"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("09:30", "девять тридцать"),
        ("18:10", "восемнадцать десять"),
        ("09:05", "девять часов пять минут"),
        ("10:00", "десять часов"),
        ("21:22", "двадцать один час двадцать две минуты"),
        ("13:01", "тринадцать часов одна минута"),
    ],
)
def test_times(moment, expected):
    assert spoken_time(time.fromisoformat(moment)) == expected


def test_a_moment_and_its_preposition():
    assert spoken_moment(datetime(2026, 11, 27, 13, 1), TODAY) == (
        "в пятницу, двадцать седьмого ноября, в тринадцать часов одну минуту"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-30/2026-12-06", "с тридцатого ноября по шестое декабря"),
        ("18:00/..", "после восемнадцати часов"),
        ("../13:00", "до тринадцати часов"),
        ("08:30/21:00", "с восьми часов тридцати минут до двадцати одного часа"),
        ("17:00", "в семнадцать часов"),
    ],
)
def test_spans(value, expected):
    assert spoken_span(value) == expected


def test_birth_dates():
    assert spoken_birth_date(date(1948, 2, 14)) == "четырнадцатое февраля тысяча девятьсот сорок восьмого года"
    assert spoken_birth_date(date(2000, 5, 1)) == "первое мая двухтысячного года"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (1500, "тысяча пятьсот рублей"),
        (21, "двадцать один рубль"),
        (2002, "две тысячи два рубля"),
        ("99.50", "девяносто девять рублей пятьдесят копеек"),
    ],
)
def test_money(amount, expected):
    assert spoken_money(amount) == expected


def test_digits_and_phones_keep_their_zeros():
    assert (
        spoken_digits("910001234567")
        == "девятьсот десять, ноль ноль один, двести тридцать четыре, пятьсот шестьдесят семь"
    )
    assert spoken_phone("+79161112201") == "восемь, девятьсот шестнадцать, сто одиннадцать, двадцать два, ноль один"


def test_counting():
    assert [plural(n, "минута", "минуты", "минут") for n in (1, 3, 11, 25)] == ["минута", "минуты", "минут", "минут"]
    assert counted(2, "минута") == "две минуты"
    assert counted(2, "окно") == "два окна"
    assert spoken_age(41) == "сорок один год"


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("Смирнова Ольга Викторовна", "datv", "Смирновой Ольге Викторовне"),
        ("Шевченко Андрей Викторович", "gent", "Шевченко Андрея Викторовича"),
        ("Ким Виктор Сергеевич", "datv", "Киму Виктору Сергеевичу"),
        ("Магомедова Патимат Алиевна", "datv", "Магомедовой Патимат Алиевне"),
        ("Гончар Лев Маркович", "gent", "Гончара Льва Марковича"),
        ("Иванович Мария Львовна", "datv", "Иванович Марии Львовне"),
        ("Черных Илья Ильич", "datv", "Черных Илье Ильичу"),
        ("Достоевский Пётр Ильич", "gent", "Достоевского Петра Ильича"),
        ("Белая Наталья Сергеевна", "accs", "Белую Наталью Сергеевну"),
        ("Кузьмина-Зайцева Ия Игоревна", "datv", "Кузьминой-Зайцевой Ии Игоревне"),
        ("Сорока Анна Павловна", "ablt", "Сорокой Анной Павловной"),
        ("Коваль Роман Ильич", "gent", "Коваля Романа Ильича"),
        ("Толстой Лев Николаевич", "datv", "Толстому Льву Николаевичу"),
    ],
)
def test_names(name, case, expected):
    assert decline_name(name, case) == expected


def test_gender_of_names():
    assert gender_of("Зуев Максим Олегович") == "male"
    assert gender_of("Ким Алия") == "female"
    assert gender_of("Дёмина") == "female"
    assert given_names("Смирнова Ольга Викторовна") == "Ольга Викторовна"


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("детский врач", "datv", "детскому врачу"),
        ("лор", "accs", "лора"),
        ("узи брюшной полости", "gent", "узи брюшной полости"),
        ("прививка от гриппа", "accs", "прививку от гриппа"),
        ("общий анализ крови", "gent", "общего анализа крови"),
        ("общий анализ крови", "accs", "общий анализ крови"),
        ("заведующий отделением", "datv", "заведующему отделением"),
        ("что-то странное 5", "datv", "что-то странное 5"),
    ],
)
def test_phrases(text, case, expected):
    assert decline_phrase(text, case) == expected


def test_doctor_with_profession():
    assert spoken_doctor("терапевт", "Смирнова Ольга Викторовна", "datv") == "терапевту Смирновой Ольге Викторовне"


def test_abbreviations_are_spelled_as_pronounced():
    assert spoken_abbreviations("МРТ и УЗИ по ОМС") == "эм эр тэ и узи по о эм эс"
