package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {
    /** A process that has room for nothing more than what it is told to keep. */
    static final class Full {
        public static void main(String... args) throws InterruptedException {
            OutOfMemory.endsTheProcess();
            List<ByteBuffer> kept = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(args[0]); i++) {
                kept.add(ByteBuffer.allocateDirect(1 << 20));
            }
            TimeUnit.SECONDS.sleep(4);
            System.exit(kept.isEmpty() ? 1 : 0);
        }
    }

    private static int exitCode(String megabytes) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:MaxDirectMemorySize=8m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Full.class.getName(),
                        megabytes)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    @Test
    void noDirectMemoryIsTheEnd() throws Exception {
        assertEquals(3, exitCode("8"));
        assertEquals(0, exitCode("6"), "some is left");
    }
}
