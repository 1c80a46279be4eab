"""The shared floor: cases in a PostgreSQL server that many agents reach. Nothing else imports psycopg."""
