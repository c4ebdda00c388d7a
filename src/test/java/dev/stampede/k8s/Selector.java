package dev.stampede.k8s;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A metric that a PromQL expression asks for, with its conditions on labels. */
record Selector(String metric, List<Condition> conditions) {
    record Condition(String label, String operator, String value) {
        boolean holds(String actual) {
            return switch (operator) {
                case "=" -> actual.equals(value);
                case "!=" -> !actual.equals(value);
                case "=~" -> actual.matches(value);
                case "!~" -> !actual.matches(value);
                default -> throw new IllegalArgumentException(operator);
            };
        }
    }

    private static final Set<String> KEYWORDS = Set.of("and", "or", "unless", "bool", "offset", "inf", "nan");

    /** As Prometheus reads it, of an alert and of a range. */
    static final String DURATION = "(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?";

    /** Of Prometheus' functions and aggregations those that are used: it drops a group of rules with any other name. */
    private static final Set<String> CALLS = Set.of(
            "absent",
            "avg_over_time",
            "changes",
            "histogram_quantile",
            "increase",
            "max",
            "max_over_time",
            "min",
            "min_over_time",
            "rate",
            "sum");

    /** In the order in which they are tried. A call may have its grouping before its parenthesis. */
    private static final Pattern TOKEN =
            Pattern.compile("(?<grouping>\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\))"
                    + "|(?<call>[a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(\\(|(?=\\b(by|without)\\b))"
                    + "|(?<range>\\[" + DURATION + "])"
                    + "|(?<number>[0-9][0-9.eE]*)"
                    + "|(?<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(\\{(?<conditions>[^}]*)})?"
                    + "|(?<other>[-+*/%^(),\\s]|[<>=!]=|[<>])");

    private static final Pattern CONDITION =
            Pattern.compile("\\s*([a-zA-Z_][a-zA-Z0-9_]*)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"\\s*(,|$)");

    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    /** @throws IllegalArgumentException where the expression has something that is not known here */
    static List<Selector> of(String expression) {
        List<Selector> selectors = new ArrayList<>();
        Matcher token = TOKEN.matcher(expression);
        int at = 0;
        int open = 0;
        while (at < expression.length()) {
            if (!token.find(at) || token.start() != at) {
                throw new IllegalArgumentException("not understood: " + expression.substring(at));
            }
            String call = token.group("call");
            if (call != null && !CALLS.contains(call) && !KEYWORDS.contains(call)) {
                throw new IllegalArgumentException("not known here: " + call);
            }
            String metric = token.group("metric");
            if (metric == null) {
                open = open(open, token.group());
            } else if (!KEYWORDS.contains(metric)) {
                selectors.add(new Selector(metric, conditions(token.group("conditions"))));
            }
            at = token.end();
        }
        if (open != 0) {
            throw new IllegalArgumentException("a parenthesis is left open: " + expression);
        }
        return selectors;
    }

    private static int open(int before, String token) {
        int open = before;
        for (char each : token.toCharArray()) {
            open += each == '(' ? 1 : each == ')' ? -1 : 0;
            if (open < 0) {
                throw new IllegalArgumentException("a parenthesis is closed that was not opened");
            }
        }
        return open;
    }

    private static List<Condition> conditions(String text) {
        List<Condition> conditions = new ArrayList<>();
        Matcher condition = CONDITION.matcher(text == null ? "" : text);
        int at = 0;
        while (text != null && at < text.length()) {
            if (!condition.find(at) || condition.start() != at) {
                throw new IllegalArgumentException("not understood: " + text.substring(at));
            }
            conditions.add(new Condition(condition.group(1), condition.group(2), condition.group(3)));
            at = condition.end();
        }
        return conditions;
    }

    /** Whether a scrape has a sample that it selects. */
    boolean isIn(String scrape) {
        return scrape.lines()
                .filter(line -> !line.startsWith("#"))
                .map(SAMPLE::matcher)
                .filter(Matcher::matches)
                .filter(sample -> sample.group(1).equals(metric))
                .map(sample -> labels(sample.group(3)))
                .anyMatch(labels -> conditions.stream()
                        .allMatch(condition -> condition.holds(labels.getOrDefault(condition.label(), ""))));
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        Matcher label = LABEL.matcher(text == null ? "" : text);
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return labels;
    }
}
