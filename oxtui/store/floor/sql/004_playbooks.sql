-- The steps of cases, and what leads publish.

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

CREATE FUNCTION publish(p_body text, p_second text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    given bytea := decode(p_body, 'base64');
    named text := encode(sha256(given), 'hex');
BEGIN
    IF p_second <> '' AND (p_second = session_user OR NOT EXISTS (
        SELECT FROM pg_roles WHERE rolname = p_second AND rolcanlogin AND pg_has_role(oid, 'oxtui_lead', 'MEMBER'))) THEN
        RAISE EXCEPTION 'the second name has to be another lead''s' USING ERRCODE = 'OX400';
    END IF;
    PERFORM set_config('synchronous_commit', 'on', true);
    LOCK TABLE in_force IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO playbooks (digest, body) VALUES (named, given) ON CONFLICT DO NOTHING;
    IF named IS DISTINCT FROM (SELECT digest FROM in_force ORDER BY number DESC LIMIT 1) THEN
        INSERT INTO in_force (digest, second) VALUES (named, p_second);
        INSERT INTO deeds (what, subject) VALUES ('published', named || ' ' || p_second);
    END IF;
    RETURN to_json(named);
END $$;

-- The purge: what was closed or dropped before a time goes, with its words; a head without client data stays.
CREATE FUNCTION purge(p_closed_before text, p_reads_before timestamptz)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
DECLARE
    gone text[];
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    gone := array(SELECT case_id FROM archive WHERE closed_at COLLATE "C" < p_closed_before COLLATE "C"
                  UNION SELECT case_id FROM cases WHERE state = 'dropped' AND touched_at < p_closed_before::timestamptz);
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
