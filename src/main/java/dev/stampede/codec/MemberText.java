package dev.stampede.codec;

import dev.stampede.award.Counter;
import dev.stampede.award.Gave;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Stamps;
import dev.stampede.award.Streak;
import dev.stampede.award.Title;
import dev.stampede.award.Unit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A member's state as canonical JSON. 31-member.lua describes it, and writes the same bytes. Each part but the
 * attributes is one string of rows, so that Lua can change one row and leave the rest as it is.
 */
public final class MemberText {
    /** More periods of a streak no program keeps. Who has edited an image must not cost more memory. */
    private static final int MOST_DAYS = 4000;
    /** Characters that a row has, more or less. */
    private static final int ROW = 32;

    private MemberText() {}

    /** @return null if the state is empty */
    public static @Nullable String write(MemberState member) {
        JsonOut json = new JsonOut().open('{');
        json.field("joined", member.joined());
        rows(json, "titles", member.titles(), MemberText::title);
        json.field("grant", grant(member.grant()));
        rows(json, "sums", member.sums().entrySet(), MemberText::sums);
        rows(json, "counters", member.counters().entrySet(), MemberText::counter);
        rows(json, "stamps", member.stamps().entrySet(), MemberText::stamps);
        rows(json, "streaks", member.streaks().entrySet(), MemberText::streak);
        rows(json, "gifts", member.gifts(), MemberText::gift);
        if (!member.attributes().isEmpty()) {
            json.name("attributes").open('[');
            member.attributes().forEach((id, of) -> json.add(id).add(of.value()).add(of.since()));
            json.close(']');
        }
        String text = json.close('}').toString();
        return text.equals("{}") ? null : text;
    }

    /** A grant as "level until"; null for none. */
    public static @Nullable String grant(MemberState.@Nullable Grant grant) {
        return grant == null ? null : grant.level() + " " + grant.until();
    }

    private static <T> void rows(JsonOut json, String name, Collection<T> rows, BiConsumer<StringBuilder, T> writer) {
        if (rows.isEmpty()) {
            return;
        }
        StringBuilder out = new StringBuilder(ROW * rows.size());
        for (T row : rows) {
            writer.accept(out.append(out.isEmpty() ? "" : ","), row);
        }
        json.field(name, out.toString());
    }

    private static void title(StringBuilder out, Title title) {
        out.append(title.level()).append(' ').append(title.until());
        if (title.period() != null) {
            out.append(' ').append(title.period());
        }
    }

    private static void sums(StringBuilder out, Map.Entry<Long, SortedMap<String, Long>> of) {
        out.append(of.getKey());
        of.getValue()
                .forEach((measure, sum) ->
                        out.append(' ').append(measure).append(':').append(sum));
    }

    private static void counter(StringBuilder out, Map.Entry<Counter, Long> counter) {
        out.append(RuleText.key(counter.getKey())).append(' ').append(counter.getValue());
    }

    private static void stamps(StringBuilder out, Map.Entry<String, Stamps> of) {
        Stamps stamps = of.getValue();
        out.append(of.getKey()).append(' ').append(stamps.count());
        out.append(' ').append(stamps.given()).append(' ').append(stamps.used());
        for (Gave gave : stamps.gave()) {
            out.append(' ').append(gave.completions());
            out.append(' ').append(gave.points()).append(' ').append(gave.gifts());
        }
    }

    private static void streak(StringBuilder out, Map.Entry<String, Streak> of) {
        Streak streak = of.getValue();
        out.append(of.getKey()).append(' ').append(streak.given()).append(' ').append(streak.used());
        out.append(' ').append(streak.forgotten()).append(';');
        runs(out, streak.runs());
        out.append(';');
        days(out, streak.days());
    }

    /** The newest first. */
    private static void runs(StringBuilder out, List<Streak.Run> runs) {
        for (int i = runs.size() - 1; i >= 0; i--) {
            Streak.Run run = runs.get(i);
            out.append(run.last()).append(' ').append(run.points());
            out.append(' ').append(run.gifts()).append(i == 0 ? "" : " ");
        }
    }

    private static void days(StringBuilder out, List<Streak.Day> days) {
        for (int i = 0; i < days.size(); i++) {
            Streak.Day day = days.get(i);
            long last = day.period();
            out.append(i == 0 ? "" : " ").append(day.period());
            while (day.operations() == 1
                    && i + 1 < days.size()
                    && days.get(i + 1).period() == last + 1
                    && days.get(i + 1).operations() == 1) {
                last++;
                i++;
            }
            if (day.operations() > 1) {
                out.append('x').append(day.operations());
            } else if (last > day.period()) {
                out.append('-').append(last);
            }
        }
    }

    private static void gift(StringBuilder out, Gift gift) {
        out.append(gift.until()).append(' ').append(gift.reward()).append(' ').append(gift.promotion());
    }

    /**
     * @param text null for a member who has no state
     * @throws IllegalArgumentException if the text is none of a member
     */
    public static MemberState read(@Nullable String text) {
        return text == null ? MemberState.BLANK : JsonIn.read(text, MemberText::parsed);
    }

    private static MemberState parsed(JsonIn json) {
        SortedMap<Long, SortedMap<String, Long>> sums = new TreeMap<>();
        for (Words row = words(json, "sums"); row.next(); ) {
            SortedMap<String, Long> of = new TreeMap<>();
            sums.put(row.number(), of);
            while (!row.isAtEnd()) {
                String sum = row.text();
                int colon = sum.indexOf(':');
                of.put(sum.substring(0, colon), number(sum.substring(colon + 1)));
            }
        }
        SortedMap<Counter, Long> counters = new TreeMap<>();
        for (Words row = words(json, "counters"); row.next(); ) {
            Counter counter = new Counter(row.text(), Unit.values()[Math.toIntExact(row.number())], row.number());
            counters.put(counter, row.number());
        }
        SortedMap<String, Stamps> stamps = new TreeMap<>();
        for (Words row = words(json, "stamps"); row.next(); ) {
            stamps.put(row.text(), stamps(row));
        }
        SortedMap<String, Streak> streaks = new TreeMap<>();
        for (Words row = words(json, "streaks"); row.next(); ) {
            streaks.put(row.text(), streak(row));
        }
        return new MemberState(
                json.get("joined").numberOrNull(),
                attributes(json.get("attributes").items()),
                titles(json),
                grant(json.get("grant").text("")),
                sums,
                counters,
                stamps,
                streaks,
                gifts(json));
    }

    /**
     * The member with nothing but what ends on a day: titles, the grant and gifts. That is all that the next end of
     * something needs, and it is asked for with each operation.
     *
     * @throws IllegalArgumentException if the text is none of a member
     */
    public static MemberState readEnds(String text) {
        return JsonIn.read(
                text,
                json -> new MemberState(
                        null,
                        MemberState.BLANK.attributes(),
                        titles(json),
                        grant(json.get("grant").text("")),
                        MemberState.BLANK.sums(),
                        MemberState.BLANK.counters(),
                        MemberState.BLANK.stamps(),
                        MemberState.BLANK.streaks(),
                        gifts(json)));
    }

    private static List<Title> titles(JsonIn json) {
        List<Title> titles = new ArrayList<>();
        for (Words row = words(json, "titles"); row.next(); ) {
            titles.add(new Title(row.text(), row.number(), row.isAtEnd() ? null : Long.valueOf(row.number())));
        }
        return titles;
    }

    private static List<Gift> gifts(JsonIn json) {
        List<Gift> gifts = new ArrayList<>();
        for (Words row = words(json, "gifts"); row.next(); ) {
            long until = row.number();
            gifts.add(new Gift(row.text(), until, row.text()));
        }
        return gifts;
    }

    /**
     * @param text "level until", or empty for none
     * @throws IllegalArgumentException if the day is no number
     * @throws IndexOutOfBoundsException if there is no day
     */
    public static MemberState.@Nullable Grant grant(String text) {
        if (text.isEmpty()) {
            return null;
        }
        String[] row = text.split(" ", -1);
        return new MemberState.Grant(row[0], number(row[1]));
    }

    private static SortedMap<String, MemberState.Attribute> attributes(List<JsonIn> of) {
        SortedMap<String, MemberState.Attribute> attributes = new TreeMap<>();
        for (int i = 0; i < of.size(); i += 3) {
            attributes.put(
                    of.get(i).text(),
                    new MemberState.Attribute(
                            of.get(i + 1).text(), of.get(i + 2).number()));
        }
        return attributes;
    }

    private static Words words(JsonIn json, String name) {
        return new Words(json.get(name).text(""));
    }

    private static Stamps stamps(Words row) {
        long count = row.number();
        long given = row.number();
        long used = row.number();
        List<Gave> gave = new ArrayList<>();
        while (!row.isAtEnd()) {
            gave.add(new Gave(row.number(), row.number(), row.number()));
        }
        return new Stamps(count, given, used, gave);
    }

    private static Streak streak(Words row) {
        Words counts = row.part();
        Words ofRuns = row.part();
        Words ofDays = row.part();
        List<Streak.Run> runs = new ArrayList<>();
        while (!ofRuns.isAtEnd()) {
            runs.add(new Streak.Run(ofRuns.number(), ofRuns.number(), ofRuns.number()));
        }
        Collections.reverse(runs); // the newest is written first
        List<Streak.Day> days = new ArrayList<>();
        while (!ofDays.isAtEnd()) {
            addDays(days, ofDays.text());
        }
        long given = counts.number();
        long used = counts.number();
        return new Streak(days, runs, counts.number(), given, used);
    }

    /** A period, {@code first-last}, or {@code period}x{@code operations}. */
    private static void addDays(List<Streak.Day> days, String text) {
        int to = text.indexOf('-');
        int times = text.indexOf('x');
        int end = Math.max(to, times);
        long first = number(end < 0 ? text : text.substring(0, end));
        long other = end < 0 ? first : number(text.substring(end + 1));
        long last = to < 0 ? first : other;
        if (last - first > MOST_DAYS - days.size()) {
            throw new IllegalArgumentException("a streak with too many periods");
        }
        for (long period = first; period <= last; period++) {
            days.add(new Streak.Day(period, times < 0 ? 1 : other));
        }
    }

    private static long number(String text) {
        return Long.parseLong(text);
    }

    /** Reads rows with a comma between, and in each of them words with a space between. */
    private static final class Words {
        private final String text;
        private int at;
        private int end;

        /** It begins before the first row. */
        Words(String text) {
            this.text = text;
            this.end = -1;
        }

        /** Goes to the next row; answers whether there is one. */
        boolean next() {
            if (text.isEmpty() || end == text.length()) {
                return false;
            }
            at = end + 1;
            end = text.length();
            end = before(',');
            return true;
        }

        private int before(char by) {
            int found = text.indexOf(by, at);
            return found < 0 || found > end ? end : found;
        }

        boolean isAtEnd() {
            return at >= end;
        }

        String text() {
            return text(before(' '));
        }

        private String text(int to) {
            String word = text.substring(at, to); // what is not there begins after its end
            at = to + 1;
            return word;
        }

        long number() {
            int to = before(' ');
            long number = Long.parseLong(text, at, to, 10);
            at = to + 1;
            return number;
        }

        /** What is before the next semicolon, as one row. */
        Words part() {
            Words part = new Words(text(before(';')));
            part.end = part.text.length();
            return part;
        }
    }
}
