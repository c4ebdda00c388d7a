package dev.stampede.replay;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The cashback card, sixteen years ago. */
final class CashbackCard implements Card {
    static final String PAYMENT = "{\"amount\":\"1.00\",\"currency\":\"GBP\"}";

    private static final LocalDate CHEAP_FROM = LocalDate.of(2011, 1, 4);
    private static final LocalDate CHEAP_TO = LocalDate.of(2011, 3, 1);
    private static final long MOST_A_MONTH = 5000;
    private static final long MOST_PAID_A_DAY = 20_000;

    private enum Level {
        STANDARD("0", "1"),
        PLUS("1500", "1.5"),
        PREMIUM("4000", "2");

        final BigDecimal from;
        final BigDecimal pence;

        Level(String from, String pence) {
            this.from = new BigDecimal(from);
            this.pence = new BigDecimal(pence);
        }
    }

    private final TreeMap<LocalDate, BigDecimal> spent = new TreeMap<>();
    private final TreeMap<YearMonth, Long> months = new TreeMap<>();
    private long available;
    private long earned;
    private long paidToday;
    private LocalDate paidOn;

    @Override
    public long buy(LocalDate day, BigDecimal amount, BigDecimal iced) {
        long wanted = Card.floor(amount.multiply(level(day).pence));
        long room = MOST_A_MONTH - months.getOrDefault(YearMonth.from(day), 0L);
        long points = Math.min(wanted, room);
        months.merge(YearMonth.from(day), points, Long::sum);
        spent.merge(quarter(day), amount, BigDecimal::add);
        available += points;
        earned += points;
        return points;
    }

    /** The first day of the quarter. */
    private static LocalDate quarter(LocalDate day) {
        return LocalDate.of(day.getYear(), (day.getMonthValue() - 1) / 3 * 3 + 1, 1);
    }

    /** A level that is reached in a quarter lasts to the end of the next one, and ten days more. */
    private static LocalDate last(LocalDate quarter) {
        return quarter.plusMonths(6).minusDays(1).plusDays(10);
    }

    private Level level(LocalDate day) {
        Level highest = Level.STANDARD;
        for (Map.Entry<LocalDate, BigDecimal> quarter : spent.entrySet()) {
            for (Level level : Level.values()) {
                boolean reached = quarter.getValue().compareTo(level.from) >= 0;
                if (reached && !last(quarter.getKey()).isBefore(day) && level.compareTo(highest) > 0) {
                    highest = level;
                }
            }
        }
        return highest;
    }

    @Override
    public long pay(LocalDate day) {
        paidToday = day.equals(paidOn) ? paidToday : 0;
        long cost = day.isBefore(CHEAP_FROM) || !day.isBefore(CHEAP_TO) ? 100 : 90;
        if (available < cost || paidToday + cost > MOST_PAID_A_DAY) {
            return 0;
        }
        paidOn = day;
        paidToday += cost;
        available -= cost;
        return cost;
    }

    @Override
    public long available(LocalDate day) {
        return available;
    }

    @Override
    public long earned() {
        return earned;
    }

    @Override
    public Tier tier(LocalDate day) {
        Level level = level(day);
        LocalDate until = null;
        for (Map.Entry<LocalDate, BigDecimal> quarter : spent.entrySet()) {
            if (level != Level.STANDARD && quarter.getValue().compareTo(level.from) >= 0) {
                until = last(quarter.getKey());
            }
        }
        return new Tier(level.name().toLowerCase(Locale.ROOT), until);
    }

    @Override
    public Object measure(LocalDate day) {
        return spent.getOrDefault(quarter(day), BigDecimal.ZERO)
                .setScale(2, RoundingMode.UNNECESSARY)
                .toPlainString();
    }
}
