package dev.stampede.program;

import dev.stampede.document.Expiry;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.points.Terms;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.program.reading.Supported;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
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

    /** @param publishedAt after a restore, another version may have the same number */
    record Key(String program, int version, long publishedAt) {}

    static Edition of(Key key, long fromMs, @Nullable Integer corrects, String text) {
        InForce rules;
        try {
            Reading reading = Supported.read(text.getBytes(StandardCharsets.UTF_8));
            ProgramDocument document = reading.document();
            rules = document == null
                    ? unreadable(key, errors(reading).toString())
                    : new InForce.Rules(key.version, Instant.ofEpochMilli(fromMs), document, terms(document));
        } catch (RuntimeException e) {
            rules = unreadable(key, e.toString()); // a bug, and still no reason to stop the other programs
        }
        return new Edition(key, fromMs, corrects, rules);
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

    /** What {@link Supported} lets pass is as simple as this. */
    private static Terms terms(ProgramDocument document) {
        Rate.ByAmount earn = (Rate.ByAmount) document.earn().get(0).rate();
        RedeemRule redeem = document.redeem().get(0);
        Expiry.Months expiry = (Expiry.Months) document.points().expiry();
        return new Terms(
                document.currency(),
                BigDecimal.valueOf(earn.points()).divide(earn.per()),
                BigDecimal.valueOf(redeem.points()).divide(redeem.value()),
                expiry.months(),
                expiry.end() == Expiry.End.MONTH,
                document.points().pendingDays(),
                document.points().graceDays(),
                Terms.Clawback.valueOf(document.points().clawback().name()),
                document.points().autoEnrol());
    }
}
