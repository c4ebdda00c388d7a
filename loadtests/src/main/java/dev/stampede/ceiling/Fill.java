package dev.stampede.ceiling;

import java.io.BufferedWriter;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is in the databases before they are loaded. */
final class Fill {
    /** Of each account of a large ledger. */
    private static final int OPERATIONS = 4;

    private final Bench bench;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Fill(Bench bench) {
        this.bench = bench;
    }

    /** The accounts of the endpoint with one transaction per request, and of pgbench. */
    void oneTransaction(Servers servers) throws Exception {
        servers.execute(Servers.DATABASE, "CREATE DATABASE " + Servers.ONE_TRANSACTION_DATABASE);
        servers.execute(
                Servers.ONE_TRANSACTION_DATABASE,
                Files.readString(bench.options.directory.resolve("one-transaction/schema.sql"))
                        + "INSERT INTO account SELECT 'demo', 'a-' || n, 1000000000, 1 FROM generate_series(1, "
                        + bench.options.accounts + ") n; VACUUM ANALYZE account");
    }

    /** Gives each account what can be redeemed for long. */
    void points(App app) throws InterruptedException {
        earns(app, App.PATH, "{\"points\":1000000000}");
    }

    /** Publishes the loyalty programs that the mode compares, and makes the images of one of them large. */
    void programs(App app) throws IOException, InterruptedException {
        Schemes schemes =
                new Schemes(bench.options.directory.resolve("../../programs").normalize());
        switch (bench.options.mode) {
            case "programs" -> {
                schemes.publish(app, schemes.promotions());
                earns(app, Schemes.path(Schemes.WIDE), "{\"action\":\"stamp\"}");
            }
            case "budgets", "snapshot" -> schemes.publish(app, Schemes.budgets());
            default -> {}
        }
    }

    private void earns(App app, String path, String body) throws InterruptedException {
        Semaphore places = new Semaphore(bench.options.connections);
        List<CompletableFuture<Boolean>> filled = new ArrayList<>();
        for (int account = 1; account <= bench.options.accounts; account++) {
            places.acquire();
            filled.add(client.sendAsync(
                            app.earn(path, "a-" + account, "fill", body), HttpResponse.BodyHandlers.discarding())
                    .handle((answer, error) -> {
                        places.release();
                        return error == null && answer.statusCode() == 201;
                    }));
        }
        long done = filled.stream().filter(CompletableFuture::join).count();
        if (done != bench.options.accounts) {
            throw new Trouble(
                    "only " + done + " of " + bench.options.accounts + " accounts of " + app.name + " could be filled");
        }
    }

    /**
     * Makes accounts of four earns each in Postgres alone, as copies of one that the gateway has made itself: their
     * heads, images and digests are their own, so that the gateway can go on from there.
     */
    void copies(App app, long accounts) throws Exception {
        Servers servers = app.servers;
        makeTemplate(app);
        String of = " FROM operation WHERE account = 'template' AND version = " + OPERATIONS;
        String image = servers.query(Servers.DATABASE, "SELECT image" + of);
        String head = servers.query(Servers.DATABASE, "SELECT id" + of);
        String kept =
                servers.query(Servers.DATABASE, "SELECT digest || ' ' || lane FROM account WHERE account = 'template'");
        if (!kept.equals(sha1(image) + " " + lane("template"))) {
            throw new Trouble("digest and lane are " + kept + ", and not as this program would make them");
        }
        servers.execute(Servers.DATABASE, "CREATE UNLOGGED TABLE filling (n bigint, lane smallint, digest text)");
        copyIn(servers, accounts, image, head);
        String indexes = servers.query(
                Servers.DATABASE,
                "SELECT indexdef || ';' FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('account',"
                        + " 'operation', 'entry') AND indexname NOT LIKE '%_pkey'");
        servers.execute(
                Servers.DATABASE,
                Pattern.compile("INDEX (\\S+) ON [^;]*;")
                        .matcher(indexes)
                        .results()
                        .map(index -> "DROP INDEX " + index.group(1) + ";")
                        .collect(Collectors.joining()));
        for (String table : List.of("account", "operation", "entry")) {
            System.out.println("  filling " + table);
            copyTemplate(servers, table);
        }
        System.out.println("  indexes and statistics");
        servers.execute(Servers.DATABASE, "SET maintenance_work_mem = '512MB';" + indexes);
        servers.execute(Servers.DATABASE, "DROP TABLE filling");
        servers.execute(Servers.DATABASE, "VACUUM ANALYZE");
        servers.execute(Servers.DATABASE, "CHECKPOINT");
    }

    private void makeTemplate(App app) throws IOException, InterruptedException {
        for (int i = 1; i <= OPERATIONS; i++) {
            int status = client.send(
                            app.earn("template", "fill-" + i, App.EARN), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (status != 201) {
                throw new Trouble("the gateway answers an earn with " + status);
            }
        }
    }

    /** Of each account what Postgres can't work out itself. */
    private void copyIn(Servers servers, long accounts, String image, String head) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(servers.psql(Servers.DATABASE, "--command=COPY filling FROM STDIN"))
                .inheritIO()
                .redirectInput(ProcessBuilder.Redirect.PIPE);
        builder.environment().putAll(servers.login());
        Process copy = bench.programs.start(builder);
        try (BufferedWriter rows = copy.outputWriter()) {
            for (long n = 1; n <= accounts; n++) {
                String id = String.format(Locale.ROOT, "0193508e-0000-7%03x-8000-%012x", OPERATIONS, n);
                rows.write(n + "\t" + lane("a-" + n) + "\t" + sha1(image.replace(head, id)) + "\n");
            }
        }
        if (bench.programs.end(copy) != 0) {
            throw new Trouble("the rows to fill could not be copied");
        }
    }

    private static void copyTemplate(Servers servers, String table) throws Exception {
        String id = "('0193508e-0000-7' || lpad(to_hex(t.version), 3, '0') || '-8000-' || lpad(to_hex(f.n), 12, '0'))";
        List<String> columns = servers.query(
                        Servers.DATABASE,
                        "SELECT attname FROM pg_attribute WHERE attrelid = '" + table
                                + "'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")
                .lines()
                .toList();
        String values = columns.stream()
                .map(column -> switch (column) {
                    case "lane", "digest" -> "f." + column;
                    case "account" -> "'a-' || f.n";
                    case "id", "head", "operation" -> id + "::uuid";
                    case "image" -> "replace(t.image, t.id::text, " + id + ")";
                    default -> "t." + column;
                })
                .collect(Collectors.joining(", "));
        servers.execute(
                Servers.DATABASE,
                "SET synchronous_commit = off; SET work_mem = '512MB'; INSERT INTO " + table + " ("
                        + String.join(", ", columns) + ") SELECT " + values + " FROM filling f, " + table
                        + " t WHERE t.account = 'template' ORDER BY f.lane, 'a-' || f.n, t.version");
    }

    private static String sha1(String text) throws NoSuchAlgorithmException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** As the gateway's {@code AccountId} has it: {@link #copies} sees whether it still does. */
    private static int lane(String account) {
        int h = 31 * "demo".hashCode() + account.hashCode();
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        h ^= h >>> 16;
        return h & 255;
    }
}
