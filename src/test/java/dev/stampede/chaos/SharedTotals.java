package dev.stampede.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.chaos.Chain.Link;
import dev.stampede.chaos.Violation.Rule;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges, over all accounts, what members share: what operations have used and what is left is all that there is, and
 * never more was used; nobody was told of too little while there was enough.
 */
final class SharedTotals {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of each total: what operations have used in the end, and how much they ever took. */
    private final Map<Integer, Long> used = new TreeMap<>();

    private final Map<Integer, Long> taken = new TreeMap<>();
    /** Operations that found a total too small, by its kind and name, with what they wanted of it at most. */
    private final List<Shortage> shorts = new ArrayList<>();

    private record Shortage(Link link, String total, long wanted) {}

    void add(Chain chain) {
        for (Link link : chain.links()) {
            if (link.besides().uses() != null) {
                for (JsonNode use : read(link.besides().uses())) {
                    long units = use.get(1).asLong();
                    used.merge(use.get(0).asInt(), units, Long::sum);
                    taken.merge(use.get(0).asInt(), Math.max(0, units), Long::sum);
                }
            }
            if (!chain.account().program().equals(Club.ID)) {
                continue;
            }
            if (link.outcome().equals("out_of_stock")) {
                shorts.add(new Shortage(link, "stock", 1));
            } else if (link.ok() && link.besides().told() != null) {
                for (JsonNode part : read(link.besides().told()).path("explanation")) {
                    if (part.path(3).asText().equals("budget")) {
                        boolean ofUses = part.get(0).asText().equals("promotion:first");
                        shorts.add(new Shortage(
                                link,
                                ofUses ? "uses" : "points",
                                ofUses ? 1 : part.get(2).asLong()));
                    }
                }
            }
        }
    }

    /** What operations have used in the end, of all totals. */
    long unitsUsed() {
        return used.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How often a total was found too small. */
    long shortages() {
        return shorts.size();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json, e);
        }
    }

    /** @param ledger whose accounts were added, as it was then: holds go on to run out */
    List<Violation> violations(Connection ledger) throws SQLException {
        List<Violation> violations = new ArrayList<>();
        try (Statement statement = ledger.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT b.id, b.kind, b.name, b.total, sum(a.units) AS unused, min(a.units) AS least
                        FROM budget b JOIN allotment a ON a.budget = b.id GROUP BY b.id ORDER BY b.id""")) {
            Map<String, Long> mostLeft = new TreeMap<>();
            while (row.next()) {
                int id = row.getInt("id");
                long total = row.getLong("total");
                long unused = row.getLong("unused");
                long sum = used.getOrDefault(id, 0L);
                if (sum + unused != total || sum < 0 || sum > total || row.getLong("least") < 0) {
                    violations.add(new Violation(
                            Rule.SHARED_TOTALS,
                            null,
                            List.of(),
                            row.getString("kind") + " " + row.getString("name") + ": " + sum + " used and " + unused
                                    + " left of " + total + ", the smallest part " + row.getLong("least")));
                }
                // at any time there was at least so much: whatever came back may have come back before it was taken
                mostLeft.merge(row.getString("kind"), total - taken.getOrDefault(id, 0L), Math::min);
            }
            for (Shortage each : shorts) {
                long least = mostLeft.getOrDefault(each.total, 0L);
                if (least >= each.wanted) {
                    violations.add(new Violation(
                            Rule.TRUE_SHORTAGE,
                            null,
                            List.of(each.link.id()),
                            "wanted " + each.wanted + " " + each.total + ", of which at least " + least
                                    + " were always left"));
                }
            }
        }
        return violations;
    }
}
