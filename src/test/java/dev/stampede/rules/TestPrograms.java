package dev.stampede.rules;

import java.util.Random;

/** Programmes for tests of other packages. */
public final class TestPrograms {
    private TestPrograms() {}

    /** A programme in UTC of 1 point per euro, whose fields that document replaces; single quotes will do. */
    public static CompiledProgram of(String document) {
        return new Scene(document).program;
    }

    public static CompiledProgram random(Random random) {
        return of(new RandomProgram(random).json());
    }
}
