-- Who may call what. Only the owner has rights on tables, and policies limit those: even a faulty function cannot rewrite
-- an event.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA oxtui FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA oxtui FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE oxtui_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA oxtui TO oxtui_agent, oxtui_report, oxtui_security, oxtui_purge;

GRANT EXECUTE ON FUNCTION
    open_case(text, int, json, json), append(text, int, int, json),
    close_case(text, int, int, json, text, text, json, text[]), reopen_case(text, int, int, json),
    drop_case(text, int), import_case(text, int, int, json, json, text, text, json, text[]),
    news(text, text), logs(json), get_case(text), closed_of(json), known_of(json), count_closed(), recent(int), by_domain(text),
    search(text[], int), agents(), keep_steps(text, text), get_steps(text), playbook(text), published(),
    hold_of(text)
    TO oxtui_agent;
GRANT EXECUTE ON FUNCTION publish(text, text), proposal(), confirm(text), closed_between(text, text), figures(),
    hold(text, text), release(text)
    TO oxtui_lead;
GRANT EXECUTE ON FUNCTION figures() TO oxtui_report;
GRANT EXECUTE ON FUNCTION reads(timestamptz), happened(timestamptz) TO oxtui_security;
GRANT EXECUTE ON FUNCTION purge(text, timestamptz), figures() TO oxtui_purge;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['cases', 'events', 'archive', 'steps', 'playbooks', 'in_force', 'proposed', 'presence', 'present',
                                'read_audit', 'deeds', 'serving', 'holds'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO oxtui_owner USING (true)', kept);
        EXECUTE format('CREATE POLICY added ON %I FOR INSERT TO oxtui_owner WITH CHECK (true)', kept);
    END LOOP;
END $$;
CREATE POLICY moved ON cases FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY reopened ON archive FOR DELETE TO oxtui_owner USING (true);
CREATE POLICY moved ON proposed FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY confirmed ON proposed FOR DELETE TO oxtui_owner USING (true);
CREATE POLICY moved ON presence FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY moved ON present FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY moved ON serving FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY moved ON holds FOR UPDATE TO oxtui_owner USING (true);
CREATE POLICY released ON holds FOR DELETE TO oxtui_owner USING (true);
CREATE POLICY purged ON events FOR DELETE TO oxtui_owner USING (pg_has_role(session_user, 'oxtui_purge', 'MEMBER'));
CREATE POLICY purged ON read_audit FOR DELETE TO oxtui_owner USING (pg_has_role(session_user, 'oxtui_purge', 'MEMBER'));
