"""What the plugin remembers, in Label Studio's database. Plain ids, so that nothing of Label Studio's depends on it."""

from django.db import models

from ls_templates.plugin.protocol import MAX_KEY_LENGTH


class Served(models.Model):
    """A task that was given to a user to label; the first time counts. ``answered_at`` closes it: one answer."""

    user = models.IntegerField()
    task = models.IntegerField()
    served_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "task"], name="steadyhand_served_once")]


class Reservation(models.Model):
    """A task that was created for one annotator; ``key`` is the service's, so that asking twice creates it once.

    ``ripe_at`` is how many tasks the annotator must have been served before it is released, so that nothing that can be
    noticed while it is created comes just before it; None once it is released."""

    key = models.CharField(max_length=MAX_KEY_LENGTH, unique=True)
    task = models.IntegerField(db_index=True)
    user = models.IntegerField(default=0, db_index=True)
    project = models.IntegerField(default=0)
    ripe_at = models.IntegerField(null=True)


class Pause(models.Model):
    """A user who is served nothing in a project, and reads the reason."""

    user = models.IntegerField()
    project = models.IntegerField()
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="steadyhand_paused_once")]


class Training(models.Model):
    """A project whose annotators are served nothing until they have passed in the project ``training``."""

    project = models.IntegerField(unique=True)
    training = models.IntegerField(db_index=True)


class Admission(models.Model):
    """A user who is served a project's tasks, though it trains newcomers first."""

    user = models.IntegerField()
    project = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="steadyhand_admitted_once")]


class RequiredGuide(models.Model):
    """A project whose annotators are served no next task until they have read a version of its guide."""

    project = models.IntegerField(unique=True)
    version = models.IntegerField()


class GuideRead(models.Model):
    """The newest version of a project's guide that a user has read, where one is required."""

    user = models.IntegerField()
    project = models.IntegerField()
    version = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="steadyhand_read_once")]


class Policy(models.Model):
    """What the service says of a project: ``hidden`` from annotators, and whether they may correct own answers."""

    project = models.IntegerField(unique=True)
    hidden = models.BooleanField(default=False)
    corrections = models.BooleanField(default=True)
