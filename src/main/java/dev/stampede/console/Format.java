package dev.stampede.console;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.NumberFormat;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How numbers and times are written for a reader, times on the clocks of the programme. */
public final class Format {
    private final Locale locale;
    private final ZoneId zone;

    Format(Locale locale, ZoneId zone) {
        this.locale = locale;
        this.zone = zone;
    }

    /** {@code 1,200}; whatever is no number stays as it is. */
    public String number(@Nullable Object number) {
        return number instanceof Number
                ? NumberFormat.getNumberInstance(locale).format(number)
                : String.valueOf(number == null ? "" : number);
    }

    /** With a plus where it is above 0. */
    public String signed(@Nullable Object number) {
        return number instanceof Number n && n.longValue() > 0 ? "+" + number(number) : number(number);
    }

    /** An instant as the API writes it. */
    public String time(@Nullable Object instant) {
        try {
            return instant == null
                    ? ""
                    : DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM)
                            .withLocale(locale)
                            .withZone(zone)
                            .format(Instant.parse(instant.toString()));
        } catch (DateTimeException e) {
            return String.valueOf(instant); // not an instant: it is shown as it is
        }
    }

    /** A day as the API writes it; empty for the last of all days. */
    public String day(@Nullable Object day) {
        if (day == null || day.equals(Lots.FOREVER)) {
            return "";
        }
        try {
            return DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM)
                    .withLocale(locale)
                    .format(LocalDate.parse(day.toString()));
        } catch (DateTimeException e) {
            return String.valueOf(day);
        }
    }

    /** A month of a year. */
    public String month(@Nullable Object month) {
        return month instanceof YearMonth known
                ? DateTimeFormatter.ofPattern("LLLL yyyy", locale).format(known)
                : "";
    }

    /** A time on the programme's clocks, without a zone. */
    public String local(@Nullable Object time) {
        return time instanceof LocalDateTime known
                ? DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
                        .withLocale(locale)
                        .format(known)
                : "";
    }

    /**
     * How much of what a tier needs is there, in whole percent from 0 to 100.
     *
     * @param measures what is there, by measure
     * @param missing one of the measures, and how much of it is missing
     */
    public int reached(@Nullable Object measures, Map<?, ?> missing) {
        Object there = measures instanceof Map<?, ?> all ? all.get(missing.get("measure")) : null;
        Object more = missing.get("missing");
        if (there == null || more == null) {
            return 0;
        }
        double part = decimalOf(there).doubleValue();
        return percent(part, part + decimalOf(more).doubleValue());
    }

    /** How far a card is that begins again when it is full. */
    public long within(@Nullable Object count, @Nullable Object target) {
        if (count instanceof Number stamps && target instanceof Number full && full.longValue() > 0) {
            long rest = stamps.longValue() % full.longValue();
            return rest == 0 && stamps.longValue() > 0 ? full.longValue() : rest;
        }
        return 0;
    }

    /** How much one number is of another, in whole percent from 0 to 100. */
    public int percent(@Nullable Object part, @Nullable Object whole) {
        if (part instanceof Number one && whole instanceof Number all && all.doubleValue() > 0) {
            return (int) Math.max(0, Math.min(100, Math.round(100 * one.doubleValue() / all.doubleValue())));
        }
        return 0;
    }

    /** An amount of money as the API writes it. */
    public String money(@Nullable Object amount) {
        NumberFormat format = NumberFormat.getNumberInstance(locale);
        format.setMinimumFractionDigits(
                amount == null ? 0 : Math.max(0, decimalOf(amount).scale()));
        return amount == null ? "" : format.format(decimalOf(amount));
    }

    /** How much more the second is than the first, with a plus where it is; empty where one is not known. */
    public String difference(@Nullable Object before, @Nullable Object after) {
        if (before == null || after == null) {
            return "";
        }
        BigDecimal more = decimalOf(after).subtract(decimalOf(before));
        return (more.signum() > 0 ? "+" : "") + money(more);
    }

    private static BigDecimal decimalOf(Object number) {
        return new BigDecimal(number.toString());
    }

    /** As part of a query. */
    public String url(@Nullable Object text) {
        return URLEncoder.encode(String.valueOf(text == null ? "" : text), StandardCharsets.UTF_8);
    }

    /** A plain decimal. */
    String decimal(BigDecimal number) {
        NumberFormat format = NumberFormat.getNumberInstance(locale);
        format.setMaximumFractionDigits(6);
        return format.format(number);
    }
}
