package dev.stampede.chaos;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Instant;
import java.time.InstantSource;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A Java agent that puts a packaged gateway's clock ahead or back, while it runs, and is no part of it. The gateway
 * asks {@code InstantSource.system()} for its clock, in one place; in the class that does so the agent turns that call
 * to {@link #system}, which adds as many milliseconds as stand in a file. (An interface, since the call is one of an
 * interface's method.)
 */
public interface ShiftedClock {
    /** The class that asks. */
    String WHO_ASKS = "dev/stampede/start/GatewayStart";

    /** The clock that the gateway gets. */
    static InstantSource system() {
        return Agent.CLOCK;
    }

    /** Makes the agent's jar. */
    static Path jar(Path directory) {
        Path jar = directory.resolve("shifted-clock.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> each : new Class<?>[] {ShiftedClock.class, Agent.class, Agent.Shifted.class}) {
                String name = each.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(name));
                try (InputStream bytes = ShiftedClock.class.getClassLoader().getResourceAsStream(name)) {
                    bytes.transferTo(out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }

    /** Runs in the gateway. */
    final class Agent implements ClassFileTransformer {
        static final Shifted CLOCK = new Shifted();

        private Agent() {}

        public static void premain(String file, Instrumentation instrumentation) {
            CLOCK.file = Path.of(file);
            instrumentation.addTransformer(new Agent());
        }

        @Override
        public byte[] transform(
                ClassLoader loader, String name, Class<?> old, ProtectionDomain domain, byte[] classFile) {
            if (!WHO_ASKS.equals(name)) {
                return null;
            }
            try {
                return turned(classFile);
            } catch (RuntimeException | IOException e) {
                // nobody would hear an exception: the gateway must not run with another clock than the test thinks
                e.printStackTrace();
                Runtime.getRuntime().halt(70);
                return null;
            }
        }

        /** The class with the call turned: its constant pool names another owner of {@code system}. */
        static byte[] turned(byte[] classFile) throws IOException {
            ByteBuffer in = ByteBuffer.wrap(classFile);
            int count = Short.toUnsignedInt(in.getShort(8));
            int[] at = new int[count];
            String[] text = new String[count];
            in.position(10);
            for (int i = 1; i < count; i++) {
                at[i] = in.position();
                int tag = in.get();
                switch (tag) {
                    case 1 -> {
                        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
                        in.get(bytes);
                        text[i] = new String(bytes, StandardCharsets.UTF_8);
                    }
                    case 5, 6 -> {
                        in.getLong();
                        i++; // takes two places
                    }
                    case 7, 8, 16, 19, 20 -> in.getShort();
                    case 15 -> in.position(in.position() + 3);
                    default -> in.getInt();
                }
            }
            int end = in.position();
            int turned = 0;
            for (int i = 1; i < count; i++) {
                if (at[i] != 0 && in.get(at[i]) == 11) { // a method of an interface: its class, its name and type
                    int owner = in.getShort(at[Short.toUnsignedInt(in.getShort(at[i] + 1))] + 1);
                    int name = in.getShort(at[Short.toUnsignedInt(in.getShort(at[i] + 3))] + 1);
                    if (text[owner].equals("java/time/InstantSource") && text[name].equals("system")) {
                        in.putShort(at[i] + 1, (short) (count + 1));
                        turned++;
                    }
                }
            }
            if (turned != 1) {
                throw new IllegalStateException(WHO_ASKS + " asks for the clock " + turned + " times");
            }
            in.putShort(8, (short) (count + 2));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(classFile.length + 64);
            DataOutputStream out = new DataOutputStream(bytes);
            out.write(classFile, 0, end);
            out.writeByte(1);
            out.writeUTF("dev/stampede/chaos/ShiftedClock");
            out.writeByte(7);
            out.writeShort(count);
            out.write(classFile, end, classFile.length - end);
            return bytes.toByteArray();
        }

        /** The system's time, and as much as the file says. */
        static final class Shifted implements InstantSource {
            private static final long LOOK_EVERY_MS = 50;
            private volatile Path file;
            private volatile long lookedAt;
            private volatile long shiftMs;

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(millis());
            }

            @Override
            public long millis() {
                long now = System.currentTimeMillis();
                if (now - lookedAt > LOOK_EVERY_MS || now < lookedAt) {
                    lookedAt = now;
                    try {
                        String written = Files.readString(file);
                        if (!written.isEmpty()) {
                            shiftMs = Long.parseLong(written);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return now + shiftMs;
            }
        }
    }
}
