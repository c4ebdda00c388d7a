package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "account", description = "One member's account.")
final class AccountCommands {
    private static final String ACCOUNT = "The account's id";
    private static final String KEY = "The Idempotency-Key; without it a new one, which is told";
    private static final String REASON = "Why, for the program's own people";

    @Command(name = "show", description = "The balance, the tier, and what expires when.")
    int show(
            @Mixin Session session, @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id) {
        session.out()
                .object(
                        session.get(session.ofProgram("accounts", id)),
                        "account",
                        "status",
                        "available",
                        "pending",
                        "held",
                        "debt",
                        "lifetimeEarned",
                        "tier=tier/name",
                        "until=tier/until",
                        "next=tier/next/id",
                        "missing=tier/next/missing",
                        "nextReward",
                        "gifts",
                        "expiring",
                        "attributes",
                        "version",
                        "asOf");
        return Exit.YES;
    }

    @Command(name = "history", description = "What happened, the newest first.")
    int history(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id,
            @Option(names = "--type", paramLabel = "TYPE", description = "Only operations of this type, such as earn")
                    @Nullable
                    String type,
            @Option(names = "--from", paramLabel = "TIME", description = "Not before, such as 2026-11-21T12:00:00Z")
                    @Nullable
                    String from,
            @Option(names = "--to", paramLabel = "TIME", description = "Before") @Nullable String to,
            @Option(names = "--reference", paramLabel = "TEXT", description = "Only with this reference") @Nullable
                    String reference,
            @Option(names = "--idempotency-key", paramLabel = "KEY", description = "Only of calls with this key")
                    @Nullable
                    String key,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "At most so many; without it 20")
                    int limit) {
        String path = Session.query(
                session.ofProgram("accounts", id, "operations"),
                "type",
                type,
                "from",
                from,
                "to",
                to,
                "reference",
                reference,
                "key",
                key);
        List<JsonNode> operations = session.pages(path, Math.max(1, limit));
        session.out()
                .table(
                        operations,
                        "when=createdAt",
                        "type",
                        "points",
                        "outcome",
                        "available=balance/available",
                        "reason",
                        "reference",
                        "by=by/id",
                        "operation=id");
        return Exit.YES;
    }

    @Command(name = "explain", description = "Why an operation gave what it gave, and what gave nothing.")
    int explain(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id,
            @Parameters(index = "1", paramLabel = "OPERATION", description = "The operation's id") String operation) {
        JsonNode found = session.get(session.ofProgram("accounts", id, "operations", operation, "explanation"));
        Output out = session.out();
        if (out.isJson()) {
            out.object(found);
            return Exit.YES;
        }
        for (JsonNode part : found.path("explanation")) {
            out.line(Output.printable(part.path("text").asText()));
        }
        if (!found.path("complete").asBoolean()) {
            out.line("More than that is not known of this operation any more.");
        }
        return Exit.YES;
    }

    @Command(name = "adjust", description = "Gives or takes points by hand.")
    int adjust(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id,
            @Option(
                            names = "--points",
                            paramLabel = "N",
                            required = true,
                            description = "To give, or to take if negative")
                    long points,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = REASON) String reason,
            @Option(names = "--text", paramLabel = "TEXT", description = "Why, for the member") @Nullable String text,
            @Option(names = "--allow-debt", description = "Takes more than there is") boolean allowDebt,
            @Option(names = "--reference", paramLabel = "TEXT", description = "A reference of the caller's own")
                    @Nullable
                    String reference,
            @Option(names = "--dry-run", description = "Tells what would happen, and does nothing") boolean dryRun,
            @Option(names = "--idempotency-key", paramLabel = "KEY", description = KEY) @Nullable String key) {
        ObjectNode body = Session.body().put("points", points).put("reason", reason);
        if (allowDebt) {
            body.put("allowDebt", true);
        }
        PointsCommands.put(body, "text", text);
        PointsCommands.put(body, "reference", reference);
        return PointsCommands.operate(session, session.ofProgram("accounts", id, "adjust"), body, dryRun, key);
    }

    @Command(name = "freeze", description = "Refuses what would move points, until the account is unfrozen.")
    int freeze(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = REASON) String reason,
            @Option(names = "--spending-only", description = "Only redeems and holds are refused") boolean spendingOnly,
            @Option(names = "--idempotency-key", paramLabel = "KEY", description = KEY) @Nullable String key) {
        ObjectNode body = Session.body().put("reason", reason);
        if (spendingOnly) {
            body.put("spendingOnly", true);
        }
        return PointsCommands.operate(session, session.ofProgram("accounts", id, "freeze"), body, false, key);
    }

    @Command(name = "unfreeze", description = "Lets points move again.")
    int unfreeze(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = ACCOUNT) String id,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = REASON) String reason,
            @Option(names = "--idempotency-key", paramLabel = "KEY", description = KEY) @Nullable String key) {
        ObjectNode body = Session.body().put("reason", reason);
        return PointsCommands.operate(session, session.ofProgram("accounts", id, "unfreeze"), body, false, key);
    }
}
