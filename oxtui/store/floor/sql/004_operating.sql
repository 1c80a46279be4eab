-- Functions for steps, playbooks, legal holds, the purge, and a SIEM.

CREATE FUNCTION keep_steps(p_digest text, p_body text)
RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    INSERT INTO steps (digest, body) VALUES (p_digest, decode(p_body, 'base64')) ON CONFLICT DO NOTHING;
    SELECT '{"is": "ok"}'::json
$$;

CREATE FUNCTION get_steps(p_digest text)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT to_json(translate(encode(body, 'base64'), E'\n', '')) FROM steps WHERE digest = p_digest
$$;

CREATE FUNCTION playbook(p_digest text)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT to_json(translate(encode(body, 'base64'), E'\n', '')) FROM playbooks WHERE digest = p_digest
$$;

CREATE FUNCTION published()
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('digest', digest, 'agent', agent, 'second', second, 'at', at) ORDER BY number DESC), '[]')
    FROM (SELECT * FROM in_force ORDER BY number DESC LIMIT 50) AS found
$$;

-- Put a published playbook in force, unless it already is.
CREATE FUNCTION put_in_force(p_digest text, p_agent name, p_second text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE in_force IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM proposed;
    IF p_digest IS DISTINCT FROM (SELECT digest FROM in_force ORDER BY number DESC LIMIT 1) THEN
        INSERT INTO in_force (digest, agent, second) VALUES (p_digest, p_agent, p_second);
        INSERT INTO deeds (agent, what, subject) VALUES (p_agent, 'published', p_digest || ' ' || p_second);
    END IF;
END $$;

-- Put a playbook in force; with a second lead's name, only propose it: they confirm it under their own login.
CREATE FUNCTION publish(p_body text, p_second text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    given bytea := decode(p_body, 'base64');
    named text := encode(sha256(given), 'hex');
BEGIN
    PERFORM check_program();
    IF p_second <> '' AND (p_second = session_user OR NOT EXISTS (
        SELECT FROM pg_roles WHERE rolname = p_second AND rolcanlogin AND pg_has_role(oid, 'oxtui_lead', 'MEMBER'))) THEN
        RAISE EXCEPTION 'the second name has to be another lead''s' USING ERRCODE = 'OX400';
    END IF;
    PERFORM set_config('synchronous_commit', 'on', true);
    INSERT INTO playbooks (digest, body) VALUES (named, given) ON CONFLICT DO NOTHING;
    IF p_second = '' THEN
        PERFORM put_in_force(named, session_user, '');
    ELSE
        INSERT INTO proposed (digest, second) VALUES (named, p_second)
        ON CONFLICT (one) DO UPDATE SET digest = named, agent = session_user, second = p_second, at = now();
        INSERT INTO deeds (what, subject) VALUES ('proposed', named || ' ' || p_second);
    END IF;
    RETURN to_json(named);
END $$;

-- The playbook that waits for a second lead, or null.
CREATE FUNCTION proposal()
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT json_build_object('digest', digest, 'agent', agent, 'second', second, 'at', at) FROM proposed
$$;

-- Put the proposed playbook in force; only the second lead may.
CREATE FUNCTION confirm(p_digest text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    proposer name;
BEGIN
    PERFORM check_program();
    PERFORM set_config('synchronous_commit', 'on', true);
    DELETE FROM proposed WHERE digest = p_digest AND second = session_user RETURNING agent INTO proposer;
    IF proposer IS NULL THEN
        RETURN '{"is": "absent"}'::json;
    END IF;
    PERFORM put_in_force(p_digest, proposer, session_user);
    RETURN '{"is": "ok"}'::json;
END $$;

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

-- Whether a domain that a case has or had is under legal hold.
CREATE FUNCTION is_held(p_case text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM archive JOIN holds AS h ON h.domain = lower(archive.domain) WHERE case_id = p_case)
        OR EXISTS (SELECT FROM events JOIN holds AS h ON h.domain = lower(line->'data'->>'domain') WHERE case_id = p_case)
$$;

-- Remove cases closed or dropped before a time, unless they are held; a head without client data remains.
CREATE FUNCTION purge(p_closed_before text, p_reads_before timestamptz)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
DECLARE
    gone text[];
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    LOCK TABLE holds IN SHARE MODE;  -- a concurrent hold waits until the purge is over
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

-- A login is the first poll of a connection. A reused process number is recognised by the time between.
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

-- Events for a SIEM, in order, with no client data but the case's id. Call again from the last time while it returns 5,000.
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
