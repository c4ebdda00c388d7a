package dev.stampede.support;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The plainest client of Redis: blocking, one socket. Commands may be sent ahead of their replies. A reply is a {@code
 * Long}, a {@code String}, a {@code List} of replies, null, or an {@link Error}.
 */
public final class RedisSocket implements AutoCloseable {
    /** What Redis refused. */
    public record Error(String message) {}

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    /** @param url as of {@code quarkus.redis.hosts}, with a user and a password */
    public RedisSocket(String url) {
        this(URI.create(url).getPort());
        String[] login = URI.create(url).getUserInfo().split(":");
        Object reply = ask("AUTH", login[0], login[1]);
        if (!"OK".equals(reply)) {
            throw new IllegalStateException(String.valueOf(reply));
        }
    }

    public RedisSocket(int port) {
        try {
            socket = new Socket("127.0.0.1", port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(30_000);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
            out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a command; its reply is to be {@link #read}. */
    public void send(Object... command) {
        try {
            write("*" + command.length + "\r\n");
            for (Object word : command) {
                byte[] bytes = word.toString().getBytes(StandardCharsets.UTF_8);
                write("$" + bytes.length + "\r\n");
                out.write(bytes);
                write("\r\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The reply to the oldest command that has none yet. */
    public Object read() {
        try {
            out.flush();
            return reply();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a command and waits for its reply. */
    @CanIgnoreReturnValue
    public Object ask(Object... command) {
        send(command);
        return read();
    }

    private Object reply() throws IOException {
        String line = line();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+':
                return rest;
            case '-':
                return new Error(rest);
            case ':':
                return Long.valueOf(rest);
            case '$': {
                int length = Integer.parseInt(rest);
                if (length < 0) {
                    return null;
                }
                byte[] bytes = in.readNBytes(length + 2);
                return new String(bytes, 0, length, StandardCharsets.UTF_8);
            }
            case '*': {
                int length = Integer.parseInt(rest);
                List<Object> replies = new ArrayList<>(Math.max(0, length));
                for (int i = 0; i < length; i++) {
                    replies.add(reply());
                }
                return replies;
            }
            default:
                throw new IOException("what is this: " + line);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(32);
        for (int c = in.readUnsignedByte(); c != '\r'; c = in.readUnsignedByte()) {
            line.append((char) c);
        }
        in.readUnsignedByte();
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
