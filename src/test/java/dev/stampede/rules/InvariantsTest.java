package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.award.Counter;
import dev.stampede.award.MemberState;
import dev.stampede.award.Part;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Settled;
import dev.stampede.award.Undo;
import dev.stampede.document.CountedAs;
import dev.stampede.document.Limit;
import dev.stampede.document.Promotion;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Section 4.8, on random programmes and histories. A failure names its seed. */
class InvariantsTest {
    private static final int HISTORIES = 400;
    private static final int OPERATIONS = 25;

    @Test
    void holdInRandomHistories() {
        long first = Long.getLong("seed", 20_261_201);
        for (long seed = first; seed < first + HISTORIES; seed++) {
            try {
                new History(seed).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dseed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static final class History {
        private final Random random;
        private final Scene scene;
        private final Account account;
        private final boolean redeems;
        /** What was paid and not given back. */
        private final List<Redeemed> paid = new ArrayList<>();
        /** Whether a gift was lost: one that was used while its earn was reversed, or that ended while it was used. */
        private boolean lost;

        private long now = Scene.ms("2027-01-04T12:00");

        History(long seed) {
            random = new Random(seed);
            scene = new Scene(new RandomProgram(random).json());
            account = scene.account;
            redeems = random.nextInt(3) == 0;
        }

        void play() {
            for (int i = 0; i < OPERATIONS; i++) {
                now += Duration.ofMinutes(random.nextInt(60 * 60)).toMillis();
                int what = random.nextInt(10);
                if (what < 6 || account.earns.isEmpty()) {
                    earn();
                } else if (what < 8 || !redeems) {
                    reverse(account.earns.get(random.nextInt(account.earns.size())));
                } else {
                    redeem();
                }
                check();
            }
            while (!paid.isEmpty()) {
                giveBack();
                check();
            }
            for (Account.Earned earned : shuffled()) {
                if (!earned.parts.soFar().whole()) {
                    undo(earned, Returns::whole);
                    check();
                }
            }
            nothingIsLeft();
        }

        private List<Account.Earned> shuffled() {
            List<Account.Earned> all = new ArrayList<>(account.earns);
            Collections.shuffle(all, random);
            return all;
        }

        private void earn() {
            long at = now;
            if (random.nextInt(3) == 0) {
                long earliest =
                        now - Duration.ofDays(scene.program.backdateDays()).toMillis();
                at = earliest + (long) (random.nextDouble() * (now - earliest));
            }
            Call call = random.nextInt(9) == 0 ? action() : purchase();
            Settled quote = account.quote(call, at, now);
            Settled settled = account.earn(call, at, now).settled;
            assertEquals(quote, settled, "I5");
            assertEquals(
                    settled.points(),
                    settled.explanation().stream().mapToLong(Part::points).sum(),
                    "I1");
            assertEquals(
                    settled.points(),
                    settled.parts().shares().stream()
                            .mapToLong(Parts.Share::points)
                            .sum(),
                    "I1");
        }

        private Call action() {
            return scene.program.actions.isEmpty()
                    ? new Call.Stated(Call.Place.UNKNOWN, 1 + random.nextInt(50))
                    : new Call.Action(Call.Place.UNKNOWN, "go");
        }

        private Call purchase() {
            List<Call.Item> items = new ArrayList<>();
            long sum = 0;
            int lines = random.nextInt(4);
            for (int i = 0; i < lines; i++) {
                long minor = random.nextInt(4) == 0 ? 0 : random.nextInt(3000);
                if (i > 0 && random.nextInt(4) == 0) {
                    minor = -random.nextInt((int) sum + 1);
                }
                sum += minor;
                BigDecimal quantity =
                        random.nextInt(5) == 0 ? new BigDecimal("0.453") : BigDecimal.valueOf(1 + random.nextInt(5));
                items.add(new Call.Item(null, category(), quantity, BigDecimal.valueOf(minor, 2), Map.of()));
            }
            long rest = lines == 0 || random.nextInt(4) == 0 ? random.nextInt(3000) : 0;
            return new Call.Purchase(Call.Place.UNKNOWN, BigDecimal.valueOf(sum + rest, 2), items);
        }

        private Set<String> category() {
            return switch (random.nextInt(5)) {
                case 0 -> Set.of("a");
                case 1 -> Set.of("b");
                case 2 -> Set.of("a", "b");
                case 3 -> Set.of("x");
                default -> Set.of();
            };
        }

        private void reverse(Account.Earned earned) {
            Parts parts = earned.parts;
            if (parts.soFar().whole()) {
                return;
            }
            undo(earned, RandomReversal.of(random, parts));
        }

        private void undo(Account.Earned earned, Function<Parts, Undo> how) {
            Parts before = earned.parts;
            lost |= paid.stream().anyMatch(each -> each.gift() != null);
            assertTrue(account.reverse(earned, how, now).points() >= 0, "I6");
            for (int i = 0; i < before.shares().size(); i++) {
                long left = earned.parts.shares().get(i).left();
                assertTrue(left >= 0 && left <= before.shares().get(i).left(), "I6");
            }
        }

        private void redeem() {
            Redeemed redeemed = random.nextBoolean()
                    ? account.redeem(scene.program.claimReward("free", Call.Place.UNKNOWN, now))
                    : account.redeem(scene.program.claimPoints(1 + random.nextInt(60), Call.Place.UNKNOWN, now));
            if (redeemed.denial() == null && !redeemed.rule().isEmpty()) {
                paid.add(redeemed);
            }
            if (!paid.isEmpty() && random.nextInt(3) == 0) {
                check();
                giveBack();
            }
        }

        private void giveBack() {
            Redeemed one = paid.remove(random.nextInt(paid.size()));
            lost |= one.gift() != null && one.gift().until() < scene.program.day(now);
            account.giveBack(one, now);
        }

        private void check() {
            MemberState state = account.at(now);
            assertEquals(
                    account.given - account.taken,
                    account.wallet.available + account.wallet.pending() - account.wallet.debt,
                    "I2");
            assertTrue(account.wallet.debt == 0 || account.wallet.available == 0, "I8");
            state.sums().values().forEach(of -> of.values().forEach(sum -> assertTrue(sum > 0, "I3")));
            state.counters().forEach((counter, count) -> assertTrue(count > 0, "I3"));
            state.stamps().values().forEach(of -> assertTrue(of.count() >= 0 && of.given() >= 0, "I3"));
            assertTrue(state.gifts().size() <= 64);
            Map<String, Long> most = limits();
            state.counters().forEach((counter, count) -> assertTrue(count <= most(most, counter), "I7 " + counter));
        }

        private static long most(Map<String, Long> most, Counter counter) {
            return most.getOrDefault(counter.name(), Long.MAX_VALUE);
        }

        private Map<String, Long> limits() {
            Map<String, Long> most = new HashMap<>();
            for (Promotion promotion : scene.program.document.promotions()) {
                for (int i = 0; i < promotion.limits().size(); i++) {
                    Limit limit = promotion.limits().get(i);
                    if (limit.of() == CountedAs.USES || limit.counter() == null) {
                        String name = limit.counter() == null ? promotion.id() + "." + i : limit.counter();
                        most.put(name, limit.max());
                    }
                }
            }
            return most;
        }

        /** I4, as far as what was counted is still kept. What was paid is given back. */
        private void nothingIsLeft() {
            assertEquals(account.given, account.taken, "I4 points");
            MemberState state = account.at(now);
            assertEquals(Map.of(), state.counters(), "I4 counters");
            assertEquals(Map.of(), state.sums(), "I4 measures");
            if (lost) {
                return;
            }
            assertEquals(Map.of(), state.stamps(), "I4 stamps");
            assertEquals(Map.of(), state.streaks(), "I4 streaks");
            assertEquals(List.of(), state.gifts(), "I4 gifts");
        }
    }
}
