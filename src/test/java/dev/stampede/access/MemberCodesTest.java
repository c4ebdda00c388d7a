package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.MemberCodes.Code;
import dev.stampede.account.AccountId;
import dev.stampede.account.Signature.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemberCodesTest {
    private static final long NOW = 1_795_264_200_000L;
    private static final AccountId ACCOUNT = AccountId.of("demo", "m-1.with_all-2");
    private static final Secret ONE = secret(1);
    private static final Secret TWO = secret(2);

    private final MemberCodes codes = of(ONE, TWO);

    private static Secret secret(int id) {
        byte[] key = new byte[32];
        new Random(id).nextBytes(key);
        return new Secret(id, key);
    }

    private static MemberCodes of(Secret... secrets) {
        MemberCodes codes = new MemberCodes();
        codes.use(List.of(secrets));
        return codes;
    }

    @Test
    void aCodeSaysWhoseItIsAndWhenItWasMade() {
        MemberCodes.Made made = codes.fresh(ACCOUNT, NOW);
        assertEquals(NOW + 60_000, made.untilMs());
        assertEquals(new Code.Valid(ACCOUNT, NOW, NOW + 60_000), codes.read(made.text(), NOW));
        assertTrue(made.text().matches("stq1\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{14}"), made.text());
    }

    @Test
    void theLongestOneIsShortEnough() {
        AccountId longest = AccountId.of("p".repeat(64), "a".repeat(64));
        String text = codes.fresh(longest, NOW).text();
        assertTrue(text.length() <= MemberCodes.MOST_CHARACTERS, () -> "" + text.length());
        assertEquals(new Code.Valid(longest, NOW, NOW + 60_000), codes.read(text, NOW));
    }

    @Test
    void itIsValidForAMinuteAndAHalf() {
        String text = codes.fresh(ACCOUNT, NOW).text();
        assertTrue(codes.read(text, NOW + 90_000) instanceof Code.Valid);
        assertEquals(Code.Not.FRESH, codes.read(text, NOW + 90_001));
    }

    @Test
    void whoReadsItDoesNotLearnTheAccount() {
        String one = codes.fresh(ACCOUNT, NOW).text();
        String other = codes.fresh(ACCOUNT, NOW).text();
        String[] parts = body(one).split(",", -1);
        assertEquals("demo", parts[0]);
        assertEquals(Long.toString(NOW), parts[2]);
        assertEquals(Long.toString(NOW + 60_000), parts[3]);
        assertFalse(body(one).contains(ACCOUNT.id()));
        assertFalse(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.ISO_8859_1)
                .contains(ACCOUNT.id()));
        assertNotEquals(parts[1], body(other).split(",", -1)[1]);
    }

    private static String body(String text) {
        return new String(Base64.getUrlDecoder().decode(text.split("\\.", -1)[1]), StandardCharsets.US_ASCII);
    }

    @Test
    void aChangedOneIsNone() {
        String text = codes.fresh(ACCOUNT, NOW).text();
        for (int i = 0; i < text.length(); i++) {
            for (char other : new char[] {'A', 'b', '.', 'é', ' '}) {
                String changed = text.substring(0, i) + other + text.substring(i + 1);
                assertTrue(
                        changed.equals(text) || codes.read(changed, NOW) == Code.Not.MADE,
                        () -> changed + " instead of " + text);
            }
        }
        for (String each : List.of("", ".", "stq1.", "stq1..", "stq1.a.b", "stq2" + text.substring(4), text + "A")) {
            assertEquals(Code.Not.MADE, codes.read(each, NOW), each);
        }
        assertEquals(Code.Not.MADE, codes.read("stq1." + "a".repeat(500) + ".b", NOW));
    }

    @Test
    void theSecretBeforeIsStillAccepted() {
        String before = of(TWO).fresh(ACCOUNT, NOW).text();
        assertTrue(codes.read(before, NOW) instanceof Code.Valid);
        assertEquals(Code.Not.MADE, of(ONE).read(before, NOW));
        assertTrue(of(ONE).read(codes.fresh(ACCOUNT, NOW).text(), NOW) instanceof Code.Valid);
        assertThrows(IllegalStateException.class, () -> of().fresh(ACCOUNT, NOW));
    }
}
