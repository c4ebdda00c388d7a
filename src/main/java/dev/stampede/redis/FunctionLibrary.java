package dev.stampede.redis;

import io.vertx.redis.client.impl.types.ErrorType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A library of Redis functions in Lua, under names that contain the hash of its content: several versions can exist in
 * one Redis, and each gateway calls its own. The library is written in parts, which are joined to one text. Redis
 * counts the lines of the whole text; {@link #located} translates them to part and line.
 */
public final class FunctionLibrary {
    /** A line number, as Redis writes it in its errors. */
    private static final Pattern LINE = Pattern.compile("@?user_function:([0-9]{1,6})\\b");

    private final String source;
    private final String hash;
    /** The part and line of each line of the whole: "lua/10-json.lua:7". */
    private final List<String> lines = new ArrayList<>();

    /**
     * @param directory of the parts, on the class path
     * @param parts the file names; each part sees the definitions of the parts before it. {@code @hash@} in the text is
     *     replaced by the hash.
     */
    public FunctionLibrary(String directory, List<String> parts) {
        StringBuilder joined = new StringBuilder();
        for (String part : parts) {
            String text = read(directory + '/' + part);
            long length = text.lines().count();
            for (int line = 1; line <= length; line++) {
                lines.add(directory + '/' + part + ':' + line);
            }
            joined.append(text);
        }
        String template = joined.toString();
        hash = hash(template);
        source = template.replace("@hash@", hash);
    }

    /** The whole text, as Redis loads it. */
    public String source() {
        return source;
    }

    /** The name under which a function is called. */
    public String nameOf(String function) {
        return function + '_' + hash;
    }

    /** A message of Redis with part and line in place of each line number. */
    public String located(String message) {
        return LINE.matcher(message).replaceAll(found -> {
            int line = Integer.parseInt(found.group(1));
            return line >= 1 && line <= lines.size() ? lines.get(line - 1) : found.group();
        });
    }

    /** The same for an error reply of Redis; other errors stay unchanged. */
    Throwable located(Throwable error) {
        if (!(error instanceof ErrorType) || error.getMessage() == null) {
            return error;
        }
        String message = located(error.getMessage());
        return message.equals(error.getMessage()) ? error : ErrorType.create(message);
    }

    /** Whether this is the error of a call after Redis has lost the library. */
    public static boolean isMissing(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("Function not found");
    }

    /** Another gateway has loaded the library: nothing to do. */
    static boolean isLoadedAlready(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("already exists");
    }

    /**
     * There is no memory for the library now. It will be loaded when it is needed; commands that free memory need no
     * memory.
     */
    static boolean isOutOfMemory(Throwable error) {
        return error.getMessage() != null && error.getMessage().startsWith("OOM");
    }

    private static String read(String part) {
        try (InputStream in = FunctionLibrary.class.getResourceAsStream("/" + part)) {
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
