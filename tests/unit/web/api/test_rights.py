"""Who may do what: rights, branches, log-in, keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bot.domain.follow_up import Need
from bot.web.api.route import Route
from bot.web.api.table import PREFIX, ROUTES
from crm_bridge.local.tables import ApiKeyRow, BranchRow, DoctorRow, SessionRow, UserRow
from crm_bridge.rules.rights import PEOPLE_ONLY, RIGHTS, ROLE_RIGHTS, VISITS_MANAGE, Role
from tests.rules.house import REGISTRAR, at
from tests.unit.web.api.office import PASSWORD, ApiHouse, Client, Person, Told

BOOKING = ("holdOpening", "bookVisit", "moveVisit", "cancelVisit", "confirmVisit")
TASKS = ("createTask", "postponeTask", "completeTask")
WAITING = ("joinWaitlist", "closeWaitlistEntry", "acceptOffer", "declineOffer", "offerOpenings")


async def test_i6_without_the_right_booking_task_and_waitlist_are_refused_alike(programme: Any) -> None:
    everything_else = await programme(*sorted(set(RIGHTS) - PEOPLE_ONLY - {VISITS_MANAGE}))
    for name in (*BOOKING, *TASKS, *WAITING):
        [route] = [one for one in ROUTES if one.name == name]
        refused = await _try(everything_else, route)
        assert (refused.status, refused.body["title"]) == (403, "Нет права"), name
        assert "«Может управлять приёмами»" in refused.body["detail"]


async def test_every_right_is_asked_for(programme: Any) -> None:
    without = {right: await programme(*sorted(set(RIGHTS) - PEOPLE_ONLY - {right})) for right in RIGHTS}
    for route in ROUTES:
        if route.right is None:
            continue
        refused = await _try(without[route.right], route)
        assert refused.status == 403, route.name
        assert RIGHTS[route.right] in refused.body["detail"]


async def test_nobody_gets_in_unknown(nobody: Person) -> None:
    stranger = Person(client=nobody.client, token="rgk_guessed")
    for route in ROUTES:
        for person in (nobody, stranger):
            if route.public:
                continue
            refused = await _try(person, route)
            assert refused.status == 401, route.name
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_open_to_nobody_in_particular_is_little() -> None:
    assert {route.name for route in ROUTES if route.public} == {"logIn", "openPaymentLink", "acceptPaymentTerms"}


async def _try(person: Person, route: Route) -> Told:
    return await person.send(route.method, re.sub(r"\{\w+\}", "x", route.path), {} if route.body else None)


def test_only_the_director_reads_ratings_by_role() -> None:
    assert [role for role, rights in ROLE_RIGHTS.items() if "ratings.read" in rights] == [Role.DIRECTOR]
    assert {right for rights in ROLE_RIGHTS.values() for right in rights} <= set(RIGHTS)


async def test_only_hashes_of_passwords_tokens_and_keys_are_kept(house: ApiHouse, hire: Any, programme: Any) -> None:
    person, key = await hire(Role.REGISTRAR), await programme("visits.read")
    kept = [
        value
        for table in (UserRow, SessionRow, ApiKeyRow)
        for row in await house.rows(table)
        for value in vars(row).values()
    ]
    assert person.token not in kept
    assert key.token not in kept
    assert PASSWORD not in kept
    assert any(str(value).startswith("scrypt$") for value in kept)


async def test_log_in_gives_a_token_and_a_cookie_and_log_out_ends_both(hire: Any, nobody: Person) -> None:
    await hire(Role.REGISTRAR)
    inside = await nobody.post("/session", {"login": "Registrar", "password": PASSWORD})
    assert (inside.status, inside.body["identity"]["role"]) == (201, "registrar")
    cookie = inside.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", f"Path={PREFIX}"))
    by_cookie = await nobody.get("/me")
    assert (by_cookie.status, by_cookie.body["login"]) == (200, "registrar")
    assert "visits.manage" in by_cookie.body["rights"]
    assert (await nobody.send("DELETE", "/session")).status == 204
    by_token = Person(client=nobody.client, token=inside.body["token"])
    assert (await by_token.get("/me")).status == 401


async def test_a_cookie_is_of_no_use_to_another_site(hire: Any, nobody: Person) -> None:
    await hire(Role.REGISTRAR)
    await nobody.post("/session", {"login": "registrar", "password": PASSWORD})
    foreign = await nobody.send("DELETE", "/session", headers={"Origin": "https://evil.example"})
    assert (foreign.status, foreign.body["title"]) == (403, "Доступ закрыт")
    assert (await nobody.get("/me")).status == 200


async def test_a_session_ends_with_the_shift(house: ApiHouse, hire: Any) -> None:
    person = await hire(Role.REGISTRAR)
    house.clock.advance(timedelta(hours=11, minutes=59))
    assert (await person.get("/me")).status == 200
    house.clock.advance(timedelta(minutes=1))
    assert (await person.get("/me")).status == 401


async def test_guessing_a_password_is_stopped(house: ApiHouse, hire: Any, nobody: Person) -> None:
    await hire(Role.REGISTRAR)
    for _ in range(5):
        wrong = await nobody.post("/session", {"login": "registrar", "password": "wrong"})
        assert wrong.status == 401
    right = {"login": "registrar", "password": PASSWORD}
    stopped = await nobody.post("/session", right)
    assert (stopped.status, "подождите" in stopped.body["detail"]) == (409, True)
    house.clock.advance(timedelta(minutes=10))
    assert (await nobody.post("/session", right)).status == 201


async def test_who_leaves_is_logged_out_at_once(hire: Any) -> None:
    admin, person = await hire(Role.ADMIN), await hire(Role.REGISTRAR)
    [user] = [one for one in (await admin.get("/users")).body["items"] if one["login"] == "registrar"]
    gone = await admin.send("PATCH", f"/users/{user['id']}", {"active": False})
    assert gone.body["active"] is False
    assert (await person.get("/me")).status == 401
    assert (await person.post("/session", {"login": "registrar", "password": PASSWORD})).status == 401


async def test_an_admin_cannot_make_a_director_or_take_the_directors_place(hire: Any) -> None:
    admin, director = await hire(Role.ADMIN), await hire(Role.DIRECTOR)
    new = {"login": "boss", "full_name": "Новый", "password": "long enough"}
    for wanted in ({"role": "director"}, {"role": "registrar", "rights": ["ratings.read"]}):
        refused = await admin.post("/users", new | wanted)
        assert (refused.status, "Видит оценки" in refused.body["detail"]) == (409, True)
    [boss] = [one for one in (await admin.get("/users")).body["items"] if one["role"] == "director"]
    stolen = await admin.send("PUT", f"/users/{boss['id']}/password", {"password": "long enough"})
    assert stolen.status == 409
    assert (await admin.send("PATCH", f"/users/{boss['id']}", {"active": False})).status == 409
    assert (await admin.post("/api-keys", {"name": "x", "rights": ["ratings.read"]})).status == 409
    assert (await director.post("/users", new | {"role": "director"})).status == 201


async def test_the_last_director_stays(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    [me] = (await director.get("/users")).body["items"]
    for change in ({"role": "registrar"}, {"active": False}):
        refused = await director.send("PATCH", f"/users/{me['id']}", change)
        assert (refused.status, refused.body["detail"]) == (409, "Должен остаться хотя бы один действующий директор")
    await hire(Role.DIRECTOR, "second")
    assert (await director.send("PATCH", f"/users/{me['id']}", {"role": "registrar"})).body["role"] == "registrar"


async def test_users_are_made_changed_and_audited(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    body = {"login": "Olga", "full_name": "Ольга", "role": "registrar", "password": "long enough"}
    made = await director.post("/users", body)
    assert (made.status, made.body["login"], "password" in made.body) == (201, "olga", False)
    assert (await director.post("/users", body)).status == 409
    path = f"/users/{made.body['id']}"
    changed = await director.send("PATCH", path, {"role": "senior_registrar", "rights": ["audit.read"]})
    assert (changed.body["role"], changed.body["rights"]) == ("senior_registrar", ["audit.read"])
    unknown = await director.send("PATCH", path, {"rights": ["no.such"]})
    assert (unknown.status, unknown.body["detail"]) == (409, "Такого права нет: no.such")
    assert (await director.send("PUT", f"{path}/password", {"password": "another one"})).status == 204
    assert (await director.get(path)).body["full_name"] == "Ольга"
    lines = (await director.get("/audit", subject="user", subject_id=made.body["id"])).body["items"]
    assert [line["action"] for line in lines] == ["user.password", "user.change", "user.create"]
    assert lines[1]["detail"]["before"]["role"] == "registrar"
    assert "Ольга" not in str(lines)


async def test_a_key_works_until_it_is_revoked_and_is_shown_once(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    made = await director.post("/api-keys", {"name": "Сайт", "rights": ["visits.read"]})
    site = Person(client=director.client, token=made.body["secret"])
    assert (await site.get("/me")).body["name"] == "Сайт"
    listed = await director.get("/api-keys")
    assert made.body["secret"] not in str(listed.body)
    assert (await director.send("DELETE", f"/api-keys/{made.body['key']['id']}")).body["revoked_at"] is not None
    assert (await site.get("/me")).status == 401
    assert (await director.send("DELETE", "/api-keys/none")).status == 404
    assert len((await director.get("/rights")).body["items"]) == len(RIGHTS)


async def test_a_branch_is_not_the_others_business(house: ApiHouse, hire: Any, client: Client) -> None:
    async with house.database.write() as session:
        session.add(
            BranchRow(
                id="east",
                ordinal=1,
                name="Восток",
                address="Мира, 2",
                timezone="Asia/Yekaterinburg",
                hours={},
                lab_hours={},
            )
        )
        await session.flush()
        session.add(
            DoctorRow(id="d9", ordinal=9, full_name="Орлов Олег Олегович", specialty="терапевт", branch_id="east")
        )
    visit, opening = await house.book(at(30, "09:00")), await house.opening(at(30, "12:00"))
    task = await house.desk.tasks.create_task(
        patient_id=visit.patient.id, need=Need(doctor_id="d1"), comment="позвонить", by=REGISTRAR
    )
    east = await hire(Role.REGISTRAR, "east", branches=["east"])
    main = await hire(Role.REGISTRAR, "main", branches=["main"])
    for path in (f"/visits/{visit.id}", f"/tasks/{task.id}"):
        assert ((await east.get(path)).status, (await main.get(path)).status) == (403, 200)
    assert (await east.post("/holds", {"opening_id": opening})).status == 403
    assert (await east.get("/openings", branch_id="main")).status == 403
    for path, count in (("/visits", 1), ("/openings", 1), ("/tasks", 1)):
        seen = [len((await person.get(path)).body["items"]) for person in (east, main)]
        assert seen == [0, count], path
    assert (await east.post(f"/visits/{visit.id}/no-show")).status == 403
