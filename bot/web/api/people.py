"""Log-in, and who works here: sessions, users, programmes' keys."""

from __future__ import annotations

from collections.abc import Sequence

from bot.web.api import office_bodies as bodies
from bot.web.api import office_views as views
from bot.web.api import queries
from bot.web.api.facts import ApiKey, LoggedIn, User
from bot.web.api.route import Answer, Call, Route
from bot.web.problems import Problem
from crm_bridge.paging import Page
from crm_bridge.rules.rights import RIGHTS, USERS_WRITE, Identity


async def log_in(call: Call[bodies.LogIn, None]) -> LoggedIn:
    found = await call.deps.access.log_in(call.body.login, call.body.password)
    if found is None:
        raise Problem(401, "Вход не выполнен", "Неверный логин или пароль. Проверьте раскладку клавиатуры.")
    call.cookies.append(found.token)
    return found


async def log_out(call: Call[None, None]) -> None:
    await call.deps.access.log_out(call.secret)
    call.cookies.append("")


async def me(call: Call[None, None]) -> Identity:
    return call.who


async def rights(call: Call[None, None]) -> Sequence[views.RightView]:
    return [views.RightView(id=key, title=title) for key, title in RIGHTS.items()]


async def users(call: Call[None, queries.Pages]) -> Page[User]:
    return await call.deps.office.users(call.asked())


async def user(call: Call[None, None]) -> User:
    return await call.deps.staff.user(call.id)


async def create_user(call: Call[bodies.CreateUser, None]) -> User:
    body = call.body
    return await call.deps.staff.create_user(
        login=body.login,
        full_name=body.full_name,
        role=body.role,
        password=body.password,
        rights=body.rights,
        branches=body.branches,
        doctor_id=body.doctor_id,
        by=call.who,
    )


async def change_user(call: Call[bodies.ChangeUser, None]) -> User:
    body = call.body
    return await call.deps.staff.change_user(
        call.id,
        by=call.who,
        role=body.role,
        rights=body.rights,
        branches=body.branches,
        full_name=body.full_name,
        active=body.active,
    )


async def set_password(call: Call[bodies.SetPassword, None]) -> None:
    await call.deps.staff.set_password(call.id, call.body.password, by=call.who)


async def keys(call: Call[None, queries.Pages]) -> Page[ApiKey]:
    return await call.deps.office.keys(call.asked())


async def create_key(call: Call[bodies.CreateKey, None]) -> views.NewKeyView:
    body = call.body
    key, secret = await call.deps.access.create_key(body.name, body.rights, branches=body.branches, by=call.who)
    return views.NewKeyView(key=views.KeyView.model_validate(key), secret=secret)


async def revoke_key(call: Call[None, None]) -> ApiKey:
    return await call.deps.access.revoke_key(call.id, by=call.who)


TAG = "Доступ"
ROUTES = (
    Route(
        method="POST",
        path="/session",
        name="logIn",
        summary="Войти по логину и паролю",
        tag=TAG,
        handler=log_in,
        public=True,
        body=bodies.LogIn,
        view=views.SessionView,
        status=201,
        secret=True,
    ),
    Route(
        method="DELETE",
        path="/session",
        name="logOut",
        summary="Выйти",
        tag=TAG,
        handler=log_out,
        answer=Answer.NOTHING,
        status=204,
    ),
    Route(method="GET", path="/me", name="getMe", summary="Кто я и что могу", tag=TAG, handler=me, view=views.MeView),
    Route(
        method="GET",
        path="/rights",
        name="listRights",
        summary="Все права",
        tag=TAG,
        handler=rights,
        view=views.RightView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/users",
        name="listUsers",
        summary="Сотрудники",
        tag=TAG,
        handler=users,
        right=USERS_WRITE,
        query=queries.Pages,
        view=views.UserView,
        answer=Answer.PAGE,
        order="s",
    ),
    Route(
        method="POST",
        path="/users",
        name="createUser",
        summary="Завести сотрудника",
        tag=TAG,
        handler=create_user,
        right=USERS_WRITE,
        body=bodies.CreateUser,
        view=views.UserView,
        status=201,
    ),
    Route(
        method="GET",
        path="/users/{id}",
        name="getUser",
        summary="Сотрудник",
        tag=TAG,
        handler=user,
        right=USERS_WRITE,
        view=views.UserView,
    ),
    Route(
        method="PATCH",
        path="/users/{id}",
        name="changeUser",
        summary="Изменить роль, права, филиалы, доступ",
        tag=TAG,
        handler=change_user,
        right=USERS_WRITE,
        body=bodies.ChangeUser,
        view=views.UserView,
    ),
    Route(
        method="PUT",
        path="/users/{id}/password",
        name="setPassword",
        summary="Задать пароль; все входы сотрудника закрываются",
        tag=TAG,
        handler=set_password,
        right=USERS_WRITE,
        body=bodies.SetPassword,
        answer=Answer.NOTHING,
        status=204,
    ),
    Route(
        method="GET",
        path="/api-keys",
        name="listApiKeys",
        summary="Ключи программ",
        tag=TAG,
        handler=keys,
        right=USERS_WRITE,
        query=queries.Pages,
        view=views.KeyView,
        answer=Answer.PAGE,
        order="ts",
    ),
    Route(
        method="POST",
        path="/api-keys",
        name="createApiKey",
        summary="Выдать ключ; его текст виден только в этом ответе",
        tag=TAG,
        handler=create_key,
        right=USERS_WRITE,
        body=bodies.CreateKey,
        view=views.NewKeyView,
        status=201,
        secret=True,
    ),
    Route(
        method="DELETE",
        path="/api-keys/{id}",
        name="revokeApiKey",
        summary="Отозвать ключ",
        tag=TAG,
        handler=revoke_key,
        right=USERS_WRITE,
        view=views.KeyView,
    ),
)
