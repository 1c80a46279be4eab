-- Functions that read. Whole cases and searches go to read_audit.

CREATE FUNCTION document_of(p_case cases) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_array(p_case.case_id, p_case.generation, p_case.last_seq, p_case.state, p_case.format, p_case.head,
                            lines_after(p_case.case_id, p_case.generation, 0))
$$;

-- The poll of an agent's program: the cases changed since the cursor, who is where, what is in force. The next cursor is
-- the oldest transaction still running, taken before anything is read, so that no commit is missed.
CREATE FUNCTION news(p_cursor text, p_here text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    snapshot pg_snapshot := pg_current_snapshot();
    asked xid8 := coalesce(nullif(p_cursor, ''), '0')::xid8;
    moment timestamptz := clock_timestamp();
    mine presence;
    all_present json;
BEGIN
    SELECT * INTO mine FROM presence WHERE pid = pg_backend_pid();
    IF mine.pid IS NULL OR mine.case_id <> p_here OR mine.agent <> session_user
       OR mine.seen_at < moment - interval '4 s' THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        IF p_here <> '' AND (mine.case_id IS NULL OR mine.case_id <> p_here) THEN
            INSERT INTO read_audit (what, subject) VALUES ('opened', left(p_here, 64));
        END IF;
        INSERT INTO presence AS p VALUES (pg_backend_pid(), session_user, left(p_here, 64), moment, moment)
        ON CONFLICT (pid) DO UPDATE SET agent = session_user, case_id = left(p_here, 64), seen_at = moment,
            since = CASE WHEN p.case_id = left(p_here, 64) AND p.agent = session_user THEN p.since ELSE moment END;
    END IF;
    SELECT who INTO all_present FROM present WHERE at > moment - interval '500 ms';
    IF NOT FOUND THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        SELECT coalesce(json_agg(json_build_array(case_id, agent, since) ORDER BY since), '[]') INTO all_present
        FROM (SELECT case_id, agent, min(p.since) AS since FROM presence AS p
              WHERE case_id <> '' AND seen_at > moment - interval '12 s' GROUP BY case_id, agent) AS found;
        PERFORM FROM present FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE present SET at = moment, who = all_present;
        ELSE  -- another session is updating it, or the table was lost in a crash
            INSERT INTO present (at, who) VALUES (moment, all_present) ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    RETURN json_build_object(
        'cursor', pg_snapshot_xmin(snapshot)::text,
        'behind', asked > pg_snapshot_xmax(snapshot),
        'timeline', left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
        'now', moment,
        'agent', session_user,
        'lead', pg_has_role(session_user, 'oxtui_lead', 'MEMBER'),
        'schema', (SELECT max(number) FROM version),
        'reads_only_from', reads_only_from(),
        'in_force', (SELECT digest FROM in_force ORDER BY number DESC LIMIT 1),
        'who', all_present,
        'heads', (SELECT coalesce(json_agg(json_build_array(case_id, generation, last_seq, state)), '[]') FROM cases
                  WHERE tx >= asked AND (asked > '0' OR state = 'open')));
END $$;

-- Open cases, each after the event that the caller has: [[case id, generation, number], ...]. Every program gets what
-- happens now; reading what is older than a minute is audited, a large read by its size alone.
CREATE FUNCTION logs(p_wanted json)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    older text[];
    answer json;
BEGIN
    IF json_array_length(p_wanted) > 200 THEN
        RAISE EXCEPTION 'ask for 200 cases at most' USING ERRCODE = 'OX400';
    END IF;
    WITH asked AS (
        SELECT cases.*, CASE WHEN generation = (wanted->>1)::int THEN (wanted->>2)::int ELSE 0 END AS after
        FROM json_array_elements(p_wanted) AS given(wanted) JOIN cases ON case_id = wanted->>0 AND state = 'open')
    SELECT coalesce(json_agg(json_build_array(
               a.case_id, a.generation, last_seq, state, format, head, lines_after(a.case_id, a.generation, after))), '[]'),
           array_agg(a.case_id ORDER BY a.case_id) FILTER (WHERE received_at < clock_timestamp() - interval '1 min')
    INTO answer, older
    FROM asked AS a LEFT JOIN events AS e ON e.case_id = a.case_id AND e.generation = a.generation AND seq = after + 1;
    IF older IS NOT NULL THEN
        INSERT INTO read_audit (what, subject) VALUES ('logs', CASE WHEN cardinality(older) <= 10
            THEN array_to_string(older, ' ') ELSE cardinality(older) || ' open cases' END);
    END IF;
    RETURN answer;
END $$;

-- Those of some cases that the floor knows, in any state: a forgotten one was lost in a restore.
CREATE FUNCTION known_of(p_cases json)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT coalesce(json_agg(case_id), '[]') FROM cases
    WHERE case_id IN (SELECT json_array_elements_text(p_cases) LIMIT 20000)
$$;

CREATE FUNCTION get_case(p_case text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    here cases;
BEGIN
    SELECT * INTO here FROM cases WHERE case_id = p_case AND state = 'closed';
    IF here.case_id IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO read_audit (what, subject) VALUES ('opened', p_case);
    RETURN document_of(here);
END $$;

CREATE FUNCTION closed_of(p_cases json)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
    SELECT coalesce(json_agg(case_id), '[]') FROM archive
    WHERE case_id IN (SELECT json_array_elements_text(p_cases) LIMIT 20000)
$$;

CREATE FUNCTION count_closed()
RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    guessed real := (SELECT reltuples FROM pg_class WHERE oid = 'oxtui.archive'::regclass);
BEGIN
    IF guessed > 100000 THEN  -- counting a million takes as long as ten searches
        RETURN to_json(guessed::bigint);
    END IF;
    RETURN to_json((SELECT count(*) FROM archive));
END $$;

CREATE FUNCTION recent(p_most int)
RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
    INSERT INTO read_audit (what, subject) VALUES ('listed', 'recent');
    SELECT coalesce(json_agg(summary ORDER BY number DESC), '[]')
    FROM (SELECT number, summary FROM archive ORDER BY number DESC LIMIT least(p_most, 50)) AS found
$$;

CREATE FUNCTION by_domain(p_domain text)
RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
    INSERT INTO read_audit (what, subject) VALUES ('domain', left(p_domain, 500));
    SELECT coalesce(json_agg(summary ORDER BY number DESC), '[]')
    FROM (SELECT number, summary FROM archive WHERE lower(domain) = lower(p_domain) ORDER BY number DESC LIMIT 50) AS found
$$;

-- Search by the beginnings of words. A few hits come from the index; many are found sooner by scanning from the newest.
CREATE FUNCTION search(p_words text[], p_most int)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    most int := least(p_most, 50);
    hits bigint[];
    query tsquery;
BEGIN
    IF cardinality(p_words) NOT BETWEEN 1 AND 32 THEN
        RETURN '[]';
    END IF;
    INSERT INTO read_audit (what, subject) VALUES ('searched', left(array_to_string(p_words, ' '), 500));
    SELECT string_agg('''' || replace(replace(left(word, 200), '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
    INTO query FROM unnest(p_words) AS word;
    hits := array(SELECT number FROM archive WHERE words @@ query LIMIT 4001);
    IF cardinality(hits) <= 4000 THEN
        RETURN (SELECT coalesce(json_agg(summary ORDER BY number DESC), '[]')
                FROM (SELECT number, summary FROM archive WHERE number = ANY (hits) ORDER BY number DESC LIMIT most) AS found);
    END IF;
    RETURN (SELECT coalesce(json_agg(summary ORDER BY number DESC), '[]')
            FROM (SELECT number, summary FROM archive WHERE (words @@ query) IS TRUE
                  ORDER BY number DESC LIMIT most) AS found);
END $$;

-- The cases closed between two times; for leads and reports, not for agents.
CREATE FUNCTION closed_between(p_since text, p_until text)
RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '200ms' AS $$
    INSERT INTO read_audit (what, subject) VALUES ('report', left(p_since || ' to ' || p_until, 100));
    SELECT coalesce(json_agg(summary ORDER BY closed_at), '[]') FROM archive
    WHERE closed_at COLLATE "C" >= p_since COLLATE "C" AND closed_at COLLATE "C" < p_until COLLATE "C"
$$;

CREATE FUNCTION agents()
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
    WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'oxtui_agent', 'MEMBER')
$$;

-- Figures without client data, for the report role and the operator.
CREATE FUNCTION figures()
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT json_build_object(
        'schema', (SELECT max(number) FROM version),
        'open', (SELECT count(*) FROM cases WHERE state = 'open'),
        'closed', (SELECT count(*) FROM cases WHERE state = 'closed'),
        'events_today', (SELECT count(*) FROM events WHERE received_at >= date_trunc('day', now())),
        'in_force', (SELECT digest FROM in_force ORDER BY number DESC LIMIT 1),
        'here', (SELECT coalesce(json_agg(DISTINCT agent), '[]') FROM presence WHERE seen_at > clock_timestamp() - interval '12 s'))
$$;

CREATE FUNCTION reads(p_since timestamptz)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('at', at, 'agent', agent, 'what', what, 'subject', subject) ORDER BY at), '[]')
    FROM (SELECT * FROM read_audit WHERE at >= p_since ORDER BY at LIMIT 10000) AS found
$$;
