package dev.stampede.rules;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;

/** Programmes for tests of other packages. */
public final class TestPrograms {
    private TestPrograms() {}

    /** A programme in UTC of 1 point per euro, whose fields that document replaces; single quotes will do. */
    public static CompiledProgram of(String document) {
        return new Scene(document).program;
    }

    public static CompiledProgram random(Random random) {
        return random(random, ZoneOffset.UTC);
    }

    /** The same in a time zone. */
    public static CompiledProgram random(Random random, ZoneId zone) {
        String id = zone.equals(ZoneOffset.UTC) ? "UTC" : zone.getId();
        return of(new RandomProgram(random).json().replaceFirst("\\{", "{'timeZone':'" + id + "',"));
    }
}
