"""What a registrar does: talks as a patient, plays a recording, goes by keyboard, loses the connection."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from page_service import FLAGS, Registry, Shot, a_live_call, chromium_path, until
from playwright.async_api import Page, async_playwright, expect

from bot.domain.call import Speaker, Turn
from bot.domain.events import WordsHeard
from bot.web import sample, sample_talk
from bot.web.ports import Access
from speech.pcm import level_db, read_channels, tone
from telephony.port import HungUp

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_typed_conversation_by_keyboard_alone(page: Page, registry: Registry, shot: Shot) -> None:
    await page.locator("#caller").fill("8 912 345-67-89")
    await page.keyboard.press("F2")
    await page.keyboard.type("Здравствуйте, мне бы к лору на завтра")
    await page.keyboard.press("Enter")
    talk = page.locator(".patient .turn")
    await expect(talk).to_have_count(3)
    await expect(talk.nth(1).locator(".chip")).to_have_text("запись 97 %")
    await expect(talk.nth(2)).to_contain_text("Записать вас на это время?")
    await expect(talk.nth(2).locator(".timings")).to_have_text("понимание 4 мс · картотека 12 мс · всего 17 мс")
    await expect(page.locator(".known")).to_contain_text("врач: лор")
    await expect(page.locator(".known")).to_contain_text("дата: 24.11.2026")
    await expect(page.locator("#say")).to_be_focused()
    await shot(page, "typed")
    await page.keyboard.type("да")
    await page.keyboard.press("Enter")
    await expect(page.locator(".finish")).to_contain_text("Записан")
    await expect(page.locator(".finish")).to_contain_text("лор, 24.11.2026 10:20")
    assert registry.chats.callers == ["+79123456789"]
    assert registry.chats.opened[0].heard == ["Здравствуйте, мне бы к лору на завтра", "да"]
    await page.keyboard.type("ещё раз")
    await page.keyboard.press("Enter")
    await expect(page.locator(".finish")).to_have_count(0)
    assert len(registry.chats.opened) == 2


async def test_keys_silence_and_hanging_up_as_a_patient(page: Page, registry: Registry) -> None:
    registry.chats.replies = sample_talk.CHAT[:2]
    await page.locator("#say").fill("к лору")
    await page.locator("#say").press("Enter")
    await page.get_by_role("button", name="5", exact=True).click()
    await page.get_by_role("button", name="Промолчать").click()
    await page.get_by_role("button", name="Положить трубку").click()
    await expect(page.locator(".finish")).to_be_visible()
    assert registry.chats.opened[0].heard == ["к лору", "[5]", "…", "[hangup]"]


async def test_a_request_is_done_at_the_second_press(page: Page, registry: Registry, shot: Shot) -> None:
    home = page.locator(".do", has_text="Врач на дом")
    button = home.get_by_role("button")
    await button.click()
    await expect(button).to_have_text("Точно сделано?")
    await shot(page, "request-done")
    assert len(await registry.desk.open_requests()) == 3
    await button.click()
    await expect(home).to_have_count(0)
    assert [request.kind for request in await registry.desk.open_requests()] == ["sick_leave", "callback"]
    await expect(page.locator("#todo-count")).to_have_text("5 дел")


async def test_a_request_that_somebody_else_has_done_is_told(page: Page, registry: Registry) -> None:
    button = page.locator(".do", has_text="Врач на дом").get_by_role("button")
    await button.click()
    registry.desk.requests = registry.desk.requests[1:]
    await button.click()
    await expect(page.locator("#notice")).to_contain_text("Заявка уже закрыта")
    await expect(page.locator(".do", has_text="Врач на дом")).to_have_count(0)


async def test_a_wrong_number_says_how_to_write_it(page: Page, shot: Shot) -> None:
    await page.locator("#caller").fill("12345")
    await page.locator("#say").fill("алло")
    await page.locator("#say").press("Enter")
    await expect(page.locator(".patient .problem")).to_contain_text("Номер не понят")
    await expect(page.locator(".patient .problem")).to_contain_text("+7 (912) 345-67-89")
    await shot(page, "wrong-number")


async def test_a_recording_plays_and_the_words_follow(page: Page, registry: Registry, shot: Shot) -> None:
    await page.locator("tr[data-call=c0] .play").click()
    audio = page.locator("#record audio")
    await expect(page.locator("#record .turn")).to_have_count(10)
    await until(page, "document.querySelector('#record audio').currentTime > 0.3")
    await expect(page.locator("#record .turn.now")).to_contain_text("разговор записывается")
    assert {entry.access for entry in registry.audit.entries} == {Access.TRANSCRIPT, Access.RECORDING}
    await shot(page, "recording")
    await page.locator("#record .turn").nth(5).get_by_role("button").click()
    await until(page, "document.querySelector('#record audio').currentTime >= 35")
    await expect(page.locator("#record .turn.now")).to_contain_text("Смирнова Ольга Викторовна")
    await page.get_by_label("пациент", exact=True).check()
    assert await audio.evaluate("audio => audio.paused") is False
    await page.keyboard.press("Escape")
    await expect(page.locator("#record")).to_be_hidden()
    await expect(page.locator("tr[data-call=c0] .open")).to_be_focused()


async def test_reading_a_transcript_is_not_listening(page: Page, registry: Registry) -> None:
    await page.locator("tr[data-call=c0] .open").click()
    await expect(page.locator("#record audio")).to_be_visible()
    await page.keyboard.press("Escape")
    assert [entry.access for entry in registry.audit.entries] == [Access.TRANSCRIPT]


async def test_past_calls_by_keyboard(page: Page) -> None:
    await expect(page.locator(".past tr[data-call]")).to_have_count(12)
    await page.keyboard.press("F4")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("tr[data-call=c2] .open")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#record")).to_contain_text("Подтвердил")
    await expect(page.locator("#record audio")).to_be_visible()
    await expect(page.locator("#record .close")).to_be_focused()
    assert page.url.endswith("#call=c2")
    await page.keyboard.press("Escape")
    await expect(page.locator("tr[data-call=c2] .open")).to_be_focused()
    await page.keyboard.press("Space")
    await until(page, "document.querySelector('#record audio')?.currentTime > 0")


async def test_a_record_has_an_address(page: Page, registry: Registry) -> None:
    await page.goto(f"{registry.url}#call=c5")
    await page.reload()
    await expect(page.locator("#record")).to_contain_text("Вызов врача на дом")
    await page.goto(f"{registry.url}#call=none")
    await page.reload()
    await expect(page.locator("#record .problem")).to_contain_text("Звонок не найден")


async def test_a_call_without_sound_says_so(page: Page) -> None:
    row = page.locator("tr[data-call=c7]")
    await expect(row).to_contain_text("нет")
    await row.locator(".open").click()
    await expect(page.locator("#record")).to_contain_text("Разговор не записан")
    await expect(page.locator("#record audio")).to_have_count(0)


async def test_a_number_is_shown_only_when_asked(page: Page, registry: Registry) -> None:
    row = page.locator("tr[data-call=c1]")
    await expect(row).to_contain_text("+7 (•••) •••-22-33")
    await row.locator(".reveal").click()
    await expect(row).to_contain_text("+7 (916) 111-22-33")
    assert [entry.access for entry in registry.audit.entries] == [Access.PHONE]
    await expect(page.locator("#record")).to_be_hidden()


async def test_older_calls_are_read_on_demand(page: Page, registry: Registry) -> None:
    for number in range(40):
        begun = sample.NOW - timedelta(days=2, minutes=number)
        await registry.journal.start(sample.call(f"old{number}", begun=begun, caller=""))
        await registry.journal.end(f"old{number}", begun + timedelta(seconds=20), {"outcome": "info_given"})
    await page.reload()
    await expect(page.locator(".past tr[data-call]")).to_have_count(30)
    await page.get_by_role("button", name="Показать раньше").click()
    await expect(page.locator(".past tr[data-call]")).to_have_count(52)
    await expect(page.locator("tr[data-call=old18] .open")).to_be_focused()


async def test_a_lost_connection_is_said_and_nothing_is_lost(page: Page, registry: Registry, shot: Shot) -> None:
    await registry.journal.start(a_live_call())
    await expect(page.locator(".line")).to_have_count(1)
    await expect(page.locator(".visit")).to_have_count(9)
    await registry.stop()
    banner = page.locator("#offline")
    await expect(banner).to_contain_text("Нет связи со службой. На экране данные на 10:00")
    await expect(page.locator("#health")).to_be_hidden()
    await expect(page.locator(".visit")).to_have_count(9)
    await shot(page, "offline")
    turn = sample.call("now", begun=sample.NOW, caller="").turns[1]
    await registry.journal.turn("now", turn)
    await registry.start()
    await expect(banner).to_be_hidden(timeout=10_000)
    await expect(page.locator(".live .turn")).to_contain_text("к лору на завтра")


async def test_a_page_that_was_away_for_long_reads_all_anew(page: Page, registry: Registry) -> None:
    await registry.journal.start(a_live_call("gone"))
    await expect(page.locator(".line")).to_have_count(1)
    await registry.stop()
    await registry.journal.end("gone", sample.NOW + timedelta(seconds=9), {"outcome": "ended_by_caller"})
    await registry.journal.start(a_live_call("new", "+79990001122"))
    for number in range(60):
        await registry.events.publish(WordsHeard(call_id="new", text=str(number), final=False))
    await registry.start()
    await expect(page.locator(".line")).to_have_count(1, timeout=10_000)
    await expect(page.locator(".line")).to_contain_text("11-22")
    await expect(page.locator("tr[data-call=gone]")).to_be_visible()


async def test_speaking_as_a_patient(page: Page, registry: Registry, shot: Shot) -> None:
    await page.locator("#caller").fill("+7 912 345-67-89")
    await page.get_by_role("button", name="Говорить голосом").click()
    leg = await asyncio.wait_for(anext(aiter(registry.line.incoming())), 10)
    assert leg.caller == "+79123456789"
    await leg.answer()
    await expect(page.locator(".voice-state")).to_contain_text("Говорите")
    frames = leg.media.frames()
    heard = b"".join([await anext(frames) for _ in range(150)])
    assert level_db(heard) > -50, "the fake microphone beeps once a second"
    await registry.journal.start(a_live_call("spoken"))
    leg.media.send(tone(440, 600))
    await leg.media.drained()
    await registry.events.publish(WordsHeard(call_id="spoken", text="мне к лору", final=False))
    await expect(page.locator(".patient .partial")).to_contain_text("мне к лору")
    turn = Turn(
        number=1, at=sample.NOW, speaker=Speaker.CALLER, state="open", text="Мне к лору", timings={"decode": 90.0}
    )
    await registry.journal.turn("spoken", turn)
    await expect(page.locator(".patient .timings")).to_have_text("распознавание 90 мс")
    await shot(page, "speaking")
    await page.get_by_role("button", name="Положить трубку").click()
    assert isinstance(await anext(leg.events()), HungUp)
    await expect(page.get_by_role("button", name="Говорить голосом")).to_be_visible()
    recording = await leg.finish_recording()
    assert recording is not None
    patient, bot = read_channels(recording)
    assert level_db(patient) > -55
    assert level_db(bot) > -35


async def test_the_bots_voice_reaches_the_ears(page: Page, registry: Registry) -> None:
    """The page's speaker is measured: its worklet's queue drains as the bot's sound comes."""
    await page.evaluate(
        """() => {
          const connect = AudioNode.prototype.connect;
          AudioNode.prototype.connect = function (target, ...rest) {
            if (target instanceof AudioDestinationNode) {
              const meter = this.context.createAnalyser();
              connect.call(this, meter);
              window.meter = meter;
            }
            return connect.call(this, target, ...rest);
          };
          window.loudness = () => {
            const samples = new Float32Array(window.meter.fftSize);
            window.meter.getFloatTimeDomainData(samples);
            return Math.max(...samples.map(Math.abs));
          };
        }"""
    )
    await page.get_by_role("button", name="Говорить голосом").click()
    leg = await asyncio.wait_for(anext(aiter(registry.line.incoming())), 10)
    await leg.answer()
    leg.media.send(tone(440, 20_000, amplitude=0.3))
    await until(page, "window.meter && window.loudness() > 0.2")
    leg.media.flush()
    await until(page, "window.loudness() === 0")
    await leg.hangup()
    await expect(page.locator(".voice-state")).to_be_hidden()


async def test_a_refused_microphone_says_what_to_do(registry: Registry, shot: Shot) -> None:
    flags = [flag for flag in FLAGS if "fake-ui" not in flag]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=flags)
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.goto(registry.url)
        await page.get_by_role("button", name="Говорить голосом").click()
        await expect(page.locator(".patient .problem")).to_contain_text("Микрофон не разрешён")
        await expect(page.get_by_role("button", name="Говорить голосом")).to_be_enabled()
        await shot(page, "microphone-refused")
        await browser.close()
