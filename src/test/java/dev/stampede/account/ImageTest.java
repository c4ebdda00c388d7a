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

    @Test
    void nothingIsDecidedOnAnImageThatIsNotWhole() {
        assertEquals(Image.BLANK, Image.parse(Image.BLANK.text()));
        for (String part : List.of(",\"lots\":[]", ",\"maturing\":[]", ",\"holds\":[]")) {
            String without = Image.BLANK.text().replace(part, "");
            assertThrows(IllegalArgumentException.class, () -> Image.parse(without), part);
        }
    }
}
