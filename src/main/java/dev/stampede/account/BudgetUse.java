package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an operation uses of a total that all members share.
 *
 * @param budget its number in the ledger
 * @param units that the operation takes of it, or gives back (negative); never 0
 */
public record BudgetUse(int budget, long units) {
    /** Reads {@code [[budget, units], ...]}, in the order of the budgets. */
    static List<BudgetUse> list(JsonParser json) throws IOException {
        Json.expect(json.nextToken(), JsonToken.START_ARRAY, json);
        List<BudgetUse> uses = new ArrayList<>(2);
        while (json.nextToken() == JsonToken.START_ARRAY) {
            uses.add(new BudgetUse(Json.integer(json), Json.number(json)));
            Json.expect(json.nextToken(), JsonToken.END_ARRAY, json);
        }
        return uses;
    }

    /** The same JSON; null for an empty list. */
    public static @Nullable String text(List<BudgetUse> uses) {
        return uses.isEmpty()
                ? null
                : uses.stream()
                        .map(use -> "[" + use.budget + "," + use.units + "]")
                        .collect(Collectors.joining(",", "[", "]"));
    }
}
