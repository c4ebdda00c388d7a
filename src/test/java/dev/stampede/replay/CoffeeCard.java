package dev.stampede.replay;

import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The coffee chain, sixteen years ago. */
final class CoffeeCard implements Card {
    static final String PAYMENT = "{\"reward\":\"brewed\"}";

    private static final BigDecimal STARS_A_DOLLAR = BigDecimal.valueOf(2);
    private static final long GOLD_FROM = 500;
    private static final Set<LocalDate> DOUBLE_STAR_DAYS = Set.of(
            LocalDate.of(2010, 12, 8), LocalDate.of(2011, 1, 12), LocalDate.of(2011, 2, 9), LocalDate.of(2011, 3, 14));
    private static final LocalDate HOLIDAYS_BEGIN = LocalDate.of(2010, 12, 10);
    private static final LocalDate HOLIDAYS_END = LocalDate.of(2010, 12, 31);
    private static final long BREWED = 100;

    private final TreeMap<LocalDate, Long> lots = new TreeMap<>();
    private final TreeMap<YearMonth, Long> stars = new TreeMap<>();
    private final TreeSet<LocalDate> days = new TreeSet<>();
    private LocalDate goldUntil;
    private LocalDate lastRewarded = LocalDate.MIN;
    private boolean welcomed;
    private int holidayBonuses;
    private int payments;
    private LocalDate paidOn;
    private long earned;

    @Override
    public long buy(LocalDate day, BigDecimal amount, BigDecimal iced) {
        long base = Card.floor(amount.multiply(STARS_A_DOLLAR));
        long bonus = gold(day) ? base / 5 : 0;
        long points = base + bonus + promotions(day, amount, iced, base + bonus);
        qualify(day, base + bonus);
        LocalDate last = YearMonth.from(day).plusMonths(6).atEndOfMonth();
        if (points > 0) {
            lots.merge(last, points, Long::sum);
        }
        earned += points;
        return points;
    }

    private long promotions(LocalDate day, BigDecimal amount, BigDecimal iced, long baseAndTier) {
        long points = 0;
        long doubled = DOUBLE_STAR_DAYS.contains(day) ? baseAndTier : 0;
        long halfAgain = day.getDayOfWeek() == DayOfWeek.TUESDAY ? Card.floor(iced.multiply(STARS_A_DOLLAR)) / 2 : 0;
        points += Math.max(doubled, halfAgain);
        boolean holidays = !day.isBefore(HOLIDAYS_BEGIN) && !day.isAfter(HOLIDAYS_END);
        if (holidays && amount.compareTo(BigDecimal.valueOf(15)) >= 0 && holidayBonuses < 3) {
            holidayBonuses++;
            points += 30;
        }
        if (!welcomed) {
            welcomed = true;
            points += 50;
        }
        days.add(day);
        boolean fiveInARow = true;
        for (int back = 0; back < 5; back++) {
            LocalDate one = day.minusDays(back);
            fiveInARow &= days.contains(one) && one.isAfter(lastRewarded);
        }
        if (fiveInARow) {
            lastRewarded = day;
            points += 40;
        }
        return points;
    }

    private void qualify(LocalDate day, long added) {
        renew(day);
        long before = sum(day);
        stars.merge(YearMonth.from(day), added, Long::sum);
        if (before < GOLD_FROM && before + added >= GOLD_FROM) {
            LocalDate until = day.plusMonths(12);
            goldUntil = goldUntil == null || until.isAfter(goldUntil) ? until : goldUntil;
        }
    }

    /** This month's stars and those of the twelve before. */
    private long sum(LocalDate day) {
        YearMonth month = YearMonth.from(day);
        return stars.subMap(month.minusMonths(12), true, month, true).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** The day after gold ends decides whether it goes on. */
    private void renew(LocalDate day) {
        while (goldUntil != null && goldUntil.isBefore(day)) {
            LocalDate after = goldUntil.plusDays(1);
            goldUntil = sum(after) >= GOLD_FROM ? after.plusMonths(12) : null;
        }
    }

    private boolean gold(LocalDate day) {
        renew(day);
        return goldUntil != null;
    }

    @Override
    public long pay(LocalDate day) {
        payments = day.equals(paidOn) ? payments : 0;
        if (available(day) < BREWED || payments == 5) {
            return 0;
        }
        paidOn = day;
        payments++;
        long rest = BREWED;
        while (rest > 0) {
            var lot = lots.pollFirstEntry();
            long taken = Math.min(rest, lot.getValue());
            rest -= taken;
            if (lot.getValue() > taken) {
                lots.put(lot.getKey(), lot.getValue() - taken);
            }
        }
        return BREWED;
    }

    @Override
    public long available(LocalDate day) {
        lots.headMap(day).clear();
        return lots.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long earned() {
        return earned;
    }

    @Override
    public Tier tier(LocalDate day) {
        return gold(day) ? new Tier("gold", goldUntil) : new Tier("green", null);
    }

    @Override
    public Object measure(LocalDate day) {
        return sum(day);
    }
}
