"""Tables of the exchange: imports with their result, and feeds that are expected to come."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PlanImport(models.Model):
    """One file given to us: kept until read, then its result stays for the result page."""

    job_id = models.BigIntegerField(null=True)
    source_name = models.CharField(max_length=260)
    size_bytes = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    stored_path = models.CharField(max_length=400, blank=True)  # below WATCHFLOOR_HOME, removed once read
    uploaded_by_id = models.BigIntegerField(null=True)
    uploaded_by_name = models.CharField(max_length=150, blank=True)
    programme_id = models.BigIntegerField(null=True)  # where new projects go
    project_id = models.BigIntegerField(null=True)  # the one project the file updates, if named
    dry_run = models.BooleanField(default=False)
    as_baseline = models.JSONField(default=dict)  # what shall become which baseline; empty: the file is a plan
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # waiting, running, done, unchanged, checked, refused, cancelled; asks (which project?), held (older data date)
    state = models.CharField(max_length=12, default="waiting")
    format = models.CharField(max_length=12, blank=True)
    tool = models.CharField(max_length=120, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    remarks = models.JSONField(default=list)  # [code, place, detail]
    result = models.JSONField(default=dict)  # per project: counts, revision, comparison with stored dates
    # What a person said to its questions, with who and when; the import then goes on with that person's rights.
    answers = models.JSONField(default=dict)


class ImportedProject(models.Model):
    """Which projects an import touched, so that its page can be scoped to who may see them."""

    plan_import = models.ForeignKey(PlanImport, on_delete=models.CASCADE, related_name="projects")
    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE)
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.CASCADE)


class FeedKind(models.TextChoices):
    FILE = "file"  # one file under one name
    PATTERN = "pattern"  # the newest of the files whose name fits
    FOLDER = "folder"  # every plan file in it, each for the project it names


class Feed(models.Model):
    """A file, a pattern or a folder that is read again and again; freshness is on the floor.

    With a project every file is for it. A folder belongs to a programme, or (with neither) to the organisation; its
    files find their projects as imports do, and only among those of the programme.
    """

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="feeds")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=8, choices=FeedKind.choices, default=FeedKind.FILE)
    path = models.CharField(max_length=400)
    every_seconds = models.BigIntegerField()
    makes_projects = models.BooleanField(default=False)  # a plan like none we hold becomes a new project
    # Added through page or API: read only while its path lies in a folder that the settings allow.
    is_restricted = models.BooleanField(default=False)
    by_command = models.BooleanField(default=False)  # watched by ``import --watch``, not by the pipeline
    added_at = models.DateTimeField(null=True)
    added_by_id = models.BigIntegerField(null=True)
    added_by_name = models.CharField(max_length=150, blank=True)
    removed_at = models.DateTimeField(null=True)  # kept, so that removing can be undone and what came stays told
    last_run_at = models.DateTimeField(null=True)
    last_change_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    active = models.BooleanField(default=True)


class FeedFile(models.Model):
    """One file a feed has seen: what it looked like then, and what became of it."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=400)  # below the folder
    size_bytes = models.BigIntegerField()
    modified_ns = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    read_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)  # last time it came in whole
    outcome = models.CharField(max_length=12)  # as the state of its import; failed: a fault of ours
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    plan_import = models.ForeignKey(PlanImport, null=True, on_delete=models.SET_NULL, related_name="+")
    last_good = models.ForeignKey(PlanImport, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("feed", "name"), name="feed_file_once"),)
        indexes = (models.Index(fields=("feed", "read_at"), name="feed_file_by_time"),)


class FeedFollower(models.Model):
    """Who is told by mail what a feed brought, and until when they know."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    told_until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("feed", "user"), name="feed_follower_once"),)


class ProjectMapping(models.Model):
    """Which project a file updates, decided once by a person: asked for nothing again that looks like it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="mappings")
    file_pattern = models.CharField(max_length=260)  # the file's name with dates and issue numbers as *
    source_pattern = models.CharField(max_length=120)  # the project's code in the file, likewise
    # As in the file that was asked about.
    source_code = models.CharField(max_length=120, blank=True)
    source_name = models.CharField(max_length=200, blank=True)
    source_guid = models.CharField(max_length=60, blank=True)
    equal = models.IntegerField(default=0)  # activity codes that were the same then
    of = models.IntegerField(default=0)  # out of so many in the file
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("source_pattern",), name="mapping_by_source"),
            models.Index(fields=("file_pattern",), name="mapping_by_file"),
        )


class ActivityAlias(models.Model):
    """What a source calls an activity that we hold under another key: its code changed, it did not."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="activity_aliases")
    source_key = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    how = models.CharField(max_length=10)  # guid, rename (found so), person (confirmed by somebody), taken (key in use)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "source_key"), name="activity_alias_once"),)


class CostMappingRow(models.Model):
    """How the cost reports of one sender are read; asked for once, found again by their headings."""

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE)  # where it was first used
    name = models.CharField(max_length=120)
    headings = models.CharField(max_length=64)  # digest of the headings it fits
    mapping = models.JSONField()
    used_at = models.DateTimeField()
    used_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="cost_mapping_name_once", nulls_distinct=False),
        )


class CostFile(models.Model):
    """One cost report given to us: its cells until it is recorded or thrown away, then what became of it."""

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE)  # None: rows name theirs
    source_name = models.CharField(max_length=260)
    digest = models.CharField(max_length=64)
    uploaded_by_id = models.BigIntegerField(null=True)
    uploaded_by_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default="open")  # open, recorded, unchanged, discarded
    mapping_name = models.CharField(max_length=120, blank=True)
    result = models.JSONField(default=dict)  # project code → number of its batch; counts
    table = models.BinaryField(default=bytes)  # compressed cells; emptied when finished


class FieldRule(models.Model):
    """A code or field of files that says something the product knows: set once, applied at each import.

    Of one project, of the projects of a programme, or of all (neither named); the nearest one counts.
    """

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="field_rules")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE)
    target = models.CharField(max_length=30)  # reported.overall, forecast_finish, client, stage, responsible …
    source = models.CharField(max_length=130)  # code:NAME or field:NAME
    values = models.JSONField(default=dict)  # value in the file → value here; empty: as it is
    set_by_name = models.CharField(max_length=150, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("target",),
                condition=models.Q(project=None, programme=None),
                name="field_rule_once_for_all",
            ),
            models.UniqueConstraint(
                fields=("project", "target"), condition=models.Q(programme=None), name="field_rule_once_per_project"
            ),
            models.UniqueConstraint(
                fields=("programme", "target"), condition=models.Q(project=None), name="field_rule_once_per_programme"
            ),
        )


class MappedValue(models.Model):
    """What a rule last set on a project, so that a value a person set since is told apart from it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=30)
    value = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "target"), name="mapped_value_once"),)
