package dev.stampede.codes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nayuki.qrcodegen.QrCode;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A QR code as it is drawn. */
class QrPictureTest {
    private static final int QUIET = 4;

    @Test
    void itHasTheModulesOfTheCodeAndWhiteAroundThem() {
        String text = "stq1.ZGVtbyxBQUVDQXdRRkJnY0lDUW9MREEwT0Q.q0J2k3l4m5n6";
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        Set<String> black = new HashSet<>();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                if (code.getModule(x, y)) {
                    black.add((x + QUIET) + " " + (y + QUIET));
                }
            }
        }

        String picture = QrPicture.of(text);

        Set<String> drawn = new HashSet<>();
        Matcher runs = Pattern.compile("M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z").matcher(picture);
        while (runs.find()) {
            assertEquals(runs.group(3), runs.group(4));
            for (int i = 0; i < Integer.parseInt(runs.group(3)); i++) {
                assertTrue(drawn.add((Integer.parseInt(runs.group(1)) + i) + " " + runs.group(2)));
            }
        }
        assertEquals(black, drawn);
        int side = code.size + 2 * QUIET;
        assertTrue(picture.contains("viewBox=\"0 0 " + side + " " + side + "\""), picture);
    }
}
