package dev.stampede.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.award.Denial;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Settled;
import dev.stampede.award.Standing;
import dev.stampede.award.Undo;
import dev.stampede.award.Undone;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One member of one programme, and what happens to him. Times are UTC, as {@code 2027-01-31T12:00}. */
final class Scene {
    private static final String PLAIN = """
            {"timeZone":"UTC","currency":"EUR","points":{"backdateDays":31},
             "earn":[{"id":"base","rate":{"by":"amount","points":1,"per":"1.00","units":"exact"}}]}""";

    final CompiledProgram program;
    final Account account;

    /** @param document fields that replace those of a programme of 1 point per euro; single quotes will do */
    Scene(String document) {
        ObjectNode json = (ObjectNode) Documents.json(PLAIN);
        Documents.json(document).fields().forEachRemaining(each -> json.set(each.getKey(), each.getValue()));
        program = CompiledProgram.of(Documents.read(json));
        account = new Account(program);
    }

    /** A programme of 1 point per euro with these promotions. */
    static Scene promotions(String... promotions) {
        return new Scene("{'promotions':[" + String.join(",", promotions) + "]}");
    }

    static long ms(String time) {
        return Instant.parse(time + (time.length() > 16 ? "Z" : ":00Z")).toEpochMilli();
    }

    static long day(String date) {
        return LocalDate.parse(date).toEpochDay();
    }

    /** @param body as the caller sends it */
    @CanIgnoreReturnValue
    Account.Earned earn(String at, String body) {
        return account.earn(Calls.of(body), ms(at), ms(at));
    }

    /** Uploaded late. */
    @CanIgnoreReturnValue
    Account.Earned earn(String at, String now, String body) {
        return account.earn(Calls.of(body), ms(at), ms(now));
    }

    /** The points that a purchase of that much gives. */
    @CanIgnoreReturnValue
    long buy(String at, String amount) {
        return account.earn(Calls.buy(amount), ms(at), ms(at)).settled.points();
    }

    /** The points that a purchase would give someone new. */
    long newcomer(String at, String body) {
        return new Account(program).earn(Calls.of(body), ms(at), ms(at)).settled.points();
    }

    /** What a call can't be priced for. */
    Unpriceable.Why refusal(String at, String body) {
        try {
            account.earn(Calls.of(body), ms(at), ms(at));
            return null;
        } catch (Unpriceable e) {
            return e.why();
        }
    }

    @CanIgnoreReturnValue
    Undone reverse(String now, Account.Earned earned, Function<Parts, Undo> how) {
        return account.reverse(earned, how, ms(now));
    }

    @CanIgnoreReturnValue
    Redeemed reward(String now, String reward) {
        return account.redeem(program.claimReward(reward, Call.Place.UNKNOWN, ms(now)));
    }

    Denial denial(String now, String reward) {
        return reward(now, reward).denial();
    }

    Redeemed pay(String now, String amount) {
        return account.redeem(program.claimAmount(new BigDecimal(amount), Call.Place.UNKNOWN, ms(now)));
    }

    Redeemed spend(String now, long points) {
        return account.redeem(program.claimPoints(points, Call.Place.UNKNOWN, ms(now)));
    }

    Standing standing(String now) {
        return account.standing(ms(now));
    }

    String level(String now) {
        return program.levelIds().get(standing(now).level());
    }

    MemberState at(String now) {
        return account.at(ms(now));
    }

    void is(String today, String attribute, String value) {
        account.state = account.state.with(Map.of(attribute, value), day(today));
    }

    void granted(String level, String until) {
        account.state = account.state.with(new MemberState.Grant(level, day(until)));
    }

    /** As {@code base:base 20; promotion:x 0 limit}. */
    static String told(Settled settled) {
        return told(Explanation.of(settled.explanation()));
    }

    static String told(Undone undone) {
        return told(Explanation.of(undone.explanation()));
    }

    private static String told(List<Explanation.Entry> entries) {
        return entries.stream()
                .map(each -> each.rule() + " " + (each.count() == null ? each.points() : "x" + each.count())
                        + (each.reason() == null ? "" : " " + each.reason()))
                .collect(Collectors.joining("; "));
    }
}
