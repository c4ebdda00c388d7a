package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.award.DayNumbers;
import dev.stampede.award.Denial;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Part;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Settled;
import dev.stampede.award.Standing;
import dev.stampede.award.Undo;
import dev.stampede.award.Undone;
import dev.stampede.document.Progress;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The worked examples of the contract, with their exact results: src/test/resources/programs. */
class WorkedCasesTest {
    /** They are about budgets, which all members share: the settlement of one member does not know them. */
    private static final Set<Integer> OF_BUDGETS = Set.of(6, 7, 35);
    /** What a partner is charged, and what is left of a budget, is not asked of an account. */
    private static final Set<String> NOT_OF_ACCOUNTS = Set.of("budget", "statement");

    private static final Set<String> KNOWN = Set.of(
            "points",
            "refused",
            "explanation",
            "available",
            "pending",
            "debt",
            "measures",
            "tier",
            "tierUntil",
            "counters",
            "progress",
            "grants",
            "value",
            "rate");

    static Stream<Named<JsonNode>> cases() {
        return StreamSupport.stream(Documents.resource("cases").spliterator(), false)
                .filter(each -> !OF_BUDGETS.contains(each.path("id").asInt()))
                .map(each -> Named.of(
                        each.path("id").asText() + ": " + each.path("title").asText(), each));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void comesOutAsWorked(JsonNode worked) {
        new Run(worked).play();
    }

    /** What a step answered, as far as a case asks. */
    private static final class Answer {
        Long points;
        String refused = "";
        Long value;
        String rate;
        List<Explanation.Entry> explanation = List.of();
    }

    private static final class Run {
        private final JsonNode worked;
        private final CompiledProgram program;
        private final Map<String, Account> accounts = new HashMap<>();
        private final Map<String, Object> named = new HashMap<>();

        Run(JsonNode worked) {
            this.worked = worked;
            ObjectNode document =
                    Documents.resource(worked.path("program").asText()).deepCopy();
            if (worked.has("only")) {
                ArrayNode kept = Documents.JSON.createArrayNode();
                document.path("promotions")
                        .forEach(promotion -> worked.path("only").forEach(id -> {
                            if (promotion.path("id").equals(id)) {
                                kept.add(promotion);
                            }
                        }));
                document.set("promotions", kept);
            }
            worked.path("patch").fields().forEachRemaining(each -> document.set(each.getKey(), each.getValue()));
            this.program = CompiledProgram.of(Documents.read(document));
        }

        void play() {
            int number = 0;
            for (JsonNode step : worked.path("steps")) {
                number++;
                if (NOT_OF_ACCOUNTS.stream().noneMatch(step::has)) {
                    check("step " + number + " " + step, step);
                }
            }
            assertTrue(number > 0);
        }

        private void check(String what, JsonNode step) {
            long now = Instant.parse(step.path("at").asText()).toEpochMilli();
            Account account = accounts.computeIfAbsent(step.path("who").asText(), any -> new Account(program));
            Answer answer = answer(account, step, now);
            JsonNode expect = step.path("expect");
            expect.fieldNames().forEachRemaining(field -> assertTrue(KNOWN.contains(field), field));
            assertEquals(expect.path("refused").asText(""), answer.refused, what);
            if (expect.has("points")) {
                assertEquals(expect.path("points").asLong(), answer.points, what);
            }
            if (expect.has("value")) {
                assertEquals(expect.path("value").asLong(), answer.value, what);
            }
            if (expect.has("rate")) {
                assertEquals(expect.path("rate").asText(), answer.rate, what);
            }
            expect.path("explanation")
                    .forEach(entry -> assertTrue(
                            answer.explanation.stream().anyMatch(each -> says(each, entry)),
                            () -> what + "\n" + answer.explanation));
            if (expect.has("explanation")) {
                assertEquals(expect.path("explanation").size(), answer.explanation.size(), what);
            }
            state(what, account, expect, now);
        }

        private static boolean says(Explanation.Entry entry, JsonNode expected) {
            return entry.rule().equals(expected.path("rule").asText())
                    && (!expected.has("points") || expected.path("points").asLong() == entry.points())
                    && (!expected.has("count") || expected.path("count").asLong() == entry.count())
                    && (!expected.has("reason")
                            || expected.path("reason").asText().equals(entry.reason()));
        }

        private Answer answer(Account account, JsonNode step, long now) {
            Answer answer = new Answer();
            try {
                act(account, step, now, answer);
            } catch (Unpriceable e) {
                answer.refused = e.why().code();
            }
            return answer;
        }

        private void act(Account account, JsonNode step, long now, Answer answer) {
            if (step.has("earn") || step.has("enrol")) {
                earn(account, step, now, answer);
            } else if (step.has("redeem")) {
                redeem(account, step, now, answer);
            } else if (step.has("reverse")) {
                Account.Earned earned =
                        (Account.Earned) named.get(step.path("op").asText());
                Undone undone = account.reverse(earned, parts -> undo(parts, step.path("reverse")), now);
                answer.points = -undone.points();
                answer.explanation = Explanation.of(undone.explanation());
            } else if (step.has("reverseRedeem")) {
                Redeemed redeemed = (Redeemed) named.get(step.path("op").asText());
                account.giveBack(redeemed, now);
                answer.points = redeemed.points();
            } else if (step.has("attributes")) {
                Map<String, String> changes = new HashMap<>();
                step.path("attributes")
                        .fields()
                        .forEachRemaining(each ->
                                changes.put(each.getKey(), each.getValue().asText()));
                account.state = account.state.with(changes, program.day(now));
            } else if (step.has("grantTier")) {
                long until = LocalDate.parse(step.path("until").asText()).toEpochDay();
                account.state = account.state.with(
                        new MemberState.Grant(step.path("grantTier").asText(), until));
            }
        }

        private void earn(Account account, JsonNode step, long now, Answer answer) {
            JsonNode body = step.path("earn");
            Call call = step.has("enrol") ? new Call.Enrol(Call.Place.UNKNOWN) : Calls.earn(body);
            long at = body.has("occurredAt")
                    ? Instant.parse(body.path("occurredAt").asText()).toEpochMilli()
                    : now;
            if (step.has("earn")
                    && account.state.joined() == null
                    && !program.document.points().autoEnrol()) {
                answer.refused = "account_not_found";
                return;
            }
            Account.Earned earned = account.earn(call, at, now);
            Settled settled = earned.settled;
            named.put(step.path("as").asText(), earned);
            answer.points = settled.points();
            answer.explanation = Explanation.of(settled.explanation());
            assertEquals(
                    settled.points(),
                    settled.explanation().stream().mapToLong(Part::points).sum(),
                    "the parts make the whole");
        }

        private void redeem(Account account, JsonNode step, long now, Answer answer) {
            JsonNode body = step.path("redeem");
            Call.Place place = Calls.place(body);
            Redeemed redeemed = account.redeem(
                    body.has("reward")
                            ? program.claimReward(body.path("reward").asText(), place, now)
                            : body.has("points")
                                    ? program.claimPoints(body.path("points").asLong(), place, now)
                                    : program.claimAmount(
                                            new BigDecimal(body.path("amount").asText()), place, now));
            named.put(step.path("as").asText(), redeemed);
            Denial denial = redeemed.denial();
            answer.refused = denial != null
                    ? denial.code()
                    : redeemed.rule().equals("insufficient_points") ? redeemed.rule() : "";
            answer.points = -redeemed.points();
            answer.value = redeemed.value();
            answer.rate = redeemed.rule();
        }

        private Undo undo(Parts parts, JsonNode body) {
            if (body.has("amount")) {
                return Returns.amount(
                        parts,
                        new BigDecimal(body.path("amount").asText())
                                .movePointRight(2)
                                .longValueExact());
            } else if (body.has("points")) {
                return Returns.points(parts, body.path("points").asLong());
            } else if (body.has("items")) {
                List<Returns.Returned> items = new ArrayList<>();
                body.path("items")
                        .forEach(each -> items.add(new Returns.Returned(
                                each.path("line").asInt(),
                                new BigDecimal(each.path("quantity").asText())
                                        .movePointRight(3)
                                        .longValueExact())));
                return Returns.items(parts, items);
            }
            return Returns.whole(parts);
        }

        private void state(String what, Account account, JsonNode expect, long now) {
            MemberState state = account.at(now);
            Standing standing = account.standing(now);
            if (expect.has("tier")) {
                assertEquals(expect.path("tier").asText(), program.levelIds().get(standing.level()), what);
            }
            if (expect.has("tierUntil")) {
                assertEquals(LocalDate.parse(expect.path("tierUntil").asText()).toEpochDay(), standing.until(), what);
            }
            number(expect, "available", account.wallet.available, what);
            number(expect, "pending", account.wallet.pending(), what);
            number(expect, "debt", account.wallet.debt, what);
            expect.path("measures")
                    .fields()
                    .forEachRemaining(each -> assertEquals(
                            each.getValue().asLong(), standing.sums().getOrDefault(each.getKey(), 0L), what));
            expect.path("progress")
                    .fields()
                    .forEachRemaining(
                            each -> assertEquals(each.getValue().asLong(), progress(state, each.getKey(), now), what));
            expect.path("counters").fields().forEachRemaining(each -> {
                long sum = state.counters().entrySet().stream()
                        .filter(counter -> counter.getKey().name().equals(each.getKey()))
                        .mapToLong(Map.Entry::getValue)
                        .sum();
                assertEquals(each.getValue().path("*").asLong(0), sum, what);
            });
            if (expect.has("grants")) {
                Map<String, Long> gifts = new TreeMap<>();
                state.gifts().stream().map(Gift::reward).forEach(reward -> gifts.merge(reward, 1L, Long::sum));
                Map<String, Long> expected = new TreeMap<>();
                expect.path("grants")
                        .fields()
                        .forEachRemaining(each ->
                                expected.put(each.getKey(), each.getValue().asLong()));
                assertEquals(expected, gifts, what);
            }
        }

        private static void number(JsonNode expect, String field, long is, String what) {
            if (expect.has(field)) {
                assertEquals(expect.path(field).asLong(), is, what);
            }
        }

        private long progress(MemberState state, String promotion, long now) {
            if (state.stamps().containsKey(promotion)) {
                return state.stamps().get(promotion).count();
            }
            Progress.Streak streak = (Progress.Streak) program.document.promotions().stream()
                    .filter(each -> each.id().equals(promotion))
                    .findFirst()
                    .orElseThrow()
                    .progress();
            long day = program.day(now);
            long period = switch (streak.unit()) {
                case DAY -> day;
                case WEEK -> DayNumbers.week(day);
                case MONTH -> DayNumbers.month(day);
            };
            return state.streaks().get(promotion).current(period);
        }
    }
}
