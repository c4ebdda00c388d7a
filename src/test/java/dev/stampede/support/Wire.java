package dev.stampede.support;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A TCP proxy in front of Postgres or Redis that can do to connections what networks do. Its port stays, what is behind
 * it may change.
 */
public final class Wire implements AutoCloseable {
    /** What happens to bytes and to new connections. */
    public enum State {
        UP,
        /** New connections are refused; the old ones have been cut. */
        DOWN,
        /** Half-open: all connections stay, new ones are taken, and nothing passes any more. Cut when it ends. */
        SILENT,
        /** Nothing passes for a while, and nothing is lost: as if the server were stopped, and went on. */
        FROZEN,
        /** Requests pass, replies are lost. */
        MUTE,
        /** New connections are taken, and nothing ever comes of them; the old ones work. */
        BLACK_HOLE,
        /** Requests pass, and now and then a connection is cut when it should have carried a reply. */
        CUTS_REPLIES
    }

    /** What happens at the next seal, once. */
    public enum Harm {
        NONE,
        /** The connection is cut before the statement reaches Postgres. */
        BEFORE_THE_REQUEST,
        /** The statement is carried out, and the connection cut before its reply reaches the gateway. */
        BEFORE_THE_REPLY,
        /** The statement reaches Postgres, and no reply comes ever after; the connection stays open. */
        SILENCE
    }

    private static final int CUT_ONE_IN = 20;

    private final Random random;
    private final Vertx vertx;
    private final boolean ownVertx;
    private final NetServer server;
    private final NetClient client;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Harm> next = new AtomicReference<>(Harm.NONE);
    private volatile CountDownLatch happened = new CountDownLatch(0);
    private volatile int target;
    private volatile State state = State.UP;
    private volatile long delayMs;

    public Wire(int target) {
        this(Vertx.vertx(), true, target, 0);
    }

    /** @param seed of which connections are cut, where some are */
    public Wire(Vertx vertx, int target, long seed) {
        this(vertx, false, target, seed);
    }

    private Wire(Vertx vertx, boolean ownVertx, int target, long seed) {
        this.random = new Random(seed);
        this.vertx = vertx;
        this.ownVertx = ownVertx;
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

    public int port() {
        return server.actualPort();
    }

    /** New connections go there; those that there are stay. */
    public void target(int port) {
        target = port;
    }

    public void delay(long ms) {
        delayMs = ms;
    }

    public void state(State now) {
        State before = state;
        state = now;
        if (now == State.DOWN || before == State.SILENT) {
            cut(); // a half-open connection does not come back
        } else if (before == State.FROZEN) {
            pairs.forEach(Pair::thaw);
        }
    }

    /** Cuts all connections. */
    public void cut() {
        pairs.forEach(Pair::close);
    }

    /** All connections stay open, and nothing passes on them any more. New ones work. */
    public void abandon() {
        pairs.forEach(pair -> pair.dead = true);
    }

    /** Arms it once; the latch opens when it has happened. */
    public CountDownLatch atNextSeal(Harm harm) {
        CountDownLatch latch = new CountDownLatch(1);
        happened = latch;
        next.set(harm);
        return latch;
    }

    private final class Pair {
        private final NetSocket near;
        private volatile NetSocket far;
        private volatile Direction requests;
        private volatile Direction replies;
        /** Nothing passes any more. */
        private volatile boolean dead;
        /** What becomes of the next reply, or of all of them. */
        private volatile Harm harm = Harm.NONE;

        private boolean seals;

        Pair(NetSocket near) {
            this.near = near;
        }

        void open() {
            pairs.add(this);
            near.pause();
            near.closeHandler(v -> close());
            near.exceptionHandler(e -> close());
            if (state == State.BLACK_HOLE) {
                return;
            }
            client.connect(target, "127.0.0.1").onComplete(connected -> {
                if (connected.failed()) {
                    close();
                    return;
                }
                far = connected.result();
                far.closeHandler(v -> close());
                far.exceptionHandler(e -> close());
                requests = new Direction(far, false);
                replies = new Direction(near, true);
                near.handler(requests::pass);
                far.handler(replies::pass);
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

        private void cutForHarm() {
            close();
            happened.countDown();
        }

        void thaw() {
            if (requests != null && replies != null) {
                requests.thaw();
                replies.thaw();
            }
        }

        /** Whether it may go on. */
        private boolean request(Buffer bytes) {
            // a sealing connection prepares its statement once; what follows are seals
            boolean prepares = bytes.toString(StandardCharsets.ISO_8859_1).contains("FROM seal_4(");
            if (seals && !prepares && harm == Harm.NONE) {
                harm = next.getAndSet(Harm.NONE);
                if (harm == Harm.BEFORE_THE_REQUEST) {
                    cutForHarm();
                    return false;
                }
                if (harm == Harm.SILENCE) {
                    happened.countDown();
                }
            }
            seals |= prepares;
            return true;
        }

        /** Whether it may go on. */
        private boolean reply() {
            if (harm == Harm.BEFORE_THE_REPLY) {
                cutForHarm();
                return false;
            }
            if (state == State.CUTS_REPLIES && random.nextInt(CUT_ONE_IN) == 0) {
                close();
                return false;
            }
            return harm != Harm.SILENCE && state != State.MUTE;
        }

        /** One direction's bytes, in their order. */
        private final class Direction {
            private final NetSocket to;
            private final boolean isReply;
            private final Deque<Buffer> late = new ArrayDeque<>();
            private final Deque<Buffer> frozen = new ArrayDeque<>();

            Direction(NetSocket to, boolean isReply) {
                this.to = to;
                this.isReply = isReply;
            }

            synchronized void pass(Buffer bytes) {
                if (state == State.FROZEN || !frozen.isEmpty()) {
                    frozen.add(bytes);
                } else {
                    forward(bytes);
                }
            }

            synchronized void thaw() {
                while (!frozen.isEmpty()) {
                    forward(frozen.remove());
                }
            }

            private void forward(Buffer bytes) {
                if (state == State.SILENT || dead || !(isReply ? reply() : request(bytes))) {
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
        Flow.await(client.close());
        if (ownVertx) {
            Flow.await(vertx.close());
        }
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
