package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a till does. */
final class PointsCommands {
    private PointsCommands() {}

    /** Sends an operation, and tells what came of it. */
    static int operate(Session session, String path, ObjectNode body, boolean dryRun, @Nullable String key) {
        String call = dryRun ? path + "?dryRun=true" : path;
        Output out = session.out();
        JsonNode operation = session.once(call, body, key);
        out.object(
                operation,
                "operation=id",
                "type",
                "outcome",
                "points",
                "value",
                "hold=hold/id",
                "expiresAt=hold/expiresAt",
                "code",
                "availableOn",
                "available=balance/available",
                "pending=balance/pending",
                "held=balance/held",
                "debt=balance/debt",
                "voided",
                "key");
        for (JsonNode part : operation.path("explanation")) {
            out.text(Output.printable(part.path("text").asText()));
        }
        return Exit.YES;
    }

    static void put(ObjectNode body, String name, @Nullable String value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    /** The options of all of them. */
    @SuppressWarnings("NullAway.Init") // the library fills it
    private abstract static class Operation implements Callable<Integer> {
        @Mixin
        Session session;

        @Parameters(index = "0", paramLabel = "ACCOUNT", description = "The account's id")
        String account;

        @Option(names = "--reference", paramLabel = "TEXT", description = "A reference of the caller's own")
        @Nullable
        String reference;

        @Option(
                names = "--idempotency-key",
                paramLabel = "KEY",
                description = "The Idempotency-Key; without it a new one, which is told")
        @Nullable
        String key;

        final int post(ObjectNode body, boolean dryRun, String... below) {
            put(body, "reference", reference);
            String[] path = new String[below.length + 2];
            path[0] = "accounts";
            path[1] = account;
            System.arraycopy(below, 0, path, 2, below.length);
            return operate(session, session.ofProgram(path), body, dryRun, key);
        }
    }

    /** Those that say what is bought. */
    private abstract static class Purchase extends Operation {
        @Option(names = "--points", paramLabel = "N", description = "So many points")
        @Nullable
        Long points;

        @Option(names = "--amount", paramLabel = "MONEY", description = "Points for so much money, such as 42.50")
        @Nullable
        String amount;

        @Option(names = "--currency", paramLabel = "CODE", description = "Of the amount, such as EUR")
        @Nullable
        String currency;

        @Option(names = "--channel", paramLabel = "TEXT", description = "Such as app")
        @Nullable
        String channel;

        @Option(names = "--store", paramLabel = "TEXT", description = "The store")
        @Nullable
        String store;

        @Option(names = "--partner", paramLabel = "TEXT", description = "The partner")
        @Nullable
        String partner;

        @Option(names = "--note", paramLabel = "TEXT", description = "For the history")
        @Nullable
        String note;

        @Option(names = "--dry-run", description = "Tells what would happen, and does nothing")
        boolean dryRun;

        final ObjectNode purchase() {
            ObjectNode body = Session.body();
            if (points != null) {
                body.put("points", points);
            }
            put(body, "amount", amount);
            put(body, "currency", currency);
            put(body, "channel", channel);
            put(body, "store", store);
            put(body, "partner", partner);
            put(body, "note", note);
            return body;
        }
    }

    /** Those that pay with points. */
    private abstract static class Payment extends Purchase {
        @Option(names = "--reward", paramLabel = "REWARD", description = "For this reward, whatever it costs")
        @Nullable
        String reward;

        @Option(names = "--member-code", paramLabel = "CODE", description = "What the member's app shows")
        @Nullable
        String memberCode;

        final ObjectNode payment() {
            ObjectNode body = purchase();
            put(body, "reward", reward);
            put(body, "memberCode", memberCode);
            return body;
        }
    }

    @Command(name = "earn", description = "Gives a member points for a purchase.")
    static final class Earn extends Purchase {
        @Option(names = "--action", paramLabel = "TEXT", description = "Instead of a purchase, such as review")
        private @Nullable String action;

        @Override
        public Integer call() {
            ObjectNode body = purchase();
            put(body, "action", action);
            return post(body, dryRun, "earn");
        }
    }

    @Command(name = "redeem", description = "Pays with points.")
    static final class Redeem extends Payment {
        @Override
        public Integer call() {
            return post(payment(), dryRun, "redeem");
        }
    }

    @Command(name = "hold", description = "Sets points aside for a checkout.")
    static final class Hold extends Payment {
        @Option(names = "--ttl", paramLabel = "SECONDS", description = "For so long; without it 120")
        private @Nullable Long ttlSeconds;

        @Override
        public Integer call() {
            ObjectNode body = payment();
            if (ttlSeconds != null) {
                body.put("ttlSeconds", ttlSeconds);
            }
            return post(body, dryRun, "holds");
        }
    }

    @Command(name = "capture", description = "Pays with the points of a hold.")
    @SuppressWarnings("NullAway.Init")
    static final class Capture extends Operation {
        @Parameters(index = "1", paramLabel = "HOLD", description = "The hold's id")
        private String hold;

        @Option(names = "--points", paramLabel = "N", description = "Only so many of them; the others are given back")
        private @Nullable Long points;

        @Override
        public Integer call() {
            ObjectNode body = Session.body();
            if (points != null) {
                body.put("points", points);
            }
            return post(body, false, "holds", hold, "capture");
        }
    }

    @Command(
            name = "void",
            description = "Gives the points of a hold back; or undoes the call that had a key, whether it has arrived"
                    + " or not.")
    static final class VoidCall extends Operation {
        @Option(names = "--hold", paramLabel = "HOLD", description = "The hold's id")
        private @Nullable String hold;

        @Option(names = "--call", paramLabel = "KEY", description = "The Idempotency-Key of the call to undo")
        private @Nullable String call;

        @Override
        public Integer call() {
            if (hold != null && call == null) {
                return post(Session.body(), false, "holds", hold, "void");
            } else if (call != null && hold == null) {
                return post(Session.body().put("key", call), false, "voids");
            }
            throw new Failure(Exit.UNCLEAR, "Say one of --hold and --call.");
        }
    }
}
