"""Settings, read once at start from the environment and `.env`, and passed on as values."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AnalyticsEngine(StrEnum):
    AUTO = "auto"  # local while a snapshot exists, else Graph Data Science where the server has it
    LOCAL = "local"
    GDS = "gds"


class Settings(BaseSettings):
    """Every setting of icrm. The table in docs/settings.md is generated from this class."""

    model_config = SettingsConfigDict(env_prefix="ICRM_", env_file=".env", extra="ignore", frozen=True)

    graph_url: str = Field(
        default="embedded:.icrm/graph",
        description="Where the graph is: embedded:PATH, bolt://host:port or neo4j://host:port (+s for TLS).",
    )
    graph_user: str = Field(default="neo4j", description="User of the Neo4j server; not used for the embedded graph.")
    graph_password: SecretStr | None = Field(default=None, description="Password of the Neo4j server; no default.")
    graph_database: str = Field(default="neo4j", description="Name of the database on the server.")
    embedded_memory: str = Field(default="2g", description="Memory cap of the embedded graph's process.")
    embedded_idle_seconds: float = Field(
        default=30.0, ge=0, description="The embedded graph's process ends so long after its last user."
    )
    snapshot_refresh_seconds: float = Field(
        default=5.0,
        ge=0,
        description="A running service takes a new snapshot at most so often after changes; 0: only when asked to.",
    )
    data_folder: Path = Field(
        default=Path(".icrm"), description="Snapshots, logs and caches. Never put it on a shared drive."
    )
    analytics: AnalyticsEngine = Field(
        default=AnalyticsEngine.AUTO, description="Who runs the algorithms: auto, local or gds."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; beyond loopback only with auth on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    auth: bool = Field(default=False, description="Ask for an API key. Required beyond loopback.")
    deadline_seconds: float = Field(default=2.0, gt=0, description="Online requests answer 503 after this.")
    max_requests: int = Field(default=32, ge=1, description="Requests that may run at once; more get 503.")
    max_body_bytes: int = Field(default=8 * 2**20, ge=1024, description="Largest request body, imports excepted.")
    max_import_bytes: int = Field(default=2**30, ge=1024, description="Largest uploaded import.")
    community_resolution: float = Field(
        default=2.0, gt=0, description="Resolution of Leiden; larger: smaller communities."
    )
    annual_rate: float = Field(default=0.15, ge=0, description="Discount rate a year for referral value.")
    currency: str = Field(default="USD", pattern="[A-Z]{3}", description="Reporting currency.")
    record_suggestions: bool = Field(
        default=False,
        description="POST /suggestions for a recorded need goes into the decision log unless the query says otherwise.",
    )
    exploration: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Chance that the last place of a recorded suggestion goes to one of the next in line; 0: off.",
    )
    hold_out: float = Field(
        default=0.0, ge=0, le=1, description="Share of needs for which recorded suggestions show nothing; 0: off."
    )
    pilot_regions: tuple[str, ...] = Field(
        default=(),
        description="JSON list of the regions whose seekers take part in exploration and hold-out; all when empty.",
    )
    most_disputed: float = Field(
        default=0.05, ge=0, le=1, description="Guardrail: share of introductions that may end in a dispute."
    )
    most_declined: float = Field(
        default=0.5, ge=0, le=1, description="Guardrail: share of offers that may be declined."
    )
    policy_seed: int = Field(default=0, ge=0, le=2**63 - 1, description="Seed of exploration and hold-out.")
    schedule: dict[str, str] = Field(
        default={"score_value": "0 2 * * *", "advance_introductions": "0 5 * * *"},
        description="Jobs that `icrm scheduler` queues: JSON of job and cron expression (five fields, UTC).",
    )
    outbox_folder: Path | None = Field(
        default=None, description="Messages to other systems are written here, a file each; nowhere when empty."
    )
    webhook_url: str | None = Field(
        default=None, description="Messages to other systems are posted here: https, http on this machine only."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signs what is posted: whsec_ and base64; two, with a space, while changing."
    )
    api_key: SecretStr | None = Field(
        default=None, description="Whose name `icrm finance` proposes and approves in; the command line's when empty."
    )
    operator: str | None = Field(default=None, max_length=200, description="Your name, as parties read it in letters.")
    public_url: str | None = Field(
        default=None, description="Where parties reach this service for their answers, such as https://intro.bank.com."
    )
    mail_from: str | None = Field(
        default=None, description="Address that letters to parties come from; none: no letters."
    )
    mail_folder: Path | None = Field(
        default=None, description="Letters are written here as files instead of being sent: to look at them first."
    )
    mail_allowed: tuple[str, ...] = Field(
        default=(),
        description="JSON list of addresses, or @hosts, that may be written to before going live; all when empty.",
    )
    smtp_host: str | None = Field(default=None, description="Mail server for letters to parties.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_tls: str = Field(default="starttls", description="starttls, tls, or off for a server on this machine.")
    smtp_user: str | None = Field(default=None, description="User at the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server; no default.")
    inbound_secret: SecretStr | None = Field(
        default=None,
        description="Your mail system signs replies with it: whsec_ and base64; none: no replies are taken.",
    )
    link_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs the links by which parties answer, the same for all processes; when empty, a file of the "
        "data folder.",
    )
    audit_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Seals the audit log: 32 characters or more, the same for all processes; when empty, a file of "
        "the data folder.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
