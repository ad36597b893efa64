"""fastapi-users with database sessions, as its documentation sets it up: `python fastapi_users_server.py URL PORT`.

Runs in an environment of its own (`make compare`). Its argon2id has Sparkle's parameters, its pool Sparkle's size.
"""

import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import SQLAlchemyAccessTokenDatabase, SQLAlchemyBaseAccessTokenTableUUID
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

POOL = 8
PASSWORDS = PasswordHelper(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=47_104, parallelism=1),)))


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


class Manager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = "0" * 32
    verification_token_secret = "0" * 32


def app_of(url: str, people: int, password: str) -> FastAPI:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=POOL, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def session() -> AsyncIterator[Any]:
        async with sessions() as one:
            yield one

    async def users(one: Any = Depends(session)) -> AsyncIterator[Any]:
        yield SQLAlchemyUserDatabase(one, User)

    async def tokens(one: Any = Depends(session)) -> AsyncIterator[Any]:
        yield SQLAlchemyAccessTokenDatabase(one, AccessToken)

    async def manager(db: Any = Depends(users)) -> AsyncIterator[Manager]:
        yield Manager(db, PASSWORDS)

    def strategy(db: Any = Depends(tokens)) -> Any:
        return DatabaseStrategy(db, lifetime_seconds=30 * 86_400)

    backend = AuthenticationBackend("db", BearerTransport(tokenUrl="login"), strategy)
    kit = FastAPIUsers[User, uuid.UUID](manager, [backend])
    active = kit.current_user(active=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        hashed = PASSWORDS.hash(password)
        async with sessions() as one:
            one.add_all(
                User(email=f"fan{n}@example.org", hashed_password=hashed, is_verified=True) for n in range(people)
            )
            await one.commit()
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.include_router(kit.get_auth_router(backend))

    @app.get("/me", response_model=schemas.BaseUser[uuid.UUID])
    async def me(user: User = Depends(active)) -> User:
        return user

    return app


if __name__ == "__main__":
    url, port, people, password = sys.argv[1:]
    app = app_of(url, int(people), password)
    uvicorn.run(app, port=int(port), loop="uvloop", http="httptools", log_level="warning", access_log=False)
