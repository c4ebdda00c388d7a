package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.RedisSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that goes wrong with one part, for a time.
 *
 * @param kind what the report calls it
 * @param part the part that it is done to
 * @param lies whether Redis may say, or have said, what Postgres will never have
 * @param pauses whether something is only stopped for a while: the longer, the more others go on
 */
record Fault(String kind, String part, boolean lies, boolean pauses, Step begin, Step end, Step mend) {
    static final Step NOTHING = () -> {};
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
        faults.addAll(ofPostgres(world));
        faults.addAll(ofRedis(world, random));
        faults.addAll(world.redis.faults());
        return faults;
    }

    static List<Fault> some(World world, Random random, Predicate<Fault> wanted) {
        return all(world, random).stream().filter(wanted).toList();
    }

    static Fault of(String kind, String part, boolean lies, Step begin, Step end) {
        return new Fault(kind, part, lies, false, begin, end, NOTHING);
    }

    private static List<Fault> ofGateway(GatewayProcess gateway, Random random) {
        String name = "gateway " + gateway.number();
        return List.of(
                of("gateway killed", name, false, gateway::kill, () -> {
                    gateway.start();
                    gateway.awaitReady();
                }),
                of("gateway stopped and started", name, false, gateway::stop, () -> {
                    gateway.start();
                    gateway.awaitReady();
                }),
                new Fault("gateway paused, and wakes up", name, false, true, gateway::freeze, gateway::thaw, NOTHING),
                of(
                        "gateway's clock off by minutes",
                        name,
                        false,
                        () -> {
                            gateway.shiftClock(Duration.ofMinutes(
                                    random.nextBoolean() ? 3 + random.nextInt(30) : -3 - random.nextInt(30)));
                            gateway.awaitNotReady(); // so it did notice
                        },
                        () -> {
                            gateway.shiftClock(Duration.ZERO);
                            gateway.awaitReady();
                        }));
    }

    private static List<Fault> ofPostgres(World world) {
        List<Fault> faults = new ArrayList<>(List.of(
                of(
                        "Postgres restarted",
                        "Postgres primary",
                        false,
                        () -> primary(world).stop(),
                        () -> primary(world).restart()),
                of(
                        "Postgres killed",
                        "Postgres primary",
                        false,
                        () -> primary(world).kill(),
                        () -> primary(world).restart()),
                new Fault(
                        "Postgres paused",
                        "Postgres primary",
                        false,
                        true,
                        () -> world.postgres.freeze(primary(world)),
                        () -> world.postgres.thaw(primary(world)),
                        NOTHING),
                new Fault(
                        "synchronous standby paused",
                        "Postgres standby",
                        false,
                        true,
                        () -> world.postgres.freeze(world.postgres.standby()),
                        () -> world.postgres.thaw(world.postgres.standby()),
                        NOTHING),
                of(
                        "synchronous standby killed",
                        "Postgres standby",
                        false,
                        () -> world.postgres.standby().kill(),
                        () -> world.postgres.standby().restart()),
                new Fault(
                        "synchronous standby promoted",
                        "Postgres primary",
                        true, // another epoch: what Redis had unsealed is lost
                        false,
                        () -> primary(world).kill(),
                        world.postgres::promote,
                        world::replaceStandby),
                new Fault(
                        "standby promoted, and the paused primary wakes up before it is fenced",
                        "Postgres primary",
                        true,
                        true,
                        () -> world.postgres.freeze(primary(world)),
                        () -> {
                            world.postgres.promote();
                            EmbeddedPostgresServer old = world.postgres.standby();
                            world.postgres.thaw(old);
                            Thread.sleep(3000);
                            old.kill();
                        },
                        world::replaceStandby),
                of(
                        "Postgres' disk full",
                        "Postgres primary",
                        false,
                        () -> Signals.limitFiles(primary(world).pid(), true),
                        () -> {
                            takesNoWrites(primary(world));
                            Signals.limitFiles(primary(world).pid(), false);
                            if (!primary(world).isRunning()) {
                                primary(world).restart(); // it may have given up: somebody starts it again
                            }
                        })));
        faults.addAll(ofWire("Postgres", world.primaryWire));
        return faults;
    }

    private static void takesNoWrites(EmbeddedPostgresServer postgres) {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE full_disk AS SELECT g FROM generate_series(1, 10000) AS g");
        } catch (SQLException expected) {
            return;
        }
        throw new IllegalStateException("Postgres writes as if its disk were not full");
    }

    private static EmbeddedPostgresServer primary(World world) {
        return world.postgres.primary();
    }

    static List<Fault> ofWire(String name, Wire wire) {
        return List.of(
                of(
                        name + ": out of reach",
                        "network",
                        false,
                        () -> wire.state(Wire.State.DOWN),
                        () -> wire.state(Wire.State.UP)),
                of(
                        name + ": connections cut before the reply",
                        "network",
                        false,
                        () -> wire.state(Wire.State.CUTS_REPLIES),
                        () -> wire.state(Wire.State.UP)),
                new Fault(
                        name + ": connections half open",
                        "network",
                        false,
                        true,
                        () -> wire.state(Wire.State.SILENT),
                        () -> wire.state(Wire.State.UP),
                        NOTHING),
                of(name + ": 100 ms slower each way", "network", false, () -> wire.delay(100), () -> wire.delay(0)));
    }

    private static List<Fault> ofRedis(World world, Random random) {
        return List.of(
                of("Redis flushed", "redis", true, () -> each(world, "FLUSHALL"), NOTHING),
                of("Redis' functions flushed", "redis", false, () -> each(world, "FUNCTION", "FLUSH"), NOTHING),
                of("balances edited", "redis", true, () -> edit(world, random), () -> edit(world, random)),
                of("old dump restored", "redis", true, () -> copy(world), () -> restore(world)));
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

    /** Gives the more popular accounts 1000 points, in a lot that is there, or lets that lot live longer. */
    private static void edit(World world, Random random) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (int i = 0; i < 20; i++) {
                    String key = AccountId.of("demo", "m-" + random.nextInt(40)).redisKey();
                    if (socket.ask("HGET", key, "i") instanceof String image) {
                        socket.ask("HSET", key, "i", edited(image, random.nextBoolean()));
                    }
                }
            }
        }
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
                .replace(lot.group(), "\"lots\":[[" + day + "," + (points + 1000) + "]");
    }

    /** Keeps copies of accounts beside them, with all that Redis has of them. */
    private static void copy(World world) {
        for (EmbeddedRedisServer master : world.redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (Object key : (List<?>) socket.ask("KEYS", "stampede:*:demo:m-?")) {
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
