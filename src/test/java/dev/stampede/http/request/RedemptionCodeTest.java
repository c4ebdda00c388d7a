package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedemptionCodeTest {
    private static final String CODE = "7K3M-9Q01-ZT2W-4HBN";

    @Test
    void noneIsMadeTwiceAndEachDigitStandsEverywhere() {
        Set<String> codes = new HashSet<>();
        Set<String> places = new TreeSet<>();
        for (int i = 0; i < 10_000; i++) {
            String code = RedemptionCode.next();
            assertTrue(code.matches(RedemptionCode.PATTERN), code);
            assertEquals(code, RedemptionCode.typed(code));
            codes.add(code);
            for (int at = 0; at < code.length(); at++) {
                places.add(at + " " + code.charAt(at));
            }
        }
        assertEquals(10_000, codes.size());
        assertEquals(16 * 32 + 3, places.size(), "80 bits");
        assertEquals(
                "-0123456789ABCDEFGHJKMNPQRSTVWXYZ",
                places.stream()
                        .map(place -> place.substring(place.indexOf(' ') + 1))
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7K3M-9Q01-ZT2W-4HBN", "7k3m9q01zt2w4hbn", "7K3M9-QOI-ZT2W-4HBN-", "7k3m-9qol-zt2w-4hbn"})
    void isUnderstoodAsPeopleTypeIt(String typed) {
        assertEquals(CODE, RedemptionCode.typed(typed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "7K3M-9Q01-ZT2W-4HB",
                "7K3M-9Q01-ZT2W-4HBN0",
                "7K3M-9Q01-ZT2W-4HBU",
                "7K3M 9Q01 ZT2W 4HBN",
                "7K3M-9Q01-ZT2W-4HBÑ",
                "7K3M-9Q01-ZT2W-4HB\u0131",
                "'; DROP TABLE code; --",
                "----------------------------------------------------------------------7K3M-9Q01-ZT2W-4HBN"
            })
    void whatCanBeNoneIsNone(String typed) {
        assertNull(RedemptionCode.typed(typed));
    }
}
