"""Users who are served nothing in a project for a while."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("steadyhand", "0002_ripening")]
    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.IntegerField()),
                ("project", models.IntegerField()),
                ("reason", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "project"), name="steadyhand_paused_once"),
                ]
            },
        ),
    ]
