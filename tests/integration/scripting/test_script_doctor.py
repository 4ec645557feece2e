"""`doctor` looks at the scripts that calls take."""

from __future__ import annotations

from pathlib import Path

from bot.composition.desk import open_desk
from bot.composition.scripting import script_desk
from bot.doctor.scripts import check_scripts
from bot.domain.follow_up import SYSTEM
from bot.scripting.exam import shipped_files
from bot.settings import load_settings


async def test_a_published_script_that_fits_no_more_is_told_with_the_way_back(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    assert await check_scripts(settings) == []
    async with open_desk(settings) as desk:
        scripts = script_desk(desk.clinic.ground)
        [well] = await check_scripts(settings)
        assert (well.grade, "inbound поставляемый" in well.text) == ("ok", True)
        files = shipped_files("inbound")
        old = files["inbound.yml"].replace("Чем могу помочь?", "Чем помочь, {{ gone }}?")
        await scripts.save("inbound", {**files, "inbound.yml": old}, base=0, by=SYSTEM)
        await scripts.store.publish("inbound", 1, by=SYSTEM)
    [told] = await check_scripts(settings)
    assert told.grade == "fail"
    assert "неизвестная переменная «gone»" in told.text
    assert "registratura script rollback inbound" in told.remedy
