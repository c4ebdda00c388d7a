package dev.stampede.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** How far something is, on a terminal; nowhere else. */
final class Progress {
    private static final long INTERVAL_NS = 200_000_000;
    private static final int WIDTH = 30;

    private final PrintWriter err;
    private final boolean shown;
    private long last = System.nanoTime();

    Progress(Session session) {
        this.err = session.err();
        this.shown = session.terminal().interactive();
    }

    /**
     * @param share of all, from 0 to 1
     * @param text behind the bar
     */
    void at(double share, String text) {
        long now = System.nanoTime();
        if (shown && now - last >= INTERVAL_NS) {
            last = now;
            int full = (int) (Math.min(1, share) * WIDTH);
            String bar = "#".repeat(full) + ".".repeat(WIDTH - full);
            err.print(String.format(Locale.ROOT, "\r[%s] %3.0f%%  %s", bar, share * 100, text));
            err.flush();
        }
    }

    void end() {
        if (shown) {
            err.print("\r" + " ".repeat(WIDTH + 50) + "\r");
            err.flush();
        }
    }
}
