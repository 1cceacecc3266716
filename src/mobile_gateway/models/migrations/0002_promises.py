"""What the first tables promise about their rows."""

from tortoise import migrations

from mobile_gateway.models.migrations._0002_promises import learning, people
from mobile_gateway.models.operations import AddConstraints


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0001_tables")]

    operations = [AddConstraints({**learning.PROMISES, **people.PROMISES})]
