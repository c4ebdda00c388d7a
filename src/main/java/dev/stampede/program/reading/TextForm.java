package dev.stampede.program.reading;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.MonthDay;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text of a document may be. The schema has only patterns; this class knows what each of them is there for, so
 * that a finding speaks of dates and decimals and not of regular expressions.
 *
 * @param words what is accepted, for a message
 * @param decimals of a decimal: how many digits after the point
 */
record TextForm(Kind kind, @Nullable Pattern pattern, String words, int decimals, int minLength, int maxLength) {
    enum Kind {
        DECIMAL,
        DATE,
        DATE_TIME,
        INSTANT,
        MONTH_DAY,
        TIME_ZONE,
        CURRENCY,
        /** A text that is shown. */
        LABEL,
        /** Anything else with a pattern. */
        NAME
    }

    /**
     * @param pattern matches the schema's pattern; its group, if any, is a number
     * @param words a format with the number
     */
    private record Known(Pattern pattern, Kind kind, String words) {
        Known(String pattern, Kind kind, String words) {
            this(Pattern.compile(pattern), kind, words);
        }
    }

    private static final String DIGITS = "\\Q(0|[1-9][0-9]{0,14})\\E";
    private static final List<Known> KNOWN = List.of(
            new Known(DIGITS + "\\Q(\\.[0-9]{1,\\E(\\d+)\\Q})?\\E", Kind.DECIMAL, "a decimal in quotes, as \"1.5\""),
            new Known(DIGITS, Kind.DECIMAL, "a whole number in quotes, as \"10\""),
            new Known(
                    "\\Q([a-z0-9][a-z0-9-]{0,\\E(\\d+)\\Q})\\E",
                    Kind.NAME,
                    "small letters, digits and hyphens, first a letter or a digit and then at most %s more"),
            new Known(
                    "\\Q([A-Za-z0-9._-]{1,\\E(\\d+)\\Q})\\E",
                    Kind.NAME,
                    "letters, digits, points, hyphens and underscores, at most %s of them and at least one"),
            new Known(
                    "\\Q(purchase|enrol|action:[a-z0-9-]{1,40}|tier:[a-z0-9-]{1,40})\\E",
                    Kind.NAME,
                    "\"purchase\", \"enrol\", \"action:\" with an action's name, or \"tier:\" with a level's id"),
            new Known("\\Q(\\d{4}-\\d\\d-\\d\\d)\\E", Kind.DATE, "a date, as \"2026-12-31\""),
            new Known(
                    "\\Q(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d)\\E",
                    Kind.DATE_TIME, "a local date and time without a zone, as \"2026-12-31T18:00\""),
            new Known(
                    "\\Q(now|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?Z)\\E",
                    Kind.INSTANT, "\"now\", or a time in UTC, as \"2026-12-31T18:00:00Z\""),
            new Known(
                    "\\Q(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ|now)\\E",
                    Kind.INSTANT, "\"now\", or a time in UTC, as \"2026-12-31T18:00:00Z\""),
            new Known(
                    "\\Q(([01]\\d|2[0-3]):[0-5]\\d|24:00)\\E", Kind.NAME, "a time of day from \"00:00\" to \"24:00\""),
            new Known(
                    "\\Q((0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8]))\\E",
                    Kind.MONTH_DAY,
                    "a day that each year has, as \"01-31\" is not: month and day up to the 28th, as \"04-01\""),
            new Known("\\Q[A-Z]{3}\\E", Kind.CURRENCY, "a currency's three capital letters, as \"EUR\""));

    private static final Pattern PLAIN = Pattern.compile("(-?)(0|[1-9][0-9]*)(?:\\.([0-9]+))?");
    private static final Pattern SOME_MONTH_DAY = Pattern.compile("\\d\\d-\\d\\d");
    private static final Set<String> ZONES = ZoneId.getAvailableZoneIds();

    static TextForm of(Place schema) {
        Shape.only(schema, Set.of("type", "pattern", "minLength", "maxLength", "description"));
        if (schema.has("pattern")) {
            Shape.only(schema, Set.of("type", "pattern"));
            return known(Shape.text(schema.at("pattern")));
        }
        if (schema.has("description")) {
            Shape.only(schema, Set.of("type", "description"));
            if (!Shape.text(schema.at("description")).equals("IANA time zone")) {
                throw new IllegalArgumentException(schema.pointer() + ": a text of which nothing is known");
            }
            return new TextForm(Kind.TIME_ZONE, null, "a time zone's name, as \"Europe/Paris\"", 0, 0, 0);
        }
        int min = (int) Shape.number(schema, "minLength");
        int max = (int) Shape.number(schema, "maxLength");
        return new TextForm(Kind.LABEL, null, "a text of " + min + " to " + max + " characters", 0, min, max);
    }

    private static TextForm known(String source) {
        if (!source.startsWith("^") || !source.endsWith("$")) {
            throw new IllegalArgumentException(source + " may match a part of the text");
        }
        String inner = source.substring(1, source.length() - 1);
        for (Known known : KNOWN) {
            Matcher matcher = known.pattern.matcher(inner);
            if (matcher.matches()) {
                String number = matcher.groupCount() == 0 ? "0" : matcher.group(1);
                return new TextForm(
                        known.kind,
                        Pattern.compile(source),
                        String.format(known.words, number),
                        known.kind == Kind.DECIMAL ? Integer.parseInt(number) : 0,
                        0,
                        0);
            }
        }
        throw new IllegalArgumentException("nothing is known of the pattern " + source);
    }

    /** Whether a text is of this form. */
    void check(Place place, String text, Findings findings) {
        switch (kind) {
            case DECIMAL -> decimal(place, text, findings);
            case TIME_ZONE -> {
                if (!ZONES.contains(text) || text.startsWith("SystemV/")) {
                    String near = Words.nearest(text, ZONES);
                    findings.error(
                            place,
                            Finding.Code.NO_SUCH_TIME_ZONE,
                            "There is no time zone " + Words.quoted(text) + ". "
                                    + (near == null
                                            ? "Write " + words + "."
                                            : "Did you mean " + Words.quoted(near) + "?"));
                }
            }
            case CURRENCY -> {
                if (!matches(text) || currency(text) == null) {
                    findings.error(
                            place,
                            Finding.Code.NO_SUCH_CURRENCY,
                            "There is no currency " + Words.quoted(text) + ". Write " + words + ".");
                }
            }
            case LABEL -> label(place, text, findings);
            default -> {
                if (!matches(text)) {
                    boolean day = kind == Kind.MONTH_DAY
                            && SOME_MONTH_DAY.matcher(text).matches();
                    findings.error(
                            place,
                            day && !exists(text) ? Finding.Code.NO_SUCH_DATE : Finding.Code.BAD_VALUE,
                            Words.quoted(text) + " is not accepted. Write " + words + ".");
                } else if (!exists(text)) {
                    findings.error(
                            place,
                            Finding.Code.NO_SUCH_DATE,
                            Words.quoted(text) + " is not in the calendar: there is no such day or time.");
                }
            }
        }
    }

    private boolean matches(String text) {
        // never find(): its $ lets in a line break at the end
        return pattern != null && pattern.matcher(text).matches();
    }

    private void decimal(Place place, String text, Findings findings) {
        if (matches(text)) {
            return;
        }
        Matcher plain = PLAIN.matcher(text);
        if (!plain.matches()) {
            findings.error(
                    place,
                    Finding.Code.NOT_DECIMAL,
                    Words.quoted(text) + " is not a decimal. Write " + words
                            + ": digits with a point, without sign, spaces, commas, exponent and leading zeros.");
        } else if (!plain.group(1).isEmpty()) {
            findings.error(
                    place, Finding.Code.OUT_OF_RANGE, Words.quoted(text) + " is negative. Only 0 and more is allowed.");
        } else if (plain.group(3) != null && plain.group(3).length() > decimals) {
            findings.bound(
                    place,
                    Finding.Code.TOO_MANY_DECIMALS,
                    Words.quoted(text) + " has " + Words.digits(plain.group(3).length()) + " after the point. "
                            + (decimals == 0
                                    ? "Only whole numbers are allowed."
                                    : "At most " + decimals + " are allowed."));
        } else {
            findings.error(
                    place,
                    Finding.Code.OUT_OF_RANGE,
                    Words.quoted(text) + " is too large: at most 15 digits before the point are allowed.");
        }
    }

    private void label(Place place, String text, Findings findings) {
        int length = text.codePointCount(0, text.length());
        if (length < minLength || length > maxLength) {
            findings.bound(
                    place,
                    Finding.Code.OUT_OF_RANGE,
                    "The text has " + length + " characters. It must have " + minLength + " to " + maxLength + ".");
        }
        if (!text.codePoints().allMatch(Words::isPrintable)) {
            findings.error(
                    place,
                    Finding.Code.BAD_VALUE,
                    "The text has a character that cannot be shown, such as a tab or a line break. Remove it.");
        }
    }

    private boolean exists(String text) {
        try {
            Object unused = switch (kind) {
                case DATE -> LocalDate.parse(text);
                case DATE_TIME -> LocalDateTime.parse(text);
                case INSTANT -> instant(text);
                case MONTH_DAY -> monthDay(text);
                default -> text;
            };
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** Null if the text is "now". */
    static @Nullable Instant instant(String text) {
        return text.equals("now")
                ? null
                : LocalDateTime.parse(text.substring(0, text.length() - 1)).toInstant(ZoneOffset.UTC);
    }

    static MonthDay monthDay(String text) {
        return MonthDay.parse("--" + text);
    }

    /** Null if there is none of this name in which prices could be written. */
    static @Nullable Currency currency(String text) {
        try {
            Currency currency = Currency.getInstance(text);
            return currency.getDefaultFractionDigits() < 0 ? null : currency;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
