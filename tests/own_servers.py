"""A place of one's own on servers that others use too: an empty database, a number of the queue's server."""

from urllib.parse import urlsplit

from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from webapp.domain.role_urls import driver_url


def new_database(url: str, name: str) -> str:
    """A new, empty database of that name on the server that `url` names; its address. One that was left there is dropped."""
    admin = make_url(driver_url(url))
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        )
    engine.dispose()
    return admin.set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Drop it, whoever is connected."""
    engine = create_engine(make_url(driver_url(url)), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    engine.dispose()


def empty_queue(url: str, number: int) -> str:
    """The queue's server under that number, with nothing in it; its address."""
    own = urlsplit(url)._replace(path=f"/{number}").geturl()
    Redis.from_url(own).flushdb()
    return own
