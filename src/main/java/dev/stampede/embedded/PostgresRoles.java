package dev.stampede.embedded;

import dev.stampede.embedded.PostgresLogins.Login;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PasswordUtil;

/** The roles of the embedded Postgres and their ownership, created by the superuser. All steps can be repeated. */
final class PostgresRoles {

    private static final String ROLES = """
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stampede_gateway') THEN
                CREATE ROLE stampede_gateway NOLOGIN;
              END IF;
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') THEN
                CREATE ROLE %1$s LOGIN;
              END IF;
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%2$s') THEN
                CREATE ROLE %2$s LOGIN;
              END IF;
              GRANT stampede_gateway TO %1$s, %2$s;
            END $$
            """.formatted(PostgresLogins.OWNER, PostgresLogins.GATEWAY);

    /**
     * Hands over everything that the superuser owned while it was the only role. REASSIGN OWNED does not work for this:
     * the superuser also owns Postgres itself. Dependent objects (a row type, an index, a column's sequence, an
     * extension's member) follow their parent.
     */
    private static final String HAND_OVER = """
            DO $$ DECLARE statement text; BEGIN
              FOR statement IN
                SELECT format('ALTER TABLE %%s OWNER TO %1$s', c.oid::regclass)
                FROM pg_class c
                WHERE c.relowner = '%2$s'::regrole AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                  AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)')
                  AND NOT EXISTS (SELECT FROM pg_depend d
                                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.deptype IN ('a', 'i', 'e'))
                UNION ALL
                SELECT format('ALTER TYPE %%s OWNER TO %1$s', t.oid::regtype)
                FROM pg_type t
                WHERE t.typowner = '%2$s'::regrole AND t.typtype IN ('d', 'e', 'r')
                  AND t.typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)')
                  AND NOT EXISTS (SELECT FROM pg_depend d
                                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('i', 'e'))
                UNION ALL
                SELECT format('ALTER ROUTINE %%s OWNER TO %1$s', p.oid::regprocedure)
                FROM pg_proc p
                WHERE p.proowner = '%2$s'::regrole
                  AND p.pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)')
                  AND NOT EXISTS (SELECT FROM pg_depend d
                                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))
              LOOP
                EXECUTE statement;
              END LOOP;
            END $$
            """.formatted(PostgresLogins.OWNER, PostgresLogins.SUPERUSER);

    private PostgresRoles() {}

    static void create(Connection superuser) throws SQLException {
        execute(superuser, ROLES);
    }

    /** Postgres receives not the password, but a verifier for it. */
    static String setPassword(Login login) throws SQLException {
        return PasswordUtil.genAlterUserPasswordSQL(
                login.user(), login.password().toCharArray(), "scram-sha-256");
    }

    /** The owner of a database; null if there is no database of this name. */
    static @Nullable String ownerOf(Connection superuser, String database) throws SQLException {
        try (Statement statement = superuser.createStatement();
                ResultSet owner = statement.executeQuery(
                        "SELECT pg_get_userbyid(datdba) FROM pg_database" + " WHERE datname = '" + database + "'")) {
            return owner.next() ? owner.getString(1) : null;
        }
    }

    /** Hands over the database to which the superuser is connected, and its content. */
    static void handOver(Connection superuser, String database) throws SQLException {
        superuser.setAutoCommit(false);
        execute(superuser, HAND_OVER);
        execute(superuser, "ALTER DATABASE " + database + " OWNER TO " + PostgresLogins.OWNER);
        superuser.commit();
        superuser.setAutoCommit(true);
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
