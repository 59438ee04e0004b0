"""One small real use of each well-known package: what it returns can only come from a package that works."""

import asyncio
import io
from collections.abc import Callable

import aiohttp
import alembic.config
import boto3
import httpx
import jinja2
import jwt
import lxml.html
import numpy as np
import orjson
import pandas as pd
import psycopg
import redis
import sentry_sdk
import sqlalchemy as sa
import structlog
import tenacity
import typer
import yaml
from bs4 import BeautifulSoup
from celery import Celery
from cryptography.fernet import Fernet
from email_validator import validate_email
from itsdangerous import URLSafeSerializer
from opentelemetry.sdk.trace import TracerProvider
from PIL import Image
from prometheus_client import CollectorRegistry, Counter, generate_latest
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.table import Table

ORDERS = [
    {"customer": "ada", "item": "ink", "price": 4.5, "count": 2},
    {"customer": "ada", "item": "paper", "price": 3.0, "count": 5},
    {"customer": "grace", "item": "ink", "price": 4.5, "count": 1},
]
KEY = "a key of the benchmark, thirty-two bytes or more"


class Order(BaseModel):
    customer: str
    item: str
    price: float
    count: int


class Settings(BaseSettings):
    shop_currency: str = "EUR"


def with_aiohttp() -> str:
    async def header() -> str:
        async with aiohttp.ClientSession(headers={"X-Shop": "open"}) as session:
            return session.headers["X-Shop"]

    return asyncio.run(header())


def with_alembic() -> str:
    config = alembic.config.Config()
    config.set_main_option("script_location", "migrations")
    return config.get_main_option("script_location")


def with_beautifulsoup() -> str:
    return BeautifulSoup("<p>two <b>orders</b></p>", "lxml").b.text


def with_boto3() -> str:
    client = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="secret")
    return client.generate_presigned_url("get_object", {"Bucket": "shop", "Key": "bill.pdf"}).split("?")[0]


def with_celery() -> str:
    celery = Celery("shop", broker="memory://")

    @celery.task(name="shop.bill")
    def bill() -> None:
        pass

    return bill.name


def with_cryptography() -> str:
    fernet = Fernet(Fernet.generate_key())
    return fernet.decrypt(fernet.encrypt(b"the bill")).decode()


def with_email_validator() -> str:
    return validate_email("ada@example.org", check_deliverability=False).domain


def with_httpx() -> str:
    return str(httpx.Client(base_url="https://shop.example.org").build_request("GET", "/orders").url)


def with_itsdangerous() -> list[str]:
    signer = URLSafeSerializer(KEY)
    return signer.loads(signer.dumps(["ink", "paper"]))


def with_jinja2() -> str:
    return jinja2.Template("{{ orders | map(attribute='item') | join(', ') }}").render(orders=ORDERS)


def with_lxml() -> int:
    return len(lxml.html.fromstring("<ul><li>ink<li>paper</ul>").findall("li"))


def with_numpy() -> float:
    return float(np.array([order["price"] for order in ORDERS]) @ np.array([order["count"] for order in ORDERS]))


def with_opentelemetry() -> str:
    with TracerProvider().get_tracer("shop").start_as_current_span("order") as span:
        return span.name


def with_orjson() -> str:
    return orjson.dumps(ORDERS[0]).decode()


def with_pandas() -> dict[str, int]:
    return pd.DataFrame(ORDERS).groupby("customer")["count"].sum().to_dict()


def with_pillow() -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG")
    return Image.open(io.BytesIO(file.getvalue())).format


def with_prometheus() -> str:
    registry = CollectorRegistry()
    Counter("orders", "Orders taken", registry=registry).inc(3)
    return generate_latest(registry).decode().splitlines()[2]


def with_psycopg() -> int:
    return psycopg.pq.version()


def with_pydantic() -> str:
    return Order.model_validate(ORDERS[0]).item


def with_pydantic_settings() -> str:
    return Settings().shop_currency


def with_pyjwt() -> str:
    return jwt.decode(jwt.encode({"sub": "ada"}, KEY), KEY, ["HS256"])["sub"]


def with_redis() -> int:
    return redis.ConnectionPool.from_url("redis://localhost:6379/3").connection_kwargs["db"]


def with_rich() -> str:
    table = Table("item", "count")
    for order in ORDERS:
        table.add_row(order["item"], str(order["count"]))
    console = Console(file=io.StringIO(), width=40)
    console.print(table)
    return console.file.getvalue().splitlines()[3].strip()


def with_sentry() -> bool:
    return sentry_sdk.Client().is_active()


def with_sqlalchemy() -> float:
    engine = sa.create_engine("sqlite://")
    orders = sa.Table("orders", sa.MetaData(), sa.Column("price", sa.Float), sa.Column("count", sa.Integer))
    with engine.begin() as connection:
        orders.create(connection)
        connection.execute(orders.insert(), [{"price": order["price"], "count": order["count"]} for order in ORDERS])
        return connection.scalar(sa.select(sa.func.sum(orders.c.price * orders.c.count)))


def with_structlog() -> str:
    return structlog.processors.KeyValueRenderer()(None, "info", {"event": "sold"})


def with_tenacity() -> int:
    attempts = 0

    @tenacity.retry(stop=tenacity.stop_after_attempt(3))
    def flaky() -> int:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise OSError
        return attempts

    return flaky()


def with_typer() -> str:
    return typer.style("sold", bold=True)


def with_yaml() -> object:
    return yaml.safe_load("items: [ink, paper]")


PROOFS: dict[str, Callable[[], object]] = {
    name.removeprefix("with_"): proof for name, proof in list(globals().items()) if name.startswith("with_")
}
