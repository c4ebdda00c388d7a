package dev.stampede.seal;

import dev.stampede.account.BudgetUse;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Unique;
import dev.stampede.award.Claim;
import dev.stampede.points.LocalDay;
import dev.stampede.points.MemberPoints;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs as the arguments of the database's {@code seal_4}. Each argument is an array with one element per run, operation
 * or entry. One line of the tables below defines its name and its value; the comment of {@code seal_4} explains its
 * meaning.
 */
final class Batch {
    private static final List<Column<RunRow>> RUNS = List.of(
            smallint("r_lane", r -> r.run.account().lane()),
            text("r_program", r -> r.run.account().program()),
            text("r_account", r -> r.run.account().id()),
            integer("r_first", RunRow::first),
            integer("r_last", RunRow::last),
            integer("r_last_entry", RunRow::lastEntry),
            text("r_digest", r -> Image.digest(r.run.last().image().text())),
            bigint("r_available", r -> r.after().available()),
            bigint("r_held", r -> r.after().held()),
            bigint("r_pending", r -> r.after().pending()),
            bigint("r_debt", r -> r.after().debt()),
            bigint("r_decided_at", RunRow::decidedAt));

    private static final List<Column<OperationRow>> OPERATIONS = List.of(
            integer("o_run", OperationRow::run),
            uuid("o_id", o -> o.proposal.id()),
            uuid("o_prev", o -> o.decision().prev()),
            text("o_digest", o -> o.decision().digest()),
            bigint("o_version", o -> o.decision().version()),
            text("o_type", o -> o.operation().type().code()),
            text("o_outcome", o -> o.decision().outcome()),
            text("o_key", o -> o.operation().key()),
            text("o_fingerprint", o -> o.operation().header().fingerprint()),
            text("o_reference", o -> o.operation().header().reference()),
            bigint("o_points", o -> o.decision().points()),
            bigint("o_reversible", o -> o.proposal.reversible()),
            text("o_voids", o -> o.decision().ok() ? o.operation().voids() : null),
            bigint("o_at", o -> o.decision().at()),
            bigint("o_due", o -> o.proposal.dueAt(o.zone())),
            text("o_attributes", o -> o.decision().ok() ? o.operation().attributes() : null),
            bigint("o_matures", o -> o.operation().matures()),
            integer("o_program_version", o -> o.operation().header().programVersion()),
            text("o_parts", o -> o.decision().parts()),
            text("o_told", o -> o.proposal.told()),
            text("o_detail", o -> o.operation().detail().text()),
            text(
                    "o_hold",
                    o -> o.decision().hold() == null
                            ? null
                            : o.decision().hold().text()),
            text("o_image", o -> o.proposal.image().text()),
            smallint("o_format", o -> o.proposal.format()),
            text("o_uses", o -> BudgetUse.text(o.decision().uses())),
            text("o_back", o -> o.proposal.back()),
            integer("o_entry", OperationRow::firstEntry));

    /** Of operations that undo another one or rest on it. Most batches have none: then these arguments are null. */
    private static final List<Column<OperationRow>> JUDGED = List.of(
            uuid("o_target", o -> o.decision().target()),
            bigint("o_reversed_before", o -> o.undoes() ? o.decision().reversedBefore() : null),
            bigint("o_reversed", o -> o.undoes() ? o.decision().reversed() : null),
            bigint("o_step", o -> o.undoes() ? o.decision().step() : null),
            integer("o_follows", OperationRow::follows),
            bool("o_target_in_run", OperationRow::targetInRun),
            // parts are those of the operation that was asked for, and say all of it: of an earn, or of an enrolment
            text("o_undoes", o -> o.proposal.undo() != null ? null : o.proposal.undoes()),
            bool("o_undoes_all", o -> o.undoes() ? o.proposal.undoesAll() : null),
            text("o_left", o -> o.proposal.left()),
            uuid("o_basis", o -> o.decision().basis()),
            text(
                    "o_rests",
                    o -> o.decision().basis() == null ? null : o.decision().rests()));

    private static final List<Column<EntryRow>> ENTRIES = List.of(
            integer("e_op", EntryRow::operation),
            smallint("e_n", EntryRow::n),
            text("e_type", e -> e.entry.type()),
            bigint("e_available", e -> e.entry.available()),
            bigint("e_held", e -> e.entry.held()),
            bigint("e_pending", e -> e.entry.pending()),
            bigint("e_debt", e -> e.entry.debt()),
            bigint("e_available_after", e -> e.entry.availableAfter()),
            bigint("e_held_after", e -> e.entry.heldAfter()),
            bigint("e_pending_after", e -> e.entry.pendingAfter()),
            bigint("e_debt_after", e -> e.entry.debtAfter()),
            text("e_lots", e -> e.entry.lotsText()));

    /** Of what operations use of shared totals. Most batches use nothing: then these arguments are null. */
    private static final List<Column<UseRow>> USES = List.of(
            integer("u_op", UseRow::operation),
            integer("u_budget", u -> u.use.budget()),
            bigint("u_units", u -> u.use.units()));

    /** Of operations that have a name of which there is one, or were declined for it. */
    private static final List<Column<ClaimRow>> CLAIMS = List.of(
            integer("c_op", ClaimRow::operation),
            text("c_kind", c -> c.claim.kind()),
            text("c_name", c -> c.claim.name()),
            uuid("c_by", c -> c.claim.usedBy()));

    /** Of operations that make a redemption code. */
    private static final List<Column<CodeRow>> CODES = List.of(
            integer("k_op", CodeRow::operation),
            text("k_code", k -> k.code.text()),
            text("k_reward", CodeRow::reward),
            bigint("k_until", k -> k.code.until()));

    /** The arguments' names, in the order of {@link #arguments}. */
    static final List<String> NAMES = Stream.concat(
                    Stream.of(RUNS, OPERATIONS, JUDGED, ENTRIES, USES, CLAIMS, CODES)
                            .flatMap(List::stream)
                            .map(Column::name),
                    Stream.of("p_slot"))
            .toList();

    static final String SQL = "SELECT inserted, refused, culprit, reason, lacks, left_budget, left_units,"
            + " now_ms() AS at_ms FROM seal_4("
            + IntStream.range(0, NAMES.size())
                    .mapToObj(i -> NAMES.get(i) + " => $" + (i + 1))
                    .collect(Collectors.joining(", "))
            + ")";

    private Batch() {}

    /**
     * The arguments of {@link #SQL}.
     *
     * @param runs in the order of their accounts, one run per account
     * @param slot which part of each budget is this sealer's
     */
    static Tuple arguments(List<Run> runs, short slot) {
        List<RunRow> r = new ArrayList<>(runs.size());
        List<OperationRow> o = new ArrayList<>(runs.size());
        List<EntryRow> e = new ArrayList<>(runs.size());
        List<UseRow> u = new ArrayList<>(0);
        List<ClaimRow> c = new ArrayList<>(0);
        List<CodeRow> k = new ArrayList<>(0);
        boolean judged = false;
        for (Run run : runs) {
            int first = o.size() + 1;
            long decidedAt = 0;
            Map<UUID, Integer> undone = null;
            // of an account's operations only a tombstone, which no caller has asked for, does not say it
            LocalDay day = run.last().operation().header().day();
            ZoneId zone = day == null ? ZoneOffset.UTC : day.zone();
            for (Proposal proposal : run.proposals()) {
                Decision decision = proposal.decision();
                UUID other = decision.judged();
                Integer follows = null;
                Boolean inRun = null;
                if (other != null) {
                    judged = true;
                    undone = undone == null ? new HashMap<>() : undone;
                    int number = o.size() + 1;
                    Integer before = decision.target() != null ? undone.put(other, number) : undone.get(other);
                    follows = before == null ? 0 : before;
                    inRun = isBefore(run, proposal);
                }
                o.add(new OperationRow(r.size() + 1, proposal, zone, follows, inRun, e.size() + 1));
                short n = 0;
                for (Entry entry : decision.entries()) {
                    e.add(new EntryRow(o.size(), ++n, entry));
                }
                for (BudgetUse use : decision.uses()) {
                    u.add(new UseRow(o.size(), use));
                }
                Unique unique = proposal.claims();
                if (unique != null) {
                    c.add(new ClaimRow(o.size(), unique));
                }
                Claim claim = decision.ok() ? proposal.operation().claim() : null;
                if (claim != null && claim.code() != null) {
                    k.add(new CodeRow(o.size(), Objects.requireNonNull(claim.reward()), claim.code()));
                }
                // A decline, too, depends on changes by time. Therefore no operation may be decided in the future.
                decidedAt = Math.max(decidedAt, decision.at());
            }
            r.add(new RunRow(run, first, o.size(), e.size(), decidedAt));
        }
        Tuple tuple = Tuple.tuple();
        RUNS.forEach(column -> tuple.addValue(column.array(r)));
        OPERATIONS.forEach(column -> tuple.addValue(column.array(o)));
        List<OperationRow> undoing = judged ? o : List.of();
        JUDGED.forEach(column -> tuple.addValue(column.array(undoing)));
        ENTRIES.forEach(column -> tuple.addValue(column.array(e)));
        USES.forEach(column -> tuple.addValue(column.array(u)));
        CLAIMS.forEach(column -> tuple.addValue(column.array(c)));
        CODES.forEach(column -> tuple.addValue(column.array(k)));
        tuple.addShort(slot);
        return tuple;
    }

    /**
     * Whether the operation that {@code proposal} undoes or rests on stands before it in the run (and, if it is undone,
     * can be).
     */
    private static boolean isBefore(Run run, Proposal proposal) {
        for (Proposal earlier : run.proposals()) {
            if (earlier == proposal) {
                return false;
            }
            if (earlier.id().equals(proposal.decision().judged())) {
                return proposal.decision().target() == null || proposal.canUndo(earlier);
            }
        }
        return false;
    }

    /** A run. Operations and entries are counted from 1, over the whole batch. */
    private record RunRow(Run run, int first, int last, int lastEntry, long decidedAt) {
        MemberPoints after() {
            return run.last().image().state();
        }
    }

    /**
     * An operation. {@code follows} and {@code targetInRun} are null if it undoes nothing and rests on nothing.
     *
     * @param zone in which the days of its program end
     * @param follows the previous operation in the run that undoes points of the same target; 0 if there is none
     * @param targetInRun whether the operation that this one undoes or rests on is in the same run
     */
    private record OperationRow(
            int run,
            Proposal proposal,
            ZoneId zone,
            @Nullable Integer follows,
            @Nullable Boolean targetInRun,
            int firstEntry) {
        Operation operation() {
            return proposal.operation();
        }

        Decision decision() {
            return proposal.decision();
        }

        boolean undoes() {
            return proposal.decision().target() != null;
        }
    }

    /** The {@code n}th entry of an operation. */
    private record EntryRow(int operation, short n, Entry entry) {}

    /** What an operation uses of one budget. */
    private record UseRow(int operation, BudgetUse use) {}

    /** A name that an operation claims. */
    private record ClaimRow(int operation, Unique claim) {}

    /** The code that an operation makes. */
    private record CodeRow(int operation, String reward, Claim.Code code) {}

    /** One argument of the function. */
    private record Column<R>(
            String name, IntFunction<@Nullable Object[]> newArray, Function<R, ? extends @Nullable Object> value) {
        /** Null if all values are null: every element of a null array is null in Postgres. */
        @Nullable
        Object @Nullable [] array(List<R> rows) {
            Object[] array = null;
            for (int i = 0; i < rows.size(); i++) {
                Object of = value.apply(rows.get(i));
                if (of != null) {
                    array = array == null ? newArray.apply(rows.size()) : array;
                    array[i] = of;
                }
            }
            return array;
        }
    }

    private static <R> Column<R> smallint(String name, Function<R, Short> value) {
        return new Column<>(name, Short[]::new, value);
    }

    private static <R> Column<R> integer(String name, Function<R, @Nullable Integer> value) {
        return new Column<>(name, Integer[]::new, value);
    }

    private static <R> Column<R> bigint(String name, Function<R, @Nullable Long> value) {
        return new Column<>(name, Long[]::new, value);
    }

    private static <R> Column<R> bool(String name, Function<R, @Nullable Boolean> value) {
        return new Column<>(name, Boolean[]::new, value);
    }

    private static <R> Column<R> text(String name, Function<R, @Nullable String> value) {
        return new Column<>(name, String[]::new, value);
    }

    private static <R> Column<R> uuid(String name, Function<R, @Nullable UUID> value) {
        return new Column<>(name, UUID[]::new, value);
    }
}
