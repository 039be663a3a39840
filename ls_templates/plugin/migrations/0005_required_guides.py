"""Guides that are to be read before going on, and who has read them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("steadyhand", "0004_training")]
    operations = [
        migrations.CreateModel(
            name="RequiredGuide",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project", models.IntegerField(unique=True)),
                ("version", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="GuideRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.IntegerField()),
                ("project", models.IntegerField()),
                ("version", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "project"), name="steadyhand_read_once"),
                ]
            },
        ),
    ]
