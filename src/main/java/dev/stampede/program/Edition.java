package dev.stampede.program;

import dev.stampede.document.Expiry;
import dev.stampede.document.Match;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Terms;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.rules.CompiledProgram;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A version of a program, in memory.
 *
 * @param fromMs when it takes effect, in ms since the epoch
 * @param corrects the version that it replaces also for the past; null if none
 * @param rules what it says, or that it cannot be read
 */
record Edition(Key key, long fromMs, @Nullable Integer corrects, InForce rules) {
    private static final Logger LOG = Logger.getLogger(Edition.class);
    private static final Expiry.Months NO_MONTHS = new Expiry.Months(0, Expiry.End.NONE);

    /** @param publishedAt after a restore, another version may have the same number */
    record Key(String program, int version, long publishedAt) {}

    static Edition of(Key key, long fromMs, @Nullable Integer corrects, String text) {
        InForce rules;
        try {
            Reading reading = DocumentReader.stored(text);
            ProgramDocument document = reading.document();
            rules = document == null
                    ? unreadable(key, errors(reading).toString())
                    : rules(key.version, Instant.ofEpochMilli(fromMs), document);
        } catch (RuntimeException e) {
            rules = unreadable(key, e.toString()); // a bug, and still no reason to stop the other programs
        }
        return new Edition(key, fromMs, corrects, rules);
    }

    static InForce.Rules rules(int version, Instant from, ProgramDocument document) {
        CompiledProgram compiled = CompiledProgram.of(document);
        boolean isPlain = isPlain(document);
        return new InForce.Rules(
                version,
                from,
                document,
                LocalDay.plain(document.timeZone()),
                compiled,
                isPlain,
                terms(document, isPlain, compiled.plainPrice() != null));
    }

    private static InForce unreadable(Key key, String why) {
        LOG.errorf(
                "ALARM: version %d of program %s cannot be read; the program is not served while it is in force. %s",
                key.version, key.program, why);
        return InForce.Not.READABLE;
    }

    private static List<String> errors(Reading reading) {
        return reading.findings().stream()
                .filter(finding -> finding.level() == Finding.Level.ERROR)
                .limit(5)
                .map(finding -> "line " + finding.line() + ": " + finding.message())
                .toList();
    }

    /**
     * The version that prices what happens at an instant: the newest one that has taken effect by then, or the newest
     * correction of it that has taken effect by now.
     *
     * @param editions of one program, the oldest first
     */
    static @Nullable Edition inForce(List<Edition> editions, long atMs, long nowMs) {
        int newest = editions.size() - 1;
        while (newest >= 0 && editions.get(newest).fromMs > atMs) {
            newest--;
        }
        if (newest < 0) {
            return null;
        }
        Edition found = editions.get(newest);
        Set<Integer> replaced = null; // corrections are rare, and each call comes here
        for (Edition later : editions.subList(newest + 1, editions.size())) {
            if (later.corrects != null && later.fromMs <= nowMs) {
                replaced = replaced == null ? new HashSet<>(Set.of(found.key.version)) : replaced;
                if (replaced.contains(later.corrects)) {
                    found = later;
                    replaced.add(later.key.version);
                }
            }
        }
        return found;
    }

    /** Whether one rate says what each amount gives, to each member. */
    private static boolean isPlain(ProgramDocument document) {
        return document.tiers() == null
                && document.measures().isEmpty()
                && document.promotions().isEmpty()
                && document.limits().stream().noneMatch(limit -> limit.on() == MemberLimit.On.EARN)
                && document.attributes().isEmpty()
                && document.itemAttributes().isEmpty()
                && document.partners().isEmpty()
                && !document.partnerRequired()
                && document.rounding().scope() == ProgramDocument.Scope.BASKET
                && document.earn().size() == 1
                && document.earn().get(0).match().equals(Match.ALL)
                && document.earn().get(0).rate() instanceof Rate.ByAmount rate
                && rate.units() == Rate.Units.EXACT
                && rate.byTier().isEmpty()
                && CompiledProgram.isFinite(rate.points(), rate.per());
    }

    private static BigDecimal redeemRate(RedeemRule rule) {
        return BigDecimal.valueOf(rule.points()).divide(rule.value());
    }

    /** What an earn gives and what a payment costs is here only where it is plain. */
    private static Terms terms(ProgramDocument document, boolean isPlain, boolean paysPlainly) {
        Expiry.Months expiry = document.points().expiry() instanceof Expiry.Months months ? months : NO_MONTHS;
        return new Terms(
                document.currency(),
                isPlain && document.earn().get(0).rate() instanceof Rate.ByAmount earn
                        ? BigDecimal.valueOf(earn.points()).divide(earn.per())
                        : BigDecimal.ZERO,
                paysPlainly ? redeemRate(document.redeem().get(0)) : BigDecimal.ZERO,
                expiry.months(),
                expiry.end() == Expiry.End.MONTH,
                document.points().pendingDays(),
                document.points().graceDays(),
                Terms.Clawback.valueOf(document.points().clawback().name()),
                document.points().autoEnrol());
    }
}
