package dev.stampede.codec;

import dev.stampede.award.Counter;
import dev.stampede.award.Gave;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Stamps;
import dev.stampede.award.Streak;
import dev.stampede.award.Title;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A member's state as canonical JSON. 31-member.lua describes it, and writes the same bytes. Each part but the
 * attributes is one string of rows, so that Lua can change one row and leave the rest as it is.
 */
public final class MemberText {
    /** More periods of a streak no program keeps. Who has edited an image must not cost more memory. */
    private static final int MOST_DAYS = 4000;

    private MemberText() {}

    /** @return null if the state is empty */
    public static @Nullable String write(MemberState member) {
        JsonOut json = new JsonOut().open('{');
        json.field("joined", member.joined());
        rows(json, "titles", member.titles().stream().map(MemberText::title));
        json.field("grant", grant(member.grant()));
        rows(json, "sums", member.sums().entrySet().stream().map(of -> of.getKey() + sums(of.getValue())));
        rows(json, "counters", member.counters().entrySet().stream().map(MemberText::counter));
        rows(json, "stamps", member.stamps().entrySet().stream().map(of -> of.getKey() + stamps(of.getValue())));
        rows(json, "streaks", member.streaks().entrySet().stream().map(of -> of.getKey() + streak(of.getValue())));
        rows(
                json,
                "gifts",
                member.gifts().stream().map(gift -> gift.until() + " " + gift.reward() + " " + gift.promotion()));
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

    private static void rows(JsonOut json, String name, Stream<String> rows) {
        String text = rows.collect(Collectors.joining(","));
        json.field(name, text.isEmpty() ? null : text);
    }

    private static String title(Title title) {
        return title.level() + " " + title.until() + (title.period() == null ? "" : " " + title.period());
    }

    private static String sums(SortedMap<String, Long> of) {
        StringBuilder out = new StringBuilder();
        of.forEach((measure, sum) -> out.append(' ').append(measure).append(':').append(sum));
        return out.toString();
    }

    private static String counter(SortedMap.Entry<Counter, Long> counter) {
        return RuleText.key(counter.getKey()) + " " + counter.getValue();
    }

    private static String stamps(Stamps stamps) {
        StringBuilder out = new StringBuilder();
        out.append(' ').append(stamps.count());
        out.append(' ').append(stamps.given()).append(' ').append(stamps.used());
        for (Gave gave : stamps.gave()) {
            out.append(' ').append(gave.completions());
            out.append(' ').append(gave.points()).append(' ').append(gave.gifts());
        }
        return out.toString();
    }

    private static String streak(Streak streak) {
        return " " + streak.given() + " " + streak.used() + " " + streak.forgotten() + ";"
                + runs(streak.runs())
                + ";"
                + days(streak.days());
    }

    /** The newest first. */
    private static String runs(List<Streak.Run> runs) {
        StringBuilder out = new StringBuilder();
        for (int i = runs.size() - 1; i >= 0; i--) {
            Streak.Run run = runs.get(i);
            out.append(out.isEmpty() ? "" : " ").append(run.last());
            out.append(' ').append(run.points()).append(' ').append(run.gifts());
        }
        return out.toString();
    }

    private static String days(List<Streak.Day> days) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < days.size(); i++) {
            Streak.Day day = days.get(i);
            long last = day.period();
            out.append(i == 0 ? "" : " ").append(day.period());
            while (day.operations() == 1
                    && i + 1 < days.size()
                    && days.get(i + 1).equals(new Streak.Day(last + 1, 1))) {
                last++;
                i++;
            }
            if (day.operations() > 1) {
                out.append('x').append(day.operations());
            } else if (last > day.period()) {
                out.append('-').append(last);
            }
        }
        return out.toString();
    }

    /**
     * @param text null for a member who has no state
     * @throws IllegalArgumentException if the text is none of a member
     */
    public static MemberState read(@Nullable String text) {
        return text == null ? MemberState.BLANK : JsonIn.read(text, MemberText::parsed);
    }

    private static MemberState parsed(JsonIn json) {
        List<Title> titles = new ArrayList<>();
        for (String[] row : rows(json.get("titles"))) {
            titles.add(new Title(row[0], number(row[1]), row.length > 2 ? Long.valueOf(number(row[2])) : null));
        }
        SortedMap<Long, SortedMap<String, Long>> sums = new TreeMap<>();
        for (String[] row : rows(json.get("sums"))) {
            SortedMap<String, Long> of = new TreeMap<>();
            for (int i = 1; i < row.length; i++) {
                int colon = row[i].indexOf(':');
                of.put(row[i].substring(0, colon), number(row[i].substring(colon + 1)));
            }
            sums.put(number(row[0]), of);
        }
        SortedMap<Counter, Long> counters = new TreeMap<>();
        for (String[] row : rows(json.get("counters"))) {
            counters.put(RuleText.counter(row), number(row[3]));
        }
        SortedMap<String, Stamps> stamps = new TreeMap<>();
        for (String[] row : rows(json.get("stamps"))) {
            stamps.put(row[0], stamps(row));
        }
        SortedMap<String, Streak> streaks = new TreeMap<>();
        for (String row : split(json.get("streaks").text(""), ",")) {
            int space = row.indexOf(' ');
            streaks.put(row.substring(0, space), streak(row.substring(space + 1)));
        }
        List<Gift> gifts = new ArrayList<>();
        for (String[] row : rows(json.get("gifts"))) {
            gifts.add(new Gift(row[1], number(row[0]), row[2]));
        }
        return new MemberState(
                json.get("joined").numberOrNull(),
                attributes(json.get("attributes").items()),
                titles,
                grant(json.get("grant").text("")),
                sums,
                counters,
                stamps,
                streaks,
                gifts);
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

    private static Stamps stamps(String[] row) {
        List<Gave> gave = new ArrayList<>();
        for (int i = 4; i < row.length; i += 3) {
            gave.add(new Gave(number(row[i]), number(row[i + 1]), number(row[i + 2])));
        }
        return new Stamps(number(row[1]), number(row[2]), number(row[3]), gave);
    }

    private static Streak streak(String text) {
        String[] fields = text.split(";", -1);
        String[] counts = fields[0].split(" ", -1);
        List<Streak.Run> runs = new ArrayList<>();
        String[] ofRuns = split(fields[1], " ");
        for (int i = 0; i < ofRuns.length; i += 3) {
            runs.add(0, new Streak.Run(number(ofRuns[i]), number(ofRuns[i + 1]), number(ofRuns[i + 2])));
        }
        List<Streak.Day> days = new ArrayList<>();
        for (String day : split(fields[2], " ")) {
            String[] numbers = day.split("[x-]", -1);
            long last = day.contains("-") ? number(numbers[1]) : number(numbers[0]);
            if (last - number(numbers[0]) > MOST_DAYS - days.size()) {
                throw new IllegalArgumentException("a streak with too many periods");
            }
            for (long period = number(numbers[0]); period <= last; period++) {
                days.add(new Streak.Day(period, day.contains("x") ? number(numbers[1]) : 1));
            }
        }
        return new Streak(days, runs, number(counts[2]), number(counts[0]), number(counts[1]));
    }

    private static List<String[]> rows(JsonIn text) {
        List<String[]> rows = new ArrayList<>();
        for (String row : split(text.text(""), ",")) {
            rows.add(row.split(" ", -1));
        }
        return rows;
    }

    private static String[] split(String text, String by) {
        return text.isEmpty() ? new String[0] : text.split(by, -1);
    }

    private static long number(String text) {
        return Long.parseLong(text);
    }
}
