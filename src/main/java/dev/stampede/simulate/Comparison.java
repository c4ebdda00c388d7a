package dev.stampede.simulate;

import dev.stampede.account.Image;
import dev.stampede.award.Part;
import dev.stampede.award.Shared;
import dev.stampede.document.Budget;
import dev.stampede.document.CountedAs;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.points.LocalDay;
import dev.stampede.program.InForce;
import dev.stampede.program.Timeline;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The history of a period twice: as it was sealed, and under a draft. The draft's branch of a member begins with the
 * state that he had at the beginning of the period, and then goes its own way.
 *
 * <p>What was sealed is computed a second time, each operation from the state that was sealed before it. Where that
 * does not come to what was sealed, the operation is counted as not reproduced: then what the draft gives for it is in
 * doubt, too.
 *
 * <p>Accounts are read one after the other, so that the order of time is not kept among members. For budgets, which
 * they share, it is made up for: where the draft's branch took more of one than there was, a second comparison gives
 * nothing of it from the time on at which it was used up.
 */
final class Comparison implements LedgerReader.Reader {
    private static final int MOST_NAMED = 10;
    private static final int FIRST_FREE_NUMBER = 1_000_000_000;
    private static final String PROMOTION = "promotion:";
    private static final String NOT_REPRODUCED = "not_reproduced";

    /** A member, and the points that he earned. */
    record Moved(String account, long before, long after) {
        long by() {
            return after - before;
        }
    }

    private static final Comparator<Moved> SMALLEST =
            Comparator.<Moved>comparingLong(moved -> Math.abs(moved.by())).thenComparing(Moved::account);

    /** Some operations, of which the first are named. */
    static final class Some {
        long count;
        final List<UUID> first = new ArrayList<>();
        final Map<String, Long> codes = new TreeMap<>();

        void add(UUID id, @Nullable String code) {
            count++;
            if (first.size() < MOST_NAMED) {
                first.add(id);
            }
            if (code != null) {
                codes.merge(code, 1L, Long::sum);
            }
        }
    }

    final Totals before = new Totals();
    final Totals after = new Totals();
    final PriorityQueue<Moved> up = new PriorityQueue<>(SMALLEST);
    final PriorityQueue<Moved> down = new PriorityQueue<>(SMALLEST);
    long members;
    long membersUp;
    long membersDown;
    long operations;
    long priced;
    final Some notReproduced = new Some();
    final Some declined = new Some();
    long declinedPoints;
    final Some notPriced = new Some();
    /** By the number of the budget: of the draft's budgets alone, 80 kB each. */
    final Map<Integer, Usage> usedBefore = new HashMap<>();

    final Map<Integer, Usage> usedAfter = new HashMap<>();

    private final Timeline timeline;
    private final InForce.Rules draft;
    private final long fromMs;
    private final long toMs;
    private final Map<String, Integer> numbers;
    private final Map<String, Usage.Limit> limits;
    private final Set<Integer> budgets;
    private final Progress progress;
    /** Of versions, by number: which budgets they use as the draft does. */
    private final Map<Integer, Map<String, Boolean>> unchanged = new HashMap<>();

    // of the account that is being read
    private String account = "";
    private Image image = Image.BLANK;
    private @Nullable Branch sealed;
    private @Nullable Branch drafted;
    private long lifetimeBefore;

    /** Told what is done; stops it by throwing. */
    interface Progress {
        void operation();

        /** May wait. */
        void rows(long read);

        /** @param share of the ledger that was read, from 0 to 1 */
        void accounts(int looked, double share);
    }

    /**
     * @param numbers of shared totals in the ledger, by {@code kind:name}
     * @param limits what the draft's branch may take of budgets, by id; none where there is enough
     */
    Comparison(
            Timeline timeline,
            InForce.Rules draft,
            long fromMs,
            long toMs,
            Map<String, Integer> numbers,
            Map<String, Usage.Limit> limits,
            Progress progress) {
        this.timeline = timeline;
        this.draft = draft;
        this.fromMs = fromMs;
        this.toMs = toMs;
        this.numbers = new LinkedHashMap<>(numbers);
        this.limits = limits;
        this.budgets = draft.document().budgets().stream().map(this::number).collect(Collectors.toUnmodifiableSet());
        this.progress = progress;
    }

    /** The number of a budget; one that the ledger has not heard of gets one. */
    int number(Budget budget) {
        return number(budget.of() == CountedAs.USES ? "uses" : "points", budget.id());
    }

    private int number(String kind, String name) {
        return numbers.computeIfAbsent(kind + ":" + name, any -> FIRST_FREE_NUMBER + numbers.size());
    }

    private int number(Shared total) {
        return switch (total.kind()) {
            case POINTS -> number("points", total.name());
            case USES -> number("uses", total.name());
            case STOCK -> number("stock", total.name());
        };
    }

    /** By the versions that were in force. */
    private final class WereInForce implements Branch.Rules {
        @Override
        public InForce.Rules present(long atMs, long realMs) {
            return readable(timeline.at(atMs, realMs));
        }

        @Override
        public InForce.Rules pricing(Step step) {
            Integer version = step.version();
            return version == null ? present(step.at(), step.realMs()) : readable(timeline.version(version));
        }

        @Override
        public Shared known(Shared total, Step step, InForce.Rules pricing) {
            int number = number(total);
            return total.of(number, left(total, number, step, pricing));
        }
    }

    /** By the draft, but for what happened before the period. */
    private final class OfDraft implements Branch.Rules {
        @Override
        public InForce.Rules present(long atMs, long realMs) {
            return draft;
        }

        @Override
        public InForce.Rules pricing(Step step) {
            String occurred = step.receipt().occurredAt();
            Integer version = step.version();
            return occurred != null
                            && version != null
                            && Instant.parse(occurred).toEpochMilli() < fromMs
                            && timeline.version(version) instanceof InForce.Rules rules
                    ? rules
                    : draft;
        }

        @Override
        public Shared known(Shared total, Step step, InForce.Rules pricing) {
            int number = number(total);
            Usage.Limit limit = limits.get(total.name());
            Long left = total.kind() == Shared.Kind.STOCK || limit == null ? null : limit.left(step.at());
            Integer version = step.version();
            if (left == null
                    && version != null
                    && timeline.version(version) instanceof InForce.Rules was
                    && isUnchanged(total.name(), was)) {
                left = left(total, number, step, was);
            }
            return total.of(number, left);
        }
    }

    /** What a total had left for an operation, where that was too little; null if it had enough. */
    private static @Nullable Long left(Shared total, int number, Step step, InForce.Rules priced) {
        if (total.kind() == Shared.Kind.STOCK) {
            return null;
        }
        for (Part part : step.explanation()) {
            if (Part.BUDGET.equals(part.reason()) && total.name().equals(budgetOf(part.rule(), priced.document()))) {
                return step.uses().getOrDefault(number, 0L);
            }
        }
        return null;
    }

    private static @Nullable String budgetOf(String rule, ProgramDocument document) {
        return document.promotions().stream()
                .filter(promotion -> rule.equals(PROMOTION + promotion.id()))
                .map(Promotion::budget)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Whether a version has that budget as the draft has it, for the same promotions. */
    private boolean isUnchanged(String budget, InForce.Rules version) {
        return unchanged
                .computeIfAbsent(version.version(), any -> new HashMap<>())
                .computeIfAbsent(budget, id -> uses(draft.document(), id).equals(uses(version.document(), id)));
    }

    private static List<Object> uses(ProgramDocument document, String budget) {
        List<Object> all = new ArrayList<>();
        document.budgets().stream().filter(each -> each.id().equals(budget)).forEach(all::add);
        document.promotions().stream()
                .filter(each -> budget.equals(each.budget()))
                .forEach(all::add);
        return all;
    }

    private static InForce.Rules readable(InForce found) {
        if (found instanceof InForce.Rules rules) {
            return rules;
        }
        throw new IllegalStateException("a version that was in force is not there, or can't be read");
    }

    @Override
    public void account(String id, Image before, Branch.Memory atFirst, Branch.Memory now) {
        account = id;
        image = before;
        sealed = new Branch(new WereInForce(), now, before);
        drafted = new Branch(new OfDraft(), atFirst, before);
        lifetimeBefore = before.state().lifetime();
    }

    @Override
    public void operation(Step step) {
        operations++;
        progress.operation();
        Branch was = Objects.requireNonNull(sealed);
        Branch is = Objects.requireNonNull(drafted);
        long day = LocalDay.number(step.at(), draft.zone());
        Step.Asked asked = asked(was, step);
        Effect done = sealed(was, step, asked);
        before.add(done, day);
        use(usedBefore, step.at(), step.uses());
        cut(step);
        was.resync(step);

        Effect would = is.apply(step, image, asked);
        after.add(would, day);
        priced += would.priced ? 1 : 0;
        use(usedAfter, step.at(), would.uses);
        for (String rule : would.cut) {
            String budget = budgetOf(rule, draft.document());
            draft.document().budgets().stream()
                    .filter(each -> each.id().equals(budget))
                    .forEach(each -> usage(usedAfter, number(each)).cut(step.at()));
        }
        for (Budget budget : draft.document().budgets()) {
            Usage.Limit limit = limits.get(budget.id());
            if (limit != null) {
                limit.take(step.at(), would.uses.getOrDefault(number(budget), 0L));
            }
        }
        if (would.refused != null) {
            switch (step.type()) {
                case REDEEM, HOLD -> {
                    declined.add(step.id(), would.refused);
                    declinedPoints += step.hold() == null
                            ? step.reversible()
                            : step.hold().points();
                }
                default -> notPriced.add(step.id(), would.refused);
            }
        }
        image = step.image();
    }

    private static Step.@Nullable Asked asked(Branch was, Step step) {
        Past target = step.target() == null ? null : was.past(step.target());
        return target == null ? null : target.asked(step);
    }

    /** What was sealed: the points by what the ledger says, the rules as they are computed again. */
    private Effect sealed(Branch was, Step step, Step.@Nullable Asked asked) {
        Effect effect;
        boolean isReproduced;
        try {
            effect = was.apply(step, image, asked);
            isReproduced = effect.refused == null && was.is(step.image());
        } catch (IllegalStateException e) { // it is not known by which rules
            effect = new Effect();
            isReproduced = false;
        }
        if (!isReproduced) {
            notReproduced.add(step.id(), null);
        }
        long earned = step.image().state().lifetime() - image.state().lifetime();
        effect.add(NOT_REPRODUCED, earned - effect.earned);
        effect.earned = earned;
        effect.redeemed = redeemed(was, step);
        return effect;
    }

    /** Points that it paid, less those that it gave back, as it was sealed. */
    private static long redeemed(Branch was, Step step) {
        return switch (step.type()) {
            case REDEEM, CAPTURE -> step.reversible();
            case VOID, REVERSE -> {
                Past target = step.target() == null ? null : was.past(step.target());
                yield target != null && target.kind == Past.Kind.PAYMENT ? -step.reversed() : 0;
            }
            default -> 0;
        };
    }

    /** Notes the budgets that had too little for an operation. */
    private void cut(Step step) {
        for (Part part : step.explanation()) {
            Integer version = step.version();
            if (Part.BUDGET.equals(part.reason())
                    && version != null
                    && timeline.version(version) instanceof InForce.Rules priced) {
                String budget = budgetOf(part.rule(), priced.document());
                priced.document().budgets().stream()
                        .filter(each -> each.id().equals(budget))
                        .map(this::number)
                        .filter(budgets::contains)
                        .forEach(number -> usage(usedBefore, number).cut(step.at()));
            }
        }
    }

    private void use(Map<Integer, Usage> used, long atMs, Map<Integer, Long> units) {
        units.forEach((total, taken) -> {
            if (budgets.contains(total)) {
                usage(used, total).add(atMs, taken);
            }
        });
    }

    private Usage usage(Map<Integer, Usage> used, int total) {
        return used.computeIfAbsent(total, any -> new Usage(fromMs, toMs));
    }

    @Override
    public void end() {
        Branch was = Objects.requireNonNull(sealed);
        Branch is = Objects.requireNonNull(drafted);
        long lifetimeSealed = was.wallet().lifetime();
        try {
            was.lapse(toMs);
            before.end(was.wallet(), was.level());
        } catch (IllegalStateException e) { // it is not known by which rules
            before.end(was.wallet(), "");
        }
        is.lapse(toMs);
        after.end(is.wallet(), is.level());
        Moved moved =
                new Moved(account, lifetimeSealed - lifetimeBefore, is.wallet().lifetime() - lifetimeBefore);
        members++;
        membersUp += moved.by() > 0 ? 1 : 0;
        membersDown += moved.by() < 0 ? 1 : 0;
        if (moved.by() != 0) {
            PriorityQueue<Moved> largest = moved.by() > 0 ? up : down;
            largest.add(moved);
            if (largest.size() > MOST_NAMED) {
                largest.remove();
            }
        }
        image = Image.BLANK;
        sealed = null; // the result is kept for an hour, and these may be large
        drafted = null;
    }

    @Override
    public void read(long rows) {
        progress.rows(rows);
    }

    @Override
    public void looked(int accounts, double share) {
        progress.accounts(accounts, share);
    }

    /**
     * What the draft's branch may take of budgets, of which it took more than there was, by their ids.
     *
     * @param earlier what operations before the period used, by number
     */
    Map<String, Usage.Limit> limits(Map<Integer, Long> earlier) {
        Map<String, Usage.Limit> found = new HashMap<>();
        for (Budget budget : draft.document().budgets()) {
            int number = number(budget);
            Usage.Limit limit = usage(usedAfter, number).limit(budget.total() - earlier.getOrDefault(number, 0L));
            if (limit != null) {
                found.put(budget.id(), limit);
            }
        }
        return found;
    }

    /** Those who moved most, first. */
    static List<Moved> largestFirst(PriorityQueue<Moved> of) {
        return of.stream().sorted(SMALLEST.reversed()).toList();
    }
}
