-- Which programs are served, legal holds, and what a SIEM is told.

-- From which day on programs that are two versions behind a schema only read: set by whoever brought it (init --from).
CREATE TABLE serving (
    number int PRIMARY KEY REFERENCES version,
    since date NOT NULL,
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);

-- That day for programs of one schema, or null: asked by those that are too old.
CREATE FUNCTION served_until(p_schema int)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT to_json(min(since)) FROM serving WHERE number >= p_schema + 2
$$;

-- Domains of which nothing is purged.
CREATE TABLE holds (
    domain text PRIMARY KEY CHECK (domain = lower(domain) AND length(domain) BETWEEN 1 AND 500),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    agent name NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION hold(p_domain text, p_reason text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    INSERT INTO holds (domain, reason) VALUES (lower(p_domain), p_reason)
    ON CONFLICT (domain) DO UPDATE SET reason = p_reason, agent = session_user, at = now();
    INSERT INTO deeds (what, subject) VALUES ('legal hold', '');
    RETURN '{"is": "ok"}'::json;
END $$;

CREATE FUNCTION release(p_domain text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
BEGIN
    DELETE FROM holds WHERE domain = lower(p_domain);
    IF NOT FOUND THEN
        RETURN '{"is": "absent"}'::json;
    END IF;
    INSERT INTO deeds (what, subject) VALUES ('legal hold released', '');
    RETURN '{"is": "ok"}'::json;
END $$;

CREATE FUNCTION hold_of(p_domain text)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT json_build_object('reason', reason, 'agent', agent, 'at', at) FROM holds WHERE domain = lower(p_domain)
$$;

-- The domains that are or were a case's: as it was opened, and as it was changed.
CREATE FUNCTION is_held(p_case text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM archive JOIN holds AS h ON h.domain = lower(archive.domain) WHERE case_id = p_case)
        OR EXISTS (SELECT FROM events JOIN holds AS h ON h.domain = lower(line->'data'->>'domain') WHERE case_id = p_case)
$$;

-- As before, but for what is held.
CREATE OR REPLACE FUNCTION purge(p_closed_before text, p_reads_before timestamptz)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
DECLARE
    gone text[];
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    LOCK TABLE holds IN SHARE MODE;  -- a hold that comes meanwhile waits, and finds what was purged gone
    gone := array(SELECT case_id FROM archive WHERE closed_at COLLATE "C" < p_closed_before COLLATE "C"
                  UNION SELECT case_id FROM cases WHERE state = 'dropped' AND touched_at < p_closed_before::timestamptz);
    IF EXISTS (SELECT FROM holds) THEN
        gone := array(SELECT case_id FROM unnest(gone) AS found(case_id) WHERE NOT is_held(case_id));
    END IF;
    PERFORM FROM cases WHERE case_id = ANY (gone) ORDER BY case_id FOR UPDATE;
    DELETE FROM archive WHERE case_id = ANY (gone);
    DELETE FROM events WHERE case_id = ANY (gone);
    UPDATE cases SET state = 'purged', head = json_build_object('id', case_id, 'opened_at', '1970-01-01T00:00:00Z'),
        touched_at = now(), tx = pg_current_xact_id()
    WHERE case_id = ANY (gone);
    DELETE FROM read_audit WHERE at < p_reads_before;
    INSERT INTO deeds (what, subject) VALUES ('purged', cardinality(gone) || ' cases closed before ' || p_closed_before);
    RETURN to_json(cardinality(gone));
END $$;

-- A login: the first news that a connection asks for. A process number that comes again is told by the time between.
CREATE FUNCTION note_login() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO read_audit (agent, what, subject) VALUES (NEW.agent, 'login', '');
    ELSIF OLD.agent <> NEW.agent OR OLD.seen_at < NEW.seen_at - interval '1 min' THEN
        INSERT INTO read_audit (agent, what, subject) VALUES (NEW.agent, 'login', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER login AFTER INSERT OR UPDATE ON presence FOR EACH ROW EXECUTE FUNCTION note_login();

CREATE INDEX events_received ON events USING brin (received_at);

-- What a SIEM is told, in order: no client data but the case's id. Asked again from the last time on while 5,000 come.
CREATE FUNCTION happened(p_after timestamptz)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('at', at, 'what', what, 'agent', agent, 'subject', subject) ORDER BY at), '[]')
    FROM (
        SELECT at, what, agent, subject FROM read_audit WHERE at > p_after AND what = 'login'
        UNION ALL
        SELECT at, CASE WHEN what = 'published' AND EXISTS (
                SELECT FROM deeds AS e WHERE e.what = 'published' AND e.at < deeds.at
                AND split_part(e.subject, ' ', 1) = split_part(deeds.subject, ' ', 1)) THEN 'rolled back' ELSE what END,
            agent, subject
        FROM deeds WHERE at > p_after
        UNION ALL
        SELECT received_at, CASE line->>'what' WHEN 'assigned' THEN 'assigned' ELSE 'irreversible done' END, agent, case_id
        FROM events WHERE received_at > p_after AND NOT imported AND (
            line->>'what' = 'assigned' OR line->>'what' = 'ticked' AND line->'data'->>'clearing' IS NOT NULL
            OR line->>'what' = 'answered' AND line->'data'->>'already' IS NOT NULL)
        ORDER BY 1 LIMIT 5000
    ) AS found
$$;

GRANT EXECUTE ON FUNCTION served_until(int), hold_of(text) TO oxtui_agent;
GRANT EXECUTE ON FUNCTION hold(text, text), release(text) TO oxtui_lead;
GRANT EXECUTE ON FUNCTION happened(timestamptz) TO oxtui_security;
REVOKE ALL ON FUNCTION note_login(), is_held(text) FROM PUBLIC;
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['serving', 'holds'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY kept ON %I TO oxtui_owner USING (true) WITH CHECK (true)', kept);
    END LOOP;
END $$;
