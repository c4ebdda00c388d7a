package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Runs as the arrays that the database's {@code seal_2} takes; its comment says what each element means. */
final class Batch {
    private static final int ARRAYS = 54;

    static final String SQL = "SELECT inserted, refused, culprit, reason, now_ms() AS at_ms FROM seal_2("
            + IntStream.rangeClosed(1, ARRAYS).mapToObj(i -> "$" + i).collect(Collectors.joining(","))
            + ")";

    private Batch() {}

    /** @param runs in the order of their accounts, one an account */
    static Tuple arguments(List<Run> runs) {
        int operations = 0;
        int entries = 0;
        for (Run run : runs) {
            operations += run.proposals().size();
            for (Proposal proposal : run.proposals()) {
                entries += proposal.decision().entries().size();
            }
        }
        RunColumns r = new RunColumns(runs.size());
        OperationColumns o = new OperationColumns(operations);
        EntryColumns e = new EntryColumns(entries);
        for (Run run : runs) {
            int first = o.size + 1;
            long decidedAt = 0;
            Map<UUID, Integer> targets = null;
            for (Proposal proposal : run.proposals()) {
                var decision = proposal.decision();
                int follows = 0;
                boolean inRun = false;
                UUID other = decision.judged();
                if (other != null) {
                    targets = targets == null ? new HashMap<>() : targets;
                    Integer before = decision.target() != null ? targets.put(other, o.size + 1) : targets.get(other);
                    follows = before == null ? 0 : before;
                    inRun = isBefore(run, proposal);
                }
                o.add(r.size + 1, proposal, e.size + 1, follows, inRun);
                for (int n = 0; n < decision.entries().size(); n++) {
                    e.add(o.size, n + 1, decision.entries().get(n));
                }
                // whatever is decided, declines too, rests on what time has done: none from the future
                decidedAt = Math.max(decidedAt, decision.at());
            }
            r.add(run, first, o.size, e.size, decidedAt);
        }
        Tuple tuple = Tuple.tuple();
        r.addTo(tuple);
        o.addTo(tuple);
        e.addTo(tuple);
        return tuple;
    }

    /** Whether what an operation undoes, and can undo, or rests on, stands before it in the run. */
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

    /** What no row has isn't sent: Postgres takes null from an array that is null. */
    private static void addAll(Tuple tuple, Object[]... columns) {
        for (Object[] column : columns) {
            tuple.addValue(allNull(column) ? null : column);
        }
    }

    private static boolean allNull(Object[] column) {
        for (Object value : column) {
            if (value != null) {
                return false;
            }
        }
        return true;
    }

    private static final class RunColumns {
        int size;
        final Short[] lane;
        final String[] program;
        final String[] account;
        final Integer[] first;
        final Integer[] last;
        final Integer[] lastEntry;
        final String[] digest;
        final Long[] available;
        final Long[] held;
        final Long[] pending;
        final Long[] debt;
        final Long[] decidedAt;

        RunColumns(int n) {
            lane = new Short[n];
            program = new String[n];
            account = new String[n];
            first = new Integer[n];
            last = new Integer[n];
            lastEntry = new Integer[n];
            digest = new String[n];
            available = new Long[n];
            held = new Long[n];
            pending = new Long[n];
            debt = new Long[n];
            decidedAt = new Long[n];
        }

        void add(Run run, int firstOperation, int lastOperation, int lastEntryOfRun, long decided) {
            AccountId id = run.account();
            Image image = run.last().image();
            lane[size] = id.lane();
            program[size] = id.program();
            account[size] = id.account();
            first[size] = firstOperation;
            last[size] = lastOperation;
            lastEntry[size] = lastEntryOfRun;
            digest[size] = Image.digest(image.text());
            available[size] = image.state().available();
            held[size] = image.state().held();
            pending[size] = image.state().pending();
            debt[size] = image.state().debt();
            decidedAt[size] = decided;
            size++;
        }

        void addTo(Tuple tuple) {
            addAll(
                    tuple, lane, program, account, first, last, lastEntry, digest, available, held, pending, debt,
                    decidedAt);
        }
    }

    private static final class OperationColumns {
        int size;
        final Integer[] run;
        final UUID[] id;
        final UUID[] prev;
        final String[] digest;
        final Long[] version;
        final String[] type;
        final String[] outcome;
        final String[] key;
        final String[] fingerprint;
        final String[] reference;
        final Long[] points;
        final Long[] reversible;
        final UUID[] target;
        final Long[] reversedBefore;
        final Long[] reversed;
        final Integer[] follows;
        final Boolean[] targetInRun;
        final String[] undoes;
        final Boolean[] undoesAll;
        final String[] left;
        final UUID[] basis;
        final String[] rests;
        final String[] voids;
        final Long[] at;
        final Long[] due;
        final String[] attributes;
        final String[] detail;
        final String[] hold;
        final String[] image;
        final Integer[] entry;

        OperationColumns(int n) {
            run = new Integer[n];
            id = new UUID[n];
            prev = new UUID[n];
            digest = new String[n];
            version = new Long[n];
            type = new String[n];
            outcome = new String[n];
            key = new String[n];
            fingerprint = new String[n];
            reference = new String[n];
            points = new Long[n];
            reversible = new Long[n];
            target = new UUID[n];
            reversedBefore = new Long[n];
            reversed = new Long[n];
            follows = new Integer[n];
            targetInRun = new Boolean[n];
            undoes = new String[n];
            undoesAll = new Boolean[n];
            left = new String[n];
            basis = new UUID[n];
            rests = new String[n];
            voids = new String[n];
            at = new Long[n];
            due = new Long[n];
            attributes = new String[n];
            detail = new String[n];
            hold = new String[n];
            image = new String[n];
            entry = new Integer[n];
        }

        void add(int ofRun, Proposal proposal, int firstEntry, int followsOperation, boolean inRun) {
            Operation operation = proposal.operation();
            var decision = proposal.decision();
            run[size] = ofRun;
            id[size] = proposal.id();
            prev[size] = decision.prev();
            digest[size] = decision.digest();
            version[size] = decision.version();
            type[size] = operation.type().code();
            outcome[size] = decision.outcome();
            key[size] = operation.key();
            fingerprint[size] = operation.fingerprint();
            reference[size] = operation.reference();
            points[size] = decision.points();
            reversible[size] = proposal.reversible();
            if (decision.target() != null) {
                target[size] = decision.target();
                reversedBefore[size] = decision.reversedBefore();
                reversed[size] = decision.reversed();
                undoes[size] = proposal.undoes();
                undoesAll[size] = proposal.undoesAll();
                left[size] = proposal.left();
            }
            if (decision.basis() != null) {
                basis[size] = decision.basis();
                rests[size] = decision.rests();
            }
            if (decision.target() != null || decision.basis() != null) {
                follows[size] = followsOperation;
                targetInRun[size] = inRun;
            }
            voids[size] = decision.ok() ? operation.voids() : null;
            at[size] = decision.at();
            due[size] = proposal.image().state().dueAt();
            attributes[size] = decision.ok() ? operation.attributes() : null;
            detail[size] = operation.detail();
            hold[size] = decision.hold() == null ? null : decision.hold().text();
            image[size] = proposal.image().text();
            entry[size] = firstEntry;
            size++;
        }

        void addTo(Tuple tuple) {
            addAll(
                    tuple,
                    run,
                    id,
                    prev,
                    digest,
                    version,
                    type,
                    outcome,
                    key,
                    fingerprint,
                    reference,
                    points,
                    reversible,
                    target,
                    reversedBefore,
                    reversed,
                    follows,
                    targetInRun,
                    undoes,
                    undoesAll,
                    left,
                    basis,
                    rests,
                    voids,
                    at,
                    due,
                    attributes,
                    detail,
                    hold,
                    image,
                    entry);
        }
    }

    private static final class EntryColumns {
        int size;
        final Integer[] operation;
        final Short[] n;
        final String[] type;
        final Long[] available;
        final Long[] held;
        final Long[] pending;
        final Long[] debt;
        final Long[] availableAfter;
        final Long[] heldAfter;
        final Long[] pendingAfter;
        final Long[] debtAfter;
        final String[] lots;

        EntryColumns(int size) {
            operation = new Integer[size];
            n = new Short[size];
            type = new String[size];
            available = new Long[size];
            held = new Long[size];
            pending = new Long[size];
            debt = new Long[size];
            availableAfter = new Long[size];
            heldAfter = new Long[size];
            pendingAfter = new Long[size];
            debtAfter = new Long[size];
            lots = new String[size];
        }

        void add(int ofOperation, int number, Entry entry) {
            operation[size] = ofOperation;
            n[size] = (short) number;
            type[size] = entry.type();
            available[size] = entry.available();
            held[size] = entry.held();
            pending[size] = entry.pending();
            debt[size] = entry.debt();
            availableAfter[size] = entry.availableAfter();
            heldAfter[size] = entry.heldAfter();
            pendingAfter[size] = entry.pendingAfter();
            debtAfter[size] = entry.debtAfter();
            lots[size] = entry.lotsText();
            size++;
        }

        void addTo(Tuple tuple) {
            addAll(
                    tuple,
                    operation,
                    n,
                    type,
                    available,
                    held,
                    pending,
                    debt,
                    availableAfter,
                    heldAfter,
                    pendingAfter,
                    debtAfter,
                    lots);
        }
    }
}
