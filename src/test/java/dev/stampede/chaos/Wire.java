package dev.stampede.chaos;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A TCP proxy that can do to connections what networks do. Its port stays, what is behind it may change. */
final class Wire implements AutoCloseable {
    /** What happens to bytes and to new connections. */
    enum State {
        UP,
        /** New connections are refused; the old ones have been cut. */
        DOWN,
        /** Half-open: all connections stay, new ones are taken, and nothing passes any more. */
        SILENT,
        /** Requests pass, and now and then a connection is cut when it should have carried a reply. */
        CUTS_REPLIES
    }

    private static final int CUT_ONE_IN = 20;

    private final Random random;
    private final Vertx vertx;
    private final NetServer server;
    private final NetClient client;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private volatile int target;
    private volatile State state = State.UP;
    private volatile long delayMs;

    /** @param seed of which connections are cut, where some are */
    Wire(Vertx vertx, int target, long seed) {
        this.random = new Random(seed);
        this.vertx = vertx;
        this.target = target;
        this.client = vertx.createNetClient();
        this.server = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true))
                .connectHandler(socket -> {
                    if (state == State.DOWN) {
                        Flow.close(socket);
                    } else {
                        new Pair(socket).open();
                    }
                });
        Flow.await(server.listen(0, "127.0.0.1"));
    }

    int port() {
        return server.actualPort();
    }

    /** New connections go there; those that there are stay. */
    void target(int port) {
        target = port;
    }

    void delay(long ms) {
        delayMs = ms;
    }

    void state(State next) {
        State before = state;
        state = next;
        if (next == State.DOWN || before == State.SILENT) {
            cut(); // a half-open connection does not come back
        }
    }

    /** Cuts all connections. */
    void cut() {
        pairs.forEach(Pair::close);
    }

    private final class Pair {
        private final NetSocket near;
        private volatile NetSocket far;

        Pair(NetSocket near) {
            this.near = near;
        }

        void open() {
            pairs.add(this);
            near.pause();
            near.closeHandler(v -> close());
            near.exceptionHandler(e -> close());
            client.connect(target, "127.0.0.1").onComplete(connected -> {
                if (connected.failed()) {
                    close();
                    return;
                }
                far = connected.result();
                far.closeHandler(v -> close());
                far.exceptionHandler(e -> close());
                near.handler(new Direction(far, false)::pass);
                far.handler(new Direction(near, true)::pass);
                near.resume();
                if (!pairs.contains(this)) {
                    close();
                }
            });
        }

        void close() {
            pairs.remove(this);
            Flow.close(near);
            NetSocket other = far;
            if (other != null) {
                Flow.close(other);
            }
        }

        /** One direction's bytes, in their order. */
        private final class Direction {
            private final NetSocket to;
            private final boolean replies;
            private final Deque<Buffer> late = new ArrayDeque<>();

            Direction(NetSocket to, boolean replies) {
                this.to = to;
                this.replies = replies;
            }

            void pass(Buffer bytes) {
                State now = state;
                if (now == State.SILENT) {
                    return;
                }
                if (now == State.CUTS_REPLIES && replies && random.nextInt(CUT_ONE_IN) == 0) {
                    close();
                    return;
                }
                long delay = delayMs;
                if (delay == 0 && late.isEmpty()) {
                    Flow.write(to, bytes);
                } else {
                    late.add(bytes);
                    vertx.setTimer(Math.max(1, delay), id -> Flow.write(to, late.poll()));
                }
            }
        }
    }

    @Override
    public void close() {
        state(State.DOWN);
        Flow.await(server.close());
    }

    /** Vert.x answers with futures whose failures mean nothing here: the other end has gone, and will be noticed. */
    private static final class Flow {
        private static final long SECONDS = 10;

        static void close(NetSocket socket) {
            var unused = socket.close();
        }

        static void write(NetSocket socket, Buffer bytes) {
            var unused = socket.write(bytes);
        }

        static void await(io.vertx.core.Future<?> future) {
            try {
                var unused = future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
