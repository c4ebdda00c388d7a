package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** The JVMs under test: builds them, and starts them. */
final class Apps {
    private static final String PACKAGED = "quarkus-app/quarkus-run.jar";

    private final Bench bench;
    private final Options options;
    private final boolean exchanged;
    private final Path root;
    private final Map<String, App> apps = new LinkedHashMap<>();

    Apps(Bench bench, boolean exchanged) {
        this.bench = bench;
        this.options = bench.options;
        this.exchanged = exchanged;
        this.root = options.directory.getParent().getParent();
    }

    /** The gateway that is started first; its servers are everybody's. */
    App first() {
        return exchanged ? ofB() : ofA();
    }

    /** The other build, on servers of its own. */
    App second() {
        return exchanged ? ofA() : ofB();
    }

    private App ofA() {
        return app("gateway", App.Kind.GATEWAY, options.jar);
    }

    private App ofB() {
        return app("B", App.Kind.GATEWAY, options.jarB);
    }

    /** A gateway with a ledger of many accounts. */
    App large() {
        return app("large", App.Kind.GATEWAY, options.jar);
    }

    /** The second or third gateway on the servers of the first. */
    App another(int n) {
        return app("gateway-" + n, App.Kind.ANOTHER_GATEWAY, options.jar);
    }

    App ceiling() {
        return app("ceiling", App.Kind.CEILING, root.resolve("target/ceiling").resolve(PACKAGED));
    }

    App oneTransaction() {
        Path jar = options.directory.resolve("one-transaction/target").resolve(PACKAGED);
        return app("one-transaction", App.Kind.ONE_TRANSACTION, jar);
    }

    App seal() {
        return app("seal", App.Kind.SEAL, root.resolve("target/ceiling").resolve(PACKAGED));
    }

    private App app(String name, App.Kind kind, Path jar) {
        return apps.computeIfAbsent(name, n -> new App(n, kind, jar, options.port + apps.size()));
    }

    // --- Building ------------------------------------------------------------------------------------

    /** What is wanted, if it was not built for the other half of {@code --swap} already. */
    void build(Set<App> wanted) throws Exception {
        if (!options.build || exchanged) {
            return;
        }
        if (!options.jarGiven) {
            mvn(root);
        }
        if (wanted.stream().anyMatch(app -> app.kind == App.Kind.CEILING || app.kind == App.Kind.SEAL)) {
            mvn(root, "-Pceiling");
        }
        if (wanted.stream().anyMatch(app -> app.kind == App.Kind.ONE_TRANSACTION)) {
            mvn(options.directory.resolve("one-transaction"));
        }
    }

    private void mvn(Path where, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("mvn", "-q", "-DskipTests", "package"));
        if (options.offline) {
            command.add("-o");
        }
        command.addAll(List.of(more));
        Process process = bench.programs.start(
                new ProcessBuilder(command).directory(where.toFile()).inheritIO());
        if (bench.programs.end(process) != 0) {
            throw new Trouble(String.join(" ", command) + " failed in " + where);
        }
    }

    // --- Starting ------------------------------------------------------------------------------------

    void start(App app) throws Exception {
        if (app.kind == App.Kind.SEAL) {
            startSealBatches(app);
            return;
        }
        Map<String, String> settings = settings(app);
        List<String> command = java();
        settings.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-jar", app.jar.toString()));
        Path log = bench.work.resolve(app.name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(bench.work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(secrets(app));
        app.process = bench.programs.start(builder);
        awaitLog(app, log, "Listening on");
        if (app.kind == App.Kind.GATEWAY) {
            awaitLog(app, log, "Redis ");
            app.servers = Servers.of(bench.programs, data(app), Files.readString(log));
            app.key = key(data(app));
        } else {
            app.servers = first().servers;
            app.key = first().key; // it has the same keys
        }
    }

    private Map<String, String> settings(App app) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("quarkus.http.host", "127.0.0.1");
        settings.put("quarkus.http.port", Integer.toString(app.port));
        if (app.kind != App.Kind.ONE_TRANSACTION) {
            settings.put("quarkus.management.host", "127.0.0.1");
            settings.put("quarkus.management.port", Integer.toString(app.port + 1000));
        }
        if (app.kind == App.Kind.GATEWAY) {
            settings.put("stampede.data-dir", data(app).toString());
        } else {
            settings.put("quarkus.datasource.reactive.url", first().servers.postgresUrl(app.database()));
            settings.put("quarkus.datasource.username", "postgres");
        }
        if (app.kind != App.Kind.ONE_TRANSACTION && limitsKeys(app)) {
            // all calls have one key, and those of some cells one account
            settings.put("stampede.gateway.max-in-flight-per-key", "1000");
            settings.put("stampede.gateway.max-in-flight-per-account", "0");
        }
        if (app.kind == App.Kind.CEILING) {
            // what it says is sealed is not in Postgres: nobody may compare or sweep it
            settings.put("stampede.gateway.compare-interval", "1d");
            settings.put("stampede.gateway.sweep-interval", "1d");
        }
        return settings;
    }

    private Map<String, String> secrets(App app) throws IOException {
        if (app.kind == App.Kind.GATEWAY) {
            return Map.of();
        }
        Servers servers = first().servers;
        // the ceiling build has a database of its own, for the same reason
        return Map.of(
                "QUARKUS_DATASOURCE_PASSWORD",
                servers.postgresPassword(),
                "QUARKUS_REDIS_HOSTS",
                servers.redisUrl() + (app.kind == App.Kind.CEILING ? "/1" : ""));
    }

    /** An earlier build does not, and would not start with these settings. */
    private static boolean limitsKeys(App app) throws IOException {
        try (Stream<Path> jars = Files.list(app.jar.resolveSibling("app"))) {
            for (Path jar :
                    jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
                try (ZipFile classes = new ZipFile(jar.toFile())) {
                    if (classes.getEntry("dev/stampede/gateway/Places.class") != null) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** A build from before there were keys makes none. */
    private static String key(Path data) throws IOException {
        Path file = data.resolve("demo.key");
        return Files.exists(file) ? Files.readString(file).strip() : "";
    }

    private Path data(App app) {
        return bench.work.resolve(app.name);
    }

    private static void awaitLog(App app, Path log, String what) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!Files.readString(log).contains(what)) {
            if (!app.process.isAlive() || System.nanoTime() > until) {
                throw new Trouble(app.name + " did not start; " + log + " says:\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private void startSealBatches(App app) throws Exception {
        Path built = app.jar.getParent();
        Servers servers = first().servers;
        List<String> command = java();
        command.addAll(List.of(
                "-cp",
                built.resolve("app/*") + ":" + built.resolve("lib/main/*") + ":" + built.resolve("lib/boot/*"),
                "dev.stampede.seal.SealBatches",
                Integer.toString(servers.postgres()),
                Integer.toString(options.accounts),
                bench.run));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(bench.work.resolve(app.name + ".log").toFile());
        builder.environment().put("PGPASSWORD", servers.postgresPassword());
        app.process = bench.programs.start(builder);
        app.said = app.process.inputReader();
        app.servers = servers;
    }

    private List<String> java() {
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(options.java);
        return command;
    }
}
