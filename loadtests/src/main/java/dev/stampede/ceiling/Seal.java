package dev.stampede.ceiling;

import java.io.BufferedWriter;
import java.io.IOException;
import java.util.List;

/** Asks {@code SealBatches}. */
final class Seal {
    private Seal() {}

    static Measured run(App app, String line) throws IOException {
        BufferedWriter ask = app.process.outputWriter();
        ask.write(line + "\n");
        ask.flush();
        String result = app.said.readLine();
        if (result == null) {
            throw new Trouble("SealBatches has ended; its log may say why");
        }
        long[] n = Text.numbers(List.of(result), "RESULT");
        return new Measured(n[0], n[1] / 1e6, n[2] / 1e3, n[3] / 1e3, 0, "").withBad(n[4], "not inserted");
    }
}
