package dev.stampede.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.AccountId;
import dev.stampede.account.Decision;
import dev.stampede.account.Entry;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.award.Claim;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Shared;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Chain.Link;
import dev.stampede.chaos.Listener.Event;
import dev.stampede.chaos.Listener.Heard;
import dev.stampede.chaos.Violation.Rule;
import dev.stampede.model.AccountModel;
import dev.stampede.support.Ask;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says of one account whether what its clients were told can be true of what Postgres holds.
 *
 * <p>The serial order in question need not be searched for: versions give it. So it is enough to play the account's
 * operations again in that order, each with what its caller asked for, through a model of the rules that knows nothing
 * of Redis, of Postgres or of the gateway, and to compare all that comes out; then to hold each answer against it, and
 * the calls' times against the order.
 *
 * <p>Balances are the one thing that Redis alone may answer, so that they may be wrong while it lies (G4): a read that
 * overlaps one of the {@code excused} windows is counted and not judged. Nothing else is ever excused.
 *
 * <p>It takes the ledger's word for nothing but the times of decisions, the day on which an earn's points expire (which
 * it checks to be the program's), and what time had done to accounts that nobody called.
 */
final class Judge {
    /**
     * A time in which the balances of some accounts may be wrong, in ns of the harness' clock.
     *
     * @param twoForms whether only in this, since gateways throw each other's images away: they may show what calls
     *     that are under way would make of a state that the account had, though something else becomes of them; and not
     *     know yet what was answered a moment ago
     */
    record Window(long from, long to, Predicate<AccountId> of, boolean twoForms) {
        Window(long from, long to, Predicate<AccountId> of) {
            this(from, to, of, false);
        }

        boolean excuses(Call call) {
            return excuses(call.account(), call.sentAt(), call.answeredAt());
        }

        boolean excuses(AccountId account, long since, long until) {
            return !twoForms && covers(account, since, until);
        }

        boolean isOfTwoForms(Call call) {
            return twoForms && covers(call.account(), call.sentAt(), call.answeredAt());
        }

        private boolean covers(AccountId account, long since, long until) {
            return since <= to && until >= from && of.test(account);
        }
    }

    /** What points are worth in {@code demo}. */
    private static final PlainPrice DEMO_PRICE = new PlainPrice("money", null, 2, new Claim.Rate(100, 100));

    /** Where images have two forms, a read may miss what was answered so shortly before it was asked for. */
    private static final long LATE_BY_NS = TimeUnit.SECONDS.toNanos(1);
    /** So long a gateway goes on with an operation whose caller knows nothing of it. */
    private static final long LINGERS_NS = TimeUnit.SECONDS.toNanos(5);
    /** So many operations of those that are under way a read may show, where images have two forms. */
    private static final int MOST_UNSEALED = 4;

    /** What is that old at the end every event stream has told. */
    static final long CATCHES_UP_IN_MS = 10_000;

    /** So many gifts does {@code NextRelease} give to an account. */
    private static final long MOST_STARS = 2;

    private static final String TOO_MANY_STARS = "too_many_stars";
    private static final long NEVER = Long.MAX_VALUE;

    private static final Function<Shared, Long> PLENTY = total -> null;
    private static final Function<Shared, Long> NOTHING = total -> 0L;

    /** What is unknown by the client's own doing, or honestly by the gateway's. */
    private static final Set<String> HONESTLY_UNKNOWN = Set.of("timeout", "cut", "outcome_unknown");

    /** So long before its decision an enrolment may have come, in ms. */
    private static final long MOST_LATE_MS = 10_000;

    /** How far decisions may be off this machine's clock, in ms: what the ledger allows, and what is noticed. */
    private static final long CLOCK_TOLERANCE_MS = 1000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final AccountId account;
    private final Chain chain;
    private final List<Call> calls;
    private final List<Heard> streams;
    private final List<Window> excused;
    private final Club club;
    private final long wallMs;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<UUID, Link> byId = new HashMap<>();
    private final Map<String, Link> byKey = new HashMap<>();
    private final Map<String, List<Call>> attempts = new HashMap<>();
    private final Map<String, List<Call>> readsByKey = new HashMap<>();
    private final Map<String, Link> voidOf = new HashMap<>();
    /** Balances that the account never had, read where images have two forms. */
    private final List<Call> doubtful = new ArrayList<>();
    /** Those of them that show what was under way. */
    private final Set<Call> explained = Collections.newSetFromMap(new IdentityHashMap<>());

    private long reads;
    private long excusedReads;
    private long events;
    private long excusedEvents;

    private Judge(Chain chain, List<Call> calls, List<Heard> streams, List<Window> excused, Club club, long wallMs) {
        this.account = chain.account();
        this.chain = chain;
        this.calls = calls;
        this.streams = streams;
        this.excused = excused;
        this.club = club;
        this.wallMs = wallMs;
    }

    /**
     * @param reads balances that were asked for
     * @param excusedReads those of them that were not judged
     * @param events that streams told
     * @param excusedEvents those of them that told what never was, while Redis might lie
     */
    record Verdict(List<Violation> violations, long reads, long excusedReads, long events, long excusedEvents) {}

    /**
     * @param calls all those on the account, in any order
     * @param streams all that were held on it
     * @param club the versions of that program
     * @param wallMs the time, in ms since the epoch, at 0 ns of the harness' clock
     */
    static Verdict judge(
            Chain chain, List<Call> calls, List<Heard> streams, List<Window> excused, Club club, long wallMs) {
        Judge judge = new Judge(chain, calls, streams, excused, club, wallMs);
        judge.judge();
        return new Verdict(judge.violations, judge.reads, judge.excusedReads, judge.events, judge.excusedEvents);
    }

    private void judge() {
        for (Call call : calls) {
            if (call.kind() == Kind.BY_KEY) {
                readsByKey.computeIfAbsent(call.key(), k -> new ArrayList<>(1)).add(call);
            } else if (call.key() != null && !call.other()) {
                attempts.computeIfAbsent(call.key(), k -> new ArrayList<>(1)).add(call);
            }
        }
        chain();
        keys();
        undone();
        doubt();
        if (violations.isEmpty()) {
            rules(); // of a broken chain they would only say the same once more
        }
        asked();
        answers();
        voids();
        versions();
        realTime();
        reads();
        streams.forEach(this::stream);
    }

    private void violated(Rule rule, String what, UUID... operations) {
        violations.add(new Violation(
                rule,
                account,
                Arrays.stream(operations).filter(Objects::nonNull).toList(),
                what));
    }

    // The ledger by itself --------------------------------------------------------------------------

    private void chain() {
        long version = 0;
        UUID before = null;
        Buckets buckets = new Buckets(0, 0, 0, 0);
        for (Link link : chain.links()) {
            if (link.version() != version + 1) {
                violated(Rule.CHAIN, "version " + link.version() + " comes after " + version, before, link.id());
            }
            version = link.version();
            before = link.id();
            if (byId.put(link.id(), link) != null) {
                violated(Rule.CHAIN, "an id is there twice", link.id());
            }
            if (!link.ok() && !link.entries().isEmpty()) {
                violated(Rule.ENTRIES, "declined, but with entries", link.id());
            }
            for (Entry entry : link.entries()) {
                Buckets after = Buckets.after(entry);
                if (!buckets.plus(entry).equals(after)) {
                    violated(Rule.ENTRIES, entry + " does not begin at " + buckets, link.id());
                }
                if (after.lowest() < 0) {
                    violated(Rule.NO_OVERSPEND, "a bucket is below zero: " + after, link.id());
                }
                buckets = after;
            }
            if (buckets.available > 0 && buckets.debt > 0) {
                violated(Rule.DEBT_FIRST, "points are available beside a debt: " + buckets, link.id());
            }
        }
        Chain.Tip tip = chain.tip();
        Link last =
                chain.links().isEmpty() ? null : chain.links().get(chain.links().size() - 1);
        if (tip.version() != version || !tip.head().equals(last == null ? Image.NO_HEAD : last.id())) {
            violated(Rule.CHAIN, "the account's row is at " + tip.version() + " " + tip.head(), before);
        }
        if (!tip.digest().equals(Image.digest(last == null ? Image.BLANK.text() : last.image()))) {
            violated(Rule.CHAIN, "the account's digest is not that of its newest image", before);
        }
        if (!buckets.equals(new Buckets(tip.available(), tip.held(), tip.pending(), tip.debt()))) {
            violated(Rule.ENTRIES, "the entries lead to " + buckets + ", and the account's row says " + tip, before);
        }
    }

    private record Buckets(long available, long held, long pending, long debt) {
        static Buckets after(Entry e) {
            return new Buckets(e.availableAfter(), e.heldAfter(), e.pendingAfter(), e.debtAfter());
        }

        Buckets plus(Entry e) {
            return new Buckets(available + e.available(), held + e.held(), pending + e.pending(), debt + e.debt());
        }

        long lowest() {
            return Math.min(Math.min(available, held), Math.min(pending, debt));
        }
    }

    private void keys() {
        for (Link link : chain.links()) {
            if (link.key() != null) {
                Link other = byKey.putIfAbsent(link.key(), link);
                if (other != null) {
                    violated(Rule.KEY_ONCE, "key " + link.key() + " took effect twice", other.id(), link.id());
                }
            }
            if (link.voids() != null && link.ok()) {
                voidOf.putIfAbsent(link.voids(), link);
            }
        }
    }

    private void undone() {
        Map<UUID, Long> undone = new HashMap<>();
        Set<UUID> ended = new HashSet<>();
        for (Link link : chain.links()) {
            if (link.target() == null) {
                continue;
            }
            Link target = byId.get(link.target());
            if (target == null || target.version() >= link.version()) {
                violated(Rule.UNDONE_ONCE, "what it undoes did not come before it", link.id(), link.target());
                continue;
            }
            long before = undone.getOrDefault(link.target(), 0L);
            if (link.reversedBefore() != before || before + link.reversed() > target.reversible()) {
                violated(
                        Rule.UNDONE_ONCE,
                        "undoes " + link.reversed() + " behind " + link.reversedBefore() + " of " + target.reversible()
                                + ", of which " + before + " were undone",
                        link.id(),
                        target.id());
            }
            undone.merge(link.target(), link.reversed(), Long::sum);
            if (target.type().equals("hold") && link.reversed() > 0 && !ended.add(target.id())) {
                violated(Rule.HOLD_ENDS_ONCE, "the hold had ended", link.id(), target.id());
            }
        }
    }

    // The ledger against the rules ------------------------------------------------------------------

    /** Plays all operations again. Stops at the first that came out otherwise: all behind it rests on that. */
    private void rules() {
        AccountModel model = new AccountModel();
        long stars = 0;
        explain(model);
        for (Link stored : chain.links()) {
            String wrong = wrongStars(stored, stars);
            if (wrong != null) {
                violated(Rule.FOLLOWS, wrong, stored.id());
                return;
            }
            stars = stored.stars();
            Link link = stored.known();
            if (isOfClub() && isOverMidnight(link)) {
                return; // it has one of two prices, and what is behind it rests on that
            }
            Operation operation;
            try {
                operation = operation(link);
            } catch (RuntimeException e) {
                violated(Rule.FOLLOWS, "it can't be priced again: " + e, link.id());
                return;
            }
            if (operation == null) {
                violated(Rule.ASKED, "a " + link.type() + " that nobody asked for", link.id());
                return;
            }
            Violation difference;
            try {
                difference = difference(model, operation, link);
            } catch (RuntimeException e) {
                difference = new Violation(
                        Rule.FOLLOWS, account, List.of(link.id()), "it can't be played again: " + e + " " + operation);
            }
            if (difference != null) {
                violations.add(difference);
                return;
            }
            explain(model);
        }
    }

    /** The one rule that only the next release knows; null if it was kept. */
    private static String wrongStars(Link link, long before) {
        boolean given = link.gift() && link.ok();
        if (link.stars() != (given ? before + 1 : before) || link.stars() > MOST_STARS) {
            return "version " + link.version() + ", " + link.type() + ": " + link.stars() + " gifts behind " + before;
        }
        boolean refused = link.outcome().equals(TOO_MANY_STARS);
        return refused && (before < MOST_STARS || !link.gift())
                ? "version " + link.version() + ", " + link.type() + ": refused for " + before + " gifts"
                : null;
    }

    private Violation difference(AccountModel model, Operation operation, Link link) {
        boolean member = model.enrolled();
        Image stored = Image.parse(link.image());
        Proposal expected = link.outcome().equals(TOO_MANY_STARS)
                ? model.replayDeclined(operation, link.id(), stored.at(), TOO_MANY_STARS)
                : model.replay(operation, link.id(), stored.at());
        if (expected == null) {
            return differs(Rule.FOLLOWS, link, "it should have left no trace");
        }
        if (!member && !operation.enrols() && operation.type() != OperationType.TOMBSTONE) {
            return differs(Rule.FOLLOWS, link, "there was no account yet");
        }
        Decision decision = expected.decision();
        if (!decision.outcome().equals(link.outcome())) {
            String what = "it is " + link.outcome() + ", and should be " + decision.outcome();
            if (!link.ok()) {
                return differs(Rule.TRUE_DECLINE, link, what);
            }
            return differs(
                    decision.outcome().equals("insufficient_points") ? Rule.NO_OVERSPEND : Rule.FOLLOWS, link, what);
        }
        Link as = Link.of(expected);
        String field = firstDifference(as, link);
        if (field != null) {
            return differs(Rule.FOLLOWS, link, field);
        }
        if (operation instanceof Operation.Earn earn && link.ok() && !isOfClub()) {
            LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(stored.at()), ZoneOffset.UTC);
            // the call may have come just before midnight
            if (earn.on() != expiry(day)
                    && earn.on() != expiry(day.minusDays(1))
                    && earn.on() != soonerExpiry(day)
                    && earn.on() != soonerExpiry(day.minusDays(1))) {
                return differs(Rule.FOLLOWS, link, "its points expire on day " + earn.on());
            }
        }
        return null;
    }

    /** As the program {@code demo} says: at the end of the month, twelve months on. */
    private static long expiry(LocalDate day) {
        return YearMonth.from(day.plusMonths(12)).atEndOfMonth().toEpochDay();
    }

    /** Or what {@link Chaos} makes it say for a while, so that accounts have several lots. */
    private static long soonerExpiry(LocalDate day) {
        return YearMonth.from(day.plusMonths(Chaos.SOONER_EXPIRY_MONTHS))
                .atEndOfMonth()
                .toEpochDay();
    }

    private Violation differs(Rule rule, Link link, String what) {
        return new Violation(
                rule, account, List.of(link.id()), "version " + link.version() + ", " + link.type() + ": " + what);
    }

    private static String firstDifference(Link expected, Link stored) {
        record Part(String name, Object expected, Object stored) {}
        return List.of(
                        new Part("points", expected.points(), stored.points()),
                        new Part("entries", expected.entries(), stored.entries()),
                        new Part("reversible", expected.reversible(), stored.reversible()),
                        new Part("target", expected.target(), stored.target()),
                        new Part("reversed before", expected.reversedBefore(), stored.reversedBefore()),
                        new Part("reversed", expected.reversed(), stored.reversed()),
                        new Part(
                                "parts",
                                expected.besides().parts(),
                                stored.besides().parts()),
                        new Part(
                                "told",
                                expected.besides().told(),
                                stored.besides().told()),
                        new Part(
                                "uses",
                                expected.besides().uses(),
                                stored.besides().uses()),
                        new Part("hold", expected.hold(), stored.hold()),
                        new Part("time", expected.createdAtMs(), stored.createdAtMs()),
                        new Part("image", expected.image(), stored.image()))
                .stream()
                .filter(part -> !Objects.equals(part.expected, part.stored))
                .map(part -> part.name + " should be " + part.expected + ", and is " + part.stored)
                .findFirst()
                .orElse(null);
    }

    /** What was asked, as its caller says; null if nobody asked. */
    private Operation operation(Link link) {
        OperationType type = OperationType.of(link.type());
        Ask operation = Ask.of(type, account).key(link.key(), null);
        switch (type) {
            case ENROL -> {
                // it has no key: a gateway that Redis did not answer enrols once more, which does nothing
                Call asked = calls.stream()
                        .filter(call -> call.kind() == Kind.ENROL)
                        .findFirst()
                        .orElse(null);
                return asked == null ? null : isOfClub() ? ofClub(asked, link) : operation.build();
            }
            case LAPSE -> {
                Operation.Header header = operation.build().header();
                return isOfClub() ? new Operation.Lapse(header, club.lapse()) : operation.build();
            }
            case TOMBSTONE -> {
                return voidCalls(link.key()).isEmpty() ? null : operation.build();
            }
            default -> {
                List<Call> asked = attempts.get(link.key());
                if (asked == null || !isAsked(type, asked.get(0), link)) {
                    return null;
                }
                return isOfClub() ? ofClub(asked.get(0), link) : paid(operation, asked.get(0), link);
            }
        }
    }

    private static OperationType typeOf(Call call) {
        return switch (call.kind()) {
            case VOID_HOLD, VOID_KEY -> OperationType.VOID;
            case GIFT -> OperationType.EARN; // so it is where this release was asked
            default -> OperationType.valueOf(call.kind().name());
        };
    }

    /** Of a declined void only the key is stored, not what it was to void. */
    private static boolean isAsked(OperationType type, Call call, Link link) {
        return type == typeOf(call) && (!link.ok() || Objects.equals(call.voids(), link.voids()));
    }

    private boolean isOfClub() {
        return account.program().equals(Club.ID);
    }

    /** As its version prices it, and for what the chain before it has left of its target. */
    private Operation ofClub(Call call, Link link) {
        Operation operation = club.operation(
                call,
                account,
                link.key(),
                link.besides().programVersion(),
                link.createdAtMs(),
                total -> Club.left(total, link));
        return operation.of(chain.facts(operation, link.version()));
    }

    /** Whether it may have come on the day before it was decided. */
    private boolean isOverMidnight(Link link) {
        long sentMs = attemptsAt(link.key())
                .mapToLong(call -> wallMs + TimeUnit.NANOSECONDS.toMillis(call.sentAt()))
                .min()
                .orElse(link.createdAtMs() - MOST_LATE_MS);
        return !Club.day(Math.min(sentMs, link.createdAtMs())).equals(Club.day(link.createdAtMs()));
    }

    /** What was priced, was by a version that was in force between the time when it was sent and its decision. */
    private void versions() {
        for (Link link : isOfClub() ? chain.links() : List.<Link>of()) {
            Integer version = link.besides().programVersion();
            boolean isPriced = Set.of("earn", "enrol", "redeem", "hold").contains(link.type());
            if (!isPriced || version == null) {
                if (isPriced || version != null) {
                    violated(Rule.TRUE_VERSION, link.type() + " by version " + version, link.id());
                }
                continue;
            }
            long sentMs = attemptsAt(link.key())
                    .mapToLong(call -> wallMs + TimeUnit.NANOSECONDS.toMillis(call.sentAt()))
                    .min()
                    .orElse(link.createdAtMs() - MOST_LATE_MS);
            int from = club.inForceAt(sentMs - CLOCK_TOLERANCE_MS);
            int to = club.inForceAt(link.createdAtMs());
            if (version < from || version > to) {
                violated(
                        Rule.TRUE_VERSION,
                        "by version " + version + ", and should be by " + from + " to " + to,
                        link.id());
            }
        }
    }

    /** What was asked for, and what it is told to be worth: a release that does not tell it may have made the link. */
    private static Operation paid(Ask operation, Call call, Link link) {
        return operation(operation.plain(link.besides().told() == null ? null : DEMO_PRICE), call, earned(link));
    }

    /** @param on the day of the lot that an earn makes */
    private static Operation operation(Ask operation, Call call, long on) {
        Ask asked = operation.points(call.points());
        return (switch (call.kind()) {
                    case EARN, GIFT -> asked.autoEnrol(true).lot(on, null);
                    case HOLD -> asked.ttlSeconds(call.ttlSeconds());
                    case CAPTURE, VOID_HOLD -> asked.hold(call.subject());
                    case VOID_KEY -> asked.voids(call.voids()).debt(true);
                    case REVERSE -> asked.target(call.subject()).debt(true);
                    default -> asked;
                })
                .build();
    }

    /** The day of the lot that an earn made. */
    private static long earned(Link link) {
        return link.entries().stream()
                .filter(entry -> entry.type().equals("earn"))
                .mapToLong(entry -> entry.lots().get(0).day())
                .findFirst()
                .orElse(0);
    }

    private List<Call> voidCalls(String key) {
        return calls.stream().filter(call -> key.equals(call.voids())).toList();
    }

    // What was told against the ledger --------------------------------------------------------------

    private void asked() {
        for (Link link : chain.links()) {
            if (link.key() != null && !link.type().equals("tombstone") && !attempts.containsKey(link.key())) {
                violated(Rule.ASKED, "key " + link.key() + " was never sent", link.id());
            }
        }
    }

    private void answers() {
        for (Call call : calls) {
            if (call.is(Outcome.UNKNOWN)
                    && !HONESTLY_UNKNOWN.contains(call.told().code())) {
                violated(Rule.NO_BUG, "an error, or an answer that makes no sense: " + call);
            }
            if (call.kind().reads()) {
                continue;
            }
            switch (call.told().outcome()) {
                case OK, DECLINED -> answered(call);
                case REFUSED -> refused(call);
                case UNKNOWN -> {}
            }
        }
        attempts.forEach((key, tries) -> {
            Set<UUID> ids = tries.stream()
                    .map(call -> call.told().operation())
                    .filter(Objects::nonNull)
                    .collect(Collectors.toSet());
            if (ids.size() > 1) {
                violated(
                        Rule.KEY_ONCE,
                        "key " + key + " was answered with several operations",
                        ids.toArray(new UUID[0]));
            }
            long first = tries.stream()
                    .filter(call -> (call.is(Outcome.OK) || call.is(Outcome.DECLINED))
                            && !call.told().replayed())
                    .count();
            if (first > 1) {
                violated(
                        Rule.KEY_ONCE,
                        "key " + key + " was answered " + first + " times as new",
                        ids.toArray(new UUID[0]));
            }
            Link there = byKey.get(key);
            long answers = bodies(tries.stream());
            long all = bodies(Stream.concat(tries.stream(), readsByKey.getOrDefault(key, List.of()).stream()));
            // of what the next release has written this one tells what it can, to those who only read
            long ways = there == null || there.stars() == 0 ? 1 : 2;
            if (answers > 1 || all > ways) {
                violated(Rule.KEY_ONCE, "key " + key + " was answered in " + all + " ways", ids.toArray(new UUID[0]));
            }
            boolean refusedAlways = tries.stream().allMatch(call -> call.is(Outcome.REFUSED));
            if (refusedAlways && there != null && !there.type().equals("tombstone")) {
                violated(
                        Rule.REFUSED_IS_NOT_DONE,
                        "key " + key + " was refused (" + tries.get(0).told().code() + ") and is there",
                        there.id());
            }
        });
    }

    private void answered(Call call) {
        Call.Told told = call.told();
        Rule rule = call.is(Outcome.OK) ? Rule.ANSWERED_IS_THERE : Rule.DECLINED_IS_SEALED;
        if (call.other()) {
            violated(Rule.KEY_ONCE, "another body under a used key was answered as done: " + call, told.operation());
            return;
        }
        Link link;
        if (call.kind() == Kind.ENROL) {
            // who was a member before is told so by Redis, with a balance that may be wrong
            if (told.replayed() ? enrolledAt() == NEVER : told.version() != enrolledAt()) {
                violated(rule, "answered as enrolled, and enrolled at version " + enrolledAt() + ": " + call);
            }
            return;
        }
        link = told.operation() == null ? null : byId.get(told.operation());
        if (link == null) {
            Link other = byKey.get(call.key());
            violated(rule, "answered, and not there: " + call, told.operation(), other == null ? null : other.id());
            return;
        }
        String outcome = call.is(Outcome.OK) ? "ok" : told.code();
        if (!link.outcome().equals(outcome)) {
            violated(rule, "answered " + outcome + ", and there it is " + link.outcome() + ": " + call, link.id());
        } else if (!call.key().equals(link.key())
                || told.version() != link.version()
                || (call.is(Outcome.OK) && told.moved() != link.points())) {
            violated(rule, "answered otherwise than it is there: " + call + ", " + link, link.id());
        } else if (told.balance() != null
                && !told.balance().samePoints(balance(link, told.balance().asOfMs()))) {
            violated(rule, "the balance answered is not the one after it: " + call, link.id());
        } else if (told.body() != null) {
            String different = differentBody(told.body(), link);
            if (different != null) {
                violated(
                        rule, different + " was answered otherwise than it is there: " + call + ", " + link, link.id());
            }
        }
    }

    /** Which part of an answer is not what the ledger has; null if none. */
    private static String differentBody(String body, Link link) {
        try {
            JsonNode told = JSON.readTree(body);
            if (Instant.parse(told.get("createdAt").asText()).toEpochMilli() != link.createdAtMs()) {
                return "its time";
            }
            Integer version = link.besides().programVersion();
            if (!Objects.equals(
                    version,
                    told.hasNonNull("programVersion")
                            ? told.get("programVersion").asInt()
                            : null)) {
                return "its version";
            }
            if (!told.get("type").asText().equals(link.type())) {
                return "its type";
            }
            if (!told.get("entries").equals(JSON.readTree(entries(link.entries())))) {
                return "what it moved";
            }
            HoldStatus hold = link.hold() == null ? null : HoldStatus.parse(link.hold());
            JsonNode toldHold = told.get("hold");
            if (hold == null ? !toldHold.isNull() : !hold(toldHold).equals(hold)) {
                return "its hold";
            }
            UUID reverses = link.type().equals("reverse") ? link.target() : null;
            if (reverses != null && !told.get("reverses").asText().equals(reverses.toString())) {
                return "what it undid";
            }
            return null;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(body, e);
        }
    }

    private static String entries(List<Entry> entries) {
        return entries.stream()
                .map(entry -> String.format(
                        "{\"type\":\"%s\",\"points\":%d,\"held\":%d,\"pending\":%d,\"debt\":%d,\"lots\":%s}",
                        entry.type(),
                        entry.available(),
                        entry.held(),
                        entry.pending(),
                        entry.debt(),
                        entry.lots().stream()
                                .map(lot -> String.format("{\"points\":%d,\"on\":\"%s\"}", lot.points(), lot.on()))
                                .collect(Collectors.joining(",", "[", "]"))))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static HoldStatus hold(JsonNode told) {
        return told.isNull()
                ? null
                : new HoldStatus(
                        UUID.fromString(told.get("id").asText()),
                        told.get("points").asLong(),
                        told.get("captured").asLong(),
                        told.get("state").asText(),
                        Instant.parse(told.get("expiresAt").asText()).toEpochMilli());
    }

    private static Balance balance(Link link, long atMs) {
        return Balance.of(Image.parse(link.known().image()).state().at(atMs, ZoneOffset.UTC), atMs);
    }

    private void refused(Call call) {
        String code = call.told().code();
        switch (code) {
            case "voided" -> {
                Link there = byKey.get(call.key());
                boolean voided = voidOf.containsKey(call.key())
                        || (there != null
                                && (there.type().equals("tombstone")
                                        || there.outcome().equals("voided")));
                if (!voided || voidCalls(call.key()).stream().noneMatch(v -> v.sentAt() < call.answeredAt())) {
                    violated(Rule.TRUE_REFUSAL, "it was never voided: " + call);
                }
            }
            case "idempotency_key_reused" -> {
                if (!call.other() || !byKey.containsKey(call.key())) {
                    violated(Rule.TRUE_REFUSAL, "the key was not used for another call: " + call);
                }
            }
            case "account_not_found" -> {
                if (wasMember(call)) {
                    violated(Rule.TRUE_REFUSAL, "the account was there: " + call);
                }
            }
            case "hold_not_found", "operation_not_found" ->
                violated(Rule.TRUE_REFUSAL, "it was there, or nobody had told of it: " + call, call.subject());
            case Client.OF_A_NEWER_RELEASE -> newer(call);
            case "unavailable", "overloaded", "rate_limited", "connection_refused" -> {}
            default -> violated(Rule.TRUE_REFUSAL, "refused without a trace: " + call);
        }
    }

    /** Only what only it knows, once it is in the ledger, makes an account unreadable for an older one. */
    private void newer(Call call) {
        long untilMs = wallMs + TimeUnit.NANOSECONDS.toMillis(call.answeredAt()) + CLOCK_TOLERANCE_MS;
        if (chain.links().stream().noneMatch(link -> link.stars() > 0 && link.createdAtMs() <= untilMs)) {
            violated(Rule.TRUE_REFUSAL, "no newer release can have written it: " + call);
        }
    }

    /** How many different ones there are. */
    private static long bodies(Stream<Call> answered) {
        return answered.map(call -> call.told().body())
                .filter(Objects::nonNull)
                .distinct()
                .count();
    }

    /** The version that made the member one. */
    private long enrolledAt() {
        return chain.links().stream()
                .filter(link -> link.ok()
                        && (link.known().type().equals("earn") || link.type().equals("enrol")))
                .mapToLong(Link::version)
                .findFirst()
                .orElse(NEVER);
    }

    /** Whether somebody had been told, before the call was sent, of an operation of a member. */
    private boolean wasMember(Call call) {
        return calls.stream()
                .filter(other -> other.answeredAt() < call.sentAt() && other.is(Outcome.OK))
                .anyMatch(other -> other.kind() == Kind.ENROL
                        || (!other.kind().reads()
                                && other.told().operation() != null
                                && byId.containsKey(other.told().operation())
                                && byId.get(other.told().operation()).version() >= enrolledAt()));
    }

    private void voids() {
        for (Call call : calls) {
            if (call.kind() == Kind.VOID_KEY && call.is(Outcome.OK)) {
                for (Call late : attempts.getOrDefault(call.voids(), List.of())) {
                    if (late.sentAt() > call.answeredAt() && late.is(Outcome.OK)) {
                        violated(
                                Rule.VOIDED_STAYS_VOIDED,
                                "answered as done after its void: " + late,
                                late.told().operation(),
                                call.told().operation());
                    }
                }
            }
        }
    }

    // The order ---------------------------------------------------------------------------------------

    /** When an operation can have happened: after it was first sent, before it was first told of. */
    private static final long NOBODYS = Long.MIN_VALUE;

    private static final class Span {
        long sent = Long.MAX_VALUE;
        long told = Long.MAX_VALUE;
    }

    private Stream<Call> attemptsAt(String key) {
        return key == null ? Stream.empty() : attempts.getOrDefault(key, List.of()).stream();
    }

    private Map<UUID, Span> spans() {
        Map<UUID, Span> spans = new HashMap<>();
        for (Link link : chain.links()) {
            Span span = new Span();
            spans.put(link.id(), span);
            List<Call> tries;
            if (link.type().equals("tombstone")) {
                tries = voidCalls(link.key()); // of a call that had not come
            } else {
                // what was refused was not done, so that another try must have done it
                tries = attemptsAt(link.key())
                        .filter(call -> !call.is(Outcome.REFUSED))
                        .toList();
            }
            tries.forEach(call -> span.sent = Math.min(span.sent, call.sentAt()));
            if (tries.isEmpty()) {
                span.sent = NOBODYS; // at any time
            }
        }
        for (Call call : calls) {
            Span span = call.told().operation() == null
                    ? null
                    : spans.get(call.told().operation());
            if (span != null) {
                span.told = Math.min(span.told, call.answeredAt());
            }
        }
        return spans;
    }

    private void realTime() {
        Map<UUID, Span> spans = spans();
        long earliest = Long.MAX_VALUE;
        UUID toldThen = null;
        for (int i = chain.links().size() - 1; i >= 0; i--) {
            Link link = chain.links().get(i);
            Span span = spans.get(link.id());
            if (span.sent != NOBODYS) {
                time(
                        link.createdAtMs(),
                        span.sent,
                        span.told,
                        () -> "version " + link.version() + " was decided at another time",
                        link.id());
            }
            if (span.sent > earliest) {
                violated(
                        Rule.REAL_TIME,
                        "version " + link.version() + " was sent after a later version was answered",
                        link.id(),
                        toldThen);
            }
            if (span.told < earliest) {
                earliest = span.told;
                toldThen = link.id();
            }
        }
    }

    /** Whether something holds for a time while its call was under way. */
    private void time(long ms, long sentAt, long answeredAt, Supplier<String> what, UUID... operations) {
        long from = wallMs + TimeUnit.NANOSECONDS.toMillis(sentAt) - CLOCK_TOLERANCE_MS;
        long to = answeredAt == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : wallMs + TimeUnit.NANOSECONDS.toMillis(answeredAt) + CLOCK_TOLERANCE_MS;
        if (ms < from || ms > to) {
            violated(
                    Rule.TRUE_TIME,
                    what.get() + ": " + Instant.ofEpochMilli(ms) + ", and should be from "
                            + Instant.ofEpochMilli(from)
                            + (to == Long.MAX_VALUE ? "" : " to " + Instant.ofEpochMilli(to)),
                    operations);
        }
    }

    private void reads() {
        // versions in the order in which they were told of, so that each read finds what it had to know
        List<Call> told = calls.stream()
                .filter(call -> call.told().operation() != null
                        && !call.kind().reads()
                        && byId.containsKey(call.told().operation()))
                .sorted((a, b) -> Long.compare(a.answeredAt(), b.answeredAt()))
                .toList();
        long[] times = told.stream().mapToLong(Call::answeredAt).toArray();
        long[] newest = new long[times.length];
        long max = 0;
        for (int i = 0; i < times.length; i++) {
            max = Math.max(max, byId.get(told.get(i).told().operation()).version());
            newest[i] = max;
        }
        for (Call call : calls) {
            if (call.kind() == Kind.BALANCE) {
                reads++;
                if (excused.stream().anyMatch(window -> window.excuses(call))) {
                    excusedReads++;
                } else {
                    balance(
                            call,
                            knownBefore(call.sentAt(), times, newest),
                            knownBefore(call.sentAt() - LATE_BY_NS, times, newest));
                }
            } else if (call.kind() == Kind.BY_KEY) {
                byKey(call, knownBefore(call.sentAt(), times, newest));
            }
        }
    }

    /** The newest version that somebody had been told of by then. */
    private static long knownBefore(long then, long[] times, long[] newest) {
        int at = Arrays.binarySearch(times, then);
        int before = at >= 0 ? at : -at - 1;
        while (before > 0 && times[before - 1] >= then) {
            before--;
        }
        return before == 0 ? 0 : newest[before - 1];
    }

    /**
     * @param known the newest version that somebody had been told of when the call was sent
     * @param earlier the same a moment earlier
     */
    private void balance(Call call, long known, long earlier) {
        if (call.is(Outcome.REFUSED) && call.told().code().equals("account_not_found")) {
            if (known >= enrolledAt()) {
                violated(Rule.FRESH_READ, "the account was there: " + call);
            }
            return;
        }
        if (!call.is(Outcome.OK)) {
            if (Client.OF_A_NEWER_RELEASE.equals(call.told().code())) {
                newer(call);
            }
            return;
        }
        time(
                call.told().balance().asOfMs(),
                call.sentAt(),
                call.answeredAt(),
                () -> "a balance of another time: " + call);
        long version = call.told().version();
        boolean late = version < known && version >= earlier && isOfTwoForms(call);
        if (version < known && !late) {
            violated(Rule.FRESH_READ, "version " + known + " had been answered before: " + call);
        }
        if (version < 1 || version > chain.links().size()) {
            violated(Rule.TRUE_BALANCE, "there never was that version: " + call);
            return;
        }
        if (!wasHad(call) && !explained.contains(call)) {
            violated(
                    Rule.TRUE_BALANCE,
                    "not the balance of that version: " + call,
                    chain.links().get((int) version - 1).id());
        } else if (late || explained.contains(call)) {
            excusedReads++;
        }
    }

    /** Whether that was the balance at the version that it names. */
    private boolean wasHad(Call call) {
        Link link = chain.links().get((int) call.told().version() - 1);
        return call.told()
                .balance()
                .samePoints(balance(link, call.told().balance().asOfMs()));
    }

    private boolean isOfTwoForms(Call call) {
        return excused.stream().anyMatch(window -> window.isOfTwoForms(call));
    }

    /** Collects the balances that only what was under way can explain. */
    private void doubt() {
        calls.stream()
                .filter(call -> call.kind() == Kind.BALANCE && call.is(Outcome.OK))
                .filter(call -> call.told().version() >= 1
                        && call.told().version() <= chain.links().size())
                .filter(call -> isOfTwoForms(call) && !wasHad(call))
                .forEach(doubtful::add);
    }

    /** Looks for balances that operations under way make of the state that the account has now in the model. */
    private void explain(AccountModel model) {
        for (Call read : doubtful) {
            long behind = read.told().version() - model.version();
            if (behind > 0 && behind <= MOST_UNSEALED && !explained.contains(read)) {
                List<Call> writes = calls.stream()
                        .filter(call -> !call.kind().reads() && !call.other() && isUnderWay(call, read))
                        .toList();
                // what only the next release declines, and what time does, change nothing that is shown
                long idle =
                        writes.stream().filter(call -> call.kind() == Kind.GIFT).count()
                                + (model.isDue(read.told().balance().asOfMs()) ? 1 : 0);
                if (leadsTo(model, read, operations(writes, read), idle)) {
                    explained.add(read);
                }
            }
        }
    }

    private static boolean isUnderWay(Call write, Call read) {
        long end = write.is(Outcome.UNKNOWN) ? write.answeredAt() + LINGERS_NS : write.answeredAt();
        return write.sentAt() <= read.answeredAt() && end >= read.sentAt();
    }

    /** What they ask for; of an earn for each day on which its points may expire. */
    private List<Operation> operations(List<Call> writes, Call read) {
        LocalDate day =
                LocalDate.ofInstant(Instant.ofEpochMilli(read.told().balance().asOfMs()), ZoneOffset.UTC);
        if (isOfClub()) {
            long atMs = read.told().balance().asOfMs();
            return writes.stream()
                    .flatMap(call -> Stream.of(PLENTY, NOTHING)
                            .map(left -> club.operation(call, account, call.key(), club.inForceAt(atMs), atMs, left)))
                    .map(operation ->
                            operation.of(chain.facts(operation, read.told().version())))
                    .toList();
        }
        return writes.stream()
                .flatMap(call -> Stream.of(expiry(day), soonerExpiry(day))
                        .map(on -> operation(Ask.of(typeOf(call), account).key(call.key(), null), call, on)))
                .toList();
    }

    private static boolean leadsTo(AccountModel model, Call read, List<Operation> underWay, long idle) {
        Balance shown = read.told().balance();
        long left = read.told().version() - model.version();
        if (left <= idle && shown.samePoints(Balance.of(model.stateAt(shown.asOfMs()), shown.asOfMs()))) {
            return true;
        }
        long before = model.version();
        for (Operation next : left > 0 ? underWay : List.<Operation>of()) {
            boolean leads = model.tries(next, shown.asOfMs()) && leadsTo(model, read, underWay, idle);
            model.backTo(before);
            if (leads) {
                return true;
            }
        }
        return false;
    }

    /** Reads by key come from Postgres, under the row lock: no lie of Redis excuses them. */
    private void byKey(Call call, long known) {
        if (!call.is(Outcome.OK)) {
            if (call.is(Outcome.REFUSED) && call.told().code().equals("account_not_found") && known >= enrolledAt()) {
                violated(Rule.FRESH_READ, "the account was there: " + call);
            }
            return;
        }
        Link there = byKey.get(call.key());
        if (call.told().operation() == null) {
            if (there != null && there.version() <= known) {
                violated(Rule.FRESH_READ, "it was there, and a later version had been answered: " + call, there.id());
            }
        } else if (there == null
                || !there.id().equals(call.told().operation())
                || there.version() != call.told().version()
                || there.points() != call.told().moved()) {
            violated(
                    Rule.ANSWERED_IS_THERE,
                    "read by its key, and not there as it was read: " + call,
                    call.told().operation(),
                    there == null ? null : there.id());
        }
    }

    // Event streams -----------------------------------------------------------------------------------

    private void stream(Heard stream) {
        String who = "listener " + stream.listener() + ": ";
        stream.nonsense().forEach(what -> violated(Rule.TRUE_EVENT, who + "no event: " + what));
        int connection = -1;
        long shown = 0;
        for (Event event : stream.events()) {
            events++;
            if (event.connection() != connection) {
                connection = event.connection();
                shown = 0;
            }
            Link link = named(event);
            if (event.version() < shown) {
                violated(
                        Rule.EVENTS_GO_ON,
                        who + "version " + shown + " was told, and then " + event,
                        link == null ? null : link.id());
            }
            long asOfMs = event.balance().asOfMs();
            if (link != null && event.balance().samePoints(balance(link, asOfMs))) {
                shown = Math.max(shown, event.version()); // what never was may be taken back
                continue;
            }
            long since = Math.min(event.at(), TimeUnit.MILLISECONDS.toNanos(asOfMs - wallMs));
            if (excused.stream().anyMatch(window -> window.excuses(account, since, event.at()))) {
                excusedEvents++;
            } else {
                violated(
                        Rule.TRUE_EVENT,
                        who + "not the balance of that version: " + event,
                        link == null ? null : link.id());
            }
        }
        caughtUp(stream, who);
    }

    /** The operation that an event names; null if it is not there. */
    private Link named(Event event) {
        if (event.version() < 1 || event.version() > chain.links().size()) {
            return null;
        }
        Link link = chain.links().get((int) event.version() - 1);
        String head = link.id().toString();
        return event.id().equals(event.version() + "-" + head.substring(head.lastIndexOf('-') + 1)) ? link : null;
    }

    /** In the end each stream has told the newest state; one that is open, or whose account nobody refuses any more. */
    private void caughtUp(Heard stream, String who) {
        if (chain.isOfTheNextRelease() && Client.OF_A_NEWER_RELEASE.equals(stream.refused())) {
            return;
        }
        long longAgoMs = wallMs + TimeUnit.NANOSECONDS.toMillis(stream.endedAt()) - CATCHES_UP_IN_MS;
        Event last = stream.events().isEmpty()
                ? null
                : stream.events().get(stream.events().size() - 1);
        chain.links().stream()
                .filter(link -> link.version() >= enrolledAt() && link.createdAtMs() <= longAgoMs)
                .reduce((one, later) -> later)
                .filter(newest -> last == null || named(last) == null || last.version() < newest.version())
                .ifPresent(newest -> violated(
                        Rule.STREAM_CATCHES_UP,
                        who + "version " + newest.version() + " was there, its last event is " + last + ", refused "
                                + stream.refused(),
                        newest.id()));
    }
}
