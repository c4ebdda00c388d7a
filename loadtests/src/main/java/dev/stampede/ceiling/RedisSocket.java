package dev.stampede.ceiling;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Redis' protocol, as far as it is needed here: answers of one line. */
final class RedisSocket implements AutoCloseable {
    private final Socket socket;
    private final BufferedWriter out;
    private final BufferedReader in;

    RedisSocket(Servers servers) throws IOException {
        socket = new Socket("127.0.0.1", servers.redis());
        socket.setSoTimeout(60_000);
        out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.ISO_8859_1));
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        String password = servers.redisPassword();
        if (!password.isEmpty()) {
            tell("AUTH", password);
        }
    }

    void tell(String... words) throws IOException {
        String unused = ask(words);
    }

    String ask(String... words) throws IOException {
        send(List.of(words));
        return answer();
    }

    void send(List<String> words) throws IOException {
        out.write("*" + words.size() + "\r\n");
        for (String word : words) {
            out.write("$" + word.length() + "\r\n" + word + "\r\n");
        }
    }

    String answer() throws IOException {
        out.flush();
        String line = in.readLine();
        if (line == null || line.startsWith("-")) {
            throw new Trouble("Redis said: " + line);
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
