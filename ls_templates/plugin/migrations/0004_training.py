"""Projects whose newcomers are trained first, and who is through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("steadyhand", "0003_pauses")]
    operations = [
        migrations.CreateModel(
            name="Training",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project", models.IntegerField(unique=True)),
                ("training", models.IntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Admission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.IntegerField()),
                ("project", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "project"), name="steadyhand_admitted_once"),
                ]
            },
        ),
    ]
