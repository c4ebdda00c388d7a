package dev.stampede.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.Image;
import dev.stampede.http.view.MemberView;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntityTagTest {
    private static final long DAY_MS = 86_400_000L;
    /** A lot of day 10 and one of day 20; a hold until noon of day 5, with points of day 4. */
    private static final Image IMAGE = Image.parse("{\"head\":\"01a1ffd8-9e3b-7453-a7d1-9e788194395f\",\"version\":17,"
            + "\"at\":1,\"enrolled\":true,\"frozen\":false,\"available\":30,\"held\":5,\"pending\":0,\"debt\":0,"
            + "\"lifetime\":35,\"lots\":[[10,10],[20,20]],\"maturing\":[],"
            + "\"holds\":[[\"01a1ffd8-9e3b-7453-a7d1-000000000000\",5,475200000,[[4,5]]]]}");

    @Test
    void versionAndHead() {
        assertEquals("W/\"17-9e788194395f\"", tag(2 * DAY_MS));
    }

    @Test
    void timeAloneChangesIt() {
        String before = tag(3 * DAY_MS);
        String holdOver = tag(475_200_000L);
        String lotOver = tag(11 * DAY_MS);

        assertNotEquals(before, holdOver);
        assertNotEquals(holdOver, lotOver);
        assertEquals(lotOver, tag(21 * DAY_MS - 1));
        assertNotEquals(lotOver, tag(21 * DAY_MS));
        assertEquals(tag(21 * DAY_MS), tag(5000 * DAY_MS));
    }

    @Test
    void whatIsShownOfTheMemberChangesIt() {
        MemberView none = new MemberView(null, null, null, null, null);
        MemberView next = new MemberView(null, null, null, null, new MemberView.NextRewardView("mug", 60));
        String plain = tag(2 * DAY_MS);

        assertNotEquals(plain, tag(none));
        assertNotEquals(tag(none), tag(next));
        assertEquals(tag(next), tag(new MemberView(null, null, null, null, new MemberView.NextRewardView("mug", 60))));
        assertTrue(tag(next).matches("W/\"17-9e788194395f\\.[0-9a-f]{12}\""), tag(next));
    }

    private static String tag(MemberView member) {
        return EntityTag.of(IMAGE, member, 2 * DAY_MS, ZoneOffset.UTC);
    }

    @Test
    void matching() {
        String tag = "\"17-9e788194395f\"";

        assertTrue(EntityTag.matches(List.of(tag.replace("W/", "")), tag));
        assertTrue(EntityTag.matches(List.of("W/" + tag.replace("W/", "")), tag));
        assertTrue(EntityTag.matches(List.of("\"a\"", "\"b\", " + tag), tag));
        assertTrue(EntityTag.matches(List.of("*"), tag));
        assertFalse(EntityTag.matches(List.of(), tag));
        assertFalse(EntityTag.matches(List.of("17-9e788194395f", "\"17\"", ""), tag));
    }

    private static String tag(long nowMs) {
        return EntityTag.of(IMAGE, null, nowMs, ZoneOffset.UTC);
    }
}
