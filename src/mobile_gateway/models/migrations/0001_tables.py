"""The first tables."""

from tortoise import migrations

from mobile_gateway.models.migrations._0001_tables import (
    catalogue,
    credits,
    home,
    notifying,
    people,
    places,
    staff,
    watching,
)


class Migration(migrations.Migration):
    initial = True

    operations = [
        *places.TABLES,
        *catalogue.TABLES,
        *home.TABLES,
        *people.TABLES,
        *staff.TABLES,
        *watching.TABLES,
        *credits.TABLES,
        *notifying.TABLES,
    ]
