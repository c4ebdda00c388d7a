package dev.stampede.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.Backends;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is settled in Java is settled in Lua, byte by byte. {@code -Dstampede.seed=} repeats a run that failed, {@code
 * -Dstampede.settlement.histories=} makes it longer.
 */
@Tag("servers")
class LuaSettlementTest {
    private static final int HISTORIES = Integer.getInteger("stampede.settlement.histories", 200);
    private static final int STEPS = 40;

    private final int port = Backends.shared().redis().port();

    @Test
    void luaSettlesAsJavaDoes() {
        Long given = Long.getLong("stampede.seed");
        long seed = given == null ? System.nanoTime() & 0xffff_ffffL : given;
        Map<String, Integer> happened = new HashMap<>();
        try (LuaSettlement lua = new LuaSettlement(port, "settlement", UnaryOperator.identity())) {
            for (int i = 0; i < HISTORIES; i++) {
                SettledHistory history = new SettledHistory(new Random(seed + i), lua);
                try {
                    for (int step = 0; step < STEPS; step++) {
                        history.step();
                    }
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("-Dstampede.seed=" + (seed + i) + ": " + e.getMessage(), e);
                }
                history.happened.forEach((what, times) -> happened.merge(what, times, Integer::sum));
            }
        }
        for (String what : List.of(
                "award",
                "undo by NOTHING",
                "undo by POINTS",
                "undo by AMOUNT",
                "undo by ITEMS",
                "paid",
                "gift used",
                "back",
                "lapse",
                "forget",
                "attributes",
                "reward_unavailable",
                "below_minimum",
                "not_a_step",
                "limit_exceeded")) {
            assertTrue(happened.containsKey(what), what + " in " + happened);
        }
    }

    /** Proves that the test above can fail: each of these mistakes in the library must be found. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            (by[2] == 1 and full or math.min(full, 1)) | full
            > kept_runs and ends[n] < oldest do        | > kept_runs do
            math.max(first, ends[run] - target + 1)    | math.max(first, ends[run] - target)
            if levels.next then                        | if false then
            math.max(next_one, index - 1)              | math.max(0, index - 1)
            tonumber(number) >= oldest[unit]           | tonumber(number) > oldest[unit]
            (mode == BEST and is_better or is_prior)   | is_prior
            born[i] <= code and code <= born[i + 1]    | born[i] <= code
            rows_without(member.streaks, gone.promo    | rows_without(member.streaks, gone.nothing and gone.promo
            if not gone[string.match(row, '^%S+')]     | if not gone[string.match(row, '^[^ .]+')]
            """)
    void aMistakeIsFound(String right, String wrong) {
        assertEquals(1, count(LuaSettlement.source(), right), right);
        try (LuaSettlement lua = new LuaSettlement(port, "mistaken", text -> text.replace(right, wrong))) {
            assertTrue(isFound(lua), wrong);
        }
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private static boolean isFound(LuaSettlement lua) {
        for (int i = 0; i < HISTORIES; i++) {
            SettledHistory history = new SettledHistory(new Random(i), lua);
            try {
                for (int step = 0; step < STEPS; step++) {
                    history.step();
                }
            } catch (AssertionError e) {
                return true;
            }
        }
        return false;
    }
}
