package dev.stampede.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.award.Counter;
import dev.stampede.award.Gave;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.award.Stamps;
import dev.stampede.award.Streak;
import dev.stampede.award.Title;
import dev.stampede.award.Unit;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberTextTest {
    @Test
    void nothingHasNoText() {
        assertNull(MemberText.write(MemberState.BLANK));
        assertEquals(MemberState.BLANK, MemberText.read(null));
    }

    @Test
    void eachPartIsOneTextOfSortedRows() {
        MemberState member = new MemberState(
                20_823L,
                new TreeMap<>(Map.of("optIn", new MemberState.Attribute("true", 20_800))),
                List.of(new Title("gold", 21_000, 20_800L), new Title("silver", 20_900, null)),
                new MemberState.Grant("rouge", 20_999),
                new TreeMap<>(Map.of(20_819L, new TreeMap<>(Map.of("visits", 3L, "stars", 510L)))),
                new TreeMap<>(Map.of(
                        new Counter("a", Unit.WEEK, 2974),
                        1L,
                        new Counter("a", Unit.DAY, 20_823),
                        9_000_000_000_000_000L,
                        new Counter("a", Unit.DAY, 9999),
                        2L,
                        new Counter("a-b", Unit.EVER, 0),
                        3L)),
                new TreeMap<>(Map.of("ninth", new Stamps(10, 1, 0, List.of(new Gave(1, 0, 1))))),
                new TreeMap<>(Map.of(
                        "days",
                        new Streak(
                                List.of(
                                        new Streak.Day(20_800, 1),
                                        new Streak.Day(20_801, 1),
                                        new Streak.Day(20_802, 1),
                                        new Streak.Day(20_803, 2),
                                        new Streak.Day(20_804, 1),
                                        new Streak.Day(20_806, 1)),
                                List.of(new Streak.Run(20_801, 40, 0), new Streak.Run(20_803, 30, 0)),
                                -1,
                                2,
                                0))),
                List.of(new Gift("free", 20_850, "ninth"), new Gift("free", 20_860, "ninth")));
        String text = """
                {"joined":20823,"titles":"gold 21000 20800,silver 20900","grant":"rouge 20999",
                "sums":"20819 stars:510 visits:3",
                "counters":"a 1 9999 2,a 1 20823 9000000000000000,a 2 2974 1,a-b 6 0 3",
                "stamps":"ninth 10 1 0 1 0 1",
                "streaks":"days 2 0 -1;20803 30 0 20801 40 0;20800-20802 20803x2 20804 20806",
                "gifts":"20850 free ninth,20860 free ninth","attributes":["optIn","true",20800]}""".replace("\n", "");
        assertEquals(text, MemberText.write(member));
        assertEquals(member, MemberText.read(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\"", "\\", "/", "\b\t\n\f\r", "\u0000\u001f\u007f", "\u2028\u00e9\ud83d\ude00", "a,b 1"})
    void freeTextSurvives(String value) throws IOException {
        MemberState member = MemberState.BLANK.with(Map.of("note", value), 1);
        String text = MemberText.write(member);
        assertEquals(member, MemberText.read(text));
        assertEquals(
                value,
                new ObjectMapper().readTree(text).path("attributes").path(1).asText());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"joined\":\"x\"}",
                "{\"sums\":\"1\"",
                "{} {}",
                "{\"counters\":\"a 1 2 x\"}",
                "{\"gifts\":\"1\"}"
            })
    void otherTextsAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> MemberText.read(text));
    }
}
