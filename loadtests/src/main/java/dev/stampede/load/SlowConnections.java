package dev.stampede.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Connections that begin a request and do not end it, all on one thread. A third sends half a head and no more, a third
 * half a body and no more, a third a byte of its body each second. What the gateway closes is opened again.
 */
final class SlowConnections implements AutoCloseable {
    private static final int BODY = 60_000;
    private static final long TICK_MS = 100;
    private static final long BYTE_EVERY_MS = 1_000;
    /** Connections opened in a tick, so that their opening is no flood of its own. */
    private static final int OPENED_PER_TICK = 200;

    private final InetSocketAddress gateway;
    private final String path;
    private final String key;
    private final int connections;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicLong closedByGateway = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Thread thread = new Thread(this::run, "slow-connections");
    private volatile boolean ended;
    private volatile int open;

    private static final class Slow {
        private final boolean trickles;
        private final ByteBuffer begun;
        private long nextByteMs;

        private Slow(String path, String key, int number) {
            String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                    + "\r\nContent-Type: application/json\r\n";
            String rest = "Idempotency-Key: slow-" + number + "\r\nContent-Length: " + BODY + "\r\n\r\n";
            trickles = number % 3 == 2;
            String bytes = switch (number % 3) {
                case 0 -> head;
                case 1 -> head + rest + "{".repeat(BODY / 20);
                default -> head + rest + "{";
            };
            begun = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** @param path of a POST, from the host on */
    SlowConnections(URI gateway, String path, String key, int connections) {
        int port = gateway.getPort() > 0 ? gateway.getPort() : 80;
        this.gateway = new InetSocketAddress(gateway.getHost(), port);
        this.path = path;
        this.key = key;
        this.connections = connections;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Whether there shall be any from now on. */
    void want(boolean some) {
        wanted.set(some);
    }

    /** How many are open now. */
    int open() {
        return open;
    }

    /** How many the gateway has closed so far. */
    long closedByGateway() {
        return closedByGateway.get();
    }

    /** How many could not be opened. */
    long failed() {
        return failed.get();
    }

    private void run() {
        ByteBuffer answers = ByteBuffer.allocate(4_096);
        int number = 0;
        try (Selector selector = Selector.open()) {
            while (!ended) {
                selector.select(key -> served(key, answers), TICK_MS);
                int there = selector.keys().size();
                if (wanted.get()) {
                    for (int n = there; n < Math.min(connections, there + OPENED_PER_TICK); n++) {
                        begin(selector, number++);
                    }
                    trickle(selector);
                } else if (there > 0) {
                    selector.keys().forEach(SlowConnections::close);
                    selector.selectNow();
                }
                open = selector.keys().size();
                pause();
            }
            selector.keys().forEach(SlowConnections::close);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A tick's end: what the gateway does meanwhile is looked at together. */
    private static void pause() {
        try {
            Thread.sleep(TICK_MS / 10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void begin(Selector selector, int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_CONNECT, new Slow(path, key, number));
        try {
            channel.connect(gateway);
        } catch (IOException e) {
            failed.incrementAndGet();
            channel.close();
        }
    }

    private void served(SelectionKey key, ByteBuffer answers) {
        SocketChannel channel = (SocketChannel) key.channel();
        Slow slow = (Slow) key.attachment();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                slow.nextByteMs = System.currentTimeMillis() + BYTE_EVERY_MS;
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            } else if (key.isWritable()) {
                channel.write(slow.begun);
                if (!slow.begun.hasRemaining()) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            } else if (key.isReadable() && channel.read(answers.clear()) < 0) {
                closedByGateway.incrementAndGet();
                close(key);
            }
        } catch (IOException e) {
            (channel.isConnectionPending() ? failed : closedByGateway).incrementAndGet();
            close(key);
        }
    }

    private static void trickle(Selector selector) {
        long now = System.currentTimeMillis();
        for (SelectionKey key : selector.keys()) {
            Slow slow = (Slow) key.attachment();
            if (slow.trickles && !slow.begun.hasRemaining() && slow.nextByteMs <= now && key.isValid()) {
                slow.begun.rewind().limit(1);
                slow.nextByteMs = now + BYTE_EVERY_MS;
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            }
        }
    }

    private static void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException e) {
            // closing is all that is left to do with it
        }
    }

    @Override
    public void close() {
        ended = true;
    }
}
