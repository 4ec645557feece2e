"""What stands above every script."""

import pytest

from dialogs.safety import RedFlag, asks_if_robot, red_flag, wants_human, wants_no_calls
from dialogs.slots.tokens import normalise


@pytest.mark.parametrize(
    "text",
    [
        "мама не дышит",
        "он без сознания",
        "сильная боль в груди",
        "лицо перекосило и не может говорить",
        "кровь не останавливается",
        "ребенок проглотил батарейку",
        "воды отошли",
        "хочу покончить с собой",
        "вызовите скорую",
        "его сбила машина",
        "горло отекло",
        "ударило током",
        "не могу маму добудиться",
        "лежит и не отвечает",
        "схватился за сердце",
        "стою на крыше и прыгну",
        "из окна выйду сейчас",
        "вся в крови",
        "пуповина показалась",
        "дышит еле еле",
        "уксуса хлебнула",
        "хочу свести счеты с жизнью",
        "собака искусала ребенка весь в крови",
        "на мужа наехала машина",
        "упал с лестницы ног не чувствует",
        "живот как доска",
        "голоса велят прыгнуть",
    ],
)
def test_danger_now_is_acted_on(text):
    assert red_flag(text) is RedFlag.STRONG


@pytest.mark.parametrize(
    "text",
    [
        "год назад был инфаркт хочу к кардиологу",
        "после инсульта нужна справка",
        "скорую не надо вызовите скорую только если хуже станет",
        "болит сердце",
        "температура сорок",
        "упала и не может встать",
        "давление двести на сто",
        "вчера потерял сознание сейчас получше",
        "в детстве были судороги",
        "что делать если ребенок подавится и не может дышать",
        "у кошки судороги",
        "сын сбил человека передайте деньги следователю",
        "вы меня до инфаркта доведете",
        "задохнулась пока до вас дошла",
        "задыхаюсь когда поднимаюсь по лестнице",
        "помираю как хочу спать",
        "скорая вас хвалила",
        "авария была но никто не пострадал пострадала машина",
        "воздуха нет душно мне",
    ],
)
def test_what_may_be_danger_is_asked_about(text):
    assert red_flag(text) is RedFlag.WEAK


@pytest.mark.parametrize(
    "text",
    [
        "хочу записаться к терапевту",
        "вызовите врача на дом температура тридцать восемь",
        "сколько стоит мрт поясницы",
        "где сдать кровь",
        "болит горло",
        "перенесите запись",
        "нос не дышит запишите к лору",
        "нет ничего не угрожает",
        "лекарства дорожают и приём дорожает",
    ],
)
def test_ordinary_requests_raise_nothing(text):
    assert red_flag(text) is RedFlag.NONE


def test_suppressors_lower_and_never_drop():
    assert red_flag("потерял сознание") is RedFlag.STRONG
    assert red_flag("полгода назад потерял сознание") is RedFlag.WEAK


@pytest.mark.parametrize("text", ["не звоните мне больше", "перестаньте звонить", "удалите мой номер из базы"])
def test_do_not_call(text):
    assert wants_no_calls(text)


@pytest.mark.parametrize(
    "text", ["почему врач не звонит с результатами", "вы мне вчера звонили", "я не могу дозвониться"]
)
def test_other_talk_of_calling_forbids_nothing(text):
    assert not wants_no_calls(text)


@pytest.mark.parametrize("text", ["вы робот", "это робот", "вы живой человек", "я с роботом разговариваю"])
def test_robot_question(text):
    assert asks_if_robot(text)
    assert not wants_human(text)


@pytest.mark.parametrize(
    "text", ["позовите живого человека", "не хочу с роботом разговаривать", "переключите на регистратуру"]
)
def test_wish_for_a_person(text):
    assert wants_human(text)


@pytest.mark.parametrize("text", ["кровь из вены не останавливается", "идёт кровь из пальца", "кровь из носа течёт"])
def test_bleeding_is_no_analysis(text):
    assert red_flag(normalise(text)) is not RedFlag.NONE


@pytest.mark.parametrize("text", ["сдать кровь из вены", "кровь из пальца берёте"])
def test_blood_for_an_analysis_is_no_bleeding(text):
    assert red_flag(normalise(text)) is RedFlag.NONE
