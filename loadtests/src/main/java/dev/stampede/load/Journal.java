package dev.stampede.load;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Every key that was sent and what became of it: 18 bytes each, in a file, so that a long run needs no memory for them.
 */
final class Journal implements AutoCloseable {
    private static final Kind[] KINDS = Kind.values();
    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final int BUFFER = 1 << 16;

    record Row(long number, Kind kind, int account, int points, Outcome outcome) {
        Row with(Outcome other) {
            return new Row(number, kind, account, points, other);
        }
    }

    interface Reader {
        void read(Row row) throws Exception;
    }

    private final Path file;
    private final DataOutputStream out;

    Journal(Path file) {
        this.file = file;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void write(Row row) {
        try {
            out.writeLong(row.number());
            out.writeInt(row.account());
            out.writeInt(row.points());
            out.writeByte(row.kind().ordinal());
            out.writeByte(row.outcome().ordinal());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing is written after that. */
    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    void forEach(Reader reader) throws Exception {
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
            while (true) {
                long number;
                try {
                    number = in.readLong();
                } catch (EOFException end) {
                    return;
                }
                int account = in.readInt();
                int points = in.readInt();
                reader.read(new Row(number, KINDS[in.readByte()], account, points, OUTCOMES[in.readByte()]));
            }
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }
}
