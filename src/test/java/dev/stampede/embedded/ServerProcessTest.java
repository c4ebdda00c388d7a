package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServerProcessTest {
    /** The environment of the tests has more, and that of a gateway has keys and passwords. */
    @Test
    void serversSeeLittleOfOurEnvironment() {
        Set<String> kept = Set.of("PATH", "HOME", "TMPDIR", "LC_ALL");
        assertTrue(System.getenv().keySet().stream().anyMatch(name -> !kept.contains(name)), "nothing to hide");
        List<String> seen = ServerProcess.output("env").orElseThrow().lines().toList();
        assertTrue(seen.contains("LC_ALL=C"), seen::toString);
        assertEquals(
                List.of(),
                seen.stream()
                        .map(line -> line.replaceFirst("=.*", ""))
                        .filter(name -> !kept.contains(name))
                        .toList());
    }
}
