package dev.stampede.codes;

import io.nayuki.qrcodegen.QrCode;

/** A text as a QR code (ISO/IEC 18004), drawn as SVG. */
final class QrPicture {
    /** Modules of white around it, without which scanners do not find it. */
    private static final int QUIET = 4;

    private QrPicture() {}

    /** Black on white, whatever is around it; its size is up to the page that shows it. */
    static String of(String text) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            int run; // of black ones
            for (int x = 0; x < code.size; x += run + 1) {
                for (run = 0; code.getModule(x + run, y); run++) {}
                if (run > 0) {
                    path.append('M').append(x + QUIET).append(' ').append(y + QUIET);
                    path.append('h').append(run).append("v1h-").append(run).append('z');
                }
            }
        }
        int side = code.size + 2 * QUIET;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + ' ' + side
                + "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + 'v' + side
                + "H0z\"/><path d=\"" + path + "\"/></svg>";
    }
}
