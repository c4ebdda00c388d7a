package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.embedded.EmbeddedServers;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class VerifyCommandTest {
    @Test
    void aUrlOfAnotherDatabaseIsNamedWithoutItsPassword() {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        int code;
        try {
            code = VerifyCommand.run(new SmallRyeConfigBuilder()
                    .withDefaultValue(EmbeddedServers.JDBC_URL, "jdbc:mysql://db/points?password=hush")
                    .build());
        } finally {
            System.setErr(before);
        }
        String text = said.toString(StandardCharsets.UTF_8);
        assertEquals(2, code);
        assertTrue(text.contains(EmbeddedServers.JDBC_URL), text);
        assertFalse(text.contains("hush"), text);
        assertFalse(text.contains("\tat "), text);
    }
}
