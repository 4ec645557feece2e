"""Misreadings that were found once: each line was read wrong before it was mended."""

import pytest

from dialogs.port import NluContext
from dialogs.slots.extract import extract
from dialogs.slots.sounds import sounds, text_sounds
from dialogs.slots.tokens import normalise
from tests.unit.slots.conftest import NOW


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("к эндакриналагу", "open", {"specialty": "эндокринолог"}),
        ("мне кокулисту", "open", {"specialty": "окулист"}),
        ("не бы к терапевту", "open", {"specialty": "терапевт"}),
        ("не к терапевту а к лору", "open", {"specialty": "лор"}),
        ("на холтер кардиолог назначила", "open", {"service": "холтер"}),
        ("по сердцу доктор нужен", "open", {"specialty": "кардиолог"}),
        ("вместо Тихонова к Зайцевой переписать", "open", {"doctor": "Зайцева"}),
        ("подобровольной страховке", "ask_policy", {"policy_kind": "dms"}),
        ("по обязательному, обычный полис", "ask_policy", {"policy_kind": "oms"}),
        ("от столбняка бы уколоться", "open", {"service": "прививка от столбняка"}),
        ("хочу привиться, пневмококк", "open", {"service": "прививка от пневмококка"}),
        ("сахар сдаю", "open", {"service": "анализ на сахар"}),
        ("кровь в субботу берёте", "open", {"service": "анализ крови", "date": "2026-11-28"}),
        ("кал на анализ", "open", {"service": "анализ кала"}),
        ("кишку глотать", "open", {"service": "гастроскопия"}),
        ("фамилию в больничном переврали", "open", {"sick_leave_action": "other"}),
        ("бюллетень дадите", "open", {"sick_leave_action": "open"}),
        ("выписывайте меня с больничного", "open", {"sick_leave_action": "close"}),
        ("больничный закрыт он или нет", "open", {"sick_leave_action": "status"}),
        ("подскажите закрыть лимой больничный лист", "open", {"sick_leave_action": "status"}),
        ("скажите можно закрыть лично больничный", "open", {"sick_leave_action": "close"}),
        ("на работу не пошёл, нужен больничный лист", "open", {"sick_leave_action": "open"}),
        ("продлить больничный денька на три", "open", {"sick_leave_action": "extend"}),
        ("кровь на сахар", "open", {"service": "анализ на сахар"}),
        ("против ковида ещё прививают", "open", {"service": "прививка от ковида"}),
        ("корь, краснуха, паротит, пора ставить", "open", {"service": "прививка от кори"}),
        ("прививка Ангреппа", "open", {"service": "прививка от гриппа"}),
        ("мочу в какую баночку", "open", {"service": "анализ мочи"}),
        ("женский", "ask_specialty", {"specialty": "гинеколог"}),
        ("чтобы педиатр посмотрел в среду", "open", {"specialty": "педиатр", "date": "2026-11-25"}),
        ("через недельку", "ask_date", {"date": "2026-11-30"}),
        ("благодарю, до завтра", "ask_more", {}),
    ],
)
def test_named_things(slots, text, state, expected):
    assert slots(text, state) == expected


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("Фамилия моя Коваль, звать Нина Фёдоровна", "ask_name", "Коваль Нина Федоровна"),
        ("Иванова я, Тамара Павловна, хочу на приём", "open", "Иванова Тамара Павловна"),
        ("Кириллова Ольга Сергеевна", "ask_name", "Кириллова Ольга Сергеевна"),
        ("моя фамилия Кириллова", "open", "Кириллова"),
        ("Ли Марина Сергеевна", "ask_name", "Ли Марина Сергеевна"),
        ("снимите Егорову Валентину с приёма", "open", "Егорова Валентина"),
    ],
)
def test_people(slots, text, state, expected):
    found = slots(text, state)["person_name"]
    assert sorted(found.replace("ё", "е").split()) == sorted(expected.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("переулок Речной, дом восемь", "переулок Речной 8"),
        ("Кирова, тридцать шесть, дробь один", "Кирова 36/1"),
        ("Гагарина шесть код тридцать один ноль семь", "Гагарина 6 домофон 3107"),
    ],
)
def test_addresses(slots, text, expected):
    assert slots(text, "ask_address")["address"] == expected


@pytest.mark.parametrize(
    "text", ["Садовая семь, квартира тринадцать", "терапевта бабушке, Садовая семь, тринадцатая квартира"]
)
def test_an_address_is_heard_without_being_asked_for(slots, text):
    assert slots(text)["address"] == "Садовая 7 кв 13"


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("зуб болит, можно сегодня", "open", {"date": "2026-11-23"}),
        ("сегодня заболела", "open", {}),
        ("в командировке до четверга, поставьте на пятницу", "open", {"date": "2026-11-27"}),
        ("прийти пораньше, мне к двум на работу", "reminder", {}),
        ("завтра у меня суд, давайте на четверг", "reminder", {"date_from": "2026-11-24", "date": "2026-11-26"}),
        ("завтра работаю, а в субботу нельзя", "reminder", {"date_from": "2026-11-24", "date": "2026-11-28"}),
        ("в среду стою, подвиньте на субботу", "open", {"date_from": "2026-11-25", "date": "2026-11-28"}),
        ("запись двадцать седьмого, надо на неделю позже", "open", {"date_from": "2026-11-27", "date": "2026-12-04"}),
        (
            "перенесите со вторника на следующую неделю",
            "open",
            {"date_from": "2026-11-24", "date": "2026-11-30/2026-12-06"},
        ),
        ("мне бы после обеда, утром не могу", "reminder", {"time": "13:00/.."}),
        ("вместо четырёх часов можно в шесть прийти", "open", {"time_from": "16:00", "time": "18:00"}),
        ("в субботу с утра", "open", {"date": "2026-11-28", "time": "08:00/12:00"}),
        ("послезавтра с утречка", "ask_date", {"date": "2026-11-25", "time": "08:00/12:00"}),
        ("вы до восьми или до девяти", "open", {}),
        ("между часом и тремя", "ask_time", {"time": "13:00/15:00"}),
        ("в районе полудня", "ask_time", {"time": "12:00"}),
        ("в пятьдесят четвёртом, тридцатого января", "ask_birth", {"birth_date": "1954-01-30"}),
        ("тридцать восьмого года я, двадцать первого сентября", "ask_birth", {"birth_date": "1938-09-21"}),
    ],
)
def test_days_and_hours(slots, text, state, expected):
    found = slots(text, state)
    assert {name: value for name, value in found.items() if name.startswith(("date", "time", "birth"))} == expected


def test_the_first_of_two_days_is_the_slot():
    assert extract("в среду или в четверг", NluContext(state="ask_date", now=NOW)).slots == {"date": "2026-11-25"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("у сына завтра лор нельзя ли на пятницу", {"date_from": "2026-11-24", "date": "2026-11-27"}),
        ("завтра у нас окулист, а можно на среду", {"date_from": "2026-11-24", "date": "2026-11-25"}),
        ("можно завтра или в пятницу", {"date": "2026-11-24"}),
    ],
)
def test_the_day_of_the_visit_that_is_being_moved_is_the_old_one(text, expected):
    found = extract(text, NluContext(state="open", now=NOW), moving=True).slots
    assert {name: value for name, value in found.items() if name.startswith("date")} == expected


def test_words_sound_alike_where_letters_differ():
    assert sounds("запешите") == sounds("запишите")
    assert sounds("офтальмолог") == sounds("афтольмалок")
    assert text_sounds("к лору") == "к лару"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("завтра в двенадцать, можно перебросить на пятницу утром",
         {"date_from": "2026-11-24", "time_from": "12:00", "date": "2026-11-27", "time": "08:00/12:00"}),
        ("поставили среду, а я в среду на даче, можно на пятницу", {"date_from": "2026-11-25", "date": "2026-11-27"}),
        ("поменять время, в два стоит, а надо в одиннадцать", {"time_from": "14:00", "time": "11:00"}),
    ],
)  # fmt: skip
def test_a_booking_being_moved(text, expected):
    context = NluContext(state="open", now=NOW)
    assert extract(text, context, moving=True).slots == expected


def test_how_much_misheard_as_why():
    assert normalise("Почему вас приём терапевта?") == "почем у вас прием терапевта"
    assert normalise("почему вас не дозваться") == "почему вас не дозваться"
