"""Specialties, doctors, services, people, numbers, addresses."""

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("к терапевту", "терапевт"),
        ("участковому", "терапевт"),
        ("врачу общей практики", "терапевт"),
        ("нужен детский врач", "педиатр"),
        ("к женскому доктору", "гинеколог"),
        ("к ухо горло нос", "лор"),
        ("у глазного врача", "окулист"),
        ("к зубному", "стоматолог"),
        ("терпевту", "терапевт"),
        ("к офтольмологу", "окулист"),
        ("к карди ологу", "кардиолог"),
        ("хочу записаться как у листу на пятницу", "окулист"),
    ],
)
def test_specialties(slots, text, expected):
    assert slots(text)["specialty"] == expected


@pytest.mark.parametrize("text", ["ухо болит", "только не к хирургу", "зубная паста", "кожная сыпь"])
def test_no_specialty(slots, text):
    assert "specialty" not in slots(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("к ивановой", "Иванова"),
        ("к петровой анне ильиничне", "Петрова"),
        ("к анне ильиничне петровой", "Петрова"),
        ("к доктору ким", "Ким"),
        ("у орлова", "Орлов"),
        ("с кузнецовым", "Кузнецов"),
        ("к шевченко", "Шевченко"),
        ("к достоевскому", "Достоевский"),
        ("к белой наталье сергеевне", "Белая"),
        ("терапевту ивановой", "Иванова"),
        ("доктор орлов принимает завтра", "Орлов"),
    ],
)
def test_doctors_by_form(slots, text, expected):
    assert slots(f"запишите {text}")["doctor"] == expected


@pytest.mark.parametrize("text", ["к дому подъехать", "с машиной говорить", "только не к ивановой", "к вам на приём"])
def test_no_doctor(slots, text):
    assert "doctor" not in slots(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("к шевчинко", "Шевченко"),
        ("к ольге викторовне", "Смирнова"),
        ("у гончара", "Гончар"),
        ("к магомедовой патимат", "Магомедова"),
        ("к киму", "Ким"),
        ("к ким виктору", "Ким"),
        ("к ждановой", "Жданова"),
        ("к смерновой", "Смирнова"),
    ],
)
def test_doctors_of_the_clinic(slots, text, expected):
    assert slots(text, known=True)["doctor"] == expected


@pytest.mark.parametrize("text", ["с ребёнком к ортопеду, Ким Артём, на понедельник", "Смирнова я, Тамара Павловна"])
def test_a_patient_with_the_surname_of_a_doctor_is_no_doctor(slots, text):
    found = slots(text, known=True)
    assert "doctor" not in found
    assert "person_name" in found


def test_a_namesake_of_the_doctor_is_the_patient(slots):
    assert slots("Смирнова Ольга Викторовна", "ask_name", known=True) == {"person_name": "Смирнова Ольга Викторовна"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("узи брюшной полости", "узи брюшной полости"),
        ("на узибрюшной полости", "узи брюшной полости"),
        ("у зибрюшной полости", "узи брюшной полости"),
        ("кровь из вены", "анализ крови"),
        ("на льуди брюшной полости", "узи брюшной полости"),
        ("мрт брюшной полости", "мрт брюшной полости"),
        ("мне кровь из пальца сдать", "анализ крови"),
        ("ультразвук щитовидки", "узи щитовидной железы"),
        ("эм эр тэ поясницы", "мрт поясницы"),
        ("анализ крови на сахар", "анализ на сахар"),
        ("сдать кровь", "анализ крови"),
        ("общий анализ крови", "общий анализ крови"),
        ("фгдс", "гастроскопия"),
        ("как готовиться для строскопии", "гастроскопия"),
        ("на ека гов четверг", "экг"),
        ("флюрографию", "флюорография"),
        ("прививку от гриппа", "прививка от гриппа"),
        ("привиться от клеща", "прививка от клещевого энцефалита"),
        ("снимок лёгких", "рентген легких"),
        ("справку в бассейн", "справка в бассейн"),
        ("мои анализы готовы", "анализы"),
    ],
)
def test_services(slots, text, expected):
    assert slots(text)["service"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Тарасов Глеб Андреевич", "Тарасов Глеб Андреевич"),
        ("меня зовут Анна Петрова", "Анна Петрова"),
        ("запишите сидорова петра ильича", "Сидоров Пётр Ильич"),
        ("зовут меня Пётр фамилия Кузнецов", "Петр Кузнецов"),
        ("гарифуллин", "Гарифуллин"),
        ("Иванова Вера Петровна", "Иванова Вера Петровна"),
        ("Вера Ивановна", "Вера Ивановна"),
        ("Любовь", "Любовь"),
        ("меня зовут Марта Сергеевна", "Марта Сергеевна"),
    ],
)
def test_people(slots, text, expected):
    assert slots(text, "ask_name")["person_name"] == expected


@pytest.mark.parametrize("text", ["да", "сейчас минутку", "а зачем вам", "повторите пожалуйста"])
def test_no_name_where_none_was_given(slots, text):
    assert "person_name" not in slots(text, "ask_name")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("третьего марта девяностого", "1990-03-03"),
        ("восьмое ноль третье семьдесят второго", "1972-03-08"),
        ("03.03.90", "1990-03-03"),
        ("14 02 48", "1948-02-14"),
        ("12 октября 1950- 1958 года", "1958-10-12"),
        ("14 мая 1960-1963", "1963-05-14"),
        ("28 апреля 1940-48 года", "1948-04-28"),
        ("второе мая 1900 67 года", "1967-05-02"),
        ("двадцать первого апреля две тысячи шестнадцатого", "2016-04-21"),
        ("двацать пятое января семдесят девятого", "1979-01-25"),
        ("родилась 5 марта 2019 года", "2019-03-05"),
        ("7 и августа 1952 года", "1952-08-07"),
    ],
)
def test_birth_dates(slots, text, expected):
    assert slots(text, "ask_birth") == {"birth_date": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("улица ленина дом пять корпус два квартира двенадцать", "Ленина 5 корп 2 кв 12"),
        ("комсомольская двенадцать квартира три второй подъезд пятый этаж", "Комсомольская 12 кв 3 подъезд 2 этаж 5"),
        ("проспект мира дом 12/3 кв 45", "проспект Мира 12/3 кв 45"),
        ("бульвар строителей три", "бульвар Строителей 3"),
        ("восьмого марта дом десять дробь два", "8 Марта 10/2"),
        ("подъезд два этаж три код сорок пять", "подъезд 2 этаж 3 домофон 45"),
    ],
)
def test_addresses(slots, text, expected):
    assert slots(text, "ask_address")["address"] == expected


def test_streets_of_the_clinic_mend_what_was_heard(slots):
    assert slots("комсамольская двенадцать", "ask_address", known=True)["address"] == "Комсомольская 12"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("по омс", "oms"), ("бесплатно", "oms"), ("по дэ эм эс", "dms"), ("платно", "paid"), ("не платно", None),
        ("полис", None),
    ],
)  # fmt: skip
def test_policy_kind(slots, text, expected):
    assert slots(text, "ask_policy").get("policy_kind") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("открыть больничный", "open"),
        ("закрыть больничный", "close"),
        ("продлите бальничный", "extend"),
        ("готов ли больничный", "status"),
        ("ошибка в больничном", "other"),
        ("открыть дверь", None),
    ],
)
def test_sick_leave_action(slots, text, expected):
    assert slots(text).get("sick_leave_action") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("улица гогарена, дом 40, квартира 3", "Гагарина 40 кв 3"),
        ("улица комсомы, дом 4", "Комсомольская 4"),
        ("улица победная, дом 4", "Победная 4"),
    ],
)
def test_a_garbled_street_is_the_clinics_and_a_real_one_stays(slots, text, expected):
    assert slots(text, "ask_address", known=True)["address"] == expected


def test_words_that_were_made_up_are_no_name_where_none_was_asked_for(slots):
    assert "person_name" not in slots("готову димайла налью")
    assert slots("это ахметова лейла")["person_name"] == "Ахметова Лейла"
