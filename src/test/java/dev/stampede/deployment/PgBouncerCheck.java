package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.LoopbackPort;
import dev.stampede.support.Backends;
import dev.stampede.support.PackagedGateway;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packaged gateway behind PgBouncer in transaction mode. No Maven artifact has PgBouncer, so that this is not part
 * of the build: {@code mvn verify -Ppgbouncer} runs it, with the {@code pgbouncer} on the PATH or {@code
 * -Dpgbouncer=...}, and fails without one.
 */
@Tag("servers")
class PgBouncerCheck extends Deployment {
    private static final String DATABASE = "deployed_pgbouncer";

    @Test
    void transactionMode() throws Exception {
        Backends backends = Backends.shared();
        EmbeddedPostgresServer postgres = backends.postgres();
        String url = freshDatabase(postgres, DATABASE);
        try (Connection administrator = DriverManager.getConnection(postgres.jdbcUrl());
                Statement statement = administrator.createStatement()) {
            statement.execute(deployment("pgbouncer.sql"));
        }
        List<AccountId> accounts = accounts(40); // more than one connection of PgBouncer's at once
        int port = LoopbackPort.free();
        Process bouncer = start(place(postgres), port);
        try (PackagedGateway gateway = gateway(
                        List.of("pgbouncer", "redis"),
                        "pgbouncer-1:6432/points",
                        "127.0.0.1:" + port + "/" + DATABASE,
                        "postgres-1:5432/points",
                        place(postgres) + "/" + DATABASE,
                        "redis-1:6379",
                        place(backends.redis()));
                Tills tills = working(gateway, accounts)) {
            // it may read and seal, and that is all (G7); and the settings that a connection should have are there
            assertEquals("stampede_gateway", asked(port, "SELECT current_user"));
            assertEquals("1s", asked(port, "SHOW lock_timeout"));
            assertEquals("1s", asked(port, "SHOW client_connection_check_interval"));
            // a transaction after the other on whichever connection: none may find the other's statements
            for (int i = 0; i < 40; i++) {
                for (String query : List.of("", "?type=earn", "?type=declined", "?reference=none", "?key=none")) {
                    assertEquals(200, tills.get(accounts.get(i), "/operations" + query), query);
                }
            }
            tills.calls().forEach(call -> assertTrue(call.ok(), call::toString));

            bouncer.destroyForcibly().waitFor();
            TimeUnit.SECONDS.sleep(1);
            bouncer = start(place(postgres), port);
            recovered(tills, accounts, "PgBouncer in transaction mode, killed and started");
            right(tills, url);
        } finally {
            bouncer.destroyForcibly().waitFor();
        }
    }

    private static String asked(int port, String question) throws Exception {
        // no prepared statements
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE
                + "?user=stampede_app&password=secret&preferQueryMode=simple";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(question)) {
            row.next();
            return row.getString(1);
        }
    }

    private Process start(String postgres, int port) throws Exception {
        // readable for whom it becomes, when it is started by root
        Path home = Files.createTempDirectory(
                Path.of("target").toAbsolutePath(),
                "pgbouncer-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Path users = Files.writeString(home.resolve("users.txt"), "\"stampede_app\" \"secret\"\n");
        String[] hostAndPort = postgres.split(":");
        Path settings = Files.writeString(
                home.resolve("pgbouncer.ini"),
                deployment("pgbouncer.ini")
                        .replace("points =", DATABASE + " =")
                        .replace("host=postgres-1 port=5432", "host=" + hostAndPort[0] + " port=" + hostAndPort[1])
                        .replace("6432", Integer.toString(port))
                        .replace("users.txt", users.toString()));
        List<String> command = new ArrayList<>(List.of(System.getProperty("pgbouncer", "pgbouncer")));
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(settings.toString());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(10)).until(() -> !process.isAlive() || listens(port));
        assertTrue(process.isAlive(), Files.readString(home.resolve("log")));
        return process;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
