package dev.stampede.chaos;

import static org.awaitility.Awaitility.await;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.Servers;
import dev.stampede.support.Wire;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that goes wrong with one part, for a time.
 *
 * @param kind what the report calls it
 * @param part the part that it is done to
 * @param lies of which accounts Redis may say, or have said, what Postgres will never have
 * @param pauses whether something is only stopped for a while: the longer, the more others go on
 */
record Fault(String kind, String part, Predicate<AccountId> lies, boolean pauses, Step begin, Step end, Step mend) {
    static final String ANOTHER_RELEASE = "gateway replaced by one of another release";
    static final Step NOTHING = () -> {};
    static final Predicate<AccountId> OF_NONE = account -> false;
    static final Predicate<AccountId> OF_ALL = account -> true;

    /** The more popular accounts: m-0 and so on. */
    private static final int EDITED = 40;

    private static final int RESTORED = 10;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern AVAILABLE = Pattern.compile("\"available\":(\\d+)");
    private static final Pattern FIRST_LOT = Pattern.compile("\"lots\":\\[\\[(\\d+),(\\d+)\\]");

    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    /** What it is a part of: faults of two parts of the same would get in each other's way. */
    String system() {
        return part.split(" ")[0];
    }

    /** Every fault that this world knows, once for each part. */
    static List<Fault> all(World world, Random random) {
        List<Fault> faults = new ArrayList<>();
        for (GatewayProcess gateway : world.gateways) {
            faults.addAll(ofGateway(gateway, random));
        }
        GatewayProcess last = world.gateways.get(world.gateways.size() - 1);
        faults.add(of(
                ANOTHER_RELEASE,
                "gateway " + last.number(),
                OF_NONE,
                () -> {
                    world.migrateToNextRelease();
                    last.stop();
                    last.replace(world.nextRelease());
                },
                () -> {
                    last.start();
                    last.awaitReady();
                }));
        faults.addAll(ofPostgres(world));
        faults.addAll(ofRedis(world, random));
        faults.addAll(world.redis.faults(random));
        return faults;
    }

    static List<Fault> some(World world, Random random, Predicate<Fault> wanted) {
        return all(world, random).stream().filter(wanted).toList();
    }

    static Fault of(String kind, String part, Predicate<AccountId> lies, Step begin, Step end) {
        return new Fault(kind, part, lies, false, begin, end, NOTHING);
    }

    private static Predicate<AccountId> ofTheFirst(int accounts) {
        return account ->
                account.id().startsWith("m-") && Integer.parseInt(account.id().substring(2)) < accounts;
    }

    private static List<Fault> ofGateway(GatewayProcess gateway, Random random) {
        String name = "gateway " + gateway.number();
        return List.of(
                of("gateway killed", name, OF_NONE, gateway::kill, () -> {
                    gateway.start();
                    gateway.awaitReady();
                }),
                of("gateway stopped and started", name, OF_NONE, gateway::stop, () -> {
                    gateway.start();
                    gateway.awaitReady();
                }),
                new Fault("gateway paused, and wakes up", name, OF_NONE, true, gateway::freeze, gateway::thaw, NOTHING),
                new Fault(
                        "gateway's clock off by minutes",
                        name,
                        OF_ALL, // it may decide for the future once, which is refused, but read before
                        false,
                        () -> {
                            gateway.shiftClock(Duration.ofMinutes(
                                    random.nextBoolean() ? 3 + random.nextInt(30) : -3 - random.nextInt(30)));
                            gateway.awaitNotReady(); // so it did notice
                        },
                        () -> gateway.shiftClock(Duration.ZERO),
                        gateway::awaitReady));
    }

    private static List<Fault> ofPostgres(World world) {
        List<Fault> faults = new ArrayList<>(List.of(
                of(
                        "Postgres restarted",
                        "Postgres primary",
                        OF_NONE,
                        () -> primary(world).stop(),
                        () -> primary(world).restart()),
                of(
                        "Postgres killed",
                        "Postgres primary",
                        OF_NONE,
                        () -> primary(world).kill(),
                        () -> primary(world).restart()),
                new Fault(
                        "Postgres paused",
                        "Postgres primary",
                        OF_NONE,
                        true,
                        () -> world.postgres.freeze(primary(world)),
                        () -> world.postgres.thaw(primary(world)),
                        NOTHING),
                new Fault(
                        "synchronous standby paused",
                        "Postgres standby",
                        OF_NONE,
                        true,
                        () -> world.postgres.freeze(world.postgres.standby()),
                        () -> world.postgres.thaw(world.postgres.standby()),
                        NOTHING),
                of(
                        "synchronous standby killed",
                        "Postgres standby",
                        OF_NONE,
                        () -> world.postgres.standby().kill(),
                        () -> world.postgres.standby().restart()),
                new Fault(
                        "synchronous standby promoted",
                        "Postgres primary",
                        OF_ALL, // another epoch: what Redis had unsealed is lost
                        false,
                        () -> primary(world).kill(),
                        world.postgres::promote,
                        world::replaceStandby),
                new Fault(
                        "standby promoted, and the paused primary wakes up before it is fenced",
                        "Postgres primary",
                        OF_ALL,
                        true,
                        () -> world.postgres.freeze(primary(world)),
                        () -> {
                            world.postgres.promote();
                            EmbeddedPostgresServer old = world.postgres.standby();
                            world.postgres.thaw(old);
                            Thread.sleep(3000);
                            old.kill();
                        },
                        world::replaceStandby)));
        if (world.postgres.disk(primary(world)) != null) {
            faults.add(of(
                    "Postgres' disk full",
                    "Postgres primary",
                    OF_NONE,
                    () -> {
                        world.postgres.disk(primary(world)).fill();
                        await().atMost(PATIENCE).until(() -> takesNoWrites(primary(world)));
                    },
                    () -> {
                        world.postgres.disk(primary(world)).makeRoom();
                        if (!primary(world).isRunning()) {
                            primary(world).restart(); // it may have given up: somebody starts it again
                        }
                    }));
        }
        faults.addAll(ofWire("Postgres", world.primaryWire));
        return faults;
    }

    /** Of a server that only others need. */
    static List<Fault> ofSpare(String name, Supplier<EmbeddedRedisServer> which) {
        EmbeddedRedisServer[] spare = new EmbeddedRedisServer[1];
        return List.of(
                of(
                        name + " killed",
                        "redis",
                        OF_NONE,
                        () -> {
                            spare[0] = which.get();
                            spare[0].kill();
                        },
                        () -> spare[0].restart()),
                new Fault(
                        name + " paused",
                        "redis",
                        OF_NONE,
                        true,
                        () -> {
                            spare[0] = which.get();
                            Servers.freeze(spare[0].pid());
                        },
                        () -> Servers.thaw(spare[0].pid()),
                        NOTHING));
    }

    private static boolean takesNoWrites(EmbeddedPostgresServer postgres) {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS full_disk");
            statement.execute("CREATE TABLE full_disk AS SELECT g FROM generate_series(1, 10000) AS g");
            return false;
        } catch (SQLException full) {
            return true;
        }
    }

    private static EmbeddedPostgresServer primary(World world) {
        return world.postgres.primary();
    }

    static List<Fault> ofWire(String name, Wire wire) {
        return List.of(
                of(
                        name + ": out of reach",
                        "network",
                        OF_NONE,
                        () -> wire.state(Wire.State.DOWN),
                        () -> wire.state(Wire.State.UP)),
                of(
                        name + ": connections cut before the reply",
                        "network",
                        OF_NONE,
                        () -> wire.state(Wire.State.CUTS_REPLIES),
                        () -> wire.state(Wire.State.UP)),
                new Fault(
                        name + ": connections half open",
                        "network",
                        OF_NONE,
                        true,
                        () -> wire.state(Wire.State.SILENT),
                        () -> wire.state(Wire.State.UP),
                        NOTHING),
                of(name + ": 100 ms slower each way", "network", OF_NONE, () -> wire.delay(100), () -> wire.delay(0)));
    }

    private static List<Fault> ofRedis(World world, Random random) {
        Random edits = new Random(random.nextLong()); // what there is to edit must not change what comes after it
        return List.of(
                of("Redis flushed", "redis", OF_ALL, () -> each(world, "FLUSHALL"), NOTHING),
                of("Redis' functions flushed", "redis", OF_NONE, () -> each(world, "FUNCTION", "FLUSH"), NOTHING),
                of("balances edited", "redis", ofTheFirst(EDITED), () -> edit(world, edits), () -> edit(world, edits)),
                new Fault(
                        "keys forgotten",
                        "redis",
                        ofTheFirst(EDITED), // a repeat is decided as new, which is refused, but read before
                        false,
                        () -> ofPopular(world, edits, Fault::forgetKeys),
                        () -> ofPopular(world, edits, Fault::forgetKeys),
                        () -> forgetPopular(world)),
                new Fault(
                        "what became of operations edited, and attributes",
                        "redis",
                        ofTheFirst(EDITED), // what is decided on it is refused, but read before
                        false,
                        () -> ofPopular(world, edits, (socket, key) -> editTargets(socket, key, edits)),
                        () -> ofPopular(world, edits, (socket, key) -> editTargets(socket, key, edits)),
                        () -> forgetPopular(world)),
                of(
                        "operations made up",
                        "redis",
                        ofTheFirst(EDITED),
                        () -> ofPopular(world, edits, Fault::makeUp),
                        () -> ofPopular(world, edits, Fault::makeUp)),
                of("old dump restored", "redis", ofTheFirst(RESTORED), () -> copy(world), () -> restore(world)));
    }

    private static void each(World world, Object... command) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                if (socket.ask(command) instanceof RedisSocket.Error error) {
                    throw new IllegalStateException(error.message());
                }
            }
        }
    }

    /** Does something to some of the more popular accounts. */
    private static void ofPopular(World world, Random random, BiConsumer<RedisSocket, String> what) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (int i = 0; i < 20; i++) {
                    String program = random.nextBoolean() ? "demo" : Club.ID;
                    String key =
                            AccountId.of(program, "m-" + random.nextInt(EDITED)).redisKey();
                    if (socket.ask("HGET", key, "i") instanceof String) {
                        what.accept(socket, key);
                    }
                }
            }
        }
    }

    /** What lies hidden in the more popular accounts, until something is decided on it, ends with the fault. */
    private static void forgetPopular(World world) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (int i = 0; i < EDITED; i++) {
                    socket.ask("DEL", AccountId.of("demo", "m-" + i).redisKey());
                    socket.ask("DEL", AccountId.of(Club.ID, "m-" + i).redisKey());
                }
            }
        }
    }

    /** Gives them 1000 points in a lot that is there, or lets that lot live longer; and stamps where there are some. */
    private static void edit(World world, Random random) {
        ofPopular(world, random, (socket, key) -> {
            if (socket.ask("HGET", key, "i") instanceof String image) {
                socket.ask("HSET", key, "i", edited(image, random.nextBoolean()));
            }
        });
    }

    /** All keys that are sealed, as if a thousand operations had come since. */
    private static void forgetKeys(RedisSocket socket, String key) {
        if (!(socket.ask("HGET", key, "s") instanceof String sealed)) {
            return;
        }
        long newest = Long.parseLong(sealed.substring(0, sealed.indexOf(' ')));
        for (Object field : names(socket, key, "k:")) {
            if (socket.ask("HGET", key, field) instanceof String version
                    && Long.parseLong(version.substring(0, version.indexOf(' '))) <= newest) {
                socket.ask("HDEL", key, field);
            }
        }
    }

    private static List<?> names(RedisSocket socket, String key, String prefix) {
        return socket.ask("HKEYS", key) instanceof List<?> all
                ? all.stream()
                        .filter(name -> name.toString().startsWith(prefix))
                        .toList()
                : List.of();
    }

    private static void editTargets(RedisSocket socket, String key, Random random) {
        List<String> states = List.of("captured", "voided", "expired", "undone", "0 0 0", "1 0 1", "7 1 2");
        for (Object field : names(socket, key, "t:")) {
            if (socket.ask("HGET", key, field) instanceof String was) {
                String version = was.substring(0, was.indexOf(' ') + 1);
                socket.ask("HSET", key, field, version + states.get(random.nextInt(states.size())));
            }
        }
        socket.ask("HSET", key, "a", "garbage}");
    }

    /** An unsealed earn of 1000 points that no gateway was asked for, and the image that it leaves. */
    private static void makeUp(RedisSocket socket, String key) {
        Object image = socket.ask("HGET", key, "i");
        if (!(image instanceof String text) || !edited(text, true).contains("\"lots\":[[")) {
            return;
        }
        Image before = Image.parseKnown(text);
        String id = UUID.randomUUID().toString();
        long version = before.version() + 1;
        long available = before.state().available() + 1000;
        String after = edited(text, true)
                .replace("\"head\":\"" + before.head(), "\"head\":\"" + id)
                .replace("\"version\":" + before.version(), "\"version\":" + version);
        String entry =
                "[\"earn\",1000,0,0,0," + available + "," + before.state().held() + ","
                        + before.state().pending() + "," + before.state().debt() + ",[]]";
        String proposal = id + " made-up\n{\"id\":\"" + id + "\",\"type\":\"earn\",\"key\":\"made-up-" + id
                + "\",\"fingerprint\":\"1:x\",\"points\":1000}\n{\"prev\":\"" + before.head() + "\",\"digest\":\""
                + Image.digest(text) + "\",\"version\":" + version + ",\"at\":" + before.at()
                + ",\"outcome\":\"ok\",\"points\":1000,\"lapsed\":false,\"entries\":[" + entry + "]}\n" + after;
        socket.ask("HSET", key, "i", after, "h", version, "g", "made-up", "u" + version, proposal);
    }

    /** Another image that makes sense, if there is something to edit. */
    private static String edited(String image, boolean richer) {
        Matcher available = AVAILABLE.matcher(image);
        Matcher lot = FIRST_LOT.matcher(image);
        if (!available.find() || !lot.find()) {
            return image;
        }
        long day = Long.parseLong(lot.group(1));
        long points = Long.parseLong(lot.group(2));
        if (!richer) {
            return image.replace(lot.group(), "\"lots\":[[" + (day + 1000) + "," + points + "]");
        }
        return image.replace(available.group(), "\"available\":" + (Long.parseLong(available.group(1)) + 1000))
                .replace("\"stamps\":\"card ", "\"stamps\":\"card 1")
                .replace(lot.group(), "\"lots\":[[" + day + "," + (points + 1000) + "]");
    }

    /** Keeps copies of accounts beside them, with all that Redis has of them. */
    private static void copy(World world) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (Object key : (List<?>) socket.ask("KEYS", "stampede:*:m-?")) {
                    socket.ask("COPY", key, "old-" + key, "REPLACE");
                }
            }
        }
    }

    private static void restore(World world) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (Object old : (List<?>) socket.ask("KEYS", "old-stampede:*")) {
                    socket.ask("COPY", old, old.toString().substring("old-".length()), "REPLACE");
                    socket.ask("DEL", old);
                }
            }
        }
    }
}
