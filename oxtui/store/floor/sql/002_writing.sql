-- Functions that change a case. Each returns JSON: {"is": "ok"}; {"is": "missed", "lines": [...]} if the log went on
-- meanwhile and nothing was written; "not-open"; "absent".

-- A program's application_name says which schema it knows (`oxtui 5`). Two versions behind, it only reads from the set day.
CREATE FUNCTION reads_only_from() RETURNS date LANGUAGE plpgsql STABLE AS $$
DECLARE
    program int := substring(current_setting('application_name') FROM '^oxtui (\d{1,6})$')::int;
BEGIN
    IF program + 2 <= (SELECT max(number) FROM version) THEN
        RETURN coalesce((SELECT min(since) FROM serving WHERE number >= program + 2), '1970-01-01');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_program() RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF reads_only_from() <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'this oxtui is too old' USING ERRCODE = 'OX426';
    END IF;
END $$;

-- The head of a case, locked until the transaction ends. Every change begins here, and is durable when it is confirmed,
-- whatever synchronous_commit the session has set.
CREATE FUNCTION locked(p_case text) RETURNS cases LANGUAGE plpgsql AS $$
DECLARE
    found_case cases;
BEGIN
    PERFORM check_program();
    PERFORM set_config('synchronous_commit', 'on', true);
    SELECT * INTO found_case FROM cases WHERE case_id = p_case FOR UPDATE;
    RETURN found_case;
END $$;

CREATE FUNCTION lines_after(p_case text, p_generation int, p_after int) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_array(agent, imported, line) ORDER BY seq), '[]')
    FROM events WHERE case_id = p_case AND generation = p_generation AND seq > p_after
$$;

CREATE FUNCTION has_all(p_case text, p_generation int, p_lines json) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM json_array_elements(p_lines) AS given(event)
        WHERE NOT EXISTS (
            SELECT FROM events
            WHERE case_id = p_case AND generation = p_generation AND id = event->>'id'))
$$;

-- JSON as checksums are taken over it: keys sorted, no blanks, minimal escapes.
CREATE FUNCTION canonical(p_value json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    kind text := json_typeof(p_value);
BEGIN
    IF kind = 'string' THEN
        RETURN to_json(p_value #>> '{}');
    ELSIF kind = 'object' THEN
        RETURN (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || canonical(value), ',' ORDER BY key COLLATE "C"), '')
                || '}' FROM json_each(p_value));
    ELSIF kind = 'array' THEN
        RETURN (SELECT '[' || coalesce(string_agg(canonical(value), ',' ORDER BY place), '') || ']'
                FROM json_array_elements(p_value) WITH ORDINALITY AS each(value, place));
    END IF;
    RETURN btrim(p_value::text, E' \t\n\r');
END $$;

-- The checksum of an event in its case; the same as oxtui.cases.events.checksum.
CREATE FUNCTION checksum(p_case text, p_line json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    body text := (SELECT string_agg(to_json(key)::text || ':' || canonical(value), ',' ORDER BY key COLLATE "C")
                  FROM json_each(p_line) WHERE key <> 'sum');
BEGIN
    RETURN left(encode(sha256(convert_to('[' || to_json(p_case)::text || ',{' || body || '}]', 'UTF8')), 'hex'), 16);
END $$;

-- Raise unless the lines can follow number p_after of a log. Imported ones may name others, and have wrong checksums.
CREATE FUNCTION check_lines(p_case text, p_after int, p_lines json, p_imported boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    last_own int := 0;
BEGIN
    IF json_typeof(p_lines) <> 'array' OR json_array_length(p_lines) NOT BETWEEN 1 AND 20000
       OR octet_length(p_lines::text) > 8000000 THEN
        RAISE EXCEPTION 'this is not a number of events that a floor takes at once' USING ERRCODE = 'OX400';
    END IF;
    SELECT CASE
        WHEN json_typeof(line) <> 'object' OR octet_length(line::text) > 1000000 THEN 'an event has a wrong form'
        WHEN coalesce(line->>'seq', '') <> (p_after + place)::text THEN 'an event has a wrong number'
        WHEN coalesce(line->>'id', '') !~ '^[A-Za-z0-9-]{1,80}$' THEN 'an event has no id'
        WHEN coalesce(line->>'at', '') !~ '^\d{4}-\d\d-\d\dT' THEN 'an event has no time'
        WHEN coalesce(line->>'what', '') = '' OR json_typeof(line->'data') <> 'object' THEN 'an event says nothing'
        WHEN coalesce(line->>'sum', '') !~ '^[0-9a-f]{16}$' THEN 'an event has no checksum'
        WHEN coalesce(line->>'agent', '') = '' THEN 'an event names nobody'
        WHEN NOT p_imported AND line->>'agent' <> session_user THEN 'an event names somebody else'
        WHEN NOT p_imported AND line->>'sum' <> checksum(p_case, line) THEN 'an event has a wrong checksum'
        END
    INTO wrong
    FROM json_array_elements(p_lines) WITH ORDINALITY AS given(line, place)
    ORDER BY 1 NULLS LAST LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'OX400';
    END IF;
END $$;

CREATE FUNCTION put_lines(p_case text, p_generation int, p_lines json) RETURNS void LANGUAGE sql AS $$
    INSERT INTO events (case_id, generation, seq, id, agent, imported, line)
    SELECT p_case, p_generation, (line->>'seq')::int, line->>'id', session_user, false, line
    FROM json_array_elements(p_lines) AS given(line)
$$;

-- Append lines to a locked case and set its state.
CREATE FUNCTION extend_case(here cases, p_format int, p_lines json, p_state text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM put_lines(here.case_id, here.generation, p_lines);
    UPDATE cases SET format = greatest(format, p_format), last_seq = here.last_seq + json_array_length(p_lines), state = p_state,
        touched_at = now(), tx = pg_current_xact_id()
    WHERE case_id = here.case_id;
END $$;

CREATE FUNCTION put_in_archive(p_case text, p_domain text, p_closed_at text, p_summary json, p_words text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF length(p_domain) > 500 OR octet_length(p_summary::text) > 1000000 OR cardinality(p_words) > 50000 THEN
        RAISE EXCEPTION 'this is no summary of a case' USING ERRCODE = 'OX400';
    END IF;
    INSERT INTO archive (case_id, domain, closed_at, summary, words)
    VALUES (p_case, p_domain, p_closed_at, p_summary,
            array_to_tsvector(array(SELECT DISTINCT left(word, 200) FROM unnest(p_words) AS word WHERE word <> '')));
END $$;

CREATE FUNCTION open_case(p_case text, p_format int, p_head json, p_lines json)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
BEGIN
    PERFORM check_lines(p_case, 0, p_lines, false);
    PERFORM check_head(p_case, p_head);
    PERFORM locked(p_case);
    INSERT INTO cases (case_id, format, head, last_seq, state)
    VALUES (p_case, p_format, p_head, json_array_length(p_lines), 'open') ON CONFLICT (case_id) DO NOTHING;
    IF FOUND THEN
        PERFORM put_lines(p_case, 1, p_lines);
        RETURN json_build_object('is', 'ok');
    END IF;
    here := locked(p_case);
    IF here.state = 'dropped' THEN
        UPDATE cases SET format = p_format, head = p_head, generation = here.generation + 1, state = 'open',
            last_seq = json_array_length(p_lines), touched_at = now(), tx = pg_current_xact_id()
        WHERE case_id = p_case;
        PERFORM put_lines(p_case, here.generation + 1, p_lines);
    ELSIF NOT EXISTS (SELECT FROM events WHERE case_id = p_case AND generation = here.generation AND seq = 1
                      AND id = p_lines->0->>'id') THEN
        RAISE EXCEPTION 'another case has this id' USING ERRCODE = 'OX400';
    END IF;
    RETURN json_build_object('is', 'ok');
END $$;

CREATE FUNCTION check_head(p_case text, p_head json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF json_typeof(p_head) <> 'object' OR coalesce(p_head->>'id', '') <> p_case OR octet_length(p_head::text) > 10000
       OR coalesce(p_head->>'opened_at', '') !~ '^\d{4}-\d\d-\d\dT' THEN
        RAISE EXCEPTION 'this is no case' USING ERRCODE = 'OX400';
    END IF;
END $$;

CREATE FUNCTION append(p_case text, p_after int, p_format int, p_lines json)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
BEGIN
    PERFORM check_lines(p_case, p_after, p_lines, false);
    here := locked(p_case);
    IF here.state IS NULL OR here.state NOT IN ('open', 'closed') THEN
        RETURN json_build_object('is', 'not-open');
    ELSIF here.last_seq > p_after AND has_all(p_case, here.generation, p_lines) THEN
        RETURN json_build_object('is', 'ok');
    ELSIF here.state = 'closed' THEN
        RETURN json_build_object('is', 'not-open');
    ELSIF here.last_seq <> p_after THEN
        RETURN json_build_object('is', 'missed', 'lines', lines_after(p_case, here.generation, p_after));
    END IF;
    PERFORM extend_case(here, p_format, p_lines, 'open');
    RETURN json_build_object('is', 'ok');
END $$;

CREATE FUNCTION close_case(p_case text, p_after int, p_format int, p_lines json,
                           p_domain text, p_closed_at text, p_summary json, p_words text[])
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
    last_line text := p_lines->(json_array_length(p_lines) - 1)->>'id';
    fresh json := '[]';
BEGIN
    PERFORM check_lines(p_case, p_after, p_lines, false);
    here := locked(p_case);
    IF here.state IS NULL OR here.state NOT IN ('open', 'closed') THEN
        RETURN json_build_object('is', 'not-open');
    ELSIF has_all(p_case, here.generation, p_lines) THEN
        IF here.state = 'closed' OR NOT EXISTS (
            SELECT FROM events
            WHERE case_id = p_case AND generation = here.generation AND seq = here.last_seq AND id = last_line)
        THEN  -- closed by these events, and perhaps reopened since
            RETURN json_build_object('is', 'ok');
        END IF;
    ELSIF here.state = 'closed' THEN
        RETURN json_build_object('is', 'not-open');
    ELSIF here.last_seq <> p_after THEN
        RETURN json_build_object('is', 'missed', 'lines', lines_after(p_case, here.generation, p_after));
    ELSE
        fresh := p_lines;
    END IF;
    PERFORM put_in_archive(p_case, p_domain, p_closed_at, p_summary, p_words);
    PERFORM extend_case(here, p_format, fresh, 'closed');
    RETURN json_build_object('is', 'ok');
END $$;

CREATE FUNCTION reopen_case(p_case text, p_after int, p_format int, p_lines json)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
BEGIN
    PERFORM check_lines(p_case, p_after, p_lines, false);
    here := locked(p_case);
    IF here.state IS NULL OR here.state NOT IN ('open', 'closed') THEN
        RETURN json_build_object('is', 'absent');
    ELSIF has_all(p_case, here.generation, p_lines) THEN
        RETURN json_build_object('is', 'ok');
    ELSIF here.state = 'open' OR here.last_seq <> p_after THEN
        RETURN json_build_object('is', 'missed', 'lines', lines_after(p_case, here.generation, p_after));
    END IF;
    DELETE FROM archive WHERE case_id = p_case;
    PERFORM extend_case(here, p_format, p_lines, 'open');
    RETURN json_build_object('is', 'ok');
END $$;

-- Drop a case in which nothing was done, and audit that. Its events are hidden from then on, and the purge removes them.
CREATE FUNCTION drop_case(p_case text, p_after int)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
BEGIN
    here := locked(p_case);
    IF here.state = 'closed' THEN
        RETURN json_build_object('is', 'not-open');
    ELSIF here.state = 'open' AND here.last_seq <> p_after THEN
        RETURN json_build_object('is', 'missed', 'lines', lines_after(p_case, here.generation, p_after));
    ELSIF here.state = 'open' THEN
        IF EXISTS (
            SELECT FROM events WHERE case_id = p_case AND generation = here.generation AND line->>'what' NOT IN
                ('opened', 'details', 'mailboxes', 'evidence', 'licences', 'assigned', 'late'))
        THEN
            RAISE EXCEPTION 'something was done in this case: it is closed, and never dropped' USING ERRCODE = 'OX400';
        END IF;
        INSERT INTO deeds (what, subject) VALUES ('dropped', p_case);
        UPDATE cases SET state = 'dropped', touched_at = now(), tx = pg_current_xact_id() WHERE case_id = p_case;
    END IF;
    RETURN json_build_object('is', 'ok');
END $$;

-- Replace a case by one from elsewhere: a new log, beside the one before. Lines that are here already keep their agent;
-- new ones in other names must be followed by an event that says who imported them.
CREATE FUNCTION import_case(p_case text, p_after int, p_format int, p_head json, p_lines json,
                            p_domain text, p_closed_at text, p_summary json, p_words text[])
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, oxtui, pg_temp SET lock_timeout = '2500ms' AS $$
DECLARE
    here cases;
    known boolean;
    next_generation int;
    reported int;
    told int;
BEGIN
    PERFORM check_lines(p_case, 0, p_lines, true);
    PERFORM check_head(p_case, p_head);
    here := locked(p_case);
    known := here.state IS NOT NULL AND here.state IN ('open', 'closed');
    IF NOT known AND p_after <> 0 THEN
        RETURN json_build_object('is', 'missed', 'lines', '[]'::json);
    ELSIF known AND here.last_seq <> p_after THEN
        IF has_all(p_case, here.generation, p_lines) THEN
            RETURN json_build_object('is', 'ok');
        END IF;
        RETURN json_build_object('is', 'missed', 'lines', lines_after(p_case, here.generation, p_after));
    END IF;
    next_generation := coalesce(here.generation, 0) + 1;
    INSERT INTO cases (case_id, format, head, generation, last_seq, state)
    VALUES (p_case, p_format, p_head, next_generation, json_array_length(p_lines),
            CASE WHEN p_summary IS NULL THEN 'open' ELSE 'closed' END)
    ON CONFLICT (case_id) DO UPDATE SET format = excluded.format, head = excluded.head,
        generation = excluded.generation, last_seq = excluded.last_seq, state = excluded.state,
        touched_at = now(), tx = pg_current_xact_id()
        WHERE cases.generation = next_generation - 1;
    IF NOT FOUND THEN  -- two imported it at the same time
        RAISE EXCEPTION 'somebody else brings this case just now' USING ERRCODE = '40001';
    END IF;
    INSERT INTO events (case_id, generation, seq, id, agent, imported, line)
    SELECT p_case, next_generation, (event->>'seq')::int, event->>'id', coalesce(old.agent, session_user),
           coalesce(old.imported, event->>'agent' <> session_user), event
    FROM json_array_elements(p_lines) AS given(event)
    LEFT JOIN events AS old ON old.case_id = p_case AND old.generation = here.generation AND known
        AND old.id = event->>'id' AND old.line::text = event::text;
    SELECT max(seq) FILTER (WHERE imported AND agent = session_user),
           max(seq) FILTER (WHERE line->>'what' = 'imported' AND line->>'agent' = session_user AND NOT imported)
    INTO reported, told FROM events WHERE case_id = p_case AND generation = next_generation;
    IF reported > coalesce(told, 0) THEN
        RAISE EXCEPTION 'a case from elsewhere has to say who brought it' USING ERRCODE = 'OX400';
    END IF;
    DELETE FROM archive WHERE case_id = p_case;
    IF p_summary IS NOT NULL THEN
        PERFORM put_in_archive(p_case, p_domain, p_closed_at, p_summary, p_words);
    END IF;
    RETURN json_build_object('is', 'ok');
END $$;
