"""Django itself loads the models, checks them, and writes SQL that PostgreSQL runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ghost_engine.sql import Schema, check
from ghost_engine.sql.postgres import sandbox
from ghost_engine.sql.render.convert import convert
from ghost_engine.sql.render.domains import without_domains
from ghost_engine.sql.samples import stage

FIXTURES = Path(__file__).parents[1] / "fixtures" / "convert"
# Django itself trips over names with a percent sign (psycopg takes it for a parameter) or a double
# quote (it stands unescaped in the names Django makes of them).
SCRIPTS = {
    path.stem: path.read_text("utf-8").replace('"100%"', '"hundred"').replace('""', " ")
    for path in sorted(FIXTURES.glob("*.sql"))
}

# Run in a folder with a package `store` that holds models.py. Django looks at the sandbox's
# database (for its version, and to quote values) but writes its SQL down only.
PROGRAM = """
import sys
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.postgres", "store"],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": sys.argv[1],
                           "NAME": sys.argv[2], "USER": sys.argv[3]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()
from django.apps import apps
from django.core import checks
from django.db import connection

serious = [each for each in checks.run_checks(databases=[]) if each.level >= checks.ERROR]
assert not serious, serious
with connection.schema_editor(collect_sql=True, atomic=False) as editor:
    for model in apps.get_app_config("store").get_models():
        editor.create_model(model)
print("\\n".join(editor.collected_sql))
"""


def sql_of(models: str, folder: Path) -> str:
    """The SQL that Django makes of the models."""
    (folder / "store").mkdir()
    (folder / "store" / "__init__.py").touch()
    (folder / "store" / "models.py").write_text(models, "utf-8")
    with sandbox() as box:
        info = box.connection.info
        command = [sys.executable, "-c", PROGRAM, info.host, info.dbname, info.user]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    assert made.returncode == 0, made.stderr[-2000:]
    return made.stdout


def original(script: str) -> Schema:
    with sandbox() as box:
        return without_domains(box, stage(box, script))


def spaces(schema: Schema) -> str:
    names = sorted({table.namespace for table in schema.tables} - {"public"})
    return "".join(f"CREATE SCHEMA {name};\n" for name in names)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_django_makes_the_same_tables_columns_and_references(script: str, tmp_path: Path) -> None:
    schema = original(script)

    report = check(spaces(schema) + sql_of(convert(script, "django"), tmp_path))

    assert report.valid, report.errors
    for table in schema.tables:
        made = report.schema.table(table.qualified)
        assert made is not None
        extra = set() if table.primary_key else {"id"}  # Django's own key
        names = {column.name for column in made.columns}
        assert names == {column.name for column in table.columns} | extra
        assert set(made.primary_key) == set(table.primary_key or ("id",))
        required = {column.name for column in table.columns if not column.nullable}
        assert {column.name for column in made.columns if not column.nullable} == required | extra
        single = {
            (k.columns, k.target, k.target_columns)
            for k in table.foreign_keys
            if len(k.columns) == 1
        }
        assert {(k.columns, k.target, k.target_columns) for k in made.foreign_keys} == single
        assert {unique.columns for unique in table.uniques} <= {
            unique.columns for unique in made.uniques
        }


def test_models_read_as_people_write_them() -> None:
    text = convert(SCRIPTS["shop"], "django")

    assert "class OrderStatus(models.TextChoices):\n    OPEN = 'open', 'open'" in text
    assert (
        "class OrderLine(models.Model):\n    pk = models.CompositePrimaryKey('order', 'product')"
        in text
    )
    assert "email = models.CharField(max_length=254, unique=True)" in text
    assert "# left out: products_price_check CHECK" in text
