package dev.stampede.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ImageTest {
    private static final UUID HEAD = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");

    /** G8: what a newer release adds is passed over, and what it leaves out is empty. */
    @Test
    void anImageOfANewerReleaseIsShownAsFarAsItIsKnown() {
        String newer = "{\"head\":\"" + HEAD + "\",\"version\":3,\"at\":5,\"enrolled\":true,\"available\":10,"
                + "\"expired\":{\"on\":20000},\"tier\":{\"name\":\"gold\",\"titles\":[1,[2]]}}";
        Image shown = Image.parseKnown(newer);
        assertEquals(HEAD, shown.head());
        assertEquals(3, shown.version());
        assertEquals(10, shown.state().available());
        assertEquals(List.of(), shown.state().lots());
        assertEquals(List.of(), shown.state().maturing());
        assertEquals(List.of(), shown.state().holds());
        assertThrows(IllegalArgumentException.class, () -> Image.parse(newer));
    }

    /** The Lua library finds the part by its place. */
    @Test
    void theMemberIsReadToTheLetterAndComesLast() {
        String blank = Image.BLANK.text();
        String member = "{\"b\":[1,{\"}\":\"\\\"\"}],\"a\":{},\"\u00e9\":9007199254740991}";
        String text = blank.substring(0, blank.length() - 1) + ",\"member\":" + member + "}";
        assertEquals(member, Image.parse(text).member());
        assertEquals(member, Image.parseKnown(text).member());
        for (String other : List.of(
                blank.replace(",\"lots\"", ",\"member\":{\"a\":1},\"lots\""),
                text.replace("\"member\":", "\"member\": "),
                text.replace(member, "7"))) {
            assertThrows(IllegalArgumentException.class, () -> Image.parse(other), other);
        }
    }

    @Test
    void nothingIsDecidedOnAnImageThatIsNotWhole() {
        assertEquals(Image.BLANK, Image.parse(Image.BLANK.text()));
        for (String part : List.of(",\"lots\":[]", ",\"maturing\":[]", ",\"holds\":[]")) {
            String without = Image.BLANK.text().replace(part, "");
            assertThrows(IllegalArgumentException.class, () -> Image.parse(without), part);
        }
    }
}
