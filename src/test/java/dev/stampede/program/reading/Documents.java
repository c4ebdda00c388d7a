package dev.stampede.program.reading;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The documents of the repository. */
final class Documents {
    static final List<String> NAMES = List.of("airline", "beauty", "cashback", "coalition", "coffee", "stamp");

    private Documents() {}

    /** What a user loads. */
    static String published(String name) {
        return text(Path.of("programs", name + ".json"));
    }

    /** With everything that the format has, also what this release refuses. */
    static String whole(String name) {
        return text(Path.of("src/test/resources/programs", name + ".json"));
    }

    static List<String> files() {
        try (Stream<Path> files = Files.list(Path.of("programs"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
