-- The tables of a floor. Everything belongs to oxtui_owner, who cannot log in; agents call functions only.

-- The head of a case. It remains, without client data, after the case is dropped or purged, so that programs hear of it.
CREATE TABLE cases (
    case_id text PRIMARY KEY CHECK (case_id ~ '^[a-z0-9-]{1,64}$'),
    format int NOT NULL CHECK (format > 0),
    head json NOT NULL,                            -- the document without its log and format, verbatim
    generation int NOT NULL DEFAULT 1,             -- the number of its current log
    last_seq int NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed', 'dropped', 'purged')),
    touched_at timestamptz NOT NULL DEFAULT now(),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id()  -- the last transaction that changed it; readers poll by it
);
CREATE INDEX cases_tx ON cases (tx);
CREATE INDEX cases_open ON cases (case_id) WHERE state = 'open';

-- json, not jsonb: checksums are over the very text. A row is never changed.
CREATE TABLE events (
    case_id text NOT NULL REFERENCES cases,
    generation int NOT NULL,
    seq int NOT NULL CHECK (seq > 0),
    id text NOT NULL CHECK (length(id) BETWEEN 1 AND 80),
    agent name NOT NULL,                           -- the role that was logged in, whatever the line says
    imported boolean NOT NULL,                     -- part of a case from elsewhere, reported by agent
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    line json NOT NULL,
    PRIMARY KEY (case_id, generation, seq),
    UNIQUE (case_id, generation, id),
    -- a case is opened once, by its first event
    CHECK (line->>'what' <> 'opened' OR seq = 1)
);
CREATE INDEX events_received ON events USING brin (received_at);

CREATE TABLE archive (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    case_id text PRIMARY KEY REFERENCES cases,
    domain text NOT NULL,
    closed_at text NOT NULL,                       -- ISO 8601, UTC
    summary json NOT NULL,
    words tsvector NOT NULL
);
CREATE INDEX archive_words ON archive USING gin (words);
CREATE INDEX archive_domain ON archive (lower(domain), number);
CREATE INDEX archive_closing ON archive (closed_at);

-- The steps that cases are pinned to, by digest.
CREATE TABLE steps (
    digest text PRIMARY KEY CHECK (digest = encode(sha256(body), 'hex')),
    body bytea NOT NULL CHECK (length(body) < 16000000),
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);

-- Published playbooks, and the history of which was in force.
CREATE TABLE playbooks (
    digest text PRIMARY KEY CHECK (digest = encode(sha256(body), 'hex')),
    body bytea NOT NULL CHECK (length(body) < 16000000),
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE in_force (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest text NOT NULL REFERENCES playbooks,
    agent name NOT NULL DEFAULT session_user,
    second text NOT NULL DEFAULT '',               -- the other lead, who confirmed it under their own login
    at timestamptz NOT NULL DEFAULT now()
);
-- A published playbook that is not in force before the second lead confirms it; one at a time.
CREATE TABLE proposed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    digest text NOT NULL REFERENCES playbooks,
    agent name NOT NULL DEFAULT session_user,
    second name NOT NULL CHECK (second <> agent),
    at timestamptz NOT NULL DEFAULT now()
);

-- Who has which case open; lost in a crash, and soon there again.
CREATE UNLOGGED TABLE presence (
    pid int PRIMARY KEY,
    agent name NOT NULL,
    case_id text NOT NULL,
    since timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);

-- The same as JSON, cached for half a second.
CREATE UNLOGGED TABLE present (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL,
    who json NOT NULL
);

-- Who opened, searched or fetched what; only oxtui_security reads it.
CREATE TABLE read_audit (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    agent name NOT NULL DEFAULT session_user,
    what text NOT NULL,
    subject text NOT NULL
);
CREATE INDEX read_audit_at ON read_audit (at);

-- Changes to the floor itself: published, purged, agents.
CREATE TABLE deeds (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    agent name NOT NULL DEFAULT session_user,
    what text NOT NULL,
    subject text NOT NULL
);

-- The day from which programs two versions behind a schema only read (init --from).
CREATE TABLE serving (
    number int PRIMARY KEY REFERENCES version,
    since date NOT NULL,
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);

-- Domains under legal hold: nothing of theirs is purged.
CREATE TABLE holds (
    domain text PRIMARY KEY CHECK (domain = lower(domain) AND length(domain) BETWEEN 1 AND 500),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);
