"""Reservations that are released some tasks after they were created."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("steadyhand", "0001_first")]
    operations = [
        migrations.AddField("reservation", "user", models.IntegerField(default=0, db_index=True)),
        migrations.AddField("reservation", "project", models.IntegerField(default=0)),
        migrations.AddField("reservation", "ripe_at", models.IntegerField(null=True)),
        migrations.AlterField("reservation", "task", models.IntegerField(db_index=True)),
    ]
