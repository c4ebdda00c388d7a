package dev.stampede.propose;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The Lua library, under names that carry its content's hash: versions of it live side by side in one Redis, and each
 * gateway calls its own.
 */
final class FunctionLibrary {
    private static final String RESOURCE = "/stampede.lua";

    final String source;
    final String propose;
    final String load;
    final String sealed;
    final String rewind;
    final String discard;
    final String unsealed;

    FunctionLibrary() {
        String template = read();
        String hash = hash(template);
        source = template.replace("@hash@", hash);
        propose = "propose_" + hash;
        load = "load_" + hash;
        sealed = "sealed_" + hash;
        rewind = "rewind_" + hash;
        discard = "discard_" + hash;
        unsealed = "unsealed_" + hash;
    }

    /** What a call answers when Redis has lost the library. */
    static boolean isMissing(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("Function not found");
    }

    /** Somebody else has loaded it: just as well. */
    static boolean isLoadedAlready(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("already exists");
    }

    /** There is no memory for it now: it is loaded when it is needed, and what frees memory needs no memory. */
    static boolean isOutOfMemory(Throwable error) {
        return error.getMessage() != null && error.getMessage().startsWith("OOM");
    }

    private static String read() {
        try (InputStream in = FunctionLibrary.class.getResourceAsStream(RESOURCE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
